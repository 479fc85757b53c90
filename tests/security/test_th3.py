"""TH3: an answer is counted before it is looked at, so fifty at once get no more looks than five one by one."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from ssp.infra.passwords import PasswordHasher
from ssp.models import Challenge, Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, events, password, set_up_app, set_up_text, sign_out, table, wrong
from tests.security.tools import HELD, LOOKED_AT, at_once, passwords, send


def fifty(browser: Browser, apps: list[Flask], code: str) -> list[str]:
    fields = [{"csrf_token": browser.csrf(), "code": wrong(code, number)} for number in range(1, 51)]
    answers = at_once(50, lambda number: send(apps[number % 2], "/sign-in/code", fields[number], browser.cookies))
    assert {answer.status_code for answer in answers} == {422}
    return [answer.text for answer in answers]


def counted(site: Site) -> int:
    return sum(each.count for each in table(site, Throttle) if each.key.startswith("second-factor:"))


def test_fifty_wrong_codes_at_once(
    browser: Browser, app: Flask, make_app: Callable[..., Flask], site: Site, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    code = browser.phone.text_code()
    pages = fifty(browser, [app, make_app()], code)
    (asked,) = [each for each in table(site, Challenge) if each.purpose == "sign-in"]
    assert asked.tries == 5
    verdicts = [each.reason for each in events(site, "sign_in.second_factor") if each.outcome == "refused"]
    assert verdicts.count("wrong") == 4
    assert verdicts.count("burned") == 6  # the fifth wrong one, and five that came after it
    assert verdicts.count("paused") == 40
    assert counted(site) == 10
    assert sum("taking a break" in page for page in pages) >= 40
    assert browser.fill("/sign-in/code", code=code).page.status_int == 422
    clock.move(minutes=9)
    assert browser.open("/sign-in/code").fill("/sign-in/code", code=code).page.status_int == 422


def test_fifty_wrong_codes_of_an_app_at_once(
    browser: Browser, app: Flask, make_app: Callable[..., Flask], site: Site, clock: Clock
) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(hours=1)
    password(browser, ADA)
    # None of these is the code of a near or far step, so each would be looked at if it were let through.
    real = {token.code(steps) for steps in range(-25, 26)}
    base = next(str(start) for start in range(100_000, 900_000, 100) if not real & {f"{start + n}" for n in range(60)})
    fifty(browser, [app, make_app()], base)
    verdicts = [each.reason for each in events(site, "sign_in.second_factor") if each.outcome == "refused"]
    assert (verdicts.count("wrong"), verdicts.count("paused")) == (10, 40)
    assert counted(site) == 10
    assert browser.fill("/sign-in/code", code=token.code()).problem.startswith("This way is taking a break.")


WIDE = "1000/1m"


def patient(app: Flask) -> Flask:
    """Let a portal check all passwords that come at once, however slow the machine is, instead of saying 503."""
    whole = app.extensions["ssp"]
    whole.passwords.close()
    app.extensions["ssp"] = replace(whole, passwords=PasswordHasher(whole.passwords.parameters, 1, 50, patience=60))
    return app


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("username", ["ada", "nobody"])
def test_fifty_wrong_passwords_at_once(
    browser: Browser, make_app: Callable[..., Flask], site: Site, username: str
) -> None:
    apps = [patient(make_app(limit_sign_ins=WIDE)) for _ in range(2)]
    browser.open("/sign-in")
    fields = {"csrf_token": browser.csrf(), "username": username, "password": "not the password of anybody"}
    answers = at_once(50, lambda number: send(apps[number % 2], "/sign-in", fields, browser.cookies))
    assert {answer.status_code for answer in answers} == {422}
    assert sum(LOOKED_AT in answer.text for answer in answers) == 5
    assert sum(HELD in answer.text for answer in answers) == 45
    assert len(events(site, "sign_in.password")) == 5
    assert len(events(site, "sign_in.held")) == 45
    (counter,) = passwords(site)
    assert (counter.count, counter.turned_away) == (5, 45)
