"""DO4: a flood of usernames that nobody has, or of addresses, fills no disk and tells nothing about who exists."""

import itertools
from collections import Counter
from datetime import datetime, timedelta

import pytest

from ssp.flows import addresses, forgotten, pruning, throttling
from ssp.flows.portal import Visit
from ssp.flows.throttling import Claimant, Try
from ssp.models import Throttle, Wish
from ssp.web.portal import Site
from tests.conftest import START, Clock
from tests.people import Browser, table
from tests.security.tools import HELD, LOOKED_AT, guess, passwords

FLOOD = 100_000
# Of these so many are really counted, which takes a second.
SOME = 3_000


def count(site: Site, *names: str, at: datetime = START) -> list[Try]:
    """Count a password for each of these usernames, as sign-ins do but for the hash."""
    with site.database.writing() as connection:
        claimants = [Claimant(name, None, known=False) for name in names]
        return [throttling.claim_password(connection, site.keys, claimant, at) for claimant in claimants]


def in_one_bucket(site: Site, names: int) -> list[str]:
    """Return usernames that share a bucket."""
    wanted = site.keys.mac("password", "no0")[: throttling.BUCKET_DIGITS]
    every = (f"no{number}" for number in itertools.count())
    alike = (name for name in every if site.keys.mac("password", name).startswith(wanted))
    return list(itertools.islice(alike, names))


@pytest.mark.usefixtures("clock")
def test_a_flood_of_usernames_makes_nobody_forgotten(browser: Browser, site: Site) -> None:
    names = ("some.one", "sam")
    for name in names:
        assert guess(browser, name).startswith(LOOKED_AT)
    count(site, *(f"nobody{number}" for number in range(SOME)))
    for name in names:
        for _ in range(4):
            assert guess(browser, name).startswith(LOOKED_AT)
        assert guess(browser, name).startswith(HELD), "whether known or not, the flood changed nothing"


def test_nor_would_a_hundred_thousand(site: Site) -> None:
    buckets = Counter(
        site.keys.mac("password", f"nobody{number}")[: throttling.BUCKET_DIGITS] for number in range(FLOOD)
    )
    assert len(buckets) <= 4096
    assert max(buckets.values()) < throttling.ROOM


def test_the_ends_are_those_that_are_promised() -> None:
    assert 16**throttling.BUCKET_DIGITS * throttling.ROOM == 262_144, "decision record 9"
    assert 16**addresses.BUCKET_DIGITS * addresses.ROOM == 32_768


def test_the_rows_have_an_end(site: Site) -> None:
    names = in_one_bucket(site, throttling.ROOM + 20)
    for number, name in enumerate(names):
        tries = count(site, name, name, at=START + timedelta(seconds=number))
        assert [each.tries for each in tries] == [1, 2], "a full bucket counts new names, too"
    kept = passwords(site)
    assert len(kept) == throttling.ROOM
    assert {each.bucket for each in kept} == {f"password:{site.keys.mac('password', names[0])[:3]}"}
    later = START + timedelta(hours=1)
    assert [each.tries for each in count(site, names[-1], names[0], at=later)] == [3, 1]


def test_they_have_one_for_names_that_are_typed_once(site: Site) -> None:
    count(site, *in_one_bucket(site, throttling.ROOM + 20))
    assert len(passwords(site)) == throttling.ROOM


def test_addresses_without_end_keep_it_small_too(site: Site, clock: Clock) -> None:
    at = clock.now()
    with site.database.writing() as connection:
        for number in range(SOME):
            visit = Visit(f"2001:db8:{number:x}::1", "-", "-")
            assert addresses.count(connection, site, visit, at) is None
    rows = [each for each in table(site, Throttle) if each.key.startswith(addresses.PREFIX)]
    assert len(rows) == 2 * SOME
    assert {len(each.bucket or "") for each in rows} == {len("sign-in:1m:abc")}
    clock.move(hours=1, seconds=1)
    assert pruning.prune(site).dropped["counters"] == 2 * SOME


def test_wishes_for_mail_without_end_keep_it_small_too(site: Site, clock: Clock) -> None:
    for number in range(forgotten.MOST_WAITING + 20):
        visit = Visit(f"2001:db8:{number:x}::1", "-", "-")
        until = forgotten.ask(site, visit, forgotten.Forgotten.PASSWORD, f"nobody{number}")
        assert (until is None) == (number < forgotten.MOST_WAITING)
    assert len(table(site, Wish)) == forgotten.MOST_WAITING
    while forgotten.grant(site):
        pass
    assert table(site, Wish) == []
    clock.move(hours=1, seconds=1)
    assert pruning.prune(site).dropped["counters"] == len(table(site, Throttle)) + 2 * (forgotten.MOST_WAITING + 20)


def test_a_bucket_of_addresses_has_room_for_few(site: Site, clock: Clock) -> None:
    def bucket(visit: Visit) -> str:
        return next(addresses.counters(site, visit)).bucket

    every = [Visit(f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1", "-", "-") for number in range(100_000)]
    wanted = bucket(every[0])
    with site.database.writing() as connection:
        for visit in itertools.islice((each for each in every if bucket(each) == wanted), addresses.ROOM + 5):
            clock.move(seconds=1)
            addresses.count(connection, site, visit, clock.now())
    rows = [each for each in table(site, Throttle) if each.key.startswith("sign-in:1m:")]
    assert len(rows) == addresses.ROOM
