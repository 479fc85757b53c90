"""The account page: where somebody is signed in, and ending what they do not know."""

import pytest
from flask import Flask

from ssp.models import Session, TrustedDevice
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    Phone,
    events,
    notices,
    password,
    prove,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36"


@pytest.fixture
def at_home(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada signed in yesterday, and which she trusts."""
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=10)
    return sign_in_by_text(browser, ADA, trust=True)


@pytest.fixture
def at_work(at_home: Browser, app: Flask, phone: Phone, clock: Clock) -> Browser:
    """Give a second browser of hers, ten minutes later."""
    del at_home
    clock.move(minutes=10)
    return sign_in_by_text(Browser(app, phone, agent=CHROME), ADA)


def rows(browser: Browser, section: str = "sessions") -> list[str]:
    """Return the rows of a section in words."""
    found = browser.open("/account/").page.html.select(f"[aria-labelledby={section}] .rows > li")
    return [" ".join(each.get_text(" ").split()) for each in found]


def end_of(browser: Browser) -> str:
    """Return the address of the first button that ends a session."""
    return str(browser.open("/account/").page.html.select("form[action$='/end']")[0]["action"])


def test_both_pages_lead_to_it(browser: Browser) -> None:
    set_up_text(browser, ADA)
    for path in ("/", "/set-up/done", "/help/"):
        links = browser.open(path).page.html.select("header a[href='/account/']")
        assert len(links) == 1, path
    assert not sign_out(browser).page.html.select("header a[href='/account/']")


def test_each_session_is_told_by_browser_address_time_and_proof(at_home: Browser, at_work: Browser) -> None:
    work, home = rows(at_work)
    assert "Chrome on Windows This one From 127.0.0.1, with a code by text message" in work
    assert "Since today at 12:10 am; last used today at 12:10 am" in work
    assert home.startswith("Firefox on Linux From 127.0.0.1")
    assert "Since today at 12:00 am" in home
    assert "This one" in rows(at_home)[1]


def test_a_session_on_a_trusted_device_and_one_by_password_say_so(at_home: Browser) -> None:
    password(sign_out(at_home), ADA)
    assert "on a trusted device" in rows(at_home)[0]


def test_one_is_ended_by_hand_and_is_over_with_its_next_page(at_home: Browser, at_work: Browser, site: Site) -> None:
    at_work.fill(end_of(at_work))
    assert at_work.note == "That session is ended."
    assert len(rows(at_work)) == 1
    assert at_home.open("/account/").path == "/sign-in"
    assert at_home.note == "You ended this session from another browser. Please sign in again."
    (event,) = events(site, "session.ended")
    assert (event.subject, event.reason, event.outcome) == ("ada", "by_owner", "done")


def test_a_second_press_ends_nothing_more(at_home: Browser, at_work: Browser, site: Site) -> None:
    del at_home
    action = end_of(at_work)
    form = at_work.form(action)
    for _ in range(2):
        assert form.submit().status_int == 303
    assert at_work.open("/account/").note == ""
    assert len(events(site, "session.ended")) == 1


def test_all_others_end_and_so_does_the_trust_in_them(at_home: Browser, at_work: Browser, site: Site) -> None:
    at_work.open("/account/").fill("/account/sessions/end-others")
    assert at_work.note == "You are signed out everywhere else, and no other device is trusted any longer."
    assert at_work.path == "/account/"
    assert "Sign out everywhere else" not in at_work.words
    assert at_home.open("/").path == "/sign-in"
    assert password(at_home, ADA).path == "/sign-in/code"
    assert [each.revoked_because for each in table(site, TrustedDevice)] == ["by_owner"]
    assert notices(site)[-1].subject.startswith("You were signed out of Secure Services Portal")


def test_where_there_is_nothing_to_end_nobody_is_told(at_home: Browser, at_work: Browser, site: Site) -> None:
    """A press is no event, however often: what ran out by itself is nothing, and neither is this session's own code."""
    at_home.open("/account/password")
    button = at_work.open("/account/").form("/account/sessions/end-others")
    at_work.fill("/account/sessions/end-others")
    told, written = len(notices(site)), len(events(site))
    prove(at_work, ADA, "password")
    at_work.open("/account/confirm/add").fill()
    after = len(events(site))
    assert after > written
    for _ in range(3):
        fields = {"csrf_token": at_work.open("/account/").csrf()}
        assert str(at_work.post(button.action, fields).location).endswith("?done=alone")
    assert at_work.open("/account/?done=alone").note.startswith("You were signed in nowhere else")
    assert (len(notices(site)), len(events(site))) == (told, after)


def test_a_half_done_sign_in_is_something_to_end(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    password(other_browser, ADA)
    fields = {"csrf_token": browser.open("/account/").csrf()}
    for done in ("sessions", "alone"):
        assert str(browser.post("/account/sessions/end-others", fields).location).endswith(f"?done={done}")
    assert [each.reason for each in events(site, "session.ended")] == ["all_others"]
    assert other_browser.open("/sign-in/code").path == "/sign-in"


def test_what_ran_out_by_itself_is_nothing_to_end(
    at_home: Browser, app: Flask, phone: Phone, site: Site, clock: Clock
) -> None:
    clock.move(days=31)
    later = Browser(app, phone)
    sign_in_by_text(later, ADA)
    fields = {"csrf_token": later.open("/account/").csrf()}
    assert str(later.post("/account/sessions/end-others", fields).location).endswith("?done=alone")
    assert events(site, "session.ended") == []
    assert at_home.open("/account/").path == "/sign-in"


def test_a_trusted_device_is_something_to_end(
    at_home: Browser, app: Flask, phone: Phone, site: Site, clock: Clock
) -> None:
    sign_out(at_home)
    clock.move(minutes=1)
    later = sign_in_by_text(Browser(app, phone), ADA)
    fields = {"csrf_token": later.open("/account/").csrf()}
    assert str(later.post("/account/sessions/end-others", fields).location).endswith("?done=sessions")
    assert [each.reason for each in events(site, "session.ended")] == ["all_others"]


def test_this_device_stays_trusted_when_all_others_end(at_home: Browser, at_work: Browser) -> None:
    at_home.open("/account/").fill("/account/sessions/end-others")
    assert at_work.open("/").path == "/sign-in"
    assert password(sign_out(at_home), ADA).path == "/"


def test_this_session_ends_by_signing_out_only(at_home: Browser, site: Site) -> None:
    own = next(each for each in table(site, Session) if each.ended_at is None)
    token = at_home.open("/account/").csrf()
    assert at_home.post(f"/account/sessions/{own.id}/end", {"csrf_token": token}).status_int == 303
    assert at_home.open("/account/").path == "/account/"


def test_somebody_elses_page_shows_nothing_of_it(at_home: Browser, other_browser: Browser) -> None:
    del at_home
    set_up_app(other_browser, BEN)
    assert len(rows(other_browser)) == 1
    assert "with a code from an authenticator app" in rows(other_browser)[0]


def test_idle_and_expired_sessions_are_not_listed(at_home: Browser, at_work: Browser, clock: Clock) -> None:
    del at_home
    clock.move(minutes=25)
    assert len(rows(at_work)) == 1


def test_without_a_session_the_sign_in_leads_back(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    assert browser.open("/account/").path == "/sign-in"
    browser.fill(username="ada", password=ADA.password)
    assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/account/"


def test_a_form_of_a_session_that_is_over_leads_back_to_the_account(at_home: Browser, clock: Clock) -> None:
    at_home.open("/account/")
    clock.move(minutes=30)
    response = at_home.send("/account/devices/" + at_home.devices.popitem()[1].partition(".")[0] + "/revoke")
    assert response.headers["Location"] == "/sign-in?next=/account/"
