"""TH1: wrong passwords and codes in a row cost waits, and at the last one nothing but Web Support's help is left."""

from datetime import timedelta

import pytest
from flask import Flask

from ssp.flows import people
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, events, one, password, set_up_app, set_up_text, sign_out
from tests.security.tools import HELD, LOOKED_AT, guess, passwords


def test_thirty_are_the_most(browser: Browser, app: Flask, site: Site, clock: Clock) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    looked_at = 0
    for _ in range(8):
        clock.move(minutes=15)
        password(browser, ADA)
        for _ in range(15):
            browser.fill("/sign-in/code", code=token.wrong())
            looked_at += browser.problem.startswith("That code is not right.")
        browser.fill("/sign-out")
    assert looked_at == 30
    assert [each.reason for each in events(site, "authenticator.paused")] == ["wrong_10", "wrong_20", "wrong_30"]
    clock.move(days=365)
    password(browser, ADA).fill("/sign-in/code", code=token.code())
    assert browser.problem.startswith("This way is taking a break.")
    people.unlock(site, "ada")
    assert browser.fill("/sign-in/code", code=token.code()).path != "/sign-in/code"
    app.extensions["ssp.courier"].close()
    subjects = [mail["body"].partition("\n")[0] for mail in browser.phone.messages("mail", ADA.email)]
    assert subjects.count("Wrong access codes for Secure Services Portal") >= 1


WAITS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_after_five_passwords_each_wait_is_twice_the_last(browser: Browser, site: Site, clock: Clock) -> None:
    for _ in range(4):
        assert guess(browser) == f"{LOOKED_AT} Check both and try again. Capital letters matter in the password."
    for wait in WAITS:
        assert guess(browser).startswith(LOOKED_AT)
        clock.move(seconds=wait - 1)
        assert guess(browser).startswith(HELD)
        assert guess(browser, typed=ADA.password).startswith(HELD), "nor is the right one looked at"
        clock.move(seconds=1)
    (counter,) = passwords(site)
    assert (counter.count, counter.turned_away) == (4 + len(WAITS), 2 * len(WAITS))
    assert guess(browser, typed=ADA.password) == ""
    assert browser.path == "/set-up"
    assert passwords(site) == []


@pytest.mark.parametrize(
    "tries, says",
    [
        (5, "You can try again in 1 second."),
        (6, "You can try again in 2 seconds."),
        (11, "You can try again from 2:03 pm UTC ."),
        (15, "You can try again from 2:33 pm UTC ."),
    ],
)
def test_the_page_says_until_when(browser: Browser, site: Site, clock: Clock, tries: int, says: str) -> None:
    del site
    for wait in [0, 0, 0, 0, 0, *WAITS][:tries]:
        clock.move(seconds=wait)
        guess(browser)
    rest = "A browser in which you signed in before may not have to wait."
    assert browser.problem == f"{LOOKED_AT} Check both. Capital letters matter in the password. {says} {rest}"
    assert guess(browser) == f"{HELD} This one was not checked, be it right or wrong. {says} {rest}"
    assert one(browser.page.html, 'main a[href="/help/wrong-password"]')
    assert browser.page.status_int == 422
    if ":" in says:
        shown = one(browser.page.html, "main time")["datetime"]
        assert str(shown) >= (clock.now() + timedelta(seconds=WAITS[tries - 5])).isoformat(timespec="seconds")


@pytest.fixture
def at_the_end(browser: Browser, other_browser: Browser, site: Site, clock: Clock) -> Browser:
    """Give the known browser of somebody whose hundred passwords are used up: ninety elsewhere, ten here."""
    sign_out(set_up_text(browser, ADA))
    for each, times in ((other_browser, 90), (browser, 10)):
        for _ in range(times):
            clock.move(minutes=15)
            assert guess(each).startswith(LOOKED_AT)
    (counter,) = passwords(site)
    assert (counter.count, counter.known_count) == (100, 10)
    return browser


def test_a_hundred_passwords_are_the_most(
    at_the_end: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    for days in (0, 1, 800):
        clock.move(days=days)
        for each in (at_the_end, other_browser):
            assert guess(each, typed=ADA.password).startswith(f"{HELD} This one was not checked")
            assert "No more passwords are checked for it before Web Support frees it." in each.problem
    assert [each.reason for each in events(site, "sign_in.stopped")] == ["new_90", "known_10"]
    people.unlock(site, "ada")
    assert guess(other_browser, typed=ADA.password) == ""
    assert guess(at_the_end, typed=ADA.password) == ""
    assert {at_the_end.path, other_browser.path} == {"/sign-in/code"}


def test_the_owner_may_use_up_all_that_nobody_else_used(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    for _ in range(100):
        clock.move(minutes=15)
        assert guess(browser).startswith(LOOKED_AT)
    clock.move(minutes=15)
    assert guess(browser).startswith(HELD)
    assert [each.reason for each in events(site, "sign_in.stopped")] == ["known_100"]
