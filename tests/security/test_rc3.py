"""RC3: using a recovery code burns it, tells the owner, ends trust and sessions, and leads to an option first."""

import pytest

from ssp.flows import people
from ssp.models import Authenticator, PendingSignIn, RecoveryCode, Session, TrustedDevice, User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    events,
    let_mail_leave,
    make_codes,
    notices,
    password,
    recover,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)


@pytest.fixture
def codes(browser: Browser, clock: Clock) -> list[str]:
    """Give Ada's recovery codes; her browser is signed out."""
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    made = make_codes(browser, ADA)
    sign_out(browser)
    clock.move(minutes=1)
    return made


def test_all_of_it(browser: Browser, other_browser: Browser, codes: list[str], site: Site, clock: Clock) -> None:
    sign_in_by_text(other_browser, ADA, trust=True)
    clock.move(minutes=1)
    (before,) = [each.security_epoch for each in table(site, User) if each.username == "ada"]
    old = [each.id for each in table(site, Authenticator)]
    recover(browser, ADA, codes[0])
    (after,) = [each.security_epoch for each in table(site, User) if each.username == "ada"]
    assert after == before + 1
    assert [each.selector for each in table(site, RecoveryCode) if each.used_at] == [codes[0][:2]]
    assert [each.revoked_because for each in table(site, TrustedDevice)] == ["recovery_used"]
    assert {each.ended_because for each in table(site, Session)} == {"signed_out", "recovery_used"}
    assert [each.asked_because for each in table(site, PendingSignIn) if each.ended_at is None] == ["recovery"]
    assert [(each.outcome, each.reason) for each in events(site, "sign_in.recovery_code")] == [("done", "accepted")]
    mail = notices(site)[-1]
    assert mail.subject == "A recovery code for Secure Services Portal was used"
    assert mail.to == ADA.email
    assert "Codes left: 9." in mail.body
    assert "From the network address 127.0.0.1." in mail.body
    assert [each.id for each in table(site, Authenticator)] == old
    assert browser.path == "/set-up"


def test_the_session_id_changes(browser: Browser, codes: list[str], other_browser: Browser) -> None:
    password(browser, ADA).open("/sign-in/recovery")
    before = browser.cookies["ssp_session"]
    browser.fill(recovery_code=codes[0])
    assert browser.cookies["ssp_session"] != before
    other_browser.carry({"ssp_session": before})
    assert other_browser.open("/set-up").path == "/sign-in"


def test_the_text_that_was_on_its_way_counts_no_more(browser: Browser, codes: list[str]) -> None:
    password(browser, ADA)
    code, old = browser.phone.text_code(ADA.mobile), dict(browser.cookies)
    browser.open("/sign-in/recovery").fill(recovery_code=codes[0])
    response = browser.carry(old).post("/sign-in/code", {"csrf_token": browser.csrf(), "code": code})
    assert response.headers.get("Location") != "/"
    assert browser.open("/").path == "/sign-in"


def test_signed_in_is_who_set_an_option_up(browser: Browser, codes: list[str], site: Site) -> None:
    recover(browser, ADA, codes[0]).fill(type="text").fill(phone="+12055550177")
    assert browser.open("/").path == "/set-up"
    browser.open("/set-up/text").fill(code=browser.phone.text_code("+12055550177"))
    assert browser.open("/").path == "/"
    (session,) = [each for each in table(site, Session) if each.ended_at is None]
    assert session.amr == "pwd sms mfa"
    assert session.second_factor_at is not None
    assert browser.devices == {}


def test_who_says_it_was_not_them_ends_all_codes(browser: Browser, codes: list[str], site: Site) -> None:
    recover(browser, ADA, codes[0])
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me", ADA.email))
    assert "somebody signed in with a recovery code" in browser.words
    browser.fill()
    assert table(site, RecoveryCode) == []
    (event,) = events(site, "recovery_codes.ended")
    assert (event.subject, event.reason) == ("ada", "disowned")
    assert browser.open("/set-up").path == "/sign-in"


def test_so_do_those_who_know_nothing_of_new_ones(browser: Browser, codes: list[str], site: Site) -> None:
    assert len(codes) == 10
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me", ADA.email))
    assert "new recovery codes were made" in browser.words
    browser.fill()
    assert table(site, RecoveryCode) == []


def test_so_do_those_who_did_not_set_the_option_up_with_which_they_were_made(
    browser: Browser, codes: list[str], site: Site
) -> None:
    assert len(codes) == 10
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me", ADA.email, nth=0))
    assert "an MFA option was set up" in browser.words
    browser.fill()
    assert table(site, RecoveryCode) == []
    assert table(site, Authenticator) == []  # within the hours that the owner has to read the mail


def test_another_mail_leaves_them(browser: Browser, other_browser: Browser, codes: list[str], site: Site) -> None:
    sign_in_by_text(other_browser, ADA)
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me", ADA.email))
    assert "new browser" in browser.words
    browser.fill()
    assert len(table(site, RecoveryCode)) == len(codes)


def test_web_support_ends_them_with_the_options(browser: Browser, codes: list[str], site: Site) -> None:
    people.reset_mfa(site, "ada")
    assert table(site, RecoveryCode) == []
    assert [each.reason for each in events(site, "recovery_codes.ended")] == ["reset_by_operator"]
    assert "removed your MFA options and ended your recovery codes" in notices(site)[-1].body
    assert password(browser, ADA).path == "/set-up"
    fields = {"csrf_token": browser.csrf(), "recovery_code": codes[0]}
    assert browser.post("/sign-in/recovery", fields).headers["Location"] == "/set-up"
