"""OT8: codes go out after the right password only, to allowed countries, and never to numbers that cost extra."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.people import ADA, Browser, Phone, events, password, sign_out

NEVER = {
    "premium": "+1 900 555 0123",
    "pay per call": "205-976-0123",
    "directory": "205-555-1212",
    "toll-free": "+1 800 555 0123",
    "satellite": "+881 6 12345678",
    "international networks": "+883 5100 12345678",
    "shared cost": "+44 8457 123456",
    "another country": "+49 1512 3456789",
    "same code, another country": "+1 876 555 0123",
}


@pytest.mark.parametrize("kind", ["text", "voice"])
def test_such_numbers_get_nothing(browser: Browser, kind: str) -> None:
    password(browser, ADA).fill(type=kind)
    for name, number in NEVER.items():
        browser.open(f"/set-up/{kind}").fill(phone=number)
        assert browser.page.status_int == 422, name
        assert browser.page.html.select("#phone[aria-invalid=true]"), name
    assert browser.phone.messages() == []
    assert events(browser.app.extensions["ssp"], "sign_in.code_sent") == []


def test_calls_have_countries_of_their_own(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(countries=("US", "CA"), voice_countries=("US",))
    browser, toronto = Browser(app, phone), "+1 416 555 0123"
    password(browser, ADA).fill(type="voice").fill(phone=toronto, extension="")
    assert browser.page.status_int == 422
    assert "cannot send codes to that country" in browser.words
    browser.open("/set-up/text").fill(phone=toronto)
    assert [(each["channel"], each["to"]) for each in phone.messages()] == [("text", "+14165550123")]


def test_a_number_of_a_country_that_may_no_longer_be_called_is_not_called(
    make_app: Callable[..., Flask], phone: Phone, clock: Clock
) -> None:
    browser = Browser(make_app(), phone)
    password(browser, ADA).fill(type="voice").fill(phone="+1 416 555 0123", extension="")
    browser.fill(code=phone.spoken_code())
    sign_out(browser)
    clock.move(minutes=5)
    later = Browser(make_app(voice_countries=("US",)), phone)
    assert "do not send codes to this number any more" in password(later, ADA).words
    assert len(phone.messages("voice")) == 1


def test_nothing_goes_out_before_the_right_password(browser: Browser) -> None:
    browser.open("/sign-in").fill(username="ada", password="not her password at all")
    token = browser.csrf()
    for path in ("/sign-in/code/send", "/set-up/text", "/set-up/text/send"):
        browser.post(path, {"csrf_token": token, "phone": ADA.mobile})
    assert browser.phone.messages() == []
