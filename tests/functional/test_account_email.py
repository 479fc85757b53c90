"""Another mail address: asked for with a code, confirmed where it is, undone where the old one was."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from ssp.flows import email_change, people, person_sheet
from ssp.models import Authenticator, MailedLink, Session, StepUp, TrustedDevice, User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    Human,
    Phone,
    add_way_later,
    events,
    let_mail_leave,
    make_codes,
    one,
    password,
    prove,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    table,
)

NEXT = "ada@new.test"
NEW = "a kettle sings to nobody"


def address(site: Site, username: str = "ada") -> str:
    """Return the address on file."""
    return next(each.email for each in table(site, User) if each.username == username)


def asked(browser: Browser, wanted: str = NEXT, human: Human = ADA) -> Browser:
    """Ask for another address, with a fresh code, and let mail leave."""
    prove(browser, human, "email").fill(email=wanted)
    let_mail_leave(browser.app)
    return browser


def confirm(browser: Browser, wanted: str = NEXT) -> Browser:
    """Open the newest link that went to the new address, and press its button."""
    browser.open(browser.phone.link("email", wanted)).fill()
    let_mail_leave(browser.app)
    return browser


def on_the_sheet(site: Site) -> list[str]:
    """Return what Web Support sees of addresses that are not the one on file."""
    return [f"{name}: {value}" for name, value in person_sheet.describe(site, "ada") if name.startswith("email ")]


@pytest.fixture
def ada(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada is signed in."""
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    return browser


def test_web_support_sees_what_waits_and_what_can_be_undone(ada: Browser, site: Site, clock: Clock) -> None:
    assert on_the_sheet(site) == []
    asked(ada)
    assert on_the_sheet(site) == [
        f"email to come: {NEXT}, until {clock.now() + timedelta(hours=24):%Y-%m-%d %H:%M} UTC"
    ]
    confirm(ada)
    until = f"{clock.now() + timedelta(days=10):%Y-%m-%d %H:%M} UTC"
    assert on_the_sheet(site) == [f"email before: {ADA.email}, its way back works until {until}"]
    clock.move(days=10)
    assert on_the_sheet(site) == []


def test_the_whole_way(ada: Browser, other_browser: Browser, site: Site, clock: Clock) -> None:
    assert f"go to {ADA.email} ." in ada.open("/account/").words
    ada.open(str(one(ada.page.html, "a[href='/account/email']")["href"]))
    assert ada.words.startswith("Change your e-mail address · Step 1 of 2 First, an access code")
    asked(ada)
    assert ada.path == "/account/"
    assert ada.note.startswith("We mailed a link to the new address.")
    assert f"{NEXT} Not confirmed yet" in ada.words
    assert address(site) == ADA.email
    clock.move(hours=23)
    other_browser.open(ada.phone.link("email", NEXT))  # on another device
    assert other_browser.path == "/email"
    assert f"is to use {NEXT} ." in other_browser.words
    assert address(site) == ADA.email
    other_browser.fill()
    assert "Your e-mail address is changed" in other_browser.words
    assert address(site) == NEXT
    let_mail_leave(ada.app)
    told = [each["body"].splitlines()[0] for each in ada.phone.messages("mail", ADA.email)]
    assert told[-2:] == [
        "Your e-mail address for Secure Services Portal is to change",
        "Your e-mail address for Secure Services Portal was changed",
    ]
    (question,) = ada.phone.messages("mail", NEXT)
    assert "somebody mistyped their address. Delete this mail" in question["body"]
    assert NEXT not in told[-1]
    kinds = [(each.kind, each.outcome) for each in events(site) if each.kind.startswith("email.")]
    assert kinds == [("email.asked", "done"), ("email.changed", "done")]


def test_the_session_goes_on_and_the_change_no_longer_waits(ada: Browser, other_browser: Browser) -> None:
    asked(ada)
    confirm(other_browser)
    assert f"go to {NEXT} ." in ada.open("/account/").words
    assert "Not confirmed yet" not in ada.words


def test_it_works_once_and_says_so(ada: Browser, other_browser: Browser, site: Site) -> None:
    asked(ada)
    link = ada.phone.link("email", NEXT)
    other_browser.open(link)
    stale = other_browser.form()
    other_browser.fill()
    answer = stale.submit(headers={"Origin": other_browser.origin})
    assert answer.location == "/email"
    assert "is changed" in ada.open(link, status=200).words
    outcomes = [(each.outcome, each.reason) for each in events(site, "email.changed")]
    assert outcomes == [("done", None), ("refused", "used")]
    assert len([each for each in table(site, MailedLink) if each.purpose == "undo-email"]) == 1


@pytest.mark.parametrize("hours, status", [(23.9, 200), (24, 410)])
def test_it_holds_for_a_day(ada: Browser, other_browser: Browser, clock: Clock, hours: float, status: int) -> None:
    asked(ada)
    clock.move(hours=hours)
    other_browser.open(ada.phone.link("email", NEXT), status=status)
    assert ("It worked for 24 hours." in other_browser.words) == (status == 410)


def test_a_link_that_ran_out_while_its_page_was_open_does_nothing(ada: Browser, site: Site, clock: Clock) -> None:
    asked(ada).open(ada.phone.link("email", NEXT))
    cookies = ada.cookies
    clock.move(hours=24)
    ada.carry(cookies).fill()
    assert "It worked for 24 hours." in ada.words
    assert address(site) == ADA.email


def test_no_get_changes_anything(ada: Browser, other_browser: Browser, site: Site) -> None:
    asked(ada)
    link = ada.phone.link("email", NEXT)
    for method in ("HEAD", "GET", "GET"):
        for path in (link, "/email"):
            assert other_browser.web.request(path, method=method).status_int in {200, 303}
    assert address(site) == ADA.email
    assert "is changed" in other_browser.open(link).fill().words


@pytest.mark.parametrize(
    "typed, words",
    [
        ("", "That is no e-mail address."),
        ("ada", "That is no e-mail address."),
        ("ada at new.test", "That is no e-mail address."),
        ("ada@new.test, eve@new.test", "That is no e-mail address."),
        ("ada@\u202enew.test", "That is no e-mail address."),
        ("x" * 250 + "@new.test", "That is no e-mail address."),
        ("ADA@example.TEST", "That is the address that we have already."),
    ],
)
def test_what_cannot_be_one_is_said_and_costs_no_code(ada: Browser, site: Site, typed: str, words: str) -> None:
    prove(ada, ADA, "email").fill(email=typed)
    assert ada.page.status_int == 422
    assert words in ada.problem
    assert one(ada.page.html, "#email")["value"] == typed
    assert ada.fill(email=f" {NEXT} ").path == "/account/"
    assert [each.email for each in table(site, MailedLink) if each.purpose == "email"] == [NEXT]


def test_one_code_is_good_for_one_change(ada: Browser, site: Site) -> None:
    asked(ada)
    assert ada.open("/account/email").path == "/account/confirm/email"
    answer = ada.post("/account/email", {"csrf_token": ada.csrf(), "email": "ada@third.test"})
    assert answer.location == "/account/confirm/email"
    assert [each.spent_at is not None for each in table(site, StepUp) if each.action == "change_email"] == [True]


def test_it_can_be_given_up(ada: Browser, other_browser: Browser, site: Site) -> None:
    asked(ada).fill("/account/email/give-up")
    assert ada.note == "Your e-mail address stays as it is."
    assert "Not confirmed yet" not in ada.words
    other_browser.open(ada.phone.link("email", NEXT), status=410)
    assert "used or given up already" in other_browser.words
    assert [each.kind for each in events(site)][-1] == "email.given_up"
    answer = ada.post("/account/email/give-up", {"csrf_token": ada.csrf()})
    assert answer.location == "/account/", "there is nothing to give up any more"


def test_a_second_change_takes_the_place_of_one_that_waits(
    ada: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    asked(ada)
    first = ada.phone.link("email", NEXT)
    clock.move(minutes=1)
    prove(ada, ADA, "email")
    assert f"This replaces the change to {NEXT}" in ada.words
    ada.fill(email="ada@third.test")
    let_mail_leave(ada.app)
    other_browser.open(first, status=410)
    assert address(site) == ADA.email
    confirm(other_browser, "ada@third.test")
    assert address(site) == "ada@third.test"


def test_strangers_are_not_written_to_all_day(ada: Browser, site: Site, clock: Clock) -> None:
    for number in range(email_change.MOST_A_DAY):
        asked(ada, f"ada@number{number}.test")
        clock.move(minutes=15)
        ada.open("/account/")
    prove(ada, ADA, "email").fill(email=NEXT)
    assert "Wait until tomorrow, or ask Web Support." in ada.problem
    assert ada.phone.messages("mail", NEXT) == []
    assert events(site, "email.asked")[-1].reason == "too_many"


def test_nor_is_one_of_them_again_and_again_but_nobody_uses_up_what_others_may(
    ada: Browser, other_browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(email_change, "MOST_TO_ONE_ADDRESS", 1)
    asked(ada)
    clock.move(minutes=15)
    ada.open("/account/")
    asked(ada, NEXT.upper())
    assert "Wait until tomorrow" in ada.problem
    assert len(ada.phone.messages("mail", NEXT)) == 1
    assert ada.phone.messages("mail", NEXT.upper()) == []
    set_up_text(other_browser, BEN)
    clock.move(minutes=1)
    asked(other_browser, NEXT, BEN)
    assert other_browser.problem == ""
    assert len(ada.phone.messages("mail", NEXT)) == 2
    assert address(site, "ben") == BEN.email


def test_without_a_mail_server_nobody_begins(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    clock.move(minutes=1)
    app = make_app(demo=False, base_url="http://localhost:8000", authenticators="totp")
    browser = Browser(app, phone)
    set_up_app(browser, ADA)
    browser.open("/account/")
    assert "This portal sends no mail at the moment." in browser.words
    assert not browser.page.html.select("a[href='/account/email']")
    for path in ("/account/email", "/account/confirm/email"):
        assert browser.open(path).path == "/account/"
    answer = browser.post("/account/email", {"csrf_token": browser.csrf(), "email": NEXT})
    assert answer.location == "/account/"


def test_what_changes_the_account_ends_a_change_that_waits(
    ada: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    """Whoever is shut out may have asked for it."""

    def change_password() -> None:
        prove(ada, ADA, "password").fill(current_password=ADA.password, new_password=NEW)

    for deed in (change_password, lambda: people.sign_out(site, "ada"), lambda: people.disable(site, "ada")):
        asked(ada)
        link = ada.phone.link("email", NEXT)
        other_browser.open(link, status=200)
        clock.move(minutes=5)
        deed()
        people.enable(site, "ada")
        other_browser.open(link, status=410)
        clock.move(days=1)
        sign_in_by_text(ada, Human("ada", NEW))
    assert address(site) == ADA.email


def test_this_was_not_me_of_the_first_mail_ends_it(ada: Browser, other_browser: Browser, site: Site) -> None:
    asked(ada)
    let_mail_leave(ada.app)
    other_browser.open(ada.phone.link("not-me", ADA.email))
    assert "another e-mail address was asked for" in other_browser.words
    other_browser.fill("/not-me")
    assert ada.open("/").path == "/sign-in"
    other_browser.open(ada.phone.link("email", NEXT), status=410)
    assert address(site) == ADA.email


def test_a_link_to_a_new_password_in_the_old_mailbox_ends_with_the_change(ada: Browser, other_browser: Browser) -> None:
    other_browser.open("/forgot-password").fill(username="ada")
    let_mail_leave(ada.app)
    link = ada.phone.link("password", ADA.email)
    confirm(asked(ada))
    other_browser.open(link, status=410)


# ---- The way back ----


def undo(browser: Browser, nth: int = -1, to: str = ADA.email) -> Browser:
    """Press the button behind the link that brings an old address back."""
    browser.open(browser.phone.link("undo-email", to, nth)).fill()
    let_mail_leave(browser.app)
    return browser


def test_the_owner_takes_a_thiefs_change_back(ada: Browser, other_browser: Browser, site: Site, clock: Clock) -> None:
    """The thief has the session, and the phone for a minute."""
    confirm(asked(ada, "eve@evil.test"), "eve@evil.test")
    clock.move(days=9)
    other_browser.open(ada.phone.link("undo-email", ADA.email))
    assert f"Before, it was {ADA.email} ." in other_browser.words
    assert address(site) == "eve@evil.test"
    undo(other_browser)
    assert "Your account has its old e-mail address again." in other_browser.words
    assert address(site) == ADA.email
    assert ada.open("/").path == "/sign-in"
    assert "do not match" in password(ada, ADA).problem
    assert [each for each in table(site, Session) if each.ended_at is None] == []
    assert [each for each in table(site, TrustedDevice) if each.revoked_at is None] == []
    (last,) = ada.phone.messages("mail", "eve@evil.test")[1:]
    assert "is the old one again" in last["body"]
    assert "/password/" not in last["body"]
    other_browser.open(ada.phone.link("password", ADA.email)).fill(new_password=NEW)
    assert other_browser.path == "/sign-in"
    assert password(other_browser, Human("ada", NEW)).path == "/sign-in/code", "the second factor stays"
    assert [each.outcome for each in events(site, "email.undone")] == ["done"]


def test_it_is_open_for_ten_days_and_no_get_takes_it(ada: Browser, site: Site, clock: Clock) -> None:
    confirm(asked(ada))
    link = ada.phone.link("undo-email", ADA.email)
    for path in (link, "/undo-email", link):
        ada.web.get(path)
    assert address(site) == NEXT
    clock.move(days=10)
    ada.open(link, status=410)
    assert "It worked for 10 days." in ada.words


def test_a_way_back_that_ran_out_while_its_page_was_open(ada: Browser, site: Site, clock: Clock) -> None:
    confirm(asked(ada)).open(ada.phone.link("undo-email", ADA.email))
    cookies = ada.cookies
    clock.move(days=10)
    ada.carry(cookies).fill()
    assert "It worked for 10 days." in ada.words
    assert address(site) == NEXT
    assert [each.reason for each in events(site, "email.undone")] == ["expired"]


def second_change(ada: Browser, clock: Clock) -> None:
    """Change the address to one of the thief's, and then to another."""
    for wanted in ("eve@evil.test", "eve@worse.test"):
        confirm(asked(ada, wanted), wanted)
        clock.move(minutes=20)
        ada.open("/account/")


def test_the_first_of_two_changes_is_undone_and_the_second_with_it(
    ada: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    second_change(ada, clock)
    undo(other_browser)
    assert address(site) == ADA.email
    ada.open(ada.phone.link("undo-email", "eve@evil.test"), status=410)
    answer = ada.post("/undo-email", {"csrf_token": ada.open("/sign-in").csrf(), "link": "?"})
    assert answer.status_int in {303, 410}
    assert address(site) == ADA.email


def test_the_thief_who_undoes_the_second_one_first_wins_nothing(
    ada: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    second_change(ada, clock)
    undo(ada, to="eve@evil.test")
    assert address(site) == "eve@evil.test"
    link = ada.phone.link("password", "eve@evil.test")
    undo(other_browser)
    assert address(site) == ADA.email
    ada.open(link, status=410)


def test_a_new_password_by_a_thiefs_mailbox_does_not_close_it(ada: Browser, other_browser: Browser, site: Site) -> None:
    confirm(asked(ada, "eve@evil.test"), "eve@evil.test")
    ada.open("/forgot-password").fill(username="ada")
    let_mail_leave(ada.app)
    ada.open(ada.phone.link("password", "eve@evil.test")).fill(new_password="the thief's own choice")
    undo(other_browser)
    assert address(site) == ADA.email
    assert "do not match" in password(ada, Human("ada", "the thief's own choice")).problem


def test_what_a_thief_set_up_after_the_change_goes_with_it(
    ada: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    """The notices of it went to the thief's address."""
    confirm(asked(ada, "eve@evil.test"), "eve@evil.test")
    clock.move(minutes=15)
    add_way_later(ada, ADA, "text", phone="+12055550177")
    clock.move(minutes=15)
    (code, *_) = make_codes(ada, ADA)
    undo(other_browser)
    assert "is still there" not in other_browser.words
    assert [each.label for each in table(site, Authenticator)] == ["••• ••23"]
    assert [each.reason for each in events(site, "recovery_codes.ended")] == ["disowned"]
    other_browser.open(ada.phone.link("password", ADA.email)).fill(new_password=NEW)
    clock.move(minutes=15)
    assert password(ada, Human("ada", NEW)).path == "/sign-in/code"
    assert "recovery code" not in ada.words
    assert ada.open("/sign-in/recovery").path == "/sign-in/code"
    assert code


def test_where_nothing_from_before_is_left_no_option_goes(
    ada: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    """Whoever reads the old mailbox must not get in by it alone."""
    confirm(asked(ada))
    clock.move(minutes=15)
    (own,) = table(site, Authenticator)
    prove(ada, ADA, f"replace:{own.id}").fill()
    ada.fill(type="text").fill(phone="+12055550177")
    ada.fill(code=ada.phone.text_code("+12055550177"))
    undo(other_browser)
    assert [each.label for each in table(site, Authenticator)] == ["••• ••77"]
    assert "one that is there may not be yours. Call Web Support" in other_browser.note


def test_the_mail_to_a_new_password_is_sent_again_but_not_for_ever(ada: Browser, other_browser: Browser) -> None:
    confirm(asked(ada))
    undo(other_browser)
    for _ in range(3):
        assert other_browser.fill("/undo-email/send").note == "We mailed it again."
    other_browser.fill("/undo-email/send")
    assert "several times within the hour" in other_browser.problem
    let_mail_leave(ada.app)
    other_browser.open(ada.phone.link("password", ADA.email)).fill(new_password=NEW)
    other_browser.open(ada.phone.link("undo-email", ADA.email), status=200)
    assert "a new password was chosen since" in other_browser.words


def test_two_presses_are_one(ada: Browser, other_browser: Browser, site: Site) -> None:
    confirm(asked(ada))
    ada.open(ada.phone.link("undo-email", ADA.email))
    undo(other_browser)
    ada.fill()
    assert "Thank you for telling us" in ada.words
    let_mail_leave(ada.app)
    assert len([each for each in ada.phone.messages("mail", ADA.email) if "/password/" in each["body"]]) == 1
    assert [each.outcome for each in events(site, "email.undone")] == ["done", "refused"]


@pytest.mark.parametrize("page", ["email", "undo-email"])
def test_a_form_is_for_the_link_of_its_page(ada: Browser, other_browser: Browser, site: Site, page: str) -> None:
    asked(ada)
    set_up_text(other_browser, BEN)
    asked(other_browser, "ben@new.test", BEN)
    if page == "undo-email":
        confirm(ada)
        confirm(other_browser, "ben@new.test")
    before = address(site), address(site, "ben")
    to = (NEXT, "ben@new.test") if page == "email" else (ADA.email, BEN.email)
    ada.open(ada.phone.link(page, to[0]))
    stale = ada.page
    ada.open(ada.phone.link(page, to[1]))
    ada.page = stale
    ada.fill()
    assert ada.page.status_int == 422
    assert "Another link was opened in this browser meanwhile." in ada.problem
    assert ada.reference
    assert (address(site), address(site, "ben")) == before


@pytest.mark.parametrize("page", ["email", "undo-email", "undo-email/send"])
def test_without_a_link_nothing_happens(browser: Browser, page: str) -> None:
    answer = browser.post(f"/{page}", {"csrf_token": browser.open("/sign-in").csrf()})
    assert answer.status_int == 303
    assert browser.open(str(answer.location)).page.status_int == 404


def test_whoever_signed_out_meanwhile_asks_for_nothing(ada: Browser, site: Site) -> None:
    prove(ada, ADA, "email")
    token = ada.csrf()
    people.sign_out(site, "ada")
    for path in ("/account/email", "/account/email/give-up"):
        answer = ada.post(path, {"csrf_token": token, "email": NEXT})
        assert answer.location == "/sign-in?next=/account/"
    assert address(site) == ADA.email
