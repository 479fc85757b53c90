"""The compulsory date: before it people may say "not now", from it on nobody may."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    SAM,
    Browser,
    Phone,
    events,
    one,
    password,
    set_up_text,
    sign_out,
    table,
)

DATE = date(2026, 12, 1)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give a portal where a second factor is compulsory from December on."""
    return make_app(mfa_required_from=DATE)


def later(browser: Browser) -> str:
    """Send the form of "Not now" by hand; return where it leads."""
    response = browser.post("/set-up/later", {"csrf_token": browser.csrf()})
    browser.page = response.follow()
    return browser.path


class TestBefore:
    def test_people_see_what_changes_when_and_how_many_days_are_left(self, browser: Browser, clock: Clock) -> None:
        assert clock.now().date() == date(2026, 11, 22)
        password(browser, ADA)
        assert "From December 1, 2026, signing in takes" in browser.note
        assert "in 9 days" in browser.note
        assert one(browser.page.html, '.note a[href="/help/changes"]')
        assert [each.get_text() for each in browser.page.html.select("main form > button")][:2] == [
            "Set up now",
            "Not now",
        ]
        clock.move(days=8)
        assert "tomorrow" in password(browser, ADA).note

    def test_not_now_signs_in_with_the_password_only(self, browser: Browser, clock: Clock, site: Site) -> None:
        assert clock.now().date() < DATE
        password(browser, ADA).fill("/set-up/later")
        assert browser.path == "/"
        (session,) = table(site, Session)
        assert (session.amr, session.second_factor_at, session.device_id) == ("pwd", None, None)
        assert [(each.subject, each.outcome) for each in events(site, "sign_in.deferred")] == [("ada", "done")]
        assert events(site, "sign_in.finished")[0].reason == "pwd"
        sign_out(browser)
        password(browser, ADA).fill("/set-up/later")
        assert "with the password alone" in browser.words

    @pytest.mark.usefixtures("clock")
    def test_such_a_session_adds_no_way(self, browser: Browser) -> None:
        password(browser, ADA).fill("/set-up/later")
        assert "Add a second way" not in browser.open("/set-up/done").words
        browser.page = browser.post("/set-up/another", {"csrf_token": browser.open("/").csrf()}).follow()
        assert browser.path == "/account/confirm/add"
        assert "First, an MFA option" in browser.words

    @pytest.mark.usefixtures("clock")
    def test_set_up_now_works_as_ever(self, browser: Browser) -> None:
        assert set_up_text(browser, ADA).path == "/set-up/done"

    def test_who_has_a_second_factor_is_asked_for_it(self, browser: Browser, clock: Clock) -> None:
        sign_out(set_up_text(browser, ADA))
        clock.move(minutes=1)
        password(browser, ADA)
        assert browser.path == "/sign-in/code"
        assert later(browser) == "/sign-in/code"
        assert browser.open("/").path == "/sign-in/code"

    @pytest.mark.usefixtures("clock")
    def test_who_adds_a_way_reads_nothing_of_the_date(self, browser: Browser) -> None:
        set_up_text(browser, ADA)
        browser.fill("/set-up/another")
        assert browser.note == ""
        assert "Keep what I have" in browser.words
        assert "Not now" not in browser.words
        browser.fill("/set-up/later")
        assert browser.path == "/"

    @pytest.mark.usefixtures("clock")
    def test_staff_never_postpone(self, browser: Browser, site: Site) -> None:
        password(browser, SAM)
        assert "Not now" not in browser.words
        assert browser.note == ""
        assert later(browser) == "/set-up"
        assert table(site, Session) == []


class TestFrom:
    def test_there_is_no_not_now(self, browser: Browser, clock: Clock, site: Site) -> None:
        clock.move(days=9)
        password(browser, ADA)
        assert "Not now" not in browser.words
        assert "December 1" not in browser.words
        assert later(browser) == "/set-up"
        assert browser.open("/").path == "/set-up"
        assert table(site, Session) == []
        assert [(each.outcome, each.reason) for each in events(site, "sign_in.deferred")] == [
            ("refused", "not_allowed")
        ]

    def test_a_session_from_the_day_before_is_over(self, browser: Browser, clock: Clock) -> None:
        clock.move(days=8, hours=9, minutes=55)
        password(browser, ADA).fill("/set-up/later")
        assert browser.path == "/"
        clock.move(minutes=5)
        assert browser.open("/").path == "/sign-in"

    def test_a_page_from_the_day_before_does_not_help(self, browser: Browser, clock: Clock, site: Site) -> None:
        clock.move(days=8, hours=9, minutes=55)
        form = password(browser, ADA).form("/set-up/later")
        clock.move(minutes=5)
        assert clock.now().date() == DATE
        browser.page = form.submit(headers={"Origin": browser.origin}).follow()
        assert browser.path == "/set-up"
        assert table(site, Session) == []

    def test_the_day_begins_where_the_organisation_is(
        self, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        browser = Browser(make_app(mfa_required_from=DATE, timezone="America/Chicago"), phone)
        clock.move(days=8, hours=15, minutes=59)  # 11:59 pm in Chicago, six hours behind UTC
        assert "tomorrow" in password(browser, ADA).note
        clock.move(minutes=1)
        assert "Not now" not in browser.open("/set-up").words


def test_without_a_date_it_is_compulsory_now(make_app: Callable[..., Flask], phone: Phone) -> None:
    browser = password(Browser(make_app(), phone), ADA)
    assert "Not now" not in browser.words
    assert later(browser) == "/set-up"
