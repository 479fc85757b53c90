"""Notices: written with what they report, for one reader, and never so many that nobody reads them."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection

from ssp.flows import notices, throttling
from ssp.flows.notices import MOST_AN_HOUR
from ssp.flows.portal import Portal, Visit
from ssp.infra import tokens
from ssp.infra.crypto import SealError
from ssp.infra.mail import LINK
from ssp.models import MailedLink, OutgoingMail, User, authenticator, mail, user
from ssp.settings import ROOT
from ssp.web import words
from ssp.web.portal import Site
from tests import rows
from tests.conftest import Clock
from tests.desk import VISIT, Desk, settle_chance, wrong
from tests.people import ADA, Phone, events, letters, table

Tell = Callable[[Connection, Portal, Visit, User], None]


def tell(site: Site, *deeds: Tell) -> None:
    """Report to Ada what happened, each in a transaction of its own."""
    for deed in deeds:
        with site.database.writing() as connection:
            person = user.by_username(connection, "ada")
            assert person
            deed(connection, site, VISIT, person)


def told_of_an_option(site: Site, kind: str = "text") -> OutgoingMail:
    """Report a first option, which is there; return the mail."""
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        way = authenticator.by_id(connection, rows.option(connection, person.id, type=kind))
        assert way
        notices.set_up(connection, site, VISIT, person, way)
    return letters(site)[-1]


# ---- What is written ----


def test_a_notice_is_undone_with_what_it_reports(site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        notices.removed(connection, site, VISIT, person, "text message to ••• ••23")
        connection.rollback()
    assert (letters(site), table(site, MailedLink)) == ([], [])


def test_the_owner_hears_what_was_set_up_and_from_where(site: Site) -> None:
    letter = told_of_an_option(site)
    assert (letter.to, letter.sent_at, letter.claimed_at, letter.failures) == ("ada@example.test", None, None, 0)
    for part in ("Hello Ada,", "text message to ••• ••23", "198.51.100.7"):
        assert part in letter.body


def test_an_option_that_is_not_offered_any_more_is_told_by_its_type(site: Site) -> None:
    assert "for your account: telex." in told_of_an_option(site, "telex").body


@pytest.mark.parametrize(
    "tell, subject, words",
    [
        (
            partial(notices.removed, way="voice call to ••• ••45"),
            "An MFA option",
            "removed from your account: voice call",
        ),
        (notices.new_browser, "A sign-in", "a browser that we had not seen before"),
        (notices.password_changed, "Your password", "You were signed out everywhere"),
        (notices.sessions_ended, "You were signed out", "all other browsers were signed out"),
        (notices.session_dropped, "You were signed out", "was signed out."),
        (partial(notices.session_wrong, wrong=10), "You were signed out", "10 wrong access codes"),
        (notices.device_revoked, "A device", "asks for an access code"),
    ],
)
def test_each_change_has_its_own_words(
    site: Site, tell: Callable[[Connection, Portal, Visit, User], None], subject: str, words: str
) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        tell(connection, site, VISIT, person)
    (letter,) = letters(site)
    assert letter.subject.startswith(subject)
    for part in (words, "From the network address 198.51.100.7.", "If that was you", "If it was not you", LINK):
        assert part in letter.body


def test_what_web_support_did_is_told_in_its_own_words(site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        for what in notices.SUPPORT_ACTS:
            notices.support_acted(connection, site, person, what)
    told = [letter.body for letter in letters(site)]
    assert all(f"Web Support {words}." in body for words, body in zip(notices.SUPPORT_ACTS.values(), told, strict=True))
    assert "network address" not in "".join(told)


@pytest.fixture
def member(site: Site, phone: Phone, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give Ada, who set up texts yesterday."""
    settle_chance(monkeypatch)
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    desk.confirm("text", phone.text_code())
    clock.move(days=1)
    return desk


def guess(desk: Desk, phone: Phone) -> None:
    """Type the password, and as many wrong codes as make a pause."""
    desk.password()
    for by in range(1, throttling.TRIES_BEFORE_PAUSE + 1):
        desk.answer(wrong(phone.text_code(), by))


def test_pauses_and_the_stop_are_told_as_what_they_are(member: Desk, site: Site, phone: Phone, clock: Clock) -> None:
    for _ in range(0, throttling.TRIES_BEFORE_STOP, throttling.TRIES_BEFORE_PAUSE):
        guess(Desk(site, ADA, known=member.known), phone)
        clock.move(minutes=15)
    bodies = [letter.body for letter in letters(site) if "wrong access codes" in letter.body]
    assert ["for the next 15 minutes" in body for body in bodies] == [True, True, False]
    assert ["until Web Support frees it" in body for body in bodies] == [False, False, True]
    assert all("In browsers in which you signed in before, this way" in body for body in bodies)


def test_what_a_stranger_does_is_told_to_hold_new_browsers_alone(member: Desk, site: Site, phone: Phone) -> None:
    guess(member.leave(), phone)
    assert "In browsers in which you never signed in, this way takes no codes for the next" in letters(site)[-1].body


def test_a_name_is_one_line_of_the_mail_whatever_it_holds(site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        user.change(connection, person.id, name="Ada\r\nBcc: eve@example.test\n\n\u202eFree\u2028money")
    tell(site, notices.new_browser)
    (letter,) = letters(site)
    assert "Hello Ada Bcc: eve@example.test Free money," in letter.body.splitlines()
    assert letter.to == ADA.email


# ---- The link ----


def test_the_link_lies_nowhere_in_the_clear_and_leaves_with_the_mail(site: Site) -> None:
    letter = told_of_an_option(site)
    (row,) = table(site, MailedLink)
    assert letter.link
    url = site.keys.open("mail-link", letter.id, letter.link)
    token = url.removeprefix("http://localhost:8000/not-me/")
    assert row.token_hash == tokens.digest(token)
    assert len(token) == 43
    assert token not in repr((letter, row))
    assert f"\n{url}\n" in notices.body(site, letter)
    assert (row.notice, row.way, row.address) == ("set_up", "text message to ••• ••23", "198.51.100.7")
    with site.database.writing() as connection:
        mail.sent(connection, letter.id, letter.created_at)
    assert letters(site)[0].link is None


def test_a_link_that_was_moved_to_another_mail_does_not_open(site: Site) -> None:
    tell(site, notices.new_browser, notices.new_browser)
    first, second = letters(site)
    with site.database.writing() as connection:
        connection.execute(OutgoingMail.__table__.update().where(OutgoingMail.id == first.id).values(link=second.link))  # type: ignore[attr-defined] # the table
    with pytest.raises(SealError):
        notices.body(site, letters(site)[0])


def test_what_web_support_did_has_no_link(site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        notices.support_acted(connection, site, person, "enable")
    (letter,) = letters(site)
    assert letter.link is None
    assert notices.body(site, letter) == letter.body
    assert LINK not in letter.body


def test_every_notice_with_a_link_has_words_on_its_page() -> None:
    others = {"support_acted", "new_password", "forgotten_password", "forgotten_username"}
    others |= {"email_confirm", "email_changed", "email_back", "email_undone", "setup_code"}
    linked = {path.stem for path in (ROOT / "templates" / "mail").glob("*.txt")} - others
    assert set(words.HAPPENED) == linked


# ---- Not too many ----


def test_a_flood_ends_with_one_mail_that_says_so(site: Site, clock: Clock) -> None:
    assert MOST_AN_HOUR == 6, "as operators are told"
    tell(site, *[notices.new_browser] * (MOST_AN_HOUR + 5))
    subjects = [letter.subject for letter in letters(site)]
    assert [subject.startswith("A sign-in") for subject in subjects] == [True] * MOST_AN_HOUR + [False]
    assert subjects[-1].startswith("More happened")
    assert [(each.subject, each.reason) for each in events(site, "notice.held")] == [("ada", "new_browser")] * 5
    clock.move(hours=1)
    tell(site, notices.new_browser)
    assert len(letters(site)) == MOST_AN_HOUR + 2


def test_a_flood_hides_no_change(site: Site) -> None:
    tell(site, *[notices.new_browser] * (MOST_AN_HOUR + 5), notices.password_changed)
    assert letters(site)[-1].subject.startswith("Your password")


def test_nor_anybody_elses_notice(site: Site) -> None:
    tell(site, *[notices.new_browser] * (MOST_AN_HOUR + 5))
    with site.database.writing() as connection:
        ben = user.by_username(connection, "ben")
        assert ben
        notices.new_browser(connection, site, VISIT, ben)
    assert letters(site)[-1].to == "ben@example.test"
