"""RC2: a recovery code counts after the right password alone, and then opens the set-up of an option, nothing else."""

import pytest
from flask import Flask

from ssp.models import RecoveryCode, Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, make_codes, password, prove, recover, set_up_text, sign_out, table
from tests.security.test_se3 import OPEN
from tests.security.tools import addresses

RECOVERING = {"mfa.options", "mfa.set_up"}


@pytest.fixture
def codes(browser: Browser, clock: Clock) -> list[str]:
    """Give Ada's recovery codes; her browser is signed out."""
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    made = make_codes(browser, ADA)
    sign_out(browser)
    clock.move(minutes=1)
    return made


def unused(site: Site) -> int:
    return len([each for each in table(site, RecoveryCode) if each.used_at is None])


def test_without_the_password_it_opens_nothing(other_browser: Browser, codes: list[str], site: Site) -> None:
    assert other_browser.open("/sign-in/recovery").path == "/sign-in"
    fields = {"csrf_token": other_browser.csrf(), "username": "ada", "recovery_code": codes[0]}
    assert other_browser.post("/sign-in/recovery", fields).headers["Location"] == "/sign-in"
    assert unused(site) == 10


def test_nor_as_the_password(other_browser: Browser, codes: list[str], site: Site) -> None:
    other_browser.open("/sign-in").fill(username="ada", password=codes[0])
    assert other_browser.problem.startswith("That username and password do not match.")
    assert unused(site) == 10


def test_nor_as_an_access_code(browser: Browser, codes: list[str], site: Site) -> None:
    password(browser, ADA).fill("/sign-in/code", code=codes[0][:20])
    assert browser.path == "/sign-in/code"
    assert unused(site) == 10


def test_nor_after_somebody_elses_password(other_browser: Browser, codes: list[str], site: Site) -> None:
    assert password(other_browser, BEN).path == "/set-up"
    fields = {"csrf_token": other_browser.csrf(), "recovery_code": codes[0]}
    assert other_browser.post("/sign-in/recovery", fields).headers["Location"] == "/set-up"
    assert unused(site) == 10


def test_nor_as_the_proof_before_a_change(browser: Browser, codes: list[str], site: Site, clock: Clock) -> None:
    password(browser, ADA).fill("/sign-in/code", code=browser.phone.text_code(ADA.mobile))
    clock.move(minutes=1)
    browser.open("/account/confirm/password").fill()
    assert "Use a recovery code" not in browser.words
    browser.fill("/account/confirm/password", code=codes[0][:20])
    assert browser.path == "/account/confirm/password"
    fields = {"csrf_token": browser.csrf(), "recovery_code": codes[0]}
    assert browser.post("/sign-in/recovery", fields).headers["Location"] == "/sign-in"
    assert unused(site) == 10


def test_it_opens_the_set_up_and_nothing_else(browser: Browser, app: Flask, codes: list[str], site: Site) -> None:
    sessions = len(table(site, Session))
    recover(browser, ADA, codes[0])
    for endpoint, path in addresses(app, "GET"):
        if endpoint.startswith("recovery."):
            browser.open(path, status=404)  # there is no link
        elif endpoint not in OPEN | RECOVERING:
            assert browser.open(path).path == "/set-up", endpoint
    assert len(table(site, Session)) == sessions
    assert [each for each in table(site, Session) if each.ended_at is None] == []


def test_it_is_over_with_ten_minutes_or_with_a_new_password(
    browser: Browser, other_browser: Browser, codes: list[str], clock: Clock
) -> None:
    password(other_browser, ADA)
    recover(browser, ADA, codes[0])
    clock.move(minutes=10)
    assert browser.open("/set-up").path == "/sign-in"
    recover(browser, ADA, codes[1])
    # Somebody who gets in otherwise meanwhile, and changes the password, ends it.
    clock.move(minutes=1)
    password(other_browser, ADA).fill("/sign-in/code", code=browser.phone.text_code(ADA.mobile))
    clock.move(minutes=1)
    prove(other_browser, ADA, "password").fill(current_password=ADA.password, new_password="eleven quiet copper moons")
    assert browser.open("/set-up").path == "/sign-in"


def test_a_new_password_leaves_the_codes_alone(browser: Browser, codes: list[str], clock: Clock, site: Site) -> None:
    password(browser, ADA).fill("/sign-in/code", code=browser.phone.text_code(ADA.mobile))
    clock.move(minutes=1)
    prove(browser, ADA, "password").fill(current_password=ADA.password, new_password="eleven quiet copper moons")
    assert unused(site) == len(codes)
