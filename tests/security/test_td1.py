"""TD1: trust is asked for with an unticked box, and given only with a code that was right, in the same step."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from ssp.models import TrustedDevice
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    Phone,
    make_codes,
    password,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
    wrong,
)

TICK = {"trust_device": "yes", "trust": "1"}


def test_not_with_the_password(browser: Browser, site: Site) -> None:
    token = browser.open("/sign-in").csrf()
    browser.post("/sign-in", {"csrf_token": token, "username": "ada", "password": ADA.password, **TICK})
    assert browser.devices == {}
    assert table(site, TrustedDevice) == []


def test_not_at_set_up(browser: Browser, site: Site) -> None:
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    fields = {"csrf_token": browser.csrf(), "code": browser.phone.text_code(), **TICK}
    assert browser.post("/set-up/text", fields).status_int == 303
    assert browser.open("/").path == "/"
    assert browser.devices == {}
    assert table(site, TrustedDevice) == []


def test_not_with_a_wrong_code(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    browser.fill("/sign-in/code", code=wrong(browser.phone.text_code()), trust_device=True)
    assert browser.devices == {}
    assert table(site, TrustedDevice) == []
    assert not browser.page.html.select("[name=trust_device][checked]")
    # The tick of a wrong answer is not remembered for the right one.
    browser.fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.devices == {}


def test_not_by_other_forms(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=90)
    password(browser, ADA)
    browser.post("/sign-in/code/send", {"csrf_token": browser.csrf(), **TICK})
    browser.fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.path == "/confirm-preference"
    browser.post("/confirm-preference", {"csrf_token": browser.csrf(), "answer": "keep", **TICK})
    assert browser.open("/").path == "/"
    assert table(site, TrustedDevice) == []


def test_not_by_a_sign_in_that_the_device_made_quiet(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    (before,) = table(site, TrustedDevice)
    clock.move(days=10)
    token = browser.open("/sign-in").csrf()
    browser.post("/sign-in", {"csrf_token": token, "username": "ada", "password": ADA.password, **TICK})
    assert browser.open("/").path == "/"
    (after,) = table(site, TrustedDevice)
    assert after.expires_at == before.expires_at


def test_not_by_a_recovery_code_nor_by_the_set_up_after_it(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    (code, *_) = make_codes(browser, ADA)
    clock.move(minutes=1)
    password(sign_out(browser), ADA).open("/sign-in/recovery")
    assert not browser.page.html.select("[name=trust_device]")
    response = browser.post("/sign-in/recovery", {"csrf_token": browser.csrf(), "recovery_code": code, **TICK})
    assert response.headers["Location"] == "/set-up"
    assert browser.devices == {}
    browser.open("/set-up").fill(type="text").fill(phone="+12055550177")
    fields = {"csrf_token": browser.csrf(), "code": browser.phone.text_code("+12055550177"), **TICK}
    assert browser.post("/set-up/text", fields).status_int == 303
    assert browser.open("/").path == "/"
    assert browser.devices == {}
    assert table(site, TrustedDevice) == []
    clock.move(minutes=1)
    assert password(sign_out(browser), ADA).path == "/sign-in/code"


@pytest.mark.usefixtures("clock")
def test_not_by_saying_not_now(make_app: Callable[..., Flask], phone: Phone) -> None:
    browser = password(Browser(make_app(mfa_required_from=date(2027, 1, 1)), phone), ADA)
    browser.post("/set-up/later", {"csrf_token": browser.csrf(), **TICK})
    assert browser.open("/").path == "/"
    assert browser.devices == {}
