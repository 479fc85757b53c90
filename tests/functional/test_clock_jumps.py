"""The server's clock is set wrong by a day and put right again: what rests on time fails closed, and heals."""

import pytest

from ssp.flows import throttling
from ssp.flows.throttling import PASSWORD, Claimant
from ssp.models import Session, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    Phone,
    events,
    let_mail_leave,
    password,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

OVER = "Your session is over. Please sign in again."


def test_a_session_is_of_no_use_while_the_clock_is_behind_it(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(days=-1)
    assert browser.open("/").path == "/sign-in"
    assert browser.note == OVER
    clock.move(days=1, minutes=1)
    assert browser.open("/").path == "/"
    assert len(table(site, Session)) == 1


def test_a_session_that_was_opened_tomorrow_counts_no_longer_than_another(browser: Browser, clock: Clock) -> None:
    clock.move(days=1)
    set_up_text(browser, ADA)
    carried = browser.cookies
    clock.move(days=-1)
    assert browser.open("/").path == "/sign-in"
    assert sign_in_by_text(browser, ADA).path == "/"
    clock.move(days=1, minutes=31)
    browser.carry(carried)
    assert browser.open("/").path == "/sign-in"


def test_a_session_lives_on_when_servers_differ_by_seconds(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(seconds=-59)
    assert browser.open("/").path == "/"


def test_a_half_done_sign_in_from_tomorrow_is_over(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=1)
    password(browser, ADA)
    form = browser.form("/sign-in/code")
    form["code"] = browser.phone.text_code()
    clock.move(days=-1)
    browser.page = form.submit().follow()
    assert browser.path == "/sign-in"
    assert "so we stopped to keep your account safe" in browser.note
    assert len(events(site, "sign_in.finished")) == 1
    clock.move(minutes=1)
    assert sign_in_by_text(browser, ADA).path == "/"


def test_a_code_runs_out_in_a_jump_and_the_next_one_works(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    code = browser.phone.text_code()
    clock.move(days=1)
    assert browser.fill("/sign-in/code", code=code).path == "/sign-in"
    assert sign_in_by_text(browser, ADA).path == "/"


def test_a_device_that_was_trusted_tomorrow_asks_for_a_code_until_then(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    clock.move(days=-1)
    assert password(browser, ADA).path == "/sign-in/code"
    browser.fill("/sign-in/code", code=browser.phone.text_code())
    sign_out(browser)
    clock.move(days=1)
    assert password(browser, ADA).path == "/"


def test_a_spent_device_cookie_has_no_second_life_when_the_clock_goes_back(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    spent = browser.devices
    clock.move(hours=5)
    assert password(browser, ADA).path == "/"
    sign_out(browser)
    clock.move(hours=-4)
    assert password(browser.carry(spent), ADA).path == "/sign-in/code"


@pytest.mark.parametrize("behind", [{"days": -1}, {"seconds": -30}])
def test_no_code_of_an_app_works_again(
    browser: Browser, other_browser: Browser, phone: Phone, clock: Clock, behind: dict[str, float]
) -> None:
    app = set_up_app(browser, ADA)
    used = app.code()
    clock.move(**behind)
    password(other_browser, ADA)
    for code in (used, app.code(), app.code(-1)):
        assert other_browser.fill("/sign-in/code", code=code).path == "/sign-in/code"
    clock.move(**{unit: -by for unit, by in behind.items()})
    clock.move(seconds=30)
    assert password(Browser(browser.app, phone), ADA).fill("/sign-in/code", code=app.code()).path == "/"


def test_wrong_answers_stay_counted(browser: Browser, phone: Phone, clock: Clock) -> None:
    app = set_up_app(browser, ADA)
    for days in (-1, 1, 1, -1, 0):
        clock.move(days=days)
        other = password(Browser(browser.app, phone), ADA)
        for _ in range(2):
            other.fill("/sign-in/code", code=app.wrong())
    clock.move(seconds=30)
    last = password(Browser(browser.app, phone), ADA)
    assert "Too many codes were wrong" in last.fill("/sign-in/code", code=app.code()).problem


def test_waits_from_a_clock_that_was_wrong_are_over_once_it_is_right(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=365)
    for _ in range(21):
        other_browser.open("/sign-in").fill(username="ada", password="x")
    assert other_browser.page.status_int == 429
    clock.move(days=-365, minutes=1)
    assert password(other_browser, ADA).path == "/sign-in/code"


def test_waits_for_good_stay_whatever_the_clock_was(browser: Browser, site: Site, clock: Clock) -> None:
    clock.move(days=365)
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        claimant = Claimant("ada", person, known=False)
        for _ in range(PASSWORD.for_strangers):
            throttling.claim_password(connection, site.keys, claimant, clock.now())
            clock.move(minutes=15)
    clock.move(days=-366)
    assert "No more passwords are checked" in password(browser, ADA).problem


def test_an_app_is_taken_again_and_no_code_twice(browser: Browser, clock: Clock) -> None:
    """Neither the one from just before the clock went wrong, nor the one of the future when its time comes."""
    app = set_up_app(browser, ADA)
    sign_out(browser)
    before = app.code()
    clock.move(days=1)
    password(browser, ADA).fill("/sign-in/code", code=app.code())
    future = app.code()
    assert browser.path == "/"
    sign_out(browser)
    clock.move(days=-1, seconds=10)
    password(browser, ADA)
    for code in (before, app.code(), app.code(1)):
        browser.fill("/sign-in/code", code=code)
        assert "That code was used already." in browser.problem
    clock.move(seconds=60)
    assert browser.fill("/sign-in/code", code=app.code()).path == "/"
    sign_out(browser)
    clock.move(seconds=86400 - 70)
    password(browser, ADA).fill("/sign-in/code", code=future)
    assert "That code was used already." in browser.problem


@pytest.mark.parametrize("page, deed", [("password", "/password"), ("not-me", "/not-me")])
def test_a_link_from_tomorrow_opens_nothing(browser: Browser, clock: Clock, page: str, deed: str) -> None:
    set_up_text(browser, ADA)
    sign_out(browser)
    clock.move(days=2)
    browser.open("/forgot-password").fill(username="ada")
    sign_in_by_text(Browser(browser.app, browser.phone), ADA)
    let_mail_leave(browser.app)
    link = browser.phone.link(page, ADA.email)
    browser.open(link, status=200)
    token, fields = browser.csrf(), browser.fields()
    carried = browser.cookies
    clock.move(days=-2)
    clock.move(hours=20)
    browser.carry(carried).open(link, status=410)
    browser.post(deed, {**fields, "csrf_token": token, "new_password": "a kettle sings to nobody"})
    assert "do not match" not in password(Browser(browser.app, browser.phone), ADA).problem
