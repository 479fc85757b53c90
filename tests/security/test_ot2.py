"""OT2: a code lives ten minutes by the server's clock, never longer, however late it was sent."""

from collections.abc import Callable

import pytest
from flask import Flask
from pydantic import ValidationError

from ssp.settings import Settings
from tests.conftest import Clock
from tests.people import ADA, Browser, Phone, password, set_up_text, sign_out


def test_one_second_before_it_counts_and_on_the_second_it_does_not(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    for early, path in ((1, "/"), (0, "/sign-in")):
        clock.move(minutes=20)
        form = password(browser, ADA).form("/sign-in/code")
        clock.move(minutes=10, seconds=-early)
        form["code"] = browser.phone.text_code()
        browser.page = form.submit(headers={"Origin": browser.origin}).follow()
        assert browser.path == path
        if path == "/":
            sign_out(browser)


def test_a_resend_does_not_prolong_it(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=20)
    password(browser, ADA)
    clock.move(minutes=9)
    browser.fill("/sign-in/code/send")
    form = browser.form("/sign-in/code")
    form["code"] = browser.phone.text_code()
    clock.move(minutes=1)
    browser.page = form.submit(headers={"Origin": browser.origin}).follow()
    assert browser.path == "/sign-in"


def test_a_set_up_code_dies_as_well(browser: Browser, clock: Clock) -> None:
    form = password(browser, ADA).fill(type="text").fill(phone=ADA.mobile).form("/set-up/text")
    form["code"] = browser.phone.text_code()
    clock.move(minutes=10)
    browser.page = form.submit(headers={"Origin": browser.origin}).follow()
    assert browser.path == "/sign-in"


def test_it_can_be_set_shorter_but_not_longer(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    browser = password(Browser(make_app(code_minutes=2), phone), ADA)
    clock.move(minutes=2)
    assert browser.open("/set-up").path == "/sign-in"
    with pytest.raises(ValidationError, match="code_minutes"):
        Settings(demo=True, code_minutes=11)
