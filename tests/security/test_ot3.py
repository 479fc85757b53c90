"""OT3: one right code, sent twenty times at once, opens one session; `test_races.py` does it with two processes."""

from collections.abc import Callable

from flask import Flask
from werkzeug.test import TestResponse

from ssp.models import Session
from ssp.web.portal import Site
from tests.people import ADA, Browser, password, set_up_text, sign_out, table
from tests.security.tools import at_once, send


def opened(answers: list[TestResponse]) -> int:
    return sum("ssp_session=s." in str(answer.headers.getlist("Set-Cookie")) for answer in answers)


def test_sent_twenty_times_it_opens_one_session(
    browser: Browser, make_app: Callable[..., Flask], app: Flask, site: Site
) -> None:
    sign_out(set_up_text(browser, ADA))
    apps = [app, make_app()]
    password(browser, ADA)
    fields = {"csrf_token": browser.csrf(), "code": browser.phone.text_code(), "trust_device": "yes"}
    answers = at_once(20, lambda number: send(apps[number % 2], "/sign-in/code", fields, browser.cookies))
    assert {answer.status_code for answer in answers} <= {303}
    assert opened(answers) == 1
    assert len([each for each in table(site, Session) if each.ended_at is None]) == 1
    assert sum("ssp_device_" in str(answer.headers.getlist("Set-Cookie")) for answer in answers) == 1


def test_the_code_of_a_set_up_opens_one_session_too(
    browser: Browser, make_app: Callable[..., Flask], app: Flask, site: Site
) -> None:
    apps = [app, make_app()]
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    fields = {"csrf_token": browser.csrf(), "code": browser.phone.text_code()}
    answers = at_once(20, lambda number: send(apps[number % 2], "/set-up/text", fields, browser.cookies))
    assert opened(answers) == 1
    assert len(table(site, Session)) == 1
