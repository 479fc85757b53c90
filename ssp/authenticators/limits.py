"""How many codes may leave: limits that stop toll fraud and never lock an account (OT7). The settings have the numbers.

Waits and sends belong to one challenge; the counters span sign-ins, ways and people, and live in the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import Connection

from ssp.authenticators.protocol import Bearer, Counted, SendRefusal
from ssp.infra.crypto import KeyRing
from ssp.infra.networks import network
from ssp.models import throttle
from ssp.settings import Rate, Settings

# A rate over less than this is a pace, which a send that failed keeps to as well.
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a code is to go: the type that sends it, a number in E.164 form with its extension, the number's country.

    While a number is being set up anybody may have typed it; `proven` ones are counted apart from those.
    """

    channel: str
    phone: str
    extension: str
    country: str
    proven: bool


class Returns(Enum):
    """When a counter forgets a send: if nothing left, or only if neither person nor number was at fault."""

    NEVER = auto()
    UNAVAILABLE = auto()
    NOTHING_LEFT = auto()


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter in the database. Using it up pauses what `paused` names; `returns` says which failures come off."""

    key: str
    limit: str
    rate: Rate
    paused: str = ""
    returns: Returns = Returns.NEVER

    @property
    def refusal(self) -> SendRefusal:
        """Return what a send hears when the counter is used up."""
        if not self.paused:
            return SendRefusal.TOO_MANY
        return SendRefusal.WAY_PAUSED if self.paused in {"texts", "calls"} else SendRefusal.PAUSED


@dataclass(frozen=True, slots=True)
class Refused:
    """No send is left, since this limit is used up. `pauses` names what takes a break for everybody, from now on."""

    refusal: SendRefusal
    limit: str
    pauses: str | None = None


def wait_after(sends: int, first_wait: timedelta) -> timedelta:
    """Return how long to wait after so many sends: it doubles each time."""
    return first_wait * int(2 ** max(sends - 1, 0))


def count_send(  # noqa: PLR0913, PLR0917 - what is counted
    connection: Connection, settings: Settings, keys: KeyRing, bearer: Bearer, target: Target, at: datetime
) -> Counted | Refused:
    """Count one send with every limit, or with none and say which one refuses it.

    Return the counters that forget a send that failed. What did not leave is no text that anybody got, and no money
    that the site spent. The person still has it counted where the number was at fault, or typing bad ones would be
    free; the pace and the address always have, or a provider that is down could be asked without end.
    """
    counters = list(_counters(settings, keys, bearer, target))
    used_up: Counter | None = None
    with connection.begin_nested() as savepoint:
        for counter in counters:
            if throttle.count(connection, counter.key, at, at - counter.rate.span) > counter.rate.most:
                savepoint.rollback()
                used_up = counter
                break
    if used_up is None:
        return Counted(
            rejected=tuple(each.key for each in counters if each.returns is Returns.NOTHING_LEFT),
            unavailable=tuple(each.key for each in counters if each.returns is not Returns.NEVER),
        )
    begins = used_up.paused and throttle.begin_hold(connection, used_up.key, at, used_up.rate.span)
    return Refused(used_up.refusal, used_up.limit, f"{used_up.paused}_{used_up.rate}" if begins else None)


def standing(  # noqa: PLR0913, PLR0917 - what is counted
    connection: Connection, settings: Settings, keys: KeyRing, bearer: Bearer, target: Target, at: datetime
) -> SendRefusal | None:
    """Return what would refuse a send now, without counting any."""
    for counter in _counters(settings, keys, bearer, target):
        row = throttle.read(connection, counter.key)
        if row is not None and row.since > at - counter.rate.span and row.count >= counter.rate.most:
            return counter.refusal
    return None


def _counters(settings: Settings, keys: KeyRing, bearer: Bearer, target: Target) -> Iterator[Counter]:
    """Give the counters of one send, always in this order, so that two sends never wait for each other's rows."""
    number = target.phone if target.proven else f"set-up {target.phone}"
    shared = Returns.NOTHING_LEFT
    yield from _each("line", keys.mac("number", f"{number};{target.extension}"), settings.limit_line, returns=shared)
    # All extensions of an office together: colleagues may sign in at once, a loop over extensions may not.
    yield from _each("number", keys.mac("number", number), settings.limit_number, returns=shared)
    # New numbers and new sign-ins begin without a wait, so a person's sends have a pace of their own.
    for rate in settings.limit_person:
        returns = Returns.UNAVAILABLE if rate.span >= _DAY else Returns.NEVER
        yield from _each("person", str(bearer.user.id), (rate,), returns=returns)
    yield from _each("address", keys.mac("address", network(bearer.address)), settings.limit_address)
    country = f"country_{target.country}"
    yield from _each("country", target.country, settings.limit_country, paused=country, returns=shared)
    # Apart, so that a flood of texts, which cost least, leaves the calls to those who have nothing else.
    name, own = {"text": ("texts", settings.limit_texts), "voice": ("calls", settings.limit_calls)}[target.channel]
    yield from _each(name, "all", own, paused=name, returns=shared)
    yield from _each("site", "all", settings.limit_site, paused="site", returns=shared)


def _each(
    name: str, subject: str, rates: tuple[Rate, ...], *, paused: str = "", returns: Returns = Returns.NEVER
) -> Iterator[Counter]:
    for rate in rates:
        span = str(rate).partition("/")[2]
        yield Counter(f"send:{name}:{span}:{subject}", name, rate, paused, returns)
