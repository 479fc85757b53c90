"""The services page: whose services show, who is signed in, and signing out."""

from collections.abc import Callable

from flask import Flask

from ssp.models import Session
from ssp.settings import Service
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    SAM,
    Browser,
    Phone,
    events,
    one,
    set_up_app,
    set_up_text,
    set_up_voice,
    sign_in_by_text,
    sign_out,
    table,
)


def services(browser: Browser) -> list[str]:
    return [one(each, "b").get_text() for each in browser.open("/").page.html.select(".services li")]


def test_each_group_sees_its_own(app: Flask, phone: Phone) -> None:
    agent, holder, staff = (Browser(app, phone) for _ in range(3))
    assert services(set_up_text(agent, ADA)) == ["Policy desk", "Claims"]
    assert services(set_up_text(holder, BEN)) == ["My coverage", "Claims"]
    assert services(set_up_text(staff, SAM)) == ["Claims"]


def test_a_service_has_name_words_and_address(browser: Browser) -> None:
    set_up_text(browser, ADA).open("/")
    link = one(browser.page.html, ".services a", first=True)
    assert (link["href"], link["rel"]) == ("https://policies.example.test/", ["noreferrer"])
    assert "Quotes, policies and renewals of the people you look after." in browser.words


def test_the_list_comes_from_the_settings(make_app: Callable[..., Flask], phone: Phone) -> None:
    own = Service(name="Reading <room>", address="/rooms/1", words="Quiet.", groups=("agents",))
    app = make_app(services=(own,))
    assert services(set_up_text(Browser(app, phone), ADA)) == ["Reading <room>"]
    nobodys = set_up_text(Browser(app, phone), BEN).open("/")
    assert "There is no service for you yet." in nobodys.words


def test_who_is_signed_in_and_how_they_were_here_before(browser: Browser, clock: Clock) -> None:
    set_up_voice(browser, ADA).open("/")
    assert "Welcome, Ada" in browser.words
    assert "You are signed in as ada" in browser.words
    assert "This is your first time here." in browser.words
    sign_out(browser)
    clock.move(days=1, hours=3)
    set_up_app(browser, BEN)
    sign_out(browser)
    browser.open("/sign-in").fill(username="ada", password=ADA.password)
    browser.fill("/sign-in/code", code=browser.phone.spoken_code())
    assert "you signed in on November 22, 2026 at 2:00 pm" in browser.words
    assert "with a code by voice call" in browser.words


def test_the_line_names_the_app_and_the_text_too(browser: Browser, clock: Clock) -> None:
    app = set_up_app(browser, ADA)
    for human in (ADA, BEN):
        sign_out(browser)
        clock.move(minutes=1)
        if human is BEN:
            set_up_text(browser, BEN)
            sign_out(browser)
            clock.move(minutes=1)
            sign_in_by_text(browser, BEN)
            assert "with a code by text message" in browser.words
        else:
            browser.open("/sign-in").fill(username="ada", password=ADA.password)
            browser.fill("/sign-in/code", code=app.code())
            assert "with a code from an authenticator app" in browser.words


class TestSignOut:
    def test_it_ends_the_session_on_the_server(self, browser: Browser, site: Site) -> None:
        set_up_text(browser, ADA)
        stolen = browser.cookies["ssp_session"]
        sign_out(browser)
        assert browser.path == "/sign-in"
        assert browser.note == "You are signed out."
        (session,) = table(site, Session)
        assert session.ended_because == "signed_out"
        assert [(each.subject, each.outcome) for each in events(site, "session.signed_out")] == [("ada", "done")]
        assert browser.carry({"ssp_session": stolen}).open("/").path == "/sign-in"

    def test_the_browser_forgets_pages_but_not_the_trust(self, browser: Browser, clock: Clock) -> None:
        sign_out(set_up_text(browser, ADA))
        clock.move(minutes=1)
        sign_in_by_text(browser, ADA, trust=True)
        response = browser.open("/").send("/sign-out")
        assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert [value for value in response.headers.getall("Set-Cookie") if "ssp_device" in value] == []
        assert len(browser.devices) == 1
        assert "ssp_session" not in browser.cookies

    def test_all_tabs_are_signed_out(self, browser: Browser, app: Flask, phone: Phone) -> None:
        set_up_text(browser, ADA)
        tab = Browser(app, phone).carry(browser.cookies)
        assert tab.open("/").path == "/"
        sign_out(browser)
        assert tab.open("/").path == "/sign-in"
        assert tab.note == "You signed out. Please sign in again."

    def test_a_second_press_is_no_trouble(self, browser: Browser, site: Site) -> None:
        set_up_text(browser, ADA).open("/")
        cookies = browser.cookies
        form = browser.form("/sign-out")
        assert form.submit().status_int == 303
        browser.carry(cookies)
        assert form.submit().status_int == 303
        assert len(events(site, "session.signed_out")) == 1

    def test_nobody_can_be_signed_out_by_a_link(self, browser: Browser) -> None:
        set_up_text(browser, ADA)
        browser.open("/sign-out", status=405)
        assert browser.open("/").path == "/"

    def test_whoever_is_nobody_may_press_it(self, browser: Browser) -> None:
        browser.open("/sign-in")
        response = browser.post("/sign-out", {"csrf_token": browser.csrf()})
        assert response.follow().request.path == "/sign-in"


def test_other_sessions_end_with_a_new_option(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_in_by_text(other_browser, ADA)
    assert other_browser.path == "/"
    browser.open("/set-up/done").fill("/set-up/another").fill(type="voice")
    assert other_browser.open("/").path == "/"
    browser.fill(phone=ADA.office, extension="").fill(code=browser.phone.spoken_code())
    assert other_browser.open("/").path == "/sign-in"
    assert browser.open("/").path == "/"
