"""The courier: what was written is sent once, and never lost."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, update
from sqlalchemy.exc import OperationalError

from ssp.flows import unfinished
from ssp.flows.courier import AGAIN_SECONDS, BATCH, CLAIM_HOLDS, Courier, note_waiting, send_waiting
from ssp.flows.portal import Portal
from ssp.infra.clock import now
from ssp.infra.mail import MailError
from ssp.models import OutgoingMail, mail, user
from ssp.web.portal import Site
from tests import rows
from tests.conftest import Clock
from tests.people import Phone, events, letters


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


# ---- Sending ----


def test_what_waits_is_sent_in_its_order_and_once(site: Site, phone: Phone, clock: Clock) -> None:
    write(site, 3)
    clock.move(minutes=1)
    assert send_waiting(site) == 3
    assert send_waiting(site) == 0
    sent = phone.messages("mail", "ada@example.test")
    assert [each["body"].splitlines()[0] for each in sent] == ["Mail 0", "Mail 1", "Mail 2"]
    assert [letter.sent_at for letter in letters(site)] == [clock.now()] * 3


def test_without_a_mail_server_it_waits(make_app: Callable[..., Flask], phone: Phone) -> None:
    site: Site = make_app(demo=False, base_url="https://portal.example.org", authenticators="totp").extensions["ssp"]
    write(site)
    assert send_waiting(site) == 0
    assert [(letter.claimed_at, letter.sent_at) for letter in letters(site)] == [(None, None)]
    assert phone.messages() == []


def test_a_round_takes_so_many_and_leaves_the_rest_for_the_next(site: Site) -> None:
    write(site, BATCH + 1)
    assert [send_waiting(site) for _ in range(3)] == [BATCH, 1, 0]


def test_two_processes_send_it_once(site: Site, make_app: Callable[..., Flask], phone: Phone) -> None:
    sites = [site, make_app().extensions["ssp"]]
    write(site, 6)
    start, sent = threading.Barrier(2), list[int]()

    def run(own: Portal) -> None:
        start.wait()
        sent.append(send_waiting(own))

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
    assert send_waiting(site) == 0
    assert phone.messages("mail") == []


def test_mail_that_fails_is_given_back_and_tried_again(site: Site, bad_server: list[str], phone: Phone) -> None:
    write(site)
    assert send_waiting(site) == 0
    (letter,) = letters(site)
    assert (letter.claimed_at, letter.sent_at, letter.failures) == (None, None, 1)
    assert send_waiting(site) == 0
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
    assert send_waiting(site) == 2
    assert [each["body"].splitlines()[0] for each in phone.messages("mail")] == ["Mail 1", "Mail 2"]
    assert [(letter.subject, letter.failures) for letter in letters(site) if not letter.sent_at] == [("Mail 0", 1)]


def test_mail_of_a_process_that_died_is_sent_by_another(site: Site, clock: Clock) -> None:
    (row,) = write(site)
    with site.database.writing() as connection:
        mail.claim(connection, row, now(), now() - CLAIM_HOLDS)
    clock.move(seconds=CLAIM_HOLDS.total_seconds())
    assert send_waiting(site) == 0
    clock.move(seconds=1)
    assert send_waiting(site) == 1


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
    assert send_waiting(site) == 3
    assert [at - begun for at in claimed] == [timedelta(minutes=minutes) for minutes in (0, 4, 8)]


# ---- The courier ----


@pytest.fixture
def rounds(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Portal]:
    """Give the list of rounds that were made."""
    made: list[Portal] = []
    monkeypatch.setattr("ssp.flows.courier.send_waiting", made.append)
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
    monkeypatch.setattr("ssp.flows.courier.time.monotonic", lambda: time[0])
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
        site.mailer.write("new_browser", at=now(), name="Ada", address="198.51.100.7", holds="10 days")
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
        broken.setattr("ssp.flows.courier.send_waiting", fail)
        courier.nudge()
        settle(courier)
    assert [record.getMessage() for record in caplog.records] == ["notices wait: the database does not answer"]
    write(site)
    site.mailer.written.set()
    courier.nudge()
    courier.close()
    assert all(letter.sent_at for letter in letters(site))


# ---- What the log says ----


def test_mail_that_never_leaves_is_given_up_and_said_once(site: Site, bad_server: list[str]) -> None:
    write(site)
    for _ in range(mail.MOST_FAILURES + 3):
        send_waiting(site)
    assert len(bad_server) == mail.MOST_FAILURES
    assert [(each.subject, each.outcome) for each in events(site, "notice.failed")] == [("ada", "failed")]


def test_a_link_that_no_key_opens_waits_and_takes_no_other_mail_with_it(site: Site, phone: Phone) -> None:
    broken, _ = write(site, 2)
    with site.database.writing() as connection:
        connection.execute(update(OutgoingMail).where(OutgoingMail.id == broken).values(link="k0.AAAA"))
    assert send_waiting(site) == 1
    assert [each["body"].splitlines()[0] for each in phone.messages("mail")] == ["Mail 1"]


def test_without_a_mail_server_the_log_says_once_a_day_that_notices_wait(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    site = make_app(demo=False, base_url="http://localhost:8000", authenticators="totp").extensions["ssp"]
    note_waiting(site)
    assert events(site, "notice.waiting") == []
    write(site)
    for _ in range(3):
        note_waiting(site)
    (said,) = events(site, "notice.waiting")
    assert (said.outcome, said.reason, said.subject) == ("failed", "no_mail_server", "-")
    clock.move(days=1)
    note_waiting(site)
    assert len(events(site, "notice.waiting")) == 2


def test_the_courier_looks_for_it_by_itself(make_app: Callable[..., Flask]) -> None:
    site = make_app(demo=False, base_url="http://localhost:8000", authenticators="totp").extensions["ssp"]
    write(site)
    courier = Courier(site)
    courier.nudge()
    courier.close()
    assert len(events(site, "notice.waiting")) == 1


def test_it_looks_for_unfinished_sign_ins_now_and_then_not_with_every_mail(
    rounds: list[Portal], courier: Courier, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, looks = [1000.0], list[Portal]()
    monkeypatch.setattr("ssp.flows.courier.time.monotonic", lambda: time[0])
    monkeypatch.setattr(unfinished, "tell", looks.append)
    for _ in range(3):
        site.mailer.written.set()
        courier.nudge()
        settle(courier)
    assert (len(rounds), len(looks)) == (3, 1)
    time[0] += AGAIN_SECONDS
    courier.nudge()
    courier.close()
    assert len(looks) == 2
