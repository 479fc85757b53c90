"""What the provider tells about texts and calls, and what a call says when a key is pressed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import Connection

from ssp.authenticators.delivered import CODE_PURPOSE, tries_of
from ssp.flows import events, people
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.progress import News, Status
from ssp.models import (
    Challenge,
    Delivery,
    PendingSignIn,
    User,
    authenticator,
    challenge,
    delivery,
    pending,
    throttle,
    user,
)

# A call with more keys than this has nobody who listens.
MOST_TURNS = 8
# From its first reading on a call says the code no longer than a call may last (`twilio.CALL_SECONDS`): a key that is
# pressed later is an old one, sent once more.
READING_TIME = timedelta(minutes=3)
REFUSALS_NOTED_EVERY = timedelta(minutes=1)
_REFUSED = "callbacks-refused"
_READ = "1"
_REPEAT = "*"


class Line(Enum):
    """What a call says next."""

    ASK = auto()
    CODE = auto()
    USED = auto()
    EXPIRED = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Speech:
    """What a call says next, and the code where it says one."""

    line: Line
    code: str = ""


def go_on(
    connection: Connection, delivery_id: str, status: Status, reason: Reason | None = None, *, certain: bool = True
) -> bool:
    """Take a later status of a text or call; False if as much is known already. Uncertain news yield to all others."""
    _held(connection, delivery_id)
    stage = status.rank if certain else Status.UNSURE.rank
    if not delivery.go_on(connection, delivery_id, status, stage, reason):
        return False
    challenge.follow(connection, delivery_id, status, reason)
    return True


def hear(portal: Portal, visit: Visit, channel: str, delivery_id: str, news: News) -> None:
    """Take news of the provider's about a text or call. Those of unknown, other or earlier ones change nothing."""
    with portal.database.writing() as connection:
        row, code = _known(connection, channel, delivery_id, news.provider_id)
        if row is None:
            return
        status = _heard(portal, row, news.status)
        if go_on(connection, row.id, status, news.reason if status is news.status else None) and code is not None:
            if status is not Status.FAILED:
                _arrives(connection, row, code)
            elif row.status != Status.FAILED:  # one event is enough
                _remember(connection, visit, code, news.reason or Reason.REFUSED)


def refuse(portal: Portal, visit: Visit) -> None:
    """Tell the log that somebody passed for the provider; once a minute, since strangers can do it without end."""
    at = now()
    with portal.database.reading() as connection:
        row = throttle.read(connection, _REFUSED)
    if row is not None and row.held_until is not None and row.held_until > at:
        return
    with portal.database.writing() as connection:
        throttle.count(connection, _REFUSED, at, at - REFUSALS_NOTED_EVERY)
        if throttle.begin_hold(connection, _REFUSED, at, REFUSALS_NOTED_EVERY):
            events.record(connection, visit, Kind.CALLBACK_REFUSED, Outcome.REFUSED, reason="unsigned", at=at)


def speak(portal: Portal, delivery_id: str, provider_id: str, key: str) -> Speech:
    """Return what a call says after a key was pressed: the code while it is good, in this one call, to its end."""
    at = now()
    with portal.database.writing() as connection:
        row, code = _known(connection, "voice", delivery_id, provider_id)
        if row is None or _is_over(row, at):
            return Speech(Line.OVER)
        spelled = _spelled(connection, portal, code, at)
        if isinstance(spelled, Line):
            return Speech(spelled)
        if not delivery.count_turn(connection, row.id, MOST_TURNS):
            return Speech(Line.OVER)
        if key != _READ and (key != _REPEAT or row.spoken_at is None):
            return Speech(Line.ASK)
        delivery.spoken(connection, row.id, at)
        go_on(connection, row.id, Status.SPOKEN)
        return Speech(Line.CODE, spelled)


def _held(connection: Connection, delivery_id: str) -> tuple[Delivery | None, Challenge | None]:
    """Return a text or call, and the code it brings, which nobody else can change from now on."""
    # The code's row comes first, as at a sign-in: a callback and the send that it is about would wait for each other.
    row = delivery.by_id(connection, delivery_id)
    code = challenge.by_id(connection, row.challenge_id, lock=True) if row and row.challenge_id else None
    return row, code


def _known(
    connection: Connection, channel: str, delivery_id: str, provider_id: str
) -> tuple[Delivery | None, Challenge | None]:
    """Return a text or call, and the code it brings, as `_held`; nothing if the provider knows it as something else."""
    row, code = _held(connection, delivery_id)
    if row is None or row.channel != channel or not delivery.known_as(connection, row.id, provider_id):
        return None, None
    return delivery.by_id(connection, row.id), code  # as it is now that nobody else can change it


def _heard(portal: Portal, row: Delivery, status: Status) -> Status:
    """Return what the end of a call means: that the code was heard if it was said, or if nothing was asked first."""
    unasked = status is Status.HUNG_UP and portal.callbacks.key(row.id) is None
    return Status.HEARD if unasked or (status.final and row.spoken_at is not None) else status


def _arrives(connection: Connection, row: Delivery, code: Challenge) -> None:
    """Note that the code left, so that a later failure takes it away from nobody; an older message had another code."""
    if code.left_at is None and row.sent_at >= code.code_made_at:
        challenge.left(connection, code.id, now())


def _remember(connection: Connection, visit: Visit, code: Challenge, reason: Reason) -> None:
    """Tell the log that a message failed after it was handed over."""
    _, person = _owner(connection, code)
    way = authenticator.by_id(connection, code.authenticator_id)
    events.record(connection, visit, Kind.CODE_SENT, Outcome.FAILED, user=person, reason=reason, authenticator=way)


def _is_over(row: Delivery, at: datetime) -> bool:
    """Return whether a call has ended. A key is pressed in one that went out after all, whatever seemed to fail."""
    ended = row.stage >= Status.HUNG_UP.rank
    return ended or (row.spoken_at is not None and at >= row.spoken_at + READING_TIME)


def _spelled(connection: Connection, portal: Portal, code: Challenge | None, at: datetime) -> str | Line:
    """Return the code that somebody waits for, or what to say where it is no longer good for anything."""
    if code is None or code.expires_at <= at:
        return Line.EXPIRED
    if code.code is None:
        return Line.USED
    attempt, person = _owner(connection, code)
    # As in `attempts.load`: a change of password or factor ends what was begun before.
    goes_on = attempt.ended_at is None and attempt.epoch == person.security_epoch and people.may_sign_in(portal, person)
    spelled = portal.keys.open(CODE_PURPOSE, code.id, code.code)
    return spelled if goes_on and code.tries < tries_of(len(spelled)) else Line.EXPIRED


def _owner(connection: Connection, code: Challenge) -> tuple[PendingSignIn, User]:
    attempt = pending.by_id(connection, code.pending_id)
    assert attempt is not None  # noqa: S101 - codes go with their sign-in, whose row this transaction holds through them
    person = user.by_id(connection, attempt.user_id)
    assert person is not None  # noqa: S101 - same
    return attempt, person
