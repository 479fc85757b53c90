"""Rotating the keys while the portal runs: a new first key, everything sealed with it anew, old keys dropped at last.

The order is why nobody notices. The file has the new key, and the disk has the file, before anything is sealed with it;
processes look at the file before they seal, and where they meet a key that they do not know. Old keys open until they
are dropped. Each value is replaced in a transaction that holds its row, so that whoever reads it finds the old one or
the new one. Until all is done the list says so, and the next run goes on from there.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from ssp.authenticators import drafts
from ssp.authenticators.delivered import CODE_PURPOSE
from ssp.flows import credentials, events, known_phone
from ssp.flows.address_proof import CODE_PURPOSE as MAILED_PURPOSE
from ssp.flows.events import Kind
from ssp.flows.forgotten import PURPOSE as WISH_PURPOSE
from ssp.flows.notices import LINK_PURPOSE
from ssp.flows.people import OPERATOR
from ssp.flows.portal import Portal
from ssp.infra import key_file
from ssp.infra.clock import now
from ssp.infra.crypto import BEGUN, NEXT, Key, KeyList, KeyRing, SealError
from ssp.infra.key_file import LOOKUP, TIME
from ssp.models import event_block, sealed
from ssp.models.sealed import CODES, LINKS, MAILED_CODES, OPTIONS, PASSWORDS, PHONES, WISHES, Sealed

BATCH = 100
# A batch takes some milliseconds. Between two of them everybody else writes: SQLite has one writer at a time.
SHARE = 2
# Rows that somebody was busy with are tried again.
ROUNDS = 10
ROUND_SECONDS = 0.2
# No request takes so long that it could still write what it sealed before it saw the new list.
GRACE = timedelta(hours=1)


class RotationError(Exception):
    """It cannot be done now; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Resealing:
    """A column and how one of its rows is sealed anew; that raises SealError."""

    column: Sealed
    anew: Callable[[KeyRing, Any], Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class KeyUser:
    """What needs old keys as they are, because nothing in it is ever sealed anew: the ids of the keys that it needs."""

    what: str
    key_ids: Callable[[Connection], Collection[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the values of one kind: sealed anew, impossible to open, or held by somebody else all the time."""

    what: str
    done: int
    damaged: int
    busy: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One key of the list, how far its rotation is, and what needs it, in words."""

    key: Key
    needed_by: tuple[str, ...]


RESEALED = (
    Resealing(
        PASSWORDS,
        lambda keys, row: {
            "password_hash": credentials.seal(
                keys, row.selector, credentials.unseal(keys, row.selector, row.password_hash)
            )
        },
    ),
    Resealing(OPTIONS, drafts.sealed_anew),
    Resealing(
        CODES,
        lambda keys, row: {"code": keys.seal(CODE_PURPOSE, row.id, keys.open(CODE_PURPOSE, row.id, row.code))},
    ),
    Resealing(
        LINKS,
        lambda keys, row: {"link": keys.seal(LINK_PURPOSE, row.id, keys.open(LINK_PURPOSE, row.id, row.link))},
    ),
    Resealing(
        MAILED_CODES,
        lambda keys, row: {"code": keys.seal(MAILED_PURPOSE, row.id, keys.open(MAILED_PURPOSE, row.id, row.code))},
    ),
    Resealing(PHONES, known_phone.sealed_anew),
    Resealing(
        WISHES,
        lambda keys, row: {"typed": keys.seal(WISH_PURPOSE, row.id, keys.open(WISH_PURPOSE, row.id, row.typed))},
    ),
)
# Whatever verifies or opens old values with the key that they name has its line here, or its keys could be dropped.
KEY_USERS = (KeyUser("the security log", event_block.key_ids),)


def prepare(portal: Portal) -> Key:
    """Put the key of the next rotation into the list; it opens already and seals not yet. Raises KeyFileError."""

    def deed(keys: KeyList) -> KeyList:
        if any(key.state == NEXT for key in keys.keys):
            return keys
        first, *others = keys.keys
        return replace(keys, keys=(first, key_file.new_key(state=NEXT), *others))

    changed = key_file.change(portal.settings.key_file, deed)
    return next(key for key in changed.keys if key.state == NEXT)


def rotate(portal: Portal) -> tuple[Key, tuple[Outcome, ...]]:
    """Seal everything with a new key, the prepared one if there is one; go on with a rotation that was interrupted.

    Return the key and what became of the values. Raises KeyFileError and RotationError; an error of the database leaves
    it unfinished.
    """
    key = key_file.change(portal.settings.key_file, _begun).keys[0]
    outcomes = _seal_anew(portal, key)
    if not any(each.busy for each in outcomes):
        key = _finish(portal, key)
    return key, outcomes


def _begun(keys: KeyList) -> KeyList:
    first = keys.keys[0]
    if first.state == BEGUN:
        return keys
    new = next((key for key in keys.keys if key.state == NEXT), None) or key_file.new_key()
    others = tuple(key for key in keys.keys if key is not new)
    # Digests go on as they were: a list without a look-up key had them from its first key.
    return KeyList((replace(new, state=BEGUN), *others), keys.lookup or Key(LOOKUP, first.secret))


def _finish(portal: Portal, key: Key) -> Key:
    """Note in the list and in the security log that nothing is left to be sealed anew."""

    def deed(keys: KeyList) -> KeyList:
        first, *others = keys.keys
        if first != key:
            return keys  # a second run did it, or is further already
        return replace(keys, keys=(replace(first, state=now().strftime(TIME)), *others))

    changed = key_file.change(portal.settings.key_file, deed)
    with portal.database.writing() as connection:
        events.record(connection, OPERATOR, Kind.KEYS_ROTATED, reason=key.id)
    return next((each for each in changed.keys if each.id == key.id), key)


def _seal_anew(portal: Portal, key: Key) -> tuple[Outcome, ...]:
    """Seal with the first key whatever another one sealed, or none. Raises RotationError if it is not the first one."""
    portal.keys.refresh()
    if portal.keys.current.id != key.id:
        raise RotationError("the list of keys changed meanwhile; run this again")
    return tuple(_round_up(portal, each) for each in RESEALED)


def _round_up(portal: Portal, resealing: Resealing) -> Outcome:
    done, damaged = _one_round(portal, resealing)
    busy, rounds = _left(portal, resealing) - damaged, 1
    while busy > 0 and rounds < ROUNDS:
        time.sleep(ROUND_SECONDS)
        again, damaged = _one_round(portal, resealing)
        done, rounds = done + again, rounds + 1
        busy = _left(portal, resealing) - damaged
    return Outcome(resealing.column.what, done, damaged, max(busy, 0))


def _left(portal: Portal, resealing: Resealing) -> int:
    with portal.database.reading() as connection:
        every = sealed.count(connection, resealing.column)
        return every - sealed.count(connection, resealing.column, portal.keys.current.id)


def _one_round(portal: Portal, resealing: Resealing) -> tuple[int, int]:
    """Go through a column once; return how many values were sealed anew, and how many could not be opened."""
    done = damaged = 0
    for rows, changes in _batches(portal, resealing):
        done += len(changes)
        damaged += len(rows) - len(changes)
    return done, damaged


def _batches(portal: Portal, resealing: Resealing) -> Iterator[tuple[Sequence[Any], Sequence[Mapping[str, object]]]]:
    after: object = None
    while True:
        begun = time.perf_counter()
        with portal.database.writing() as connection:
            rows = sealed.by_others(connection, resealing.column, portal.keys.current.id, after, BATCH)
            changes = [change for row in rows if (change := _anew(portal.keys, resealing, row))]
            sealed.replace(connection, resealing.column, changes)
        if not rows:
            return
        yield rows, changes
        after = rows[-1].id
        time.sleep(SHARE * (time.perf_counter() - begun))


def _anew(keys: KeyRing, resealing: Resealing, row: Any) -> Mapping[str, object] | None:  # noqa: ANN401 - a row of any table
    try:
        return {"row_id": row.id, **resealing.anew(keys, row)}
    except SealError:
        return None


def standings(portal: Portal) -> tuple[Standing, ...]:
    """Return the keys of the list, the one that seals first, with what each still seals. Raises KeyFileError."""
    keys = _read(portal)
    with portal.database.reading() as connection:
        return tuple(Standing(key, _uses(connection, key)) for key in keys.keys)


def never_sealed(portal: Portal) -> Mapping[str, int]:
    """Return how many values of each kind no key of the list sealed: another one did, or none yet."""
    known = _read(portal).keys
    with portal.database.reading() as connection:
        left = {
            each.column.what: sealed.count(connection, each.column)
            - sum(sealed.count(connection, each.column, key.id) for key in known)
            for each in RESEALED
        }
    return {what: number for what, number in left.items() if number}


def _read(portal: Portal) -> KeyList:
    return key_file.KeyFile(portal.settings.key_file).read()


def _uses(connection: Connection, key: Key) -> tuple[str, ...]:
    sealing = {each.column.what: sealed.count(connection, each.column, key.id) for each in RESEALED}
    others = [each.what for each in KEY_USERS if key.id in each.key_ids(connection)]
    return (*(f"{what}: {number}" for what, number in sealing.items() if number), *others)


def drop(portal: Portal) -> tuple[tuple[Key, ...], tuple[Standing, ...]]:
    """Take the old keys that nothing needs out of the list; return them, and those that have to stay.

    What was sealed with an old one all the same, by a machine with an older copy of the list, is sealed anew before.
    Raises RotationError while a rotation is unfinished or too fresh, and KeyFileError.
    """
    first, *others = _read(portal).keys
    old = [key for key in others if key.state != NEXT]
    if first.state == BEGUN:
        raise RotationError("a rotation is not finished; run `flask keys rotate` first")
    if old:
        _refuse_fresh(portal, first)
        _seal_anew(portal, first)
    with portal.database.reading() as connection:
        needed = [Standing(key, uses) for key in old if (uses := _uses(connection, key))]
    gone = tuple(key for key in old if key not in {each.key for each in needed})
    if gone:
        key_file.change(
            portal.settings.key_file,
            lambda keys: replace(keys, keys=tuple(key for key in keys.keys if key not in gone)),
        )
        with portal.database.writing() as connection:
            for key in gone:
                events.record(connection, OPERATOR, Kind.KEYS_DROPPED, reason=key.id)
    return gone, tuple(needed)


def _refuse_fresh(portal: Portal, first: Key) -> None:
    """Raise RotationError while a request could still be under way that sealed with the key before this one."""
    if first.state:
        since = datetime.strptime(first.state, TIME).replace(tzinfo=UTC)
    else:  # put there by hand
        since = datetime.fromtimestamp(portal.settings.key_file.stat().st_mtime, UTC)
    if now() < since + GRACE:
        raise RotationError(f"the first key is too new; old ones can be dropped from {since + GRACE:%H:%M} UTC on")
