"""Pruning: what is over goes, what may still be asked about stays."""

from datetime import timedelta

import pytest

from ssp.flows import pruning
from ssp.models import delivery, device, event, known_browser, mail, pending, session, throttle
from ssp.web.portal import Site
from tests import rows
from tests.conftest import Clock

SECOND = timedelta(seconds=1)
NOTHING = {
    "half-done sign-ins": 0,
    "sessions": 0,
    "trusted devices": 0,
    "known browsers": 0,
    "texts and calls": 0,
    "mailed links": 0,
    "sent mails": 0,
    "counters": 0,
}
HOUR = {"counters": 1}
DAY = HOUR | {"half-done sign-ins": 1, "sessions": 2, "mailed links": 1, "sent mails": 1}
KEPT = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "devices": timedelta(days=60),
    "deliveries": timedelta(days=100),
    "counters": timedelta(days=400),
}


def test_a_fresh_portal_has_nothing_to_drop(site: Site) -> None:
    assert pruning.prune(site) == NOTHING


@pytest.fixture
def filled(site: Site, clock: Clock) -> dict[str, str]:
    """Give rows of each table that were over just now."""
    at = clock.now()
    with site.database.writing() as connection:
        owner = rows.person(connection, "dora")
        kept = {"device": rows.trusted(connection, owner, expires_at=at)}
        rows.half_done(connection, owner, expires_at=at, token_hash="begun")
        rows.signed_in(connection, owner, ended_at=at, token_hash="ended")
        rows.signed_in(connection, owner, expires_at=at, token_hash="over")
        rows.mailed(connection, owner, expires_at=at)
        letter = rows.notice(connection, owner)
        mail.sent(connection, letter, at)
        throttle.count(connection, "send:a", at, at - SECOND)
        throttle.count(connection, "sign-in:1h:a", at, at - SECOND)
        known_browser.add(connection, id="b", user_id=owner, verifier_hash="-", created_at=at, last_seen_at=at)
        delivery.add(connection, id="d", channel="text", country="US", sent_at=at, status="sent", stage=2)
        values = {"outcome": "done", "subject": "dora", "address": "-", "agent": "-", "request_id": "-"}
        event.add(connection, at=at, kind="user.added", user_id=owner, **values)
    return kept | {"owner": str(owner)}


@pytest.mark.parametrize(
    "kept, dropped",
    [
        ("hour", HOUR),
        ("day", DAY),
        ("devices", DAY | {"trusted devices": 1}),
        ("deliveries", DAY | {"trusted devices": 1, "texts and calls": 1}),
        ("counters", DAY | {"trusted devices": 1, "texts and calls": 1, "known browsers": 1, "counters": 2}),
    ],
)
def test_each_kind_is_kept_for_its_time(
    kept: str, dropped: dict[str, int], filled: dict[str, str], site: Site, clock: Clock
) -> None:
    clock.move(seconds=KEPT[kept].total_seconds())
    before = pruning.prune(site)
    assert {name for name in dropped if not before[name]}, "not before its time is over"
    clock.move(seconds=1)
    after = pruning.prune(site)
    assert {name: before[name] + after[name] for name in before} == {**NOTHING, **dropped}
    with site.database.reading() as connection:
        found = event.of_user(connection, int(filled["owner"]), 5)
        assert [each.kind for each in found] == ["user.added"], "the security log stays whole"


def test_what_is_not_over_stays(site: Site, clock: Clock) -> None:
    at = clock.now()
    with site.database.writing() as connection:
        owner = rows.person(connection, "dora")
        trusted = rows.trusted(connection, owner, expires_at=at + timedelta(days=3650))
        rows.half_done(connection, owner, expires_at=at + timedelta(days=3650), token_hash="begun")
        rows.signed_in(connection, owner, expires_at=at + timedelta(days=3650), token_hash="open")
        waiting = rows.notice(connection, owner)
        throttle.count(connection, "second-factor:1:x", at, at - SECOND)
        throttle.hold(connection, "second-factor:1:x", at + timedelta(days=36500))
    clock.move(days=3000)
    assert pruning.prune(site) == NOTHING
    with site.database.reading() as connection:
        assert device.by_selector(connection, owner, trusted)
        assert pending.by_token_hash(connection, "begun")
        assert session.by_token_hash(connection, "open")
        assert [each.id for each in mail.waiting(connection, 5, clock.now())] == [waiting]
        assert throttle.read(connection, "second-factor:1:x")
