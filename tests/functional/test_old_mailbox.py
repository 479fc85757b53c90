"""A thief changes the mail address first: what the owner's mails in the old mailbox are worth then, and the thief's."""

import pytest

from ssp.flows import address_on_file, people
from ssp.flows.people import PeopleError
from ssp.infra.clock import now
from ssp.models import Authenticator, MailedLink, Session, TrustedDevice, User, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    Human,
    add_app_later,
    add_way,
    add_way_later,
    events,
    let_mail_leave,
    make_codes,
    password,
    prove,
    recover,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

EVE = "eve@evil.test"
THIEF = Human("ada", ADA.password, mobile="+12055550177", office="+12055550178")
NEW = "a kettle sings to nobody"
THIEFS = "the thief's own choice"


def address(site: Site) -> str:
    return next(each.email for each in table(site, User) if each.username == "ada")


def change(browser: Browser, human: Human, to: str) -> Browser:
    """Change the mail address, from the account page to the button in the new mailbox."""
    prove(browser, human, "email").fill(email=to)
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("email", to)).fill()
    let_mail_leave(browser.app)
    return browser


def press(browser: Browser, page: str, to: str, nth: int = -1) -> Browser:
    """Open the page of a mailed link, press its button, and let mail leave."""
    let_mail_leave(browser.app)
    browser.open(browser.phone.link(page, to, nth)).fill()
    let_mail_leave(browser.app)
    return browser


def passwords_to(browser: Browser) -> list[str]:
    """Return where links to a new password went, the oldest first."""
    return [each["to"] for each in browser.phone.messages("mail") if "/password/" in each["body"]]


def labels(site: Site) -> list[str]:
    return [each.label for each in table(site, Authenticator) if each.confirmed_at]


@pytest.fixture
def thief(other_browser: Browser, browser: Browser, clock: Clock) -> Browser:
    """Give a browser where a thief is in the account of Ada, who set it up long ago, and has changed its address."""
    sign_out(set_up_text(browser, ADA))
    clock.move(days=2)
    sign_in_by_text(other_browser, ADA)
    clock.move(minutes=15)
    other_browser.open("/account/")
    return change(other_browser, ADA, EVE)


# ---- The owner's mails ----


def test_not_me_in_the_old_mailbox_brings_the_address_back(browser: Browser, thief: Browser, site: Site) -> None:
    browser.open(browser.phone.link("not-me", ADA.email))
    assert "the button brings back the one that this mail went to" in browser.words
    press(browser, "not-me", ADA.email)
    assert "Your account has its old e-mail address again." in browser.words
    assert address(site) == ADA.email
    assert passwords_to(browser) == [ADA.email]
    assert thief.open("/").path == "/sign-in"
    kinds = [(each.kind, each.outcome) for each in events(site)]
    assert ("notice.disowned", "done") in kinds
    assert ("email.undone", "done") in kinds
    thief.open(thief.phone.link("undo-email", ADA.email), status=200)
    assert "Thank you for telling us" in thief.words, "it is used"
    assert browser.fill("/not-me/send").note == "We mailed it again."
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("password", ADA.email)).fill(new_password=NEW)
    assert password(browser, Human("ada", NEW)).path == "/sign-in/code"


def test_it_takes_back_a_first_option_too(browser: Browser, other_browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(other_browser, THIEF)
    clock.move(minutes=1)
    change(other_browser, THIEF, EVE)
    clock.move(minutes=30)
    press(browser, "not-me", ADA.email, nth=0)
    assert (address(site), labels(site), passwords_to(browser)) == (ADA.email, [], [ADA.email])


def test_where_no_way_back_works_nothing_is_mailed_to_whoever_has_the_address(
    browser: Browser, thief: Browser, site: Site
) -> None:
    thief.open("/forgot-password").fill(username="ada")
    let_mail_leave(thief.app)
    link = thief.phone.link("password", EVE)
    people.reset_mfa(site, "ada")
    press(browser, "not-me", ADA.email)
    assert address(site) == EVE
    assert passwords_to(browser) == [EVE], "the one from before"
    assert "Call Web Support now: they put your address right" in browser.words
    assert [each.request_id for each in events(site, "notice.disowned")] == [browser.reference]
    assert [each.reason for each in events(site, "recovery.begun")][-1] == "elsewhere"
    assert not [form for form in browser.page.forms.values() if form.action == "/not-me/send"]
    thief.open(link, status=410)
    thief.open("/forgot-password").fill(username="ada")
    let_mail_leave(thief.app)
    thief.open(thief.phone.link("password", EVE)).fill(new_password=THIEFS)
    browser.open("/not-me")
    assert "nothing more to do" not in browser.words
    assert "call Web Support now: they lock everybody out" in browser.words


def test_a_password_chosen_in_the_thiefs_mailbox_leaves_the_owners_links(
    browser: Browser, thief: Browser, site: Site
) -> None:
    thief.open("/forgot-password").fill(username="ada")
    let_mail_leave(thief.app)
    thief.open(thief.phone.link("password", EVE)).fill(new_password=THIEFS)
    press(browser, "not-me", ADA.email, nth=0)
    assert address(site) == ADA.email
    assert "do not match" in password(thief, Human("ada", THIEFS)).problem


def test_the_old_mailbox_hears_of_options_and_codes_while_the_way_back_works(
    browser: Browser, thief: Browser, site: Site, clock: Clock
) -> None:
    clock.move(minutes=15)
    make_codes(thief, ADA)
    let_mail_leave(thief.app)
    told = [each["body"].partition("\n")[0] for each in browser.phone.messages("mail", ADA.email)]
    assert told[-1].startswith("Recovery codes")
    assert [each["to"] for each in browser.phone.messages("mail")[-2:]] == [EVE, ADA.email]
    press(browser, "not-me", ADA.email)
    assert address(site) == ADA.email
    assert [each.reason for each in events(site, "recovery_codes.ended")] == ["disowned"]


def test_once_it_has_run_out_the_old_mailbox_hears_nothing(browser: Browser, thief: Browser, clock: Clock) -> None:
    clock.move(days=10, minutes=1)
    sign_in_by_text(thief, ADA)
    before = len(browser.phone.messages("mail", ADA.email))
    clock.move(minutes=15)
    make_codes(thief, ADA)
    let_mail_leave(thief.app)
    assert len(browser.phone.messages("mail", ADA.email)) == before


def test_where_no_option_is_from_before_the_page_says_whom_to_call(
    browser: Browser, thief: Browser, site: Site, clock: Clock
) -> None:
    clock.move(minutes=15)
    (own,) = table(site, Authenticator)
    add_app_later(thief, ADA)
    clock.move(minutes=15)
    prove(thief, ADA, f"remove:{own.id}").fill()
    press(browser, "undo-email", ADA.email)
    assert "one that is there may not be yours. Call Web Support" in browser.note
    assert "get a code or set one up" not in browser.words
    assert [each.request_id for each in events(site, "email.undone")] == [browser.reference]
    browser.open(browser.phone.link("password", ADA.email)).fill(new_password=NEW)
    browser.open("/undo-email")
    press_again = browser.phone.link("undo-email", ADA.email)
    browser.open(press_again)
    assert "nothing more to do" not in browser.words


def test_an_option_that_a_thief_set_up_before_the_change_is_no_comfort(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    code, *_ = make_codes(browser, ADA)
    sign_out(browser)
    clock.move(days=2)
    recover(other_browser, ADA, code).fill(type="text").fill("/set-up/text", phone=THIEF.mobile)
    other_browser.fill(code=other_browser.phone.text_code(THIEF.mobile))
    clock.move(minutes=1)
    change(other_browser.open("/account/"), THIEF, EVE)
    (own,) = [each for each in table(site, Authenticator) if each.label == "\u2022\u2022\u2022 \u2022\u202223"]
    clock.move(minutes=1)
    prove(other_browser, THIEF, f"remove:{own.id}").fill()
    press(browser, "undo-email", ADA.email)
    assert "one that is there may not be yours. Call Web Support" in browser.note
    assert browser.reference


@pytest.mark.parametrize("nth", [0, 1])
def test_whichever_mail_of_a_first_set_up_is_opened_all_of_it_goes(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock, nth: int
) -> None:
    """Whoever opens the newest mail first loses nothing by it."""
    set_up_text(other_browser, THIEF)
    clock.move(minutes=1)
    add_way(other_browser, "voice", phone=THIEF.office, extension="")
    clock.move(minutes=20)
    press(browser, "not-me", ADA.email, nth)
    assert labels(site) == []


# ---- The thief's mails ----


def test_an_address_that_is_changed_back_leaves_the_thief_no_way_back(
    browser: Browser, thief: Browser, site: Site, clock: Clock
) -> None:
    clock.move(days=3)
    sign_in_by_text(browser, ADA)
    clock.move(minutes=15)
    browser.open("/account/")
    change(browser, ADA, ADA.email)
    assert address(site) == ADA.email
    assert events(site, "email.changed")[-1].reason == "back"
    last = thief.phone.messages("mail", EVE)[-1]["body"]
    assert "changed back to the one of before" in last
    assert "http" not in last
    live = [each for each in table(site, MailedLink) if each.purpose == "undo-email" and not each.used_at]
    assert live == []
    for to in [each["to"] for each in thief.phone.messages("mail", EVE) if "/not-me/" in each["body"]]:
        thief.open(thief.phone.link("not-me", to)).open("/not-me")
        assert not [form for form in thief.page.forms.values() if form.action == "/not-me"]
    browser.open(browser.phone.link("undo-email", ADA.email))
    assert "there is nothing to undo" in browser.words


def test_notices_in_the_thiefs_mailbox_stop_nothing_after_the_undo(
    browser: Browser, thief: Browser, clock: Clock
) -> None:
    for _ in range(2):
        clock.move(minutes=15)
        sign_in_by_text(Browser(thief.app, thief.phone), ADA)
    press(browser, "undo-email", ADA.email)
    link = browser.phone.link("password", ADA.email)
    let_mail_leave(thief.app)
    for nth in range(2):
        thief.open(thief.phone.link("not-me", EVE, nth))
        assert not [form for form in thief.page.forms.values() if form.action == "/not-me"]
    browser.open(link, status=200)


def test_further_presses_of_a_stopped_account_leave_the_link_that_waits(
    browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    for _ in range(5):
        clock.move(minutes=15)
        sign_in_by_text(Browser(browser.app, browser.phone), ADA)
    press(browser, "not-me", ADA.email, nth=0)
    first = browser.phone.link("password", ADA.email)
    for nth in range(1, 6):
        press(browser, "not-me", ADA.email, nth)
    assert len(passwords_to(browser)) == 4
    assert [each.reason for each in events(site, "recovery.begun") if each.outcome == "refused"] == ["too_many"] * 2
    browser.open(first, status=200)


# ---- Web Support ----


def test_web_support_puts_the_address_right(thief: Browser, site: Site) -> None:
    thief.open("/forgot-password").fill(username="ada")
    let_mail_leave(thief.app)
    address_on_file.change(site, "ada", " ada@office.test ")
    assert address(site) == "ada@office.test"
    let_mail_leave(thief.app)
    for page, to in (("undo-email", ADA.email), ("password", EVE)):
        thief.open(thief.phone.link(page, to), status=410)
    told = [each for each in thief.phone.messages("mail") if "e-mail address that we have on file" in each["body"]]
    assert [each["to"] for each in told] == [EVE, "ada@office.test"]
    assert events(site, "email.changed")[-1].reason == "by_operator"
    press_of = [each for each in table(site, MailedLink) if each.purpose == "not-me" and not each.used_at]
    assert press_of == [], "no notice at an older address stops the account any more"


@pytest.mark.parametrize("bad", ["no address", EVE.upper(), "a\u202e@b.test"])
def test_what_cannot_be_the_address_is_refused(site: Site, thief: Browser, bad: str) -> None:
    with pytest.raises(PeopleError):
        address_on_file.change(site, "ada", bad)
    assert (address(site), thief.open("/account/").path) == (EVE, "/account/")


def test_a_disabled_account_is_given_back_by_no_mail(browser: Browser, thief: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        user.change(connection, 1, disabled_at=now())  # as one that was disabled before its ways back ended
    browser.open(thief.phone.link("undo-email", ADA.email), status=410)
    answer = browser.post("/undo-email", {"csrf_token": browser.open("/sign-in").csrf(), "link": link_id(site)})
    assert answer.status_int == 303
    assert address(site) == EVE
    assert [each.outcome for each in events(site, "email.undone")] == ["refused"]
    people.disable(site, "ada")
    people.enable(site, "ada")
    browser.open(thief.phone.link("undo-email", ADA.email), status=410)


def link_id(site: Site) -> str:
    return next(each.id for each in table(site, MailedLink) if each.purpose == "undo-email")


# ---- A change that waits ----


def open_sessions(site: Site) -> list[Session]:
    """Return the sessions that are not over, the oldest first."""
    return sorted((each for each in table(site, Session) if not each.ended_at), key=lambda each: each.created_at)


@pytest.mark.parametrize("deed", ["everywhere", "session", "device", "devices", "option"])
def test_whoever_is_shut_out_changes_no_address(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock, deed: str
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=15)
    sign_in_by_text(other_browser, ADA, trust=deed.startswith("device"))
    clock.move(minutes=15)
    sign_in_by_text(browser, ADA)
    other_browser.open("/account/")
    prove(other_browser, ADA, "email").fill(email=EVE)
    let_mail_leave(other_browser.app)
    clock.move(minutes=15)
    if deed == "option":
        add_way_later(browser, ADA, "voice", phone=ADA.office, extension="")
    else:
        (name,) = [each.id for each in table(site, TrustedDevice)] or [""]
        session = next(each.id for each in open_sessions(site))
        paths = {"everywhere": "sessions/end-others", "session": f"sessions/{session}/end"}
        paths |= {"device": f"devices/{name}/revoke", "devices": "devices/revoke-all"}
        browser.post(f"/account/{paths[deed]}", {"csrf_token": browser.open("/account/").csrf()})
    other_browser.open(browser.phone.link("email", EVE), status=410)
    assert address(site) == ADA.email
