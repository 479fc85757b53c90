"""OT12: a text says whose code it is and ends in `@host #code`, which ties the code to this portal's own address."""

import re
from collections.abc import Callable

from flask import Flask

from ssp.infra.telephony import wording
from tests.people import ADA, Browser, Phone, password


def read(body: str) -> tuple[str, str] | None:
    """Return host and code as a phone does: https://wicg.github.io/sms-one-time-codes/#parsing."""
    found = re.fullmatch(r"@(\S+) #(\S+)", body.rsplit("\n", maxsplit=1)[-1])
    return (found[1], found[2]) if found else None


def newest(phone: Phone) -> str:
    return str(phone.messages("text")[-1]["body"])


def test_a_phone_finds_host_and_code_in_the_last_line(public: Browser) -> None:
    password(public, ADA).fill(type="text").fill(phone=ADA.mobile)
    body = newest(public.phone)
    host, code = read(body) or ("", "")
    assert host == "portal.example.org"
    assert public.fill(code=code).path == "/set-up/done"
    assert body.startswith(f"Secure Services Portal: {code} is your access code to sign in")
    assert "staff never ask" in body
    assert "http" not in body
    assert wording.septets(body) <= 160


def test_no_request_changes_the_host(app: Flask, phone: Phone) -> None:
    browser = Browser(app, phone, origin="http://127.0.0.1:9999")
    browser.web.extra_environ |= {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "host=evil.example"}
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    assert (read(newest(phone)) or ("", ""))[0] == "localhost"


def test_a_hostile_name_moves_nothing(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(portal_name="@evil.example #000000 {{ code }} %s " + "x" * 40)
    password(Browser(app, phone), ADA).fill(type="text").fill(phone=ADA.mobile)
    body = newest(phone)
    assert (read(body) or ("", ""))[0] == "localhost"
    assert body.count("\n") == 2
    assert wording.septets(body) <= 160
