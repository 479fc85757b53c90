"""EN1: the password alone sets up the first option, so its owner is told at once, by mail, and can undo it."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import recovery
from ssp.models import Authenticator, MailedLink, OutgoingMail, User, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT
from tests.people import (
    ADA,
    BEN,
    Browser,
    Human,
    Phone,
    add_way,
    add_way_later,
    events,
    let_mail_leave,
    letters,
    password,
    prove,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)
from tests.security.tools import at_once, send

NEW = "a kettle sings to nobody"


def test_the_mail_says_what_when_from_where_and_whom_to_call(browser: Browser) -> None:
    browser.web.extra_environ["REMOTE_ADDR"] = "203.0.113.9"
    set_up_text(browser, ADA)
    browser.app.extensions["ssp.courier"].close()
    (mail,) = browser.phone.messages("mail", ADA.email)
    for words in ("text message to ••• ••23", "203.0.113.9", "If it was not you", "205-555-0100", " UTC "):
        assert words in mail["body"], words
    assert "555-0123" not in mail["body"]


def test_it_is_committed_with_the_option(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(demo=False, base_url="http://localhost:8000")  # without a mail server it waits
    token = set_up_app(Browser(app, phone), ADA)
    (mail,) = table(app.extensions["ssp"], OutgoingMail)
    assert (mail.to, mail.sent_at) == (ADA.email, None)
    assert "your authenticator app" in mail.body
    assert token.secret not in mail.body


def notice(browser: Browser) -> str:
    """Return the path of the newest link in a notice."""
    let_mail_leave(browser.app)
    return browser.phone.link("not-me", ADA.email)


def compromised(site: Site) -> bool:
    return any(person.password_compromised_at for person in table(site, User))


def test_the_link_undoes_it_and_whoever_knows_the_password_sets_up_nothing(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    browser.open(notice(browser)).fill("/not-me")
    assert table(site, Authenticator) == []
    assert "do not match" in password(browser, ADA).problem
    reasons = [(each.kind, each.outcome, each.reason) for each in events(site)[-4:]]
    assert ("notice.disowned", "done", "set_up") in reasons
    assert ("authenticator.removed", "done", "disowned") in reasons
    assert ("recovery.begun", "done", None) in reasons
    assert reasons[-1] == ("sign_in.password", "refused", "compromised")


@pytest.mark.parametrize("hours, left", [(23.9, 0), (24, 1)])
def test_a_first_option_can_be_undone_for_a_day(
    browser: Browser, site: Site, clock: Clock, hours: float, left: int
) -> None:
    set_up_text(browser, ADA)
    address = notice(browser)
    clock.move(hours=hours)
    browser.open(address).fill("/not-me")
    assert len(table(site, Authenticator)) == left
    assert ("call Web Support: they put it right." in browser.words) == bool(left)
    assert compromised(site)


def test_an_old_mail_does_not_take_options_away_that_are_in_use(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    """Otherwise whoever reads that mail would need none of them, only a new password by the next mail."""
    set_up_text(browser, ADA)
    address = notice(browser)
    clock.move(minutes=1)
    add_way(browser, "voice", phone=ADA.office, extension="")
    sign_out(browser)
    clock.move(hours=4)
    sign_in_by_text(browser, ADA)
    other_browser.open(address).fill("/not-me")
    assert "call Web Support: they put it right." in other_browser.note
    assert len(table(site, Authenticator)) == 2
    assert browser.open("/").path == "/sign-in", "everybody is signed out all the same"
    let_mail_leave(browser.app)
    other_browser.open(browser.phone.link("password")).fill(new_password=NEW)
    clock.move(minutes=1)
    assert password(other_browser, Human("ada", NEW)).path == "/sign-in/code", "not to /set-up"


def test_in_the_first_hours_no_use_makes_it_stay(browser: Browser, site: Site, clock: Clock) -> None:
    """Whoever has the password has the option, too, and would sign in once more."""
    sign_out(set_up_text(browser, ADA))
    address = notice(browser)
    clock.move(hours=3, minutes=59)
    sign_in_by_text(browser, ADA)
    clock.move(hours=19)
    browser.open(address).fill("/not-me")
    assert table(site, Authenticator) == []


@pytest.mark.parametrize("further", [False, True])
def test_a_code_in_a_session_that_is_open_is_no_sign_in(
    make_app: Callable[..., Flask],
    phone: Phone,
    clock: Clock,
    further: bool,  # noqa: FBT001 - a table of cases
) -> None:
    """Nor is it one to go on from it to a further option."""
    app = make_app(idle_minutes=60)
    browser, site = Browser(app, phone), app.extensions["ssp"]
    set_up_text(browser, ADA)
    address = notice(browser)
    for _ in range(5):
        clock.move(minutes=55)
        browser.open("/")
    if further:
        add_way_later(browser, ADA, "voice", phone=ADA.office, extension="")
    else:
        prove(browser, ADA, "password")
    assert len(table(site, Authenticator)) == 1 + further
    browser.open(address).fill("/not-me")
    assert table(site, Authenticator) == []


def test_the_button_acts_on_its_own_page_alone(browser: Browser, other_browser: Browser, site: Site) -> None:
    """The cookie has the link that was opened last: in another tab, by somebody else, or by another site."""
    set_up_text(other_browser, BEN)
    set_up_text(browser, ADA)
    mine, other = notice(browser), browser.phone.link("not-me", BEN.email)
    stale = browser.open(mine).page
    browser.open(other)
    browser.page = stale
    browser.fill("/not-me")
    assert (browser.path, browser.page.status_int) == ("/not-me", 422)
    assert "Another link was opened in this browser meanwhile." in browser.problem
    assert browser.reference
    assert not compromised(site)
    assert events(site, "notice.disowned") == []
    browser.fill("/not-me")
    assert [person.username for person in table(site, User) if person.password_compromised_at] == ["ben"]


def test_nor_does_it_mail_for_somebody_else(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(other_browser, BEN)
    set_up_text(browser, ADA)
    mine, other = notice(browser), browser.phone.link("not-me", BEN.email)
    stale = browser.open(mine).fill("/not-me").page
    browser.open(other).fill("/not-me")
    browser.page = stale
    browser.fill("/not-me/send")
    assert browser.page.status_int == 422
    assert "Another link was opened in this browser meanwhile." in browser.problem
    assert browser.reference
    assert len(events(site, "recovery.begun")) == 2


def test_a_new_password_ends_the_mails_before_it(browser: Browser, other_browser: Browser, site: Site) -> None:
    """Whoever kept one does not stop the new password; the notice of the change itself still can."""
    set_up_text(browser, ADA)
    first = notice(browser)
    stale = browser.open(first).page
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        recovery.begin(connection, site, VISIT, person)
    let_mail_leave(browser.app)
    other_browser.open(browser.phone.link("password")).fill(new_password=NEW)
    browser.page = stale
    browser.fill("/not-me")
    assert "a new password was chosen since" in browser.words
    assert not compromised(site)
    browser.open(notice(browser)).fill("/not-me")
    assert compromised(site)


def test_what_was_set_up_behind_it_goes_with_it(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    first = notice(browser)
    clock.move(minutes=1)
    add_way(browser, "voice", phone=ADA.office, extension="")
    browser.open(first).fill("/not-me")
    assert table(site, Authenticator) == []


def test_opening_the_link_does_nothing_however_often_and_by_whatever(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    address = notice(browser)
    for headers in ({}, {"Sec-Purpose": "prefetch;prerender"}, {"User-Agent": "mail scanner"}):
        for method in ("GET", "HEAD", "OPTIONS"):
            for path in (address, "/not-me"):
                assert browser.web.request(path, method=method, headers=headers).status_int in {200, 303}
    assert [row.used_at for row in table(site, MailedLink)] == [None]
    assert not compromised(site)
    assert browser.open("/").path == "/"


def test_the_button_needs_its_own_page(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    browser.open(notice(browser))
    fields = browser.fields()
    assert browser.post("/not-me", {}).status_int == 403
    assert browser.post("/not-me", fields, Origin="https://evil.example").status_int == 403
    assert browser.post("/not-me", fields, **{"Sec-Fetch-Site": "cross-site"}).status_int == 403
    assert not compromised(site)
    assert browser.post("/not-me", fields).status_int == 303
    assert compromised(site)


def test_of_many_at_once_one_acts(app: Flask, browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    browser.open(notice(browser))
    fields, cookies = browser.fields(), browser.cookies
    answers = at_once(6, lambda _: send(app, "/not-me", fields, cookies))
    assert {(each.status_code, each.location) for each in answers} == {(303, "/not-me")}
    assert sorted(each.outcome for each in events(site, "notice.disowned")) == [
        "done",
        "refused",
    ]  # the others are told once
    assert len([each for each in letters(site) if each.subject.startswith("Choose a new password")]) == 1


def test_pressed_again_it_is_no_weapon(browser: Browser, other_browser: Browser, site: Site) -> None:
    """Whoever finds the mail later, when all is well again, does nothing with it, and the log has it."""
    set_up_text(browser, ADA)
    address = notice(browser)
    other_browser.open(address)
    stale = other_browser.form("/not-me")
    browser.open(address).fill("/not-me")
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("password")).fill(new_password=NEW)
    set_up_text(browser, Human("ada", NEW))
    stale.submit(headers={"Origin": browser.origin})
    assert not compromised(site)
    assert browser.open("/").path == "/"
    assert [(each.outcome, each.reason) for each in events(site, "notice.disowned")][-1] == ("refused", "used")


def test_the_link_of_one_person_does_nothing_to_another(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    browser.open(notice(browser)).fill("/not-me")
    assert {person.username: bool(person.password_compromised_at) for person in table(site, User)} == {
        "ada": True,
        "ben": False,
        "sam": False,
    }
