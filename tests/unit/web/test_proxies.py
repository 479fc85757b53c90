"""Whose request it is: declared proxies are believed, about the address alone, and nobody else is."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from ssp.settings import Settings
from ssp.web.proxies import Proxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PROXY, OUTER, CLIENT = "10.0.0.5", "10.0.0.6", "198.51.100.7"


def seen(
    peer: str | None, forwarded: str | None, trusted: str = f"{PROXY}, {OUTER}, ::1", **more: str
) -> dict[str, str]:
    """Return what the portal sees of a request from a peer."""
    environ: WSGIEnvironment = {"wsgi.url_scheme": "http", **more}
    if peer is not None:
        environ["REMOTE_ADDR"] = peer
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    found: WSGIEnvironment = {}

    def portal(given: "WSGIEnvironment", _start: "StartResponse") -> Iterable[bytes]:
        found.update(given)
        return []

    base_url = more.pop("base_url", "https://portal.example.org")
    settings = Settings.model_validate({"base_url": base_url, "trusted_proxies": trusted})
    Proxies(portal, settings)(environ, lambda *_: lambda _: None)
    return found


@pytest.mark.parametrize(
    "peer, forwarded, address",
    [
        (CLIENT, None, CLIENT),
        (CLIENT, "203.0.113.9", CLIENT),
        (CLIENT, f"203.0.113.9, {PROXY}", CLIENT),
        (PROXY, None, PROXY),
        (PROXY, "", PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"  {CLIENT}  ", CLIENT),
        (PROXY, f"203.0.113.9, {CLIENT}", CLIENT),
        (PROXY, f"203.0.113.9,{CLIENT},{OUTER}", CLIENT),
        (PROXY, f"203.0.113.9, {CLIENT}, {OUTER}, {PROXY}", CLIENT),
        (PROXY, f"{OUTER}, {PROXY}", OUTER),
        ("::1", "2001:DB8:0::7", "2001:db8::7"),
        ("10.0.0.50", CLIENT, "10.0.0.50"),
        ("110.0.0.5", CLIENT, "110.0.0.5"),
    ],
)
def test_the_last_address_that_no_proxy_has_is_the_clients(peer: str, forwarded: str | None, address: str) -> None:
    assert seen(peer, forwarded)["REMOTE_ADDR"] == address


@pytest.mark.parametrize("junk", ["unknown", "_hidden", "198.51.100.7:4711", "x" * 5000, "a\tb", "<svg>", ",", "é"])
def test_what_is_no_address_is_not_taken_for_one(junk: str) -> None:
    assert seen(PROXY, junk)["REMOTE_ADDR"] == PROXY
    assert seen(PROXY, f"203.0.113.9, {junk}")["REMOTE_ADDR"] == PROXY
    assert seen(PROXY, f"{junk}, {CLIENT}")["REMOTE_ADDR"] == CLIENT


def test_without_declared_proxies_nobody_is_believed() -> None:
    assert seen(PROXY, CLIENT, trusted="")["REMOTE_ADDR"] == PROXY


def test_a_server_that_names_no_peer_is_left_alone() -> None:
    assert "REMOTE_ADDR" not in seen(None, CLIENT)


@pytest.mark.parametrize(
    "base_url, scheme", [("https://portal.example.org", "https"), ("http://localhost:8000", "http")]
)
def test_the_scheme_is_that_of_the_setting_whatever_a_request_says(base_url: str, scheme: str) -> None:
    for peer in (CLIENT, PROXY):
        for said in ("http", "https", "javascript"):
            found = seen(peer, CLIENT, base_url=base_url, HTTP_X_FORWARDED_PROTO=said)
            assert found["wsgi.url_scheme"] == scheme


def test_no_other_header_of_a_proxy_counts() -> None:
    more = {
        "HTTP_FORWARDED": "for=203.0.113.9;host=evil.example;proto=https",
        "HTTP_X_REAL_IP": "203.0.113.9",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_PREFIX": "/evil",
        "HTTP_HOST": "portal.example.org",
        "SCRIPT_NAME": "",
    }
    found = seen(PROXY, CLIENT, **more)
    assert (found["REMOTE_ADDR"], found["HTTP_HOST"], found["SCRIPT_NAME"]) == (CLIENT, "portal.example.org", "")
