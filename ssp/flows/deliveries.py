"""What the provider tells about texts and calls, and what a call says when a key is pressed."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import Connection

from ssp.authenticators.delivered import CODE_PURPOSE
from ssp.flows import events
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.progress import News, Status
from ssp.models import Challenge, Delivery, PendingSignIn, challenge, delivery, pending, user

# A call that goes on longer than this is nobody who listens.
MOST_TURNS = 8
# What asks for the code, and for hearing it again.
_READ_KEYS = frozenset({"1", "*"})


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
    stage = status.rank if certain else Status.UNSURE.rank
    if not delivery.go_on(connection, delivery_id, status, stage, reason):
        return False
    challenge.follow(connection, delivery_id, status, reason)
    return True


def hear(portal: Portal, visit: Visit, channel: str, delivery_id: str, news: News) -> None:
    """Take news of the provider's about a text or call. Those of unknown, other or earlier ones change nothing."""
    with portal.database.writing() as connection:
        row = delivery.by_id(connection, delivery_id)
        if row is None or row.channel != channel or not delivery.known_as(connection, row.id, news.provider_id):
            return
        heard = news.status is Status.HUNG_UP and row.spoken_at is not None
        if go_on(connection, row.id, Status.HEARD if heard else news.status, news.reason):
            _remember(connection, visit, row, news)


def _remember(connection: Connection, visit: Visit, row: Delivery, news: News) -> None:
    """Keep what a later failure of the newest message must not take away, and tell the log of failures."""
    code = challenge.by_id(connection, row.challenge_id) if row.challenge_id else None
    if code is None:
        return
    if news.status is not Status.FAILED:
        if code.left_at is None and code.delivery_id == row.id:
            challenge.left(connection, code.id, now())
        return
    attempt = pending.by_id(connection, code.pending_id)
    person = user.by_id(connection, attempt.user_id) if attempt else None
    events.record(connection, visit, Kind.CODE_SENT, Outcome.FAILED, user=person, reason=news.reason or Reason.REFUSED)


def speak(portal: Portal, delivery_id: str, provider_id: str, key: str) -> Speech:
    """Return what a call says after a key was pressed: the code while it is good, in this one call, to its end."""
    at = now()
    with portal.database.writing() as connection:
        row = delivery.by_id(connection, delivery_id)
        if row is None or Status(row.status).final or not delivery.known_as(connection, row.id, provider_id):
            return Speech(Line.OVER)
        code = challenge.by_id(connection, row.challenge_id) if row.challenge_id else None
        attempt = pending.by_id(connection, code.pending_id) if code else None
        gone = _gone(code, attempt, at)
        if gone or code is None or code.code is None:
            return Speech(gone or Line.EXPIRED)
        if not delivery.count_turn(connection, row.id, MOST_TURNS):
            return Speech(Line.OVER)
        if key not in _READ_KEYS:
            return Speech(Line.ASK)
        delivery.spoken(connection, row.id, at)
        go_on(connection, row.id, Status.SPOKEN)
        return Speech(Line.CODE, portal.keys.open(CODE_PURPOSE, code.id, code.code))


def _gone(code: Challenge | None, attempt: PendingSignIn | None, at: datetime) -> Line | None:
    """Return what to say where a code is no longer good for anything, or None where it is good."""
    if code is None or attempt is None or code.expires_at <= at:
        return Line.EXPIRED
    if code.consumed_at is not None:
        return Line.USED
    return Line.EXPIRED if attempt.ended_at is not None else None
