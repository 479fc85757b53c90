"""TP4: each step counts once, and none before it afterwards; of two requests at once one wins."""

from collections.abc import Callable

from flask import Flask

from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_app, sign_out, table
from tests.security.tools import at_once, send


def test_the_code_of_the_set_up_does_not_sign_in_too(browser: Browser, clock: Clock) -> None:
    clock.move(seconds=0)
    token = set_up_app(browser, ADA)
    sign_out(browser)
    assert password(browser, ADA).fill("/sign-in/code", code=token.code()).page.status_int == 422
    assert browser.problem.startswith("That code was used already.")


def test_a_watched_code_is_worth_nothing_elsewhere(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(minutes=5)
    password(browser, ADA)
    password(other_browser, ADA)
    assert browser.fill("/sign-in/code", code=token.code()).path == "/"
    assert other_browser.fill("/sign-in/code", code=token.code()).page.status_int == 422
    assert other_browser.fill("/sign-in/code", code=token.code(-1)).page.status_int == 422
    assert other_browser.fill("/sign-in/code", code=token.code(1)).path == "/"
    sign_out(browser)
    clock.move(seconds=30)
    assert password(browser, ADA).fill("/sign-in/code", code=token.code()).page.status_int == 422


def test_a_code_that_was_called_real_does_not_count_when_its_time_comes(browser: Browser, clock: Clock) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(minutes=5)
    guessed = token.code(3)
    password(browser, ADA).fill("/sign-in/code", code=guessed)
    assert browser.problem.startswith("Your phone's clock is off.")
    clock.move(seconds=90)
    assert browser.fill("/sign-in/code", code=guessed).page.status_int == 422
    assert browser.fill("/sign-in/code", code=token.code(1)).path == "/"


def test_eight_sign_ins_at_once_with_one_code_open_one_session(
    browser: Browser, app: Flask, make_app: Callable[..., Flask], site: Site, clock: Clock
) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(minutes=5)
    waiting = [Browser(app, browser.phone) for _ in range(8)]
    for each in waiting:
        password(each, ADA)
    apps, code = [app, make_app()], token.code()
    fields = [{"csrf_token": each.csrf(), "code": code} for each in waiting]
    answers = at_once(8, lambda n: send(apps[n % 2], "/sign-in/code", fields[n], waiting[n].cookies))
    assert sorted(answer.status_code for answer in answers) == [303] + [422] * 7
    assert len([each for each in table(site, Session) if each.ended_at is None]) == 1
