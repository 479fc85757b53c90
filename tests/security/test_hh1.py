"""HH1: the portal answers to its own name alone, and what it sends out names that one."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.people import ADA, Browser, Phone, events, password

FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "81",
    "X-Original-Host": "evil.example",
    "Forwarded": "host=evil.example;proto=http",
}


@pytest.mark.parametrize(
    "host",
    ["evil.example", "portal.example.org.evil.example", "portal.example.org:444", "evil.example:443", "localhost"],
)
def test_other_names_get_a_400(public: Browser, host: str) -> None:
    for method in ("GET", "POST"):
        page = public.web.request("/sign-in", method=method, headers={"Host": host}, expect_errors=True)
        assert page.status_int == 400
        assert host not in page.text
    assert public.web.get("/healthz", headers={"Host": host}).status_int == 200


@pytest.mark.parametrize("host", ["portal.example.org", "PORTAL.example.ORG"])
def test_its_own_name_counts_in_any_letters(public: Browser, host: str) -> None:
    assert public.web.get("/sign-in", headers={"Host": host}).status_int == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:80", "127.0.0.1:5000", "[::1]:8000", "[::1]", "LOCALHOST:1"])
def test_on_this_machine_all_its_names_do(browser: Browser, host: str) -> None:
    assert browser.web.get("/sign-in", headers={"Host": host}).status_int == 200
    for other in ("192.168.0.1", "localhost.evil.example", "127.0.0.1.evil.example:8000", "evil.example"):
        assert browser.web.get("/sign-in", headers={"Host": other}, expect_errors=True).status_int == 400


def test_forwarded_names_change_nothing(public: Browser) -> None:
    public.web.extra_environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in FORWARDED.items()}
    response = public.open("/sign-in").send(username="ada", password=ADA.password)
    assert response.headers["Location"] == "/set-up"
    assert "; Secure;" in f"{response.headers['Set-Cookie']};"
    public.page = response.follow()
    public.fill(type="text").fill(phone=ADA.mobile)
    assert public.phone.messages("text")[-1]["body"].splitlines()[-1].startswith("@portal.example.org #")
    assert "evil.example" not in public.page.text


def test_the_address_in_the_log_is_that_of_the_connection(public: Browser) -> None:
    public.web.extra_environ |= {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_REAL_IP": "203.0.113.9"}
    password(public, ADA)
    assert {each.address for each in events(public.app.extensions["ssp"], "sign_in.password")} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "chain, address",
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 127.0.0.2", "198.51.100.1"),
        ("junk", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("2001:db8:0:0::9", "2001:db8::9"),
    ],
)
def test_a_declared_proxy_is_believed_about_the_address_alone(
    make_app: Callable[..., Flask], phone: Phone, chain: str, address: str
) -> None:
    app = make_app(trusted_proxies=("127.0.0.1", "127.0.0.2"))
    browser = Browser(app, phone)
    browser.web.extra_environ |= {"HTTP_X_FORWARDED_FOR": chain, "HTTP_X_FORWARDED_HOST": "evil.example"}
    password(browser, ADA)
    assert browser.path == "/set-up"
    assert [each.address for each in events(app.extensions["ssp"], "sign_in.password")] == [address]
