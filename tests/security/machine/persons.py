"""People as they ought to stand: what they have, what was counted, in which browsers they are known and trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.security.machine.counters import Counter

if TYPE_CHECKING:
    from datetime import datetime

    from ssp.settings import Settings
    from tests.people import App, Human

PHONE_TYPES = {"text", "voice"}
AMR = {"text": "sms", "voice": "tel", "totp": "otp"}
DIGITS = {"text": 6, "voice": 5, "totp": 6}
TRIES = {"text": 5, "voice": 3}
WAITS = {"text": timedelta(seconds=30), "voice": timedelta(seconds=60)}
SENDS = 3
MOST_PHONES, MOST_APPS = 5, 2


@dataclass(eq=False)
class Way:
    """Where somebody gets codes; without an id it is still to be proved."""

    type: str
    line: tuple[str, str] = ("", "")
    app: App | None = None
    id: str = ""
    name: str | None = None
    preferred_at: datetime | None = None
    confirmed_at: datetime | None = None
    last_step: int = -1
    barred_step: int | None = None

    @property
    def counter(self) -> str:
        """Return under which name wrong codes are counted."""
        return self.id or f"set-up:{self.type}"


@dataclass(eq=False)
class Code:
    """A code that left for a phone, and what became of it."""

    value: str
    made_at: datetime
    until: datetime
    sent_at: datetime
    sends: int = 1
    tries: int = 0
    used: bool = False


@dataclass(eq=False)
class Known:
    """A browser in which somebody finished a sign-in: the value of its cookie, and when that was last."""

    person: Person
    seen_at: datetime
    value: str = ""
    over: bool = False


@dataclass(eq=False)
class Person:
    """Somebody with an account. `generation` tells apart what began before a change from what began after it."""

    human: Human
    selector: str
    number: int
    password: str = ""
    compromised: bool = False
    generation: int = 1
    disabled: bool = False
    ways: list[Way] = field(default_factory=list)
    counters: dict[str, Counter] = field(default_factory=dict)
    # Recovery codes as they were shown, and whether each is used.
    papers: dict[str, bool] = field(default_factory=dict)
    last_at: datetime | None = None
    # When the newest finished sign-in had its code, further ways apart.
    proved_at: datetime | None = None
    email: str = ""

    def __post_init__(self) -> None:
        self.email = self.email or self.human.email

    @property
    def name(self) -> str:
        """Return how pages greet."""
        return self.human.username.title()

    @property
    def in_order(self) -> list[Way]:
        """Return the ways, the preferred one first."""
        return sorted(sorted(self.ways, key=lambda way: way.id), key=_preferred_at, reverse=True)

    def usable(self, settings: Settings) -> list[Way]:
        """Return the ways whose type is on offer, the preferred one first."""
        return [way for way in self.in_order if way.type in settings.offered]

    def has_room(self, settings: Settings, kind: str, but: Way | None = None) -> bool:
        """Return whether they can set up one more of a type, where one of them is about to go."""
        place = PHONE_TYPES if kind in PHONE_TYPES else {kind}
        there = [way for way in self.usable(settings) if way.type in place and way is not but]
        return len(there) < (MOST_PHONES if kind in PHONE_TYPES else MOST_APPS)

    def due(self, settings: Settings, at: datetime) -> bool:
        """Return whether the preferred way has to be confirmed again."""
        if not settings.reconfirm_days or not self.ways:
            return False
        return at >= _preferred_at(self.in_order[0]) + timedelta(days=settings.reconfirm_days)

    def may_defer(self, settings: Settings, at: datetime) -> bool:
        """Return whether "not now" is allowed."""
        begins = settings.mfa_required_from
        return begins is not None and at.date() < begins and not settings.is_staff(self.human.groups)

    def may_trust(self, settings: Settings) -> bool:
        """Return whether devices can be trusted."""
        return settings.trust_days > 0 and not settings.is_staff(self.human.groups)

    def counter(self, name: str) -> Counter:
        """Return what counts wrong passwords, or wrong codes of one way."""
        return self.counters.setdefault(name, Counter())


def _preferred_at(way: Way) -> datetime:
    assert way.preferred_at
    return way.preferred_at


@dataclass(eq=False)
class Device:
    """A trusted browser: the values that its cookie had."""

    person: Person
    generation: int
    created_at: datetime
    until: datetime
    value: str
    rotated_at: datetime
    previous: str = ""
    over: bool = False
