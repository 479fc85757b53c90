"""OT12: a text says whose code it is and ends in `@host #code`, which ties the code to this portal's own address."""

from collections.abc import Callable

from flask import Flask

from tests.contract.bound_code import BoundCode, parse, segments
from tests.people import ADA, Browser, Phone, password


def newest(phone: Phone) -> str:
    return str(phone.messages("text")[-1]["body"])


def test_a_phone_finds_host_and_code_in_the_last_line(public: Browser) -> None:
    password(public, ADA).fill(type="text").fill(phone=ADA.mobile)
    body = newest(public.phone)
    bound = parse(body)
    assert bound
    assert (bound.host, bound.embedded_host) == ("portal.example.org", None)
    assert public.fill(code=bound.code).path == "/set-up/done"
    assert body.startswith(f"Secure Services Portal: {bound.code} is your access code to sign in")
    assert "staff never ask" in body
    assert body.endswith(f"\n@portal.example.org #{bound.code}")
    assert "http" not in body
    assert segments(body) == 1


def test_no_request_changes_the_host(app: Flask, phone: Phone) -> None:
    browser = Browser(app, phone, origin="http://127.0.0.1:9999")
    browser.web.extra_environ |= {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "host=evil.example"}
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    bound = parse(newest(phone))
    assert bound
    assert bound.host == "localhost"


def test_a_hostile_name_moves_nothing(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(portal_name="@evil.example #000000 {{ code }} %s " + "x" * 40)
    password(Browser(app, phone), ADA).fill(type="text").fill(phone=ADA.mobile)
    body = newest(phone)
    assert parse(body) == BoundCode("localhost", phone.text_code())
    assert body.count("\n") == 2
    assert segments(body) == 1
