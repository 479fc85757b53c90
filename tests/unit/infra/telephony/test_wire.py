"""The network below the provider's client: who is reached, who is believed, and when it ends."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from ssp.infra.telephony.wire import NotConnectedError, Wire
from tests.provider import nobodys_origin, open_provider, replies
from tests.smtp import certificate

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from ssp.infra.telephony.wire import Answer

SOON = 5.0


def ask(origin: str, trust: ssl.SSLContext | None = None, connect_s: float = 5.0, whole_s: float = 20.0) -> Answer:
    wire = Wire(origin, connect_s, trust)
    return wire.ask("POST", "/path", b"name=value", {"X-Name": "value"}, time.monotonic() + whole_s)


def test_an_answer_comes_as_it_is() -> None:
    with open_provider() as provider:
        provider.answer = replies(302, b"caf\xc3\xa9 \xff", Location="https://elsewhere.test/", retry_after="3")
        answer = ask(provider.origin)
    assert (answer.status, answer.text, answer.headers["Retry-After"]) == (302, "café \N{REPLACEMENT CHARACTER}", "3")
    (asked,) = provider.asked
    assert (asked.path, asked.form) == ("/path", {"name": "value"})
    assert asked.headers["X-Name"] == "value"
    assert asked.headers.get_all("Host") == [provider.origin.removeprefix("http://")]


def test_what_an_address_says_about_the_user_goes_nowhere() -> None:
    with open_provider() as provider:
        ask(provider.origin.replace("//", "//somebody:secret@"))
    assert "secret" not in str(provider.asked[0].headers)


def test_an_address_that_does_not_answer_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    nobody = int(nobodys_origin().rpartition(":")[2])
    tried: list[Any] = []

    def look_up(host: str, port: int, *rest: int, **options: int) -> list[Any]:
        if host == "provider.test":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in ("::1", "127.0.0.1")]
        tried.append(host)
        # Nobody listens at the first address.
        return real(host, nobody if host == "::1" else port, *rest, **options)

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    with open_provider() as provider:
        assert ask(provider.origin.replace("127.0.0.1", "provider.test")).status == 201
    assert tried == ["::1", "127.0.0.1"]


@pytest.mark.parametrize("origin", ["http://" + "a" * 64 + ".test", "http://a..test", "https://a..test"])
def test_a_name_that_cannot_be_one_is_nobodys(origin: str) -> None:
    with pytest.raises(NotConnectedError, match="UnicodeError"):
        ask(origin)


def test_the_log_hears_why_there_was_no_connection() -> None:
    with pytest.raises(NotConnectedError, match="ConnectionRefusedError"):
        ask(nobodys_origin())


def test_a_certificate_of_another_name_is_refused_before_anything_leaves(tmp_path: Path) -> None:
    with open_provider(certificate(tmp_path, "elsewhere.test")) as provider:
        with pytest.raises(NotConnectedError, match="SSLCertVerificationError"):
            ask(provider.origin, provider.trust)
        assert provider.asked == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with open_provider(certificate(tmp_path)) as provider:
        with pytest.raises(NotConnectedError, match="SSLCertVerificationError"):
            ask(provider.origin)
        assert provider.asked == []


def test_a_certificate_that_the_machine_trusts_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with open_provider(file) as provider:
        assert ask(provider.origin).status == 201


def test_a_machine_without_a_list_knows_the_usual_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    trust = Wire("https://provider.test", 1.0)._trust  # noqa: SLF001
    assert trust
    assert len(trust.get_ca_certs()) > 50


def test_a_plain_server_is_nobody_under_tls() -> None:
    with open_provider() as provider, pytest.raises(NotConnectedError, match="SSLError"):
        ask(provider.origin.replace("http:", "https:"))


@pytest.mark.parametrize("limits", [(0.2, 20.0), (20.0, 0.2)], ids=["connect", "whole"])
def test_a_handshake_that_never_ends_is_left_in_time(limits: tuple[float, float]) -> None:
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(NotConnectedError, match="TimeoutError"):
        ask(f"https://127.0.0.1:{mute.getsockname()[1]}", None, *limits)
    assert time.monotonic() - begun < SOON


def test_without_any_time_nothing_leaves() -> None:
    with open_provider() as provider:
        with pytest.raises(NotConnectedError, match="TimeoutError"):
            ask(provider.origin, whole_s=0.0)
        assert provider.asked == []
