"""News of texts and calls, and what a call says, on both databases."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from ssp.flows import deliveries
from ssp.flows.deliveries import MOST_TURNS, READING_TIME, Line, Speech
from ssp.flows.portal import Portal
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.progress import News, Status
from ssp.infra.telephony.twilio import CALL_SECONDS
from ssp.models import Challenge, Delivery, Event, User, challenge, columns, delivery, event, pending, throttle, user
from tests import rows
from tests.conftest import Clock
from tests.desk import VISIT
from tests.postgresql import moved
from tests.provider import settings_for

CODE = "40712"
SAID = Speech(Line.CODE, CODE)
PATIENCE = 30
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture
def portal(make_app: Callable[..., Flask], clock: Clock) -> Portal:
    """Give a portal that the provider calls back."""
    del clock
    app = make_app(demo=False, base_url="https://portal.example.org", **settings_for(None))
    found: Portal = app.extensions["ssp"]
    return found


@pytest.fixture(params=BOTH)
def anywhere(request: pytest.FixtureRequest, portal: Portal) -> Iterator[Portal]:
    """Give it on either database."""
    if request.param == "sqlite":
        yield portal
        return
    with moved(portal, request.getfixturevalue("postgresql_url")) as elsewhere:
        yield elsewhere


@pytest.fixture
def postgresql_portal(portal: Portal, postgresql_url: str) -> Iterator[Portal]:
    """Give it on the database that has several writers."""
    with moved(portal, postgresql_url) as elsewhere:
        yield elsewhere


@dataclass
class Sent:
    """A code of somebody's, and the text or call that brings it."""

    portal: Portal
    id: str
    code_id: str
    person: int
    pending: str
    channel: str

    @property
    def row(self) -> Delivery:
        """Return what is known of the text or call."""
        with self.portal.database.reading() as connection:
            found = delivery.by_id(connection, self.id)
        assert found
        return found

    @property
    def code(self) -> Challenge:
        """Return the code."""
        with self.portal.database.reading() as connection:
            found = challenge.by_id(connection, self.code_id)
        assert found
        return found

    @property
    def failures(self) -> list[str | None]:
        """Return the reasons for which the log says that sends failed."""
        with self.portal.database.reading() as connection:
            events = columns.rows(connection, columns.columns(Event), Event)
        return [each.reason for each in events if (each.kind, each.outcome) == ("sign_in.code_sent", "failed")]

    def hear(self, status: Status, reason: Reason | None = None, *, named: str = "CA1", channel: str = "") -> None:
        """Take news."""
        deliveries.hear(self.portal, VISIT, channel or self.channel, self.id, News(named, status, reason))

    def press(self, key: str = "1", *, named: str = "CA1") -> Speech:
        """Press a key."""
        return deliveries.speak(self.portal, self.id, named, key)

    def change(self, **values: object) -> None:
        """Set some of the code's columns."""
        with self.portal.database.writing() as connection:
            challenge.change(connection, self.code_id, **values)


def sent(portal: Portal, channel: str = "voice", name: str = "cora") -> Sent:
    """Send somebody a code."""
    at, code_id = now(), tokens.new_id()
    with portal.database.writing() as connection:
        person = rows.person(connection, name)
        attempt = rows.half_done(connection, person, created_at=at, expires_at=at + timedelta(minutes=10))
        way = rows.draft(connection, person, attempt, type=channel)
        delivery_id = _deliver(connection, None, channel)
        sealed = portal.keys.seal("code", code_id, CODE)
        made = {"id": code_id, "code": sealed, "code_made_at": at, "expires_at": at + timedelta(minutes=10)}
        rows.code(connection, attempt, way, **made, sends=1, delivery_id=delivery_id)
        brings = text("UPDATE delivery SET challenge_id = :code WHERE id = :id")
        connection.execute(brings, {"code": code_id, "id": delivery_id})
    return Sent(portal, delivery_id, code_id, person, attempt, channel)


def again(first: Sent) -> Sent:
    """Send the same code once more."""
    with first.portal.database.writing() as connection:
        delivery_id = _deliver(connection, first.code_id, first.channel)
        challenge.change(connection, first.code_id, delivery_id=delivery_id, delivery_status="sending")
    return replace(first, id=delivery_id)


def _deliver(connection: Connection, code_id: str | None, channel: str) -> str:
    delivery_id = tokens.new_id()
    known = {"id": delivery_id, "challenge_id": code_id, "channel": channel, "country": "US"}
    delivery.add(connection, **known, sent_at=now(), status="sending", stage=0)
    return delivery_id


# ---- News ----


@pytest.mark.parametrize("channel", ["text", "voice"])
def test_a_status_never_gives_way_to_an_earlier_one(anywhere: Portal, channel: str) -> None:
    first = sent(anywhere, channel)
    for earlier, later in product(Status, Status):
        message = again(first)
        message.hear(earlier)
        message.hear(later)
        told = earlier if earlier.rank >= later.rank else later
        assert message.row.status == message.code.delivery_status == told, (earlier, later)


def test_nothing_comes_before_sending_and_nothing_after_an_end() -> None:
    ends = {Status.DELIVERED, Status.HEARD, Status.HUNG_UP, Status.BUSY, Status.NO_ANSWER, Status.FAILED}
    assert {each for each in Status if each.final} == ends
    assert len({each.rank for each in ends}) == 1
    assert min(Status, key=lambda each: each.rank) is Status.SENDING


def test_news_of_an_earlier_message_leave_the_page_alone(anywhere: Portal) -> None:
    first = sent(anywhere)
    newest = again(first)
    newest.hear(Status.RINGING, named="CA2")
    for status in set(Status) - {Status.SENDING}:
        earlier = again(first)
        newest.change(delivery_id=newest.id, delivery_status="ringing")
        earlier.hear(status, Reason.BLOCKED)
        assert earlier.row.status == status
        assert (newest.code.delivery_status, newest.code.delivery_reason) == ("ringing", None)


@pytest.mark.parametrize("odd", [{"named": "CA9"}, {"channel": "text"}])
def test_news_that_do_not_fit_change_nothing(anywhere: Portal, odd: dict[str, str]) -> None:
    call = sent(anywhere)
    call.hear(Status.RINGING)
    before = call.row, call.code
    call.hear(Status.FAILED, Reason.BLOCKED, **odd)
    replace(call, id=tokens.new_id()).hear(Status.FAILED, Reason.BLOCKED)
    assert (call.row, call.code, call.failures) == (*before, [])


def test_of_the_wrong_channel_not_even_the_id_is_taken(anywhere: Portal) -> None:
    call = sent(anywhere)
    call.hear(Status.RINGING, channel="text", named="SM1")
    before = call.row
    assert (before.provider_id, before.status) == (None, "sending")
    call.hear(Status.RINGING)
    assert (call.row.provider_id, call.row.status) == ("CA1", "ringing")


@pytest.mark.parametrize("end", [Status.HUNG_UP, Status.FAILED])
def test_a_call_that_said_the_code_was_heard(anywhere: Portal, end: Status) -> None:
    call = sent(anywhere)
    assert call.press() == SAID
    call.hear(end, Reason.UNREACHABLE)
    assert (call.row.status, call.row.reason, call.failures) == ("heard", None, [])


def test_a_call_that_nobody_pressed_a_key_in_was_hung_up(anywhere: Portal) -> None:
    call = sent(anywhere)
    assert call.press("2") == Speech(Line.ASK)
    call.hear(Status.HUNG_UP)
    assert call.row.status == "hung_up"


def test_a_failure_says_why_once(anywhere: Portal) -> None:
    call = sent(anywhere)
    call.hear(Status.FAILED)
    call.hear(Status.FAILED, Reason.BLOCKED)
    assert (call.row.reason, call.code.delivery_reason, call.failures) == (None, None, ["refused"])


@pytest.mark.parametrize("status, left", [(Status.SENT, True), (Status.NO_ANSWER, True), (Status.FAILED, False)])
def test_what_arrives_has_left(anywhere: Portal, status: Status, left: object) -> None:
    call = sent(anywhere)
    call.hear(status)
    assert (call.code.left_at is not None) is left


def test_it_left_when_that_was_first_known(anywhere: Portal, clock: Clock) -> None:
    call = sent(anywhere)
    call.hear(Status.SENT)
    first = call.code.left_at
    clock.move(seconds=3)
    call.hear(Status.RINGING)
    assert call.code.left_at == first


# ---- What a call says ----


def over(call: Sent) -> None:
    call.hear(Status.HUNG_UP)


def busy(call: Sent) -> None:
    call.hear(Status.BUSY)


def used(call: Sent) -> None:
    with call.portal.database.writing() as connection:
        assert challenge.consume(connection, call.code_id, now())


def used_and_done(call: Sent) -> None:
    used(call)
    sign_in_ended(call)


def sign_in_ended(call: Sent) -> None:
    with call.portal.database.writing() as connection:
        assert pending.end(connection, call.pending, now())


def password_changed(call: Sent) -> None:
    with call.portal.database.writing() as connection:
        user.raise_epoch(connection, call.person)


def disabled(call: Sent) -> None:
    with call.portal.database.writing() as connection:
        connection.execute(columns.table(User).update().values(disabled_at=now()))


def tried_up(call: Sent) -> None:
    call.change(tries=3)


def ran_out(call: Sent) -> None:
    call.change(expires_at=now())


def forgotten(call: Sent) -> None:
    with call.portal.database.writing() as connection:
        challenge.forget(connection, call.pending)


ENDINGS = [
    (over, Line.OVER),
    (busy, Line.OVER),
    (used, Line.USED),
    (used_and_done, Line.USED),
    (sign_in_ended, Line.EXPIRED),
    (password_changed, Line.EXPIRED),
    (disabled, Line.EXPIRED),
    (tried_up, Line.EXPIRED),
    (ran_out, Line.EXPIRED),
    (forgotten, Line.EXPIRED),
]


@pytest.mark.parametrize("ending, line", ENDINGS)
def test_a_code_is_said_while_it_is_good(anywhere: Portal, ending: Callable[[Sent], None], line: Line) -> None:
    fresh, said = sent(anywhere), sent(anywhere, name="dora")
    assert said.press() == SAID
    ending(fresh)
    ending(said)
    for call in (fresh, said):
        before = call.row
        assert call.press() == call.press("*") == call.press("2") == Speech(line)
        assert (call.row.turns, call.row.spoken_at, call.row.status) == (before.turns, before.spoken_at, before.status)


def test_another_call_says_no_code_whatever_it_knows(anywhere: Portal) -> None:
    call = sent(anywhere)
    call.hear(Status.RINGING)
    assert call.press(named="CA9") == Speech(Line.OVER)
    assert call.row.turns == 0
    assert call.press() == SAID
    assert call.press(named="CA9") == Speech(Line.OVER)


def test_one_try_that_is_left_is_a_reason_to_say_it(anywhere: Portal) -> None:
    call = sent(anywhere)
    call.change(tries=2)
    assert call.press() == SAID


def test_an_address_of_nothing_or_of_a_text_says_no_code(anywhere: Portal) -> None:
    message = sent(anywhere, "text")
    assert message.press() == Speech(Line.OVER)
    assert replace(message, id=tokens.new_id()).press() == Speech(Line.OVER)
    assert message.row.provider_id is None


def test_only_a_1_says_it(anywhere: Portal) -> None:
    first = sent(anywhere)
    for key in ("", "2", "*", "#", "11", "1*", "\N{FULLWIDTH DIGIT ONE}", " 1", "1\n"):
        call = again(first)
        assert call.press(key) == Speech(Line.ASK)
        assert (call.row.spoken_at, call.row.turns) == (None, 1)


def test_after_that_a_star_says_it_again(anywhere: Portal, clock: Clock) -> None:
    call = sent(anywhere)
    assert call.press() == SAID
    at = clock.now()
    clock.move(seconds=20)
    assert call.press("*") == SAID
    assert call.press("#") == Speech(Line.ASK)
    assert (call.row.spoken_at, call.row.status, call.code.delivery_status) == (at, "spoken", "spoken")


def test_a_call_takes_so_many_keys(anywhere: Portal) -> None:
    call = sent(anywhere)
    assert [call.press("2").line for _ in range(MOST_TURNS - 1)] == [Line.ASK] * (MOST_TURNS - 1)
    assert call.press() == SAID
    assert call.press() == call.press("2") == Speech(Line.OVER)
    assert call.row.turns == MOST_TURNS


def test_a_call_lasts_as_long_as_the_provider_lets_it(anywhere: Portal, clock: Clock) -> None:
    assert timedelta(seconds=CALL_SECONDS) == READING_TIME
    call = sent(anywhere)
    assert call.press() == SAID
    clock.move(seconds=CALL_SECONDS, microseconds=-1)
    assert call.press() == SAID
    clock.move(microseconds=1)
    assert call.press() == Speech(Line.OVER)


def test_before_it_is_said_there_is_time_while_the_code_is_good(anywhere: Portal, clock: Clock) -> None:
    call = sent(anywhere)
    clock.move(minutes=9, seconds=59)
    assert call.press() == SAID


def test_a_failure_that_was_not_certain_ends_no_call(anywhere: Portal) -> None:
    call = sent(anywhere)
    with anywhere.database.writing() as connection:
        assert deliveries.go_on(connection, call.id, Status.FAILED, Reason.PROVIDER_DOWN, certain=False)
    assert (call.row.status, call.code.delivery_status) == ("failed", "failed")
    assert call.press() == SAID
    assert (call.row.status, call.row.reason) == ("spoken", None)


def test_what_is_not_certain_says_nothing_new_about_what_is_known(anywhere: Portal) -> None:
    call = sent(anywhere)
    call.hear(Status.SENT)
    with anywhere.database.writing() as connection:
        assert not deliveries.go_on(connection, call.id, Status.FAILED, Reason.PROVIDER_DOWN, certain=False)
        assert not deliveries.go_on(connection, tokens.new_id(), Status.FAILED)
    assert call.row.status == "sent"


# ---- At the same moment ----


def test_keys_that_come_at_once_are_all_counted(anywhere: Portal) -> None:
    call = sent(anywhere)
    start = threading.Barrier(MOST_TURNS + 4)

    def press(_: int) -> Speech:
        start.wait(PATIENCE)
        return call.press()

    with ThreadPoolExecutor(MOST_TURNS + 4) as pool:
        said = list(pool.map(press, range(MOST_TURNS + 4)))
    assert said.count(SAID) == MOST_TURNS
    assert said.count(Speech(Line.OVER)) == 4


@contextmanager
def waiting(portal: Portal, deed: Callable[[], object]) -> Iterator[None]:
    """Begin something that has to wait for a transaction that is open; at the end it must come through."""

    def blocked(_: int) -> int:
        threading.Event().wait(0.01)
        with portal.database.reading() as connection:
            return int(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(deed)
        assert any(map(blocked, range(PATIENCE * 100)))
        assert not done.done()
        yield
        done.result(PATIENCE)


def fail(call: Sent) -> None:
    """Take a failure as the flow of sending does, which holds the code's row only later."""
    with call.portal.database.writing() as connection:
        assert deliveries.go_on(connection, call.id, Status.FAILED)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "deed", [lambda call: call.hear(Status.RINGING), Sent.press, fail], ids=["news", "a key", "a failure"]
)
def test_a_callback_waits_for_the_send_that_it_is_about(
    postgresql_portal: Portal, deed: Callable[[Sent], object]
) -> None:
    call = sent(postgresql_portal)
    transaction = postgresql_portal.database.writing()
    connection = transaction.__enter__()
    # As the flow of sending does it, once the provider has answered.
    challenge.left(connection, call.code_id, now())
    with waiting(postgresql_portal, lambda: deed(call)):
        assert delivery.known_as(connection, call.id, "CA1")
        assert deliveries.go_on(connection, call.id, Status.SENT)
        transaction.__exit__(None, None, None)
    assert call.row.status in {"ringing", "spoken", "failed"}


@pytest.mark.postgresql
def test_a_call_that_ends_while_the_code_is_being_said_was_heard(postgresql_portal: Portal) -> None:
    call = sent(postgresql_portal)
    transaction = postgresql_portal.database.writing()
    connection = transaction.__enter__()
    assert challenge.by_id(connection, call.code_id, lock=True)
    delivery.spoken(connection, call.id, now())
    with waiting(postgresql_portal, lambda: call.hear(Status.HUNG_UP)):
        transaction.__exit__(None, None, None)
    assert call.row.status == "heard"


# ---- What the provider did not sign ----


def test_of_two_strangers_at_once_one_is_noted(anywhere: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    read = throttle.read

    def late(*given: Any) -> None:  # noqa: ANN401 - as it was called
        monkeypatch.setattr(throttle, "read", read)
        assert read(*given) is None
        deliveries.refuse(anywhere, VISIT)

    monkeypatch.setattr(throttle, "read", late)
    deliveries.refuse(anywhere, VISIT)
    with anywhere.database.reading() as connection:
        kinds = [each.kind for each in event.newest(connection, 10)]
    assert kinds.count("delivery.callback_refused") == 1
