"""DO4: a flood of usernames that nobody has, or of addresses, fills no disk and tells nothing about who exists."""

from ssp.flows import addresses, pruning, throttling
from ssp.flows.portal import Visit
from ssp.flows.throttling import Claimant
from ssp.models import Throttle
from ssp.web.portal import Site
from tests.conftest import START, Clock
from tests.people import Browser, table
from tests.security.tools import HELD, LOOKED_AT, guess, passwords

FLOOD = 100_000
# Of 4096 buckets with room for eight.
MOST_ROWS = 32_768


def flood(site: Site, times: int) -> None:
    """Count passwords for as many usernames that nobody has, as sign-ins do but for the hash."""
    with site.database.writing() as connection:
        for number in range(times):
            claimant = Claimant(f"nobody{number}", None, known=False)
            throttling.claim_password(connection, site.keys, claimant, START)


def test_a_hundred_thousand_usernames_keep_the_table_small(browser: Browser, site: Site, clock: Clock) -> None:
    del clock
    for name in ("some.one", "sam"):
        for _ in range(5):
            assert guess(browser, name).startswith(LOOKED_AT)
    flood(site, FLOOD)
    assert 25_000 < len(passwords(site)) <= MOST_ROWS + 1, "Sam's is his own"
    for name in ("some.one", "sam"):
        assert guess(browser, name).startswith(HELD), "who was tried before the flood is held after it, known or not"


def test_a_new_name_is_counted_also_when_its_bucket_is_full(site: Site) -> None:
    digests = [(site.keys.mac("password", f"no{number}")[:3], f"no{number}") for number in range(60_000)]
    bucket = digests[0][0]
    names = [name for digest, name in digests if digest == bucket]
    assert len(names) > throttling.ROOM + 1
    with site.database.writing() as connection:
        for name in names:
            for number in range(1, 4):
                counted = throttling.claim_password(connection, site.keys, Claimant(name, None, known=False), START)
                assert counted.tries == number
    assert len(passwords(site)) == throttling.ROOM


def test_addresses_without_end_keep_it_small_too(site: Site, clock: Clock) -> None:
    at = clock.now()
    with site.database.writing() as connection:
        for number in range(3000):
            visit = Visit(f"2001:db8:{number:x}::1", "-", "-")
            assert addresses.count(connection, site, visit, at) is None
    rows = [each for each in table(site, Throttle) if each.key.startswith(addresses.PREFIX)]
    assert len(rows) == 6000
    assert {len(each.bucket or "") for each in rows} == {len("sign-in:1m:abc")}
    clock.move(hours=1, seconds=1)
    assert pruning.prune(site)["counters"] == 6000


def test_a_bucket_of_addresses_keeps_those_that_are_at_it(site: Site) -> None:
    busy = Visit("2001:db8::1", "-", "-")
    with site.database.writing() as connection:
        for _ in range(5):
            addresses.count(connection, site, busy, START)
        for number in range(1, 60_000):
            visit = Visit(f"2001:db8:{number:x}::1", "-", "-")
            (counter, *_) = addresses.counters(site, visit)
            if counter.bucket == next(addresses.counters(site, busy)).bucket:
                addresses.count(connection, site, visit, START)
    rows = [each for each in table(site, Throttle) if each.key.startswith("sign-in:1m:")]
    assert len(rows) == addresses.ROOM
    assert max(each.count for each in rows) == 5
