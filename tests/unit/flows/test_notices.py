"""Notices: written with what they report, sent once, and never lost."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from ssp.flows import notices, throttling
from ssp.flows.notices import AGAIN_SECONDS, BATCH, CLAIM_HOLDS, Courier
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.infra.mail import MailError
from ssp.models import OutgoingMail, User, mail, user
from ssp.models.columns import columns
from ssp.models.columns import rows as read
from ssp.web.portal import Site
from tests import rows
from tests.conftest import Clock
from tests.desk import VISIT, Desk, settle_chance, wrong
from tests.people import ADA, Phone


def letters(site: Portal) -> list[OutgoingMail]:
    """Return all mails, the oldest first."""
    with site.database.reading() as connection:
        return read(connection, columns(OutgoingMail).order_by(OutgoingMail.created_at), OutgoingMail)


def write(site: Portal, count: int = 1) -> list[str]:
    """Queue mails for Ada; return their ids."""
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        return [
            rows.notice(
                connection, person.id, subject=f"Mail {number}", created_at=now() + number * timedelta(seconds=1)
            )
            for number in range(count)
        ]


@pytest.fixture
def bad_server(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let all mail fail; give the list of who was written to."""
    tried: list[str] = []

    def send(to: str, subject: str, _body: str) -> None:
        tried.append(f"{to}: {subject}")
        raise MailError("TimeoutError")

    monkeypatch.setattr(site.mailer, "send", send)
    return tried


# ---- What is written ----


def test_a_notice_is_undone_with_what_it_reports(site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        notices.set_up(connection, site, VISIT, person, "text message to ••• ••23")
        connection.rollback()
    assert letters(site) == []


def test_the_owner_hears_what_was_set_up_and_from_where(site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        notices.set_up(connection, site, VISIT, person, "text message to ••• ••23")
    (letter,) = letters(site)
    assert (letter.to, letter.sent_at, letter.claimed_at, letter.failures) == ("ada@example.test", None, None, 0)
    assert "Hello Ada," in letter.body
    assert "text message to ••• ••23" in letter.body
    assert "198.51.100.7" in letter.body


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
        (notices.sessions_ended, "You were signed out", "signed out in all browsers"),
        (notices.session_dropped, "You were signed out", "signed out in one browser"),
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
    for part in (words, "From the network address 198.51.100.7.", "If that was you", "If it was not you"):
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
    bodies = [letter.body for letter in letters(site)[1:]]
    assert ["for the next 15 minutes" in body for body in bodies] == [True, True, False]
    assert ["until Web Support frees it" in body for body in bodies] == [False, False, True]
    assert all("In browsers in which you signed in before, this way" in body for body in bodies)


def test_what_a_stranger_does_is_told_to_hold_new_browsers_alone(member: Desk, site: Site, phone: Phone) -> None:
    guess(member.leave(), phone)
    assert "In browsers in which you never signed in, this way takes no codes for the next" in letters(site)[-1].body


# ---- Sending ----


def test_what_waits_is_sent_in_its_order_and_once(site: Site, phone: Phone, clock: Clock) -> None:
    write(site, 3)
    clock.move(minutes=1)
    assert notices.send_waiting(site) == 3
    assert notices.send_waiting(site) == 0
    sent = phone.messages("mail", "ada@example.test")
    assert [each["body"].splitlines()[0] for each in sent] == ["Mail 0", "Mail 1", "Mail 2"]
    assert [letter.sent_at for letter in letters(site)] == [clock.now()] * 3


def test_without_a_mail_server_it_waits(make_app: Callable[..., Flask], phone: Phone) -> None:
    site: Site = make_app(demo=False, base_url="https://portal.example.org", authenticators="totp").extensions["ssp"]
    write(site)
    assert notices.send_waiting(site) == 0
    assert [(letter.claimed_at, letter.sent_at) for letter in letters(site)] == [(None, None)]
    assert phone.messages() == []


def test_a_round_takes_so_many_and_leaves_the_rest_for_the_next(site: Site) -> None:
    write(site, BATCH + 1)
    assert [notices.send_waiting(site) for _ in range(3)] == [BATCH, 1, 0]


def test_two_processes_send_it_once(site: Site, make_app: Callable[..., Flask], phone: Phone) -> None:
    sites = [site, make_app().extensions["ssp"]]
    write(site, 6)
    start, sent = threading.Barrier(2), list[int]()

    def run(own: Portal) -> None:
        start.wait()
        sent.append(notices.send_waiting(own))

    runs = [threading.Thread(target=run, args=(own,)) for own in sites]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert sum(sent) == 6
    assert len(phone.messages("mail")) == 6


def test_mail_that_somebody_else_took_meanwhile_is_left_to_them(
    site: Site, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(site)
    waiting = mail.waiting

    def look_and_lose(*args: object) -> list[OutgoingMail]:
        found = waiting(*args)  # type: ignore[arg-type] # just as they came
        with site.database.writing() as connection:
            assert mail.claim(connection, found[0].id, now(), now() - CLAIM_HOLDS)
        return found

    monkeypatch.setattr(mail, "waiting", look_and_lose)
    assert notices.send_waiting(site) == 0
    assert phone.messages("mail") == []


def test_mail_that_fails_is_given_back_and_tried_again(site: Site, bad_server: list[str], phone: Phone) -> None:
    write(site)
    assert notices.send_waiting(site) == 0
    (letter,) = letters(site)
    assert (letter.claimed_at, letter.sent_at, letter.failures) == (None, None, 1)
    assert notices.send_waiting(site) == 0
    assert bad_server == ["ada@example.test: Mail 0"] * 2
    assert [letter.failures for letter in letters(site)] == [2]
    assert phone.messages("mail") == []


def test_one_bad_address_keeps_no_other_mail(site: Site, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    write(site, 3)
    send = site.mailer.send

    def send_most(to: str, subject: str, body: str) -> None:
        if subject == "Mail 0":
            raise MailError("SMTPRecipientsRefused")
        send(to, subject, body)

    monkeypatch.setattr(site.mailer, "send", send_most)
    assert notices.send_waiting(site) == 2
    assert [each["body"].splitlines()[0] for each in phone.messages("mail")] == ["Mail 1", "Mail 2"]
    assert [(letter.subject, letter.failures) for letter in letters(site) if not letter.sent_at] == [("Mail 0", 1)]


def test_mail_of_a_process_that_died_is_sent_by_another(site: Site, clock: Clock) -> None:
    (row,) = write(site)
    with site.database.writing() as connection:
        mail.claim(connection, row, now(), now() - CLAIM_HOLDS)
    clock.move(seconds=CLAIM_HOLDS.total_seconds())
    assert notices.send_waiting(site) == 0
    clock.move(seconds=1)
    assert notices.send_waiting(site) == 1


def test_a_slow_round_claims_each_mail_when_its_turn_comes(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(site, 3)
    claimed: list[datetime] = []
    claim = mail.claim

    def note(connection: Connection, row: str, at: datetime, stale: datetime) -> bool:
        claimed.append(at)
        return claim(connection, row, at, stale)

    monkeypatch.setattr(mail, "claim", note)
    monkeypatch.setattr(site.mailer, "send", lambda *_: clock.move(minutes=4))
    begun = clock.now()
    assert notices.send_waiting(site) == 3
    assert [at - begun for at in claimed] == [timedelta(minutes=minutes) for minutes in (0, 4, 8)]


# ---- The courier ----


@pytest.fixture
def rounds(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Portal]:
    """Give the list of rounds that were made."""
    made: list[Portal] = []
    monkeypatch.setattr(notices, "send_waiting", made.append)
    site.mailer.written.clear()
    return made


@pytest.fixture
def courier(site: Site) -> Iterator[Courier]:
    courier = Courier(site)
    yield courier
    courier.close()


def test_the_first_nudge_looks_for_what_an_earlier_process_left(
    rounds: list[Portal], courier: Courier, site: Site
) -> None:
    courier.nudge()
    courier.close()
    assert rounds == [site]


def test_where_nothing_was_written_a_nudge_does_nothing_for_a_while(
    rounds: list[Portal], courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = [1000.0]
    monkeypatch.setattr("ssp.flows.notices.time.monotonic", lambda: time[0])
    for _ in range(3):
        courier.nudge()
        settle(courier)
    assert len(rounds) == 1
    time[0] += AGAIN_SECONDS
    courier.nudge()
    courier.close()
    assert len(rounds) == 2


def test_what_was_written_leaves_soon(rounds: list[Portal], courier: Courier, site: Site) -> None:
    courier.nudge()
    settle(courier)
    for expected in (2, 3):
        site.mailer.write("paused", where="-", at=now(), name="Ada", way="text")
        courier.nudge()
        settle(courier)
        assert len(rounds) == expected
    courier.nudge()
    courier.close()
    assert len(rounds) == 3


def settle(courier: Courier) -> None:
    """Wait for the round under way."""
    courier._pool.submit(int).result()  # noqa: SLF001 - the one thread has done all before it


def test_a_round_that_is_about_to_begin_is_enough(rounds: list[Portal], courier: Courier, site: Site) -> None:
    busy = threading.Event()
    courier._pool.submit(busy.wait)  # noqa: SLF001 - the thread has something else to do first
    for _ in range(5):
        site.mailer.written.set()
        courier.nudge()
    busy.set()
    courier.close()
    assert len(rounds) == 1


def test_a_courier_without_a_mail_server_rests(make_app: Callable[..., Flask], rounds: list[Portal]) -> None:
    app = make_app(demo=False, base_url="https://portal.example.org", authenticators="totp")
    courier = Courier(app.extensions["ssp"])
    courier.nudge()
    courier.close()
    assert rounds == []


def test_a_nudge_sends_all_that_waits(courier: Courier, site: Site) -> None:
    write(site, 2 * BATCH + 1)
    courier.nudge()
    courier.close()
    assert len(letters(site)) == 2 * BATCH + 1
    assert all(letter.sent_at for letter in letters(site))


def test_a_round_ends_where_nothing_leaves(courier: Courier, site: Site, bad_server: list[str]) -> None:
    write(site, BATCH + 1)
    courier.nudge()
    courier.close()
    assert len(bad_server) == BATCH


def test_a_database_that_does_not_answer_is_logged_and_survived(
    courier: Courier, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_portal: Portal) -> int:
        raise OperationalError("SELECT canary", None, Exception("canary"))

    with monkeypatch.context() as broken:
        broken.setattr(notices, "send_waiting", fail)
        courier.nudge()
        settle(courier)
    assert [record.getMessage() for record in caplog.records] == ["notices wait: the database does not answer"]
    write(site)
    site.mailer.written.set()
    courier.nudge()
    courier.close()
    assert all(letter.sent_at for letter in letters(site))
