"""SE11: a session without a second factor never becomes one with it, and does nothing that needs one."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from ssp.models import Session
from tests.conftest import Clock
from tests.people import ADA, Browser, Phone, password, set_up_text, sign_in_by_text, sign_out, table


def quiet(app: Flask, phone: Phone, clock: Clock) -> Browser:
    browser = Browser(app, phone)
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    return password(browser, ADA)


def postponed(app: Flask, phone: Phone, _clock: Clock) -> Browser:
    return password(Browser(app, phone), ADA).fill("/set-up/later")


@pytest.mark.parametrize("sign_in", [quiet, postponed])
def test_it_stays_what_it_is(
    make_app: Callable[..., Flask], phone: Phone, clock: Clock, sign_in: Callable[[Flask, Phone, Clock], Browser]
) -> None:
    app = make_app(mfa_required_from=date(2027, 1, 1))
    browser = sign_in(app, phone, clock)
    assert browser.path == "/"
    for path in ("/set-up/another", "/set-up/later", "/set-up", "/set-up/text", "/sign-in/code", "/confirm-preference"):
        fields = {"csrf_token": browser.open("/").csrf(), "code": "123456", "phone": ADA.mobile, "answer": "keep"}
        response = browser.post(path, fields | ({"type": "text"} if path == "/set-up" else {}))
        assert (response.status_int, browser.open("/").path) == (303, "/"), path
    (session,) = [each for each in table(app.extensions["ssp"], Session) if each.ended_at is None]
    assert (session.amr, session.second_factor_at) == ("pwd", None)
