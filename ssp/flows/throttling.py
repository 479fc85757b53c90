"""Wrong passwords and codes, counted for a person and never for a code, session or address (TH1 to TH3, TH5 to TH7).

A part of the tries is out of reach of browsers in which the person never signed in: whoever uses up the others locks
nobody out of the browsers that they always use. Decision record 10 has the numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.infra.clock import DIFFERENCE
from ssp.infra.crypto import KeyRing
from ssp.models import Authenticator, Throttle, User, throttle, user

TRIES_BEFORE_PAUSE = 10
PAUSE = timedelta(minutes=15)
TRIES_BEFORE_STOP = 30
FREE_PASSWORDS = 5
MOST_DOUBLINGS = 10
PASSWORDS_BEFORE_STOP = 100
# So many of all tries are kept for browsers in which the person has signed in before.
RESERVED = 10
_FOREVER = timedelta(days=365 * 100)
# Names that nobody has share 4096 buckets with room for 64 names each, 262144 in all (DO4, decision record 9).
BUCKET_DIGITS = 3
ROOM = 64
# What codes are counted by: a way to get them, or a counter's name.
Counter = Authenticator | str


@dataclass(frozen=True, slots=True)
class Budget:
    """How many wrong tries there are in a row before nothing is taken any more, and how long to wait after each."""

    most: int
    wait_after: Callable[[int], timedelta]

    @property
    def for_strangers(self) -> int:
        """Return how many of them are for browsers in which the person never signed in."""
        return self.most - RESERVED


def _after_codes(tries: int) -> timedelta:
    return timedelta(0) if tries % TRIES_BEFORE_PAUSE else PAUSE


def _after_passwords(tries: int) -> timedelta:
    if tries < FREE_PASSWORDS:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(tries - FREE_PASSWORDS, MOST_DOUBLINGS)), PAUSE)


SECOND_FACTOR = Budget(TRIES_BEFORE_STOP, _after_codes)
PASSWORD = Budget(PASSWORDS_BEFORE_STOP, _after_passwords)


@dataclass(frozen=True, slots=True)
class Try:
    """One try, counted. `until` is when the next one is looked at, None if at once; `tries` how many that makes.

    One that is not `admitted` must not be looked at.
    """

    key: str
    known: bool
    admitted: bool
    tries: int
    until: datetime | None
    stopped: bool


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who somebody says they are: the username as typed, whose it is, and whether that person signed in here before.

    `browser` is what tells that browser from others, where it did, or where it is signed in.
    """

    username: str
    person: User | None
    known: bool
    browser: str | None = None


def key(authenticator: Authenticator) -> str:
    """Return the counter's name: one for each way that is set up, one for each type while it is being set up."""
    what = authenticator.id if authenticator.confirmed_at else f"set-up:{authenticator.type}"
    return f"{prefix(authenticator.user_id)}{what}"


def address_key(user_id: int) -> str:
    """Return the name of the counter of wrong answers to the codes that are mailed before a first set-up."""
    return f"{prefix(user_id)}set-up:address"


def prefix(user_id: int) -> str:
    """Return how the names of all of a person's counters of codes begin."""
    return f"second-factor:{user_id}:"


def mails_key(user_id: int, span: timedelta) -> str:
    """Return the name of a counter of the codes that are mailed to a person before a first set-up."""
    return f"{_mails(user_id)}{span}"


def numbers_key(user_id: int) -> str:
    """Return the name of the counter of the numbers that were tried before a first set-up by a known phone."""
    return f"{prefix(user_id)}set-up:numbers"


def _mails(user_id: int) -> str:
    return f"{prefix(user_id)}set-up:mails:"


def recovery_key(user_id: int) -> str:
    """Return the name of the counter of a person's recovery codes; it begins as those of their ways do.

    It is one of its own: whoever has somebody's ways paused by wrong codes does not take this way out from them, too.
    """
    return f"{prefix(user_id)}recovery"


def place(user_id: int) -> str:
    """Return by what a person's one place among those who wait for the hasher is known."""
    return f"user:{user_id}"


def password_key(user_id: int) -> str:
    """Return the name of the counter of a person's passwords."""
    return f"password:{user_id}"


def is_stop(until: datetime, at: datetime) -> bool:
    """Return whether a hold ends with Web Support's help only."""
    return until - at > _FOREVER / 2


def held_until(row: Throttle | None, budget: Budget, at: datetime, *, known: bool) -> datetime | None:
    """Return until when a counter takes no tries from one kind of browser, or None if it takes them."""
    if row is None:
        return None
    if row.count >= budget.most:
        return at + _FOREVER
    until = row.known_held_until if known else row.held_until
    too_late, not_for_good = _void(at)
    return until if until and until > at and not too_late <= until <= not_for_good else None


def _void(at: datetime) -> tuple[datetime, datetime]:
    """Return between which moments no hold ends that began with a right clock: later than waits, and not for good."""
    return at + PAUSE + DIFFERENCE, at + _FOREVER / 2


def _name(counter: Counter) -> str:
    return counter if isinstance(counter, str) else key(counter)


def paused_until(connection: Connection, counter: Counter, at: datetime, *, known: bool) -> datetime | None:
    """Return until when this way takes no answers, or None if it takes them."""
    return held_until(throttle.read(connection, _name(counter)), SECOND_FACTOR, at, known=known)


def claim(connection: Connection, counter: Counter, at: datetime, *, known: bool) -> Try:
    """Count an access code before it is looked at."""
    return _claim(connection, _name(counter), SECOND_FACTOR, at, known=known)


def claim_password(connection: Connection, keys: KeyRing, claimant: Claimant, at: datetime) -> Try:
    """Count a password before it is looked at.

    A name that nobody has is counted and held like any other, under its keyed digest: who exists shows in nothing.
    """
    person, known = claimant.person, claimant.known
    if person is not None:
        return _claim(connection, password_key(person.id), PASSWORD, at, known=known)
    digest = keys.mac("password", user.canonical(claimant.username) or f" {claimant.username}")
    bucket = f"password:{digest[:BUCKET_DIGITS]}"
    counted = _claim(connection, f"password:?{digest[:32]}", PASSWORD, at, known=known, bucket=bucket)
    if counted.tries == 1:
        throttle.make_room(connection, bucket, counted.key, ROOM)
    return counted


def _claim(  # noqa: PLR0913 - what a try is counted by
    connection: Connection, name: str, budget: Budget, at: datetime, *, known: bool, bucket: str | None = None
) -> Try:
    row, admitted = throttle.claim(connection, name, at, budget.most, known=known, void=_void(at), bucket=bucket)
    strangers = row.count - row.known_count
    tries = row.known_count if known else strangers
    if not admitted:
        until = held_until(row, budget, at, known=known)
        return Try(name, known, admitted, tries, until, stopped=until is not None and is_stop(until, at))
    stopped = row.count >= budget.most or (not known and strangers >= budget.for_strangers)
    wait = _FOREVER if stopped else budget.wait_after(tries)
    if wait:
        throttle.hold(connection, name, at + wait, known=known)
    return Try(name, known, admitted, tries, at + wait if wait else None, stopped)


def forgive(connection: Connection, counted: Try) -> None:
    """Take back a try that was not looked at after all."""
    if counted.admitted:
        throttle.unclaim(connection, counted.key, counted.until, known=counted.known)


def clear(connection: Connection, counter: Counter, *, known: bool) -> None:
    """Forget the wrong answers of this kind of browser, because a right one came from it."""
    throttle.clear_kind(connection, _name(counter), known=known)


def clear_password(connection: Connection, person: User, *, known: bool) -> None:
    """Forget the wrong passwords of this kind of browser, because the right one came from it."""
    throttle.clear_kind(connection, password_key(person.id), known=known)


def free_password(connection: Connection, user_id: int) -> int:
    """Forget all wrong passwords, because Web Support or a new password ends the matter; return 1 if there were any."""
    return throttle.clear(connection, password_key(user_id))


def free_set_up(connection: Connection, user_id: int) -> None:
    """Forget what whoever knew the old password used up before a first set-up. Wrong codes stay counted."""
    throttle.clear_under(connection, _mails(user_id))
    throttle.clear(connection, numbers_key(user_id))
