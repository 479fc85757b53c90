"""TD7: a trusted device skips the code at sign-in and nothing else; the session says so."""

from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_in_by_text, sign_out, table


def test_its_session_proved_no_second_factor_and_sets_none_up(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    assert password(browser, ADA).path == "/"
    (session,) = [each for each in table(site, Session) if each.ended_at is None]
    assert (session.amr, session.second_factor_at) == ("pwd", None)
    assert session.auth_time == clock.now()
    assert "Add a second way" not in browser.open("/set-up/done").words
    response = browser.post("/set-up/another", {"csrf_token": browser.open("/").csrf()})
    assert response.headers["Location"] == "/"
    assert browser.open("/set-up").path == "/"


def test_a_code_proves_two_factors(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    assert [each.amr for each in table(site, Session)] == ["pwd sms mfa"]
