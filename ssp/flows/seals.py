"""What a seal of the security log is: how events are digested, and what is wrong where a block does not match them.

Digests are HMAC-SHA-256 with a key of the key list, so that the database alone makes none. Nothing here asks the
database.
"""

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ssp.infra.crypto import KeyRing, SealError
from ssp.models import Event, EventAnchor, EventBlock
from ssp.models.columns import table

BLOCK_PURPOSE = "event-block"
ANCHOR_PURPOSE = "event-anchor"
# What the first block follows.
NOTHING = "0" * 64
# Enough to tell which event of a block was changed; that one was changed at all is for the block's digest to say.
MARK_LETTERS = 12
# A finding names so many events, and counts the others.
MOST_NAMED = 10
_COLUMNS = tuple(table(Event).columns.keys())


@dataclass(frozen=True, slots=True)
class Link:
    """Where a chain of blocks stands: the next one has to follow this number, event and digest."""

    number: int = 0
    last_id: int = 0
    digest: str = NOTHING


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the log, in words. `block` is the first number that it is about."""

    block: int
    words: str


def _canonical(event: Event) -> bytes:
    """Return an event's one spelling. Empty columns are left out, so that a new column changes no old event's."""
    values = {name: value for name in _COLUMNS if (value := getattr(event, name)) is not None}
    return _json({**values, "at": event.at.isoformat()})


def _json(values: Mapping[str, object]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def close(keys: KeyRing, link: Link, events: Sequence[Event], at: datetime) -> dict[str, Any]:
    """Return the columns of the block that closes these events."""
    key_id = keys.current.id  # first, or a rotation in this very moment would part the id from its key
    key = keys.secret(BLOCK_PURPOSE, key_id)
    macs = [_mac(key, _canonical(event)) for event in events]
    block: dict[str, Any] = {
        "number": link.number + 1,
        "first_id": link.last_id + 1,
        "last_id": events[-1].id,
        "count": len(events),
        "marks": " ".join(_mark(event, mac) for event, mac in zip(events, macs, strict=True)),
        "previous": link.digest,
        "key_id": key_id,
        "sealed_at": at,
    }
    return {**block, "digest": _digest(key, block, macs)}


def _mark(event: Event, mac: bytes) -> str:
    return f"{event.id}={mac.hex()[:MARK_LETTERS]}"


def _digest(key: bytes, block: Mapping[str, Any], macs: Iterable[bytes]) -> str:
    head = _json({**block, "sealed_at": block["sealed_at"].isoformat()})
    return _mac(key, head + b"".join(macs)).hex()


def anchored(keys: KeyRing, block: EventBlock, count: int, at: datetime) -> dict[str, Any]:
    """Return the columns of the anchor behind a block that is pruned, after `count` events in all."""
    anchor = {
        "number": block.number,
        "last_id": block.last_id,
        "digest": block.digest,
        "count": count,
        "pruned_at": at,
        "key_id": keys.current.id,
    }
    return {**anchor, "seal": _seal(keys, anchor)}


def _seal(keys: KeyRing, anchor: Mapping[str, Any]) -> str:
    text = _json({**anchor, "pruned_at": anchor["pruned_at"].isoformat()})
    return _mac(keys.secret(ANCHOR_PURPOSE, anchor["key_id"]), text).hex()


def link_of(row: EventBlock | EventAnchor | None) -> Link:
    """Return what has to follow a block or an anchor; without either, the first block of all."""
    return Link(row.number, row.last_id, row.digest) if row else Link()


def _written(row: EventBlock | EventAnchor, model: type, but: str) -> dict[str, Any]:
    """Return the columns of a row that its own digest covers."""
    return {name: getattr(row, name) for name in table(model).columns.keys() if name != but}  # noqa: SIM118 - no dict


def anchor_fault(keys: KeyRing, anchor: EventAnchor) -> Fault | None:
    """Return what is wrong with an anchor."""
    try:
        genuine = hmac.compare_digest(_seal(keys, _written(anchor, EventAnchor, "seal")), anchor.seal)
    except SealError as error:
        return Fault(anchor.number, f"the anchor behind block {anchor.number} was {error}")
    return None if genuine else Fault(anchor.number, f"the anchor behind block {anchor.number} was altered")


def block_faults(keys: KeyRing, link: Link, block: EventBlock, events: Sequence[Event]) -> Iterator[Fault]:
    """Give what is wrong with the next block after `link`, which closes these events."""
    yield from _place_faults(link, block)
    about = f"block {block.number} (events {block.first_id} to {block.last_id})"
    try:
        key = keys.secret(BLOCK_PURPOSE, block.key_id)
    except SealError as error:
        yield Fault(block.number, f"{about} was {error}")
        return
    macs = [_mac(key, _canonical(event)) for event in events]
    if hmac.compare_digest(_digest(key, _written(block, EventBlock, "digest"), macs), block.digest):
        return
    marks = dict(zip((str(event.id) for event in events), (mac.hex()[:MARK_LETTERS] for mac in macs), strict=True))
    found = list(_differences(dict(each.partition("=")[::2] for each in block.marks.split()), marks))
    words = "; ".join(found) or "its own entry was altered"
    yield Fault(block.number, f"{about}: {words}")


def _place_faults(link: Link, block: EventBlock) -> Iterator[Fault]:
    missing = link.number + 1
    if block.number > missing:
        which = f"block {missing} is" if block.number == missing + 1 else f"blocks {missing} to {block.number - 1} are"
        yield Fault(missing, f"{which} missing (events {link.last_id + 1} to {block.first_id - 1})")
    elif (block.first_id, block.previous) != (link.last_id + 1, link.digest):
        before = f"block {link.number}" if link.number else "the beginning"
        yield Fault(block.number, f"block {block.number} does not follow {before}: one was put in another's place")


def _differences(sealed: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """Give which events were removed, added or altered since they were sealed."""
    removed = [each for each in sealed if each not in found]
    added = [each for each in found if each not in sealed]
    altered = [each for each in found if sealed.get(each, found[each]) != found[each]]
    for what, ids in (("removed", removed), ("added", added), ("altered", altered)):
        if ids:
            more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
            noun = "event" if len(ids) == 1 else "events"
            yield f"{noun} {', '.join(ids[:MOST_NAMED])}{more} {'was' if len(ids) == 1 else 'were'} {what}"
