"""OT10: no page, address, header or log line holds a code; a number shows masked, and only after the right password."""

import logging

import pytest

from ssp.models import Event
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_out, table, wrong


def test_a_code_is_nowhere_but_in_its_message(
    browser: Browser, site: Site, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    seen = []
    response = browser.open("/sign-in").send(username="ada", password=ADA.password)
    seen += [str(response.headers), response.text, browser.open("/").page.text]
    code = browser.phone.text_code()
    for answer in (wrong(code), "no code", code[:5]):
        browser.fill("/sign-in/code", code=answer)
        seen += [browser.page.text, str(browser.page.headers)]
    response = browser.send("/sign-in/code", code=code)
    seen += [response.text, str(response.headers), browser.open("/").page.text, caplog.text]
    seen += [repr(each) for each in table(site, Event)]
    assert not [text for text in seen if code in text]
    assert not [text for text in seen if "2055550123" in text or "555-0123" in text]


def test_before_the_password_nothing_tells_of_a_phone(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    browser.open("/sign-in").fill(username="ada", password="not her password at all")
    assert "23" not in browser.words
    assert "text message" not in browser.words
    assert "••• ••23" in password(browser, ADA).words
