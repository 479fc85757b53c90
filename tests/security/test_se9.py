"""SE9: people see and end their own sessions and nobody else's; ten are the most, and owners hear of an eleventh."""

from flask import Flask

from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, Phone, events, notices, set_up_app, set_up_text, table


def test_the_eleventh_ends_the_oldest_and_tells(app: Flask, site: Site, phone: Phone, clock: Clock) -> None:
    first = Browser(app, phone)
    token = set_up_app(first, ADA)
    browsers = [first]
    for _ in range(10):
        clock.move(minutes=7)
        for each in browsers:
            each.open("/")
        browsers.append(Browser(app, phone))
        browsers[-1].open("/sign-in").fill(username="ada", password=ADA.password)
        browsers[-1].fill("/sign-in/code", code=token.code())
        if len(browsers) == 10:
            assert first.open("/").path == "/"
            assert events(site, "session.ended") == []
    assert first.open("/").path == "/sign-in"
    assert first.note.startswith("You were signed out here because you signed in on many other browsers.")
    assert all(each.open("/").path == "/" for each in browsers[1:])
    (event,) = events(site, "session.ended")
    assert (event.subject, event.reason) == ("ada", "too_many")
    assert "You were signed out of Secure Services Portal in one browser" in {each.subject for each in notices(site)}
    assert "You can be signed in on 10 browsers at a time." in browsers[-1].open("/account/").words


def test_sessions_that_are_over_take_nobodys_place(app: Flask, site: Site, phone: Phone, clock: Clock) -> None:
    token = set_up_app(Browser(app, phone), ADA)
    clock.move(minutes=30)
    for _ in range(10):
        clock.move(seconds=90)
        browser = Browser(app, phone).open("/sign-in").fill(username="ada", password=ADA.password)
        browser.fill("/sign-in/code", code=token.code())
    assert events(site, "session.ended") == []


def test_nobody_reaches_somebody_elses(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    set_up_text(other_browser, BEN)
    (bens,) = [each for each in table(site, Session) if each.user_id != table(site, Session)[0].user_id]
    answers = set()
    for strange in (bens.id, "s" * 22, "x"):
        fields = {"csrf_token": browser.open("/account/").csrf()}
        response = browser.post(f"/account/sessions/{strange}/end", fields)
        answers.add((response.status_int, response.headers["Location"], response.text.replace(strange, "")))
    ((_, location, _),) = answers
    assert location == "/account/", "and none is said to be ended"
    browser.post("/account/sessions/end-others", {"csrf_token": browser.csrf()})
    assert other_browser.open("/").path == "/"
    assert bens.id not in browser.open("/account/").page.text
