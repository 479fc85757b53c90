"""What is counted: wrong passwords and codes, codes that left, sign-ins that an address began."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ssp.settings import Rate

Place = Literal["free", "full", "one too many"]
PAUSE = timedelta(minutes=15)
FOREVER = timedelta(days=36500)
# So many of all tries are for browsers in which the person has signed in before.
KEPT_BACK = 10
TOLD_ONCE_IN = timedelta(hours=1)
MOST_CODES, CODES_BEFORE_PAUSE = 30, 10
MOST_PASSWORDS, FREE_PASSWORDS = 100, 5


def after_codes(count: int) -> timedelta:
    """Return how long no code is taken after so many wrong ones."""
    return timedelta(0) if count % CODES_BEFORE_PAUSE else PAUSE


def after_passwords(count: int) -> timedelta:
    """Return how long no password is taken after so many wrong ones."""
    return timedelta(0) if count < FREE_PASSWORDS else min(timedelta(seconds=2 ** (count - FREE_PASSWORDS)), PAUSE)


@dataclass(eq=False)
class Counter:
    """Wrong ones in a row, and until when no more are taken, each by whether the browser is known."""

    counts: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    held: dict[bool, datetime] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many there are from both kinds of browsers."""
        return sum(self.counts.values())

    def paused(self, most: int, at: datetime, *, known: bool) -> bool:
        """Return whether nothing is taken from this kind of browser."""
        return self.total >= most or self.held.get(known, at) > at

    def passwords(self, at: datetime, *, known: bool) -> tuple[bool, bool]:
        """Count a password; return whether it is looked at, and whether it was the last one."""
        if self.paused(MOST_PASSWORDS, at, known=known):
            return False, False
        self.counts[known] += 1
        return True, self._hold(MOST_PASSWORDS, after_passwords(self.counts[known]), at, known=known)

    def codes(self, at: datetime, *, known: bool) -> bool:
        """Count a code; return whether it is looked at."""
        if self.paused(MOST_CODES, at, known=known):
            return False
        self.counts[known] += 1
        self._hold(MOST_CODES, after_codes(self.counts[known]), at, known=known)
        return True

    def forget(self, *, known: bool) -> None:
        """Forget those of this kind of browser, because a right one came from there."""
        self.counts[known] = 0
        self.held.pop(known, None)

    def _hold(self, most: int, wait: timedelta, at: datetime, *, known: bool) -> bool:
        stopped = self.total >= most or (not known and self.counts[False] >= most - KEPT_BACK)
        if stopped or wait:
            self.held[known] = at + (FOREVER if stopped else wait)
        return stopped


@dataclass(eq=False)
class Windows:
    """What is counted in windows that begin with the first one."""

    windows: dict[tuple[str, ...], tuple[datetime, int]] = field(default_factory=dict)

    def take(self, limits: Iterable[tuple[tuple[str, ...], Rate]], at: datetime) -> bool:
        """Count one with every limit, or with none if one refuses it."""
        after = dict(self.windows)
        for key, rate in limits:
            _count(after, key, rate, at)
            if after[key][1] > rate.most:
                return False
        self.windows = after
        return True

    def mail(self, person: int, most: int, at: datetime) -> bool:
        """Count a mail with a link that somebody asks for; return whether it leaves."""
        return self.within(("recovery", str(person)), timedelta(hours=1), at) <= most

    def refused(self, kind: str, link: str, at: datetime) -> list[tuple[str, str]]:
        """Return what the log says of a link that does nothing: one line an hour, however often it is sent."""
        return [(kind, "refused")] if self.within(("told", kind, link), TOLD_ONCE_IN, at) == 1 else []

    def within(self, key: tuple[str, ...], span: timedelta, at: datetime) -> int:
        """Count one in a window of this length; return how many that makes."""
        since, count = self.windows.get(key, (at, 0))
        self.windows[key] = since, count = (at, 1) if since <= at - span else (since, count + 1)
        return count

    def begin(self, address: str, rates: Iterable[Rate], at: datetime) -> Place:
        """Count a sign-in that begins, by the shortest limit first; say whether there is place for it."""
        limits = {("sign-in", address, str(rate)): rate for rate in sorted(rates, key=lambda rate: rate.span)}
        for key, rate in limits.items():
            since, count = self.windows.get(key, (at, 0))
            if since > at - rate.span and count > rate.most:
                return "full"
        for key, rate in limits.items():
            _count(self.windows, key, rate, at)
            if self.windows[key][1] > rate.most:
                return "one too many"
        return "free"


def _count(
    windows: dict[tuple[str, ...], tuple[datetime, int]], key: tuple[str, ...], rate: Rate, at: datetime
) -> None:
    since, count = windows.get(key, (at, 0))
    windows[key] = (at, 1) if since <= at - rate.span else (since, count + 1)
