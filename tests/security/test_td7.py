"""TD7: a trusted device skips the code at sign-in and nothing else; the session says so."""

from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, SAM, Browser, password, prove, set_up_text, sign_in_by_text, sign_out, table


def test_its_session_proved_no_second_factor_and_sets_none_up(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    assert password(browser, ADA).path == "/"
    (session,) = [each for each in table(site, Session) if each.ended_at is None]
    assert (session.amr, session.second_factor_at) == ("pwd", None)
    assert session.auth_time == clock.now()
    assert browser.open("/set-up/done").path == "/"
    response = browser.post("/set-up/another", {"csrf_token": browser.open("/").csrf()})
    assert response.headers["Location"] == "/account/confirm/add"
    assert browser.open("/set-up").path == "/"


def test_before_a_change_it_is_asked_for_a_code(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    password(browser, ADA)
    clock.move(minutes=1)
    prove(browser, ADA, "password")
    assert browser.path == "/account/password"
    (session,) = [each for each in table(site, Session) if each.ended_at is None]
    assert (session.amr, session.second_factor_at) == ("pwd", None), "for that one change only"
    assert browser.post("/set-up/another", {"csrf_token": browser.csrf()}).headers["Location"] == "/account/confirm/add"


def test_staff_are_asked_too(browser: Browser) -> None:
    set_up_text(browser, SAM).open("/account/password")
    assert browser.path == "/account/confirm/password"


def test_a_code_proves_two_factors(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    assert [each.amr for each in table(site, Session)] == ["pwd sms mfa"]
