"""What became of texts and calls, per day and country, so that pumping and broken routes show."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby

from ssp.flows.portal import Portal
from ssp.flows.pruning import DELIVERIES_KEPT
from ssp.infra.clock import now
from ssp.infra.telephony.progress import Status
from ssp.models import Delivery, delivery

MOST_DAYS = DELIVERIES_KEPT.days
# People who ask for a code mostly type it; where less than a quarter of enough codes is used, nobody waits for them.
FEWEST_TO_JUDGE = 20
LEAST_SHARE = 0.25

_DELIVERED = frozenset({Status.DELIVERED, Status.SPOKEN, Status.HEARD})
_FAILED = frozenset({Status.FAILED, Status.BUSY, Status.NO_ANSWER})
# What only the provider's callbacks can tell.
_TOLD = frozenset(Status) - {Status.SENDING, Status.UNSURE, Status.SENT, Status.FAILED}

_HEAD = ("day", "country", "way", "sent", "delivered", "failed", "used", "share")
_WIDTHS = (10, 7, 5, 6, 9, 6, 6, 6)
_ALL = "all"
_MEANING = (
    "sent: taken by the provider, or perhaps taken. delivered: the text arrived, or the call said its code, as the",
    "provider says, or the code was used; - where the provider told nothing. failed: refused, not brought, busy or no",
    "answer. used: the code was typed; the message that brought it last counts. share: used of sent.",
)
_PUMPING = (
    "",
    f"! Less than {LEAST_SHARE:.0%} of {FEWEST_TO_JUDGE} codes or more were used. They did not arrive, or somebody has",
    "codes sent to earn by them. Look whether the sender is registered for that country; take countries that you do",
    "not need out of SSP_COUNTRIES and SSP_VOICE_COUNTRIES, and out of the provider's own list; lower",
    "SSP_LIMIT_COUNTRY, SSP_LIMIT_TEXTS, SSP_LIMIT_CALLS and SSP_LIMIT_SITE; switch on the provider's protection",
    "against pumping.",
)


@dataclass
class Tally:
    """What became of some texts or calls. `judged` are those whose code is over, `told` those with news."""

    sent: int = 0
    delivered: int = 0
    failed: int = 0
    used: int = 0
    judged: int = 0
    told: int = 0

    def count(self, row: Delivery, fresh_from: datetime) -> None:
        """Add one text or call; codes that were sent later than `fresh_from` may yet be used."""
        status = Status(row.status)
        left = status is not Status.FAILED or row.provider_id is not None
        self.sent += left
        self.delivered += status in _DELIVERED or row.used_at is not None
        self.failed += status in _FAILED
        self.used += row.used_at is not None
        self.judged += left and (row.sent_at < fresh_from or row.used_at is not None)
        self.told += status in _TOLD

    @property
    def strange(self) -> bool:
        """Return whether strikingly few codes were used."""
        return self.judged >= FEWEST_TO_JUDGE and self.used < LEAST_SHARE * self.judged


Key = tuple[str, str, str]


def lines(portal: Portal, days: int) -> Iterator[str]:
    """Give the report of today and the days before it, `days` in all, in the portal's time zone."""
    tallies = _count(portal, days)
    zone = portal.settings.timezone
    if not tallies:
        yield f"No text and no call was sent in {days} day(s)."
        return
    yield f"Texts and calls of {days} day(s), {zone} time"
    yield ""
    yield _line(_HEAD)
    for over_all, group in groupby(sorted(tallies), key=lambda key: key[0] == _ALL):
        if over_all:
            yield ""
        yield from (_row(key, tallies[key]) for key in group)
    yield ""
    yield from _MEANING
    if any(tally.strange for tally in tallies.values()):
        yield from _PUMPING


def _count(portal: Portal, days: int) -> dict[Key, Tally]:
    """Return a tally for each day, country and way, and for all days, countries and ways."""
    at, zone = now(), portal.settings.zone
    first = datetime.combine(at.astimezone(zone).date() - timedelta(days=days - 1), time(), zone)
    fresh_from = at - timedelta(minutes=portal.settings.code_minutes)
    tallies: dict[Key, Tally] = {}
    with portal.database.reading() as connection:
        for row in delivery.since(connection, first):
            day = row.sent_at.astimezone(zone).date().isoformat()
            for key in (
                (day, row.country, row.channel),
                (_ALL, row.country, row.channel),
                (_ALL, _ALL, row.channel),
                (_ALL, _ALL, _ALL),
            ):
                tallies.setdefault(key, Tally()).count(row, fresh_from)
    return tallies


def _row(key: Key, tally: Tally) -> str:
    share = f"{tally.used / tally.sent:.0%}" if tally.sent else "-"
    # A code that was used has arrived, but without news nothing is known of the others.
    delivered = str(tally.delivered) if tally.told else "-"
    numbers = (str(tally.sent), delivered, str(tally.failed), str(tally.used), share)
    return _line((*key, *numbers)) + (" !" if tally.strange else "")


def _line(cells: tuple[str, ...]) -> str:
    """Set words to the left, numbers to the right."""
    words = [cell.ljust(width) for cell, width in zip(cells[:3], _WIDTHS[:3], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[3:], _WIDTHS[3:], strict=True)]
    return "  ".join([*words, *numbers]).rstrip()
