"""Recent activity: what happened in the account, in words, and nobody else's."""

import pytest
from flask import Flask

from ssp.flows import activity, events
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Visit
from ssp.models import User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT
from tests.people import (
    ADA,
    BEN,
    Browser,
    Phone,
    add_way,
    options,
    password,
    prove,
    set_up_text,
    set_up_voice,
    sign_in_by_text,
    sign_out,
    table,
)
from tests.people import events as logged

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36"


def lines(browser: Browser, path: str = "/account/") -> list[str]:
    """Return the lines of recent activity, the newest first."""
    section = "[aria-labelledby=activity] " if path == "/account/" else ""
    return [" ".join(each.get_text(" ").split()) for each in browser.open(path).page.html.select(f"{section}.rows li")]


def write(site: Site, human: str, times: int, kind: Kind = Kind.GIVEN_UP, visit: Visit = VISIT) -> None:
    """Let so many things happen to somebody, each from an address of its own."""
    (person,) = [each for each in table(site, User) if each.username == human]
    with site.database.writing() as connection:
        for number in range(times):
            at = Visit(f"198.51.100.{number}", visit.agent, visit.request_id, visit.actor)
            events.record(connection, at, kind, user=person)


def test_a_sign_in_is_told_with_its_way_browser_and_time(app: Flask, phone: Phone, clock: Clock) -> None:
    work = Browser(app, phone, agent=CHROME)
    sign_out(set_up_voice(work, BEN))
    clock.move(minutes=3)
    password(work, BEN)
    work.fill("/sign-in/code", code=phone.spoken_code(BEN.office))
    newest, out, *_ = lines(work)
    assert newest == (
        "Signed in with a code by voice call automated voice call to ••• ••89 Chrome on Windows, from 127.0.0.1 "
        "today at 2:03 pm"
    )
    assert out.startswith("Signed out Chrome on Windows, from 127.0.0.1 today at 2:00 pm")


def test_wrong_tries_of_somebody_else_are_told_in_one_line(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    for _ in range(3):
        other_browser.open("/sign-in").fill(username="ada", password="a guess of somebody")
        clock.move(minutes=1)
    sign_in_by_text(browser, ADA)
    assert lines(browser)[1] == (
        "A wrong password was typed, 3 times Chrome on Windows, from 127.0.0.1 the last time today at 2:02 pm"
    )


def test_what_web_support_did_names_no_address(app: Flask, browser: Browser) -> None:
    set_up_text(browser, ADA)
    app.test_cli_runner().invoke(args=["user", "unlock", "ada"])
    app.test_cli_runner().invoke(args=["user", "password-link", "ada"])
    assert lines(browser)[0].startswith("A link to choose a new password was made Web Support today")


def test_what_the_portal_did_by_itself_says_so(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    (ada,) = [each for each in table(site, User) if each.username == "ada"]
    with site.database.writing() as connection:
        itself = Visit("-", "the portal", "-", "portal")
        events.record(connection, itself, Kind.NOTICE_FAILED, Outcome.FAILED, user=ada)
    assert lines(browser)[0].startswith("A mail about the account did not arrive The portal today")


def test_an_option_that_is_gone_is_not_named(browser: Browser) -> None:
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office)
    prove(browser, ADA, f"remove:{options(browser)[1]}").fill()
    told = lines(browser)
    assert told[0].startswith("An MFA option was removed Firefox on Linux, from 127.0.0.1 today")
    assert "••• ••45" not in " ".join(told)
    assert ADA.mobile[-7:] not in browser.page.text


def test_somebody_elses_never_show(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    mine = lines(browser, "/account/activity")
    set_up_text(other_browser, BEN)
    write(site, "ben", 30)
    assert lines(browser, "/account/activity") == mine
    newest = max(each.id for each in logged(site))
    assert lines(browser, f"/account/activity?before={newest}") == mine


def test_ten_on_the_account_page_and_all_on_pages_of_their_own(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    write(site, "ada", 60)
    before = len(logged(site))
    assert len(lines(browser)) == 10
    browser.page = browser.page.click("Show more")
    seen: list[str] = []
    while True:
        page = [" ".join(each.get_text(" ").split()) for each in browser.page.html.select(".rows li")]
        assert len(page) <= 25
        seen += page
        if "Show earlier activity" not in browser.words:
            break
        browser.page = browser.page.click("Show earlier activity")
    assert [line.split(" from ")[1].split()[0] for line in seen[:60]] == [f"198.51.100.{n}" for n in range(59, -1, -1)]
    assert seen[-1].startswith("The account was made Web Support")
    assert len(seen) == len(set(seen))
    browser.page = browser.page.click("Back to the newest")
    assert "198.51.100.59" in browser.words
    assert len(logged(site)) == before, "looking writes nothing"


def test_a_long_run_of_one_kind_is_bounded(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    (ada,) = [each for each in table(site, User) if each.username == "ada"]
    with site.database.writing() as connection:
        for _ in range(activity.MOST_READ + 5):
            events.record(connection, VISIT, Kind.GIVEN_UP, user=ada)
    (line,) = lines(browser)
    assert line.startswith(f"A sign-in was given up half-way, {activity.MOST_READ} times")
    browser.page = browser.page.click("Show more")
    browser.page = browser.page.click("Show earlier activity")
    assert "A sign-in was given up half-way, 5 times" in browser.words


@pytest.mark.parametrize("before", ["", "-1", "x", "%D9%A4", "9" * 19, "9" * 400, "1e3"])
def test_odd_places_show_the_newest_or_nothing(browser: Browser, before: str) -> None:
    set_up_text(browser, ADA)
    assert "Signed in" in " ".join(lines(browser, f"/account/activity?before={before}"))


def test_behind_the_oldest_there_is_nothing(browser: Browser) -> None:
    set_up_text(browser, ADA)
    assert lines(browser, "/account/activity?before=0") == []
    assert "There is nothing older." in browser.words


def test_only_for_somebody_who_is_signed_in(browser: Browser) -> None:
    assert browser.open("/account/activity").path == "/sign-in"


def test_times_follow_the_browsers_language(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    browser.web.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en-GB,en;q=0.8"
    assert lines(browser)[0].endswith("today, 14:00")
    browser.web.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "\xff;q=,," * 500
    assert lines(browser)[0].endswith("today at 2:00 pm")
