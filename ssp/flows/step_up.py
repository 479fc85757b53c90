"""A fresh second factor before a change that matters: for this session, this action and this target, and spent once.

It is the machine of the sign-in with other facts at the start: the codes, their counters and limits are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection

from ssp.authenticators.protocol import Verdict
from ssp.flows import attempts, codes, events, notices, sessions
from ssp.flows.attempts import Attempt, Progress
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.models import StepUp, User, authenticator, pending, session, step_up, throttle, user
from ssp.models.pending import STEP_UP
from ssp.models.session import SessionWithUser
from ssp.models.step_up import Proof, Purpose

# How old a proof may be when it is spent (security requirement EN2).
FRESH = timedelta(minutes=10)
# Whoever has nothing but the cookie would use up the owner's own tries, in all browsers.
MOST_WRONG = 10
WRONG_SPAN = timedelta(days=7)
WRONG_PREFIX = "step-up:"
WRONG_CODES = "wrong_codes"
# What was not counted as a try.
_NO_TRY = frozenset({Verdict.UNREADABLE, Verdict.PAUSED})


class Action(Enum):
    """What asks for a fresh second factor."""

    CHANGE_PASSWORD = "change_password"  # noqa: S105 - the name of an action
    ADD_OPTION = "add_option"
    REMOVE_OPTION = "remove_option"
    REPLACE_OPTION = "replace_option"
    RENAME_OPTION = "rename_option"
    PREFER_OPTION = "prefer_option"
    MAKE_RECOVERY_CODES = "make_recovery_codes"
    CHANGE_EMAIL = "change_email"


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody wants to do, and to which of their rows; a proof for one errand is none for another."""

    action: Action
    target: str = ""


class Standing(Enum):
    """How somebody stands with an errand."""

    NOT_BEGUN = "not_begun"
    ASKED = "asked"
    PROVED = "proved"


@dataclass(frozen=True, slots=True)
class View:
    """How an errand stands. `attempt` is the half-done sign-in whose code is waited for, `until` the proof's end."""

    standing: Standing
    attempt: Attempt | None = None
    until: datetime | None = None
    has_option: bool = True


Deed = Callable[[Connection, StepUp, Attempt], Progress]


def look(portal: Portal, visit: Visit, row: SessionWithUser, errand: Errand) -> View:
    """Return how an errand of a session stands; a question, so it writes nothing."""
    with portal.database.reading() as connection:
        person = user.by_id(connection, row.user_id)
        if person is None or not authenticator.confirmed(connection, person.id):
            return View(Standing.NOT_BEGUN, has_option=False)
        purpose = _purpose(row, person, errand)
        proof = step_up.fresh(connection, purpose, now() - FRESH, now())
        if proof is not None and proof.proved_at is not None:
            return View(Standing.PROVED, until=proof.proved_at + FRESH)
        found = _asked(connection, portal, visit, person, purpose)
    return View(Standing.ASKED, found[1]) if found else View(Standing.NOT_BEGUN)


def proved(connection: Connection, row: SessionWithUser, person: User, errand: Errand) -> bool:
    """Return whether a session has a proof for an errand that is fresh and not spent."""
    return step_up.fresh(connection, _purpose(row, person, errand), now() - FRESH, now()) is not None


def spend(connection: Connection, row: SessionWithUser, person: User, errand: Errand) -> Proof | None:
    """Use the proof for an errand up, in the transaction of what it allows; None if there is none."""
    at = now()
    return step_up.spend(connection, _purpose(row, person, errand), at - FRESH, at)


def grant(connection: Connection, token: str, attempt: Attempt, errand: Errand) -> None:
    """Write down that the second factor of a sign-in that just opened a session is its proof for one errand, too."""
    opened = session.by_token_hash(connection, tokens.digest(token))
    assert opened is not None  # noqa: S101 - this transaction opened it
    _add(
        connection,
        _purpose(opened, attempt.user, errand),
        attempt.pending.id,
        proved_at=attempt.pending.second_factor_at,
        proved_amr=attempt.pending.second_factor_amr,
    )


def begin(portal: Portal, visit: Visit, row: SessionWithUser, errand: Errand) -> None:
    """Ask for a code; where one was asked for already, that one goes on, so that a double click sends nothing twice."""
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None or not authenticator.confirmed(connection, person.id):
            return
        if proved(connection, row, person, errand):
            return
        purpose = _purpose(row, person, errand)
        if _asked(connection, portal, visit, person, purpose) is not None:
            return
        known = sessions.known_browser(connection, row)
        attempt = _open(connection, portal, visit, person, purpose, known)
        progress = codes.issued(connection, portal, attempt, Progress(attempt.step))
    codes.delivered(portal, progress)


def _open(  # noqa: PLR0913, PLR0917 - who asks from where, for what
    connection: Connection, portal: Portal, visit: Visit, person: User, purpose: Purpose, known: str | None
) -> Attempt:
    at, pending_id = now(), tokens.new_id()
    usable = [way.id for way in authenticator.confirmed(connection, person.id) if way.type in portal.types]
    pending.add(
        connection,
        id=pending_id,
        # Nobody knows these two: the row is found by the session, and never becomes another one.
        token_hash=tokens.digest(tokens.new_token()),
        origin_hash=tokens.digest(tokens.new_token()),
        user_id=person.id,
        epoch=person.security_epoch,
        created_at=at,
        expires_at=at + timedelta(minutes=portal.settings.code_minutes),
        next_path="/",
        password_verified_at=at,
        authenticator_id=next(iter(usable), None),
        asked_because=STEP_UP,
        known_browser_id=known,
        reference=events.reference(visit),
    )
    _add(connection, purpose, pending_id)
    events.record(connection, visit, Kind.STEP_UP_BEGUN, user=person, reason=purpose.of_action, at=at)
    found = _asked(connection, portal, visit, person, purpose)
    assert found is not None  # noqa: S101 - it was added above, in this transaction
    return found[1]


def _add(connection: Connection, purpose: Purpose, pending_id: str, **proof: object) -> None:
    step_up.add(
        connection,
        id=tokens.new_id(),
        session_id=purpose.of_session,
        pending_id=pending_id,
        epoch=purpose.of_epoch,
        action=purpose.of_action,
        target=purpose.of_target,
        created_at=now(),
        **proof,
    )


def _asked(
    connection: Connection, portal: Portal, visit: Visit, person: User, purpose: Purpose
) -> tuple[StepUp, Attempt] | None:
    """Return the step-up whose code is waited for."""
    found = step_up.newest(connection, purpose, now())
    begun = pending.by_id(connection, found.pending_id) if found and found.proved_at is None else None
    if found is None or begun is None or begun.ended_at is not None or begun.expires_at <= now():
        return None
    return found, attempts.build(connection, portal, begun, person, visit)


def _purpose(row: SessionWithUser, person: User, errand: Errand) -> Purpose:
    return Purpose(row.id, person.security_epoch, errand.action.value, errand.target)


def send(  # noqa: PLR0913 - who asks, for what, by which way
    portal: Portal, visit: Visit, row: SessionWithUser, errand: Errand, authenticator_id: str | None, *, again: bool
) -> Progress | None:
    """Send a code by the chosen way, or by another of the person's own; None where none is waited for (any more)."""

    def deed(connection: Connection, _found: StepUp, attempt: Attempt) -> Progress:
        return codes.ask(connection, portal, attempt, authenticator_id, again=again)

    progress = _act(portal, visit, row, errand, deed)
    if progress is not None:
        codes.delivered(portal, progress)
    return progress


def answer(portal: Portal, visit: Visit, row: SessionWithUser, errand: Errand, code: str) -> Progress | None:
    """Take an access code. A right one makes the proof, and gives the session a new token (SE2)."""

    def deed(connection: Connection, found: StepUp, attempt: Attempt) -> Progress:
        way = attempt.chosen
        if way is None:
            return Progress(attempt.step)
        verdict = codes.verify(connection, portal, attempt, way, code)
        if verdict is not Verdict.ACCEPTED:
            if verdict not in _NO_TRY and _one_too_many(connection, portal, visit, row, attempt):
                return Progress(attempt.step)
            return Progress(attempt.step, verdict=verdict, attempt=attempt)
        throttle.clear(connection, _wrong_key(row))
        at, amr = now(), attempts.type_of(portal, way).amr
        authenticator.used(connection, way.id, at)
        pending.record(connection, attempt.pending.id, second_factor_at=at, second_factor_amr=amr)
        pending.end(connection, attempt.pending.id, at)
        step_up.prove(connection, found.id, amr, at)
        events.record(connection, visit, Kind.STEP_UP, user=attempt.user, reason=errand.action.value, at=at)
        token = sessions.renew(connection, row, attempt.user.security_epoch)
        return Progress(attempt.step, verdict=verdict, session_token=token)

    return _act(portal, visit, row, errand, deed)


def _wrong_key(row: SessionWithUser) -> str:
    return f"{WRONG_PREFIX}{row.id}"


def _one_too_many(connection: Connection, portal: Portal, visit: Visit, row: SessionWithUser, attempt: Attempt) -> bool:
    """Count a wrong code of a session; end the session with the tenth in a row, and tell the owner."""
    at = now()
    if throttle.count(connection, _wrong_key(row), at, at - WRONG_SPAN) < MOST_WRONG:
        return False
    session.end(connection, row.id, WRONG_CODES, at)
    pending.end(connection, attempt.pending.id, at)
    pending.tell(connection, attempt.pending.id, at)
    events.record(connection, visit, Kind.SESSION_ENDED, user=attempt.user, reason=WRONG_CODES, at=at)
    notices.session_wrong(connection, portal, visit, attempt.user, MOST_WRONG)
    return True


def _act(portal: Portal, visit: Visit, row: SessionWithUser, errand: Errand, deed: Deed) -> Progress | None:
    """Do something in a step-up whose code is waited for; elsewhere nothing."""
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        found = _asked(connection, portal, visit, person, _purpose(row, person, errand)) if person else None
        return deed(connection, *found) if found else None
