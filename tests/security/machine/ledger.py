"""What ought to be true, kept beside the portal from what people did: the promises told once more, in other words.

Nothing here comes from the portal's own code, so that both can only agree by being right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from tests.security.machine.counters import Counter, Windows

if TYPE_CHECKING:
    from datetime import datetime

    from ssp.settings import Settings
    from tests.people import App, Human

Standing = Literal["set-up", "choose", "code", "confirm", "done"]
PHONE_TYPES = {"text", "voice"}
AMR = {"text": "sms", "voice": "tel", "totp": "otp"}
DIGITS = {"text": 6, "voice": 5, "totp": 6}
TRIES = {"text": 5, "voice": 3}
WAITS = {"text": timedelta(seconds=30), "voice": timedelta(seconds=60)}
SENDS = 3
FRESH = timedelta(minutes=10)
GRACE = timedelta(seconds=10)
STAFF_HOURS, STAFF_IDLE = 8, timedelta(minutes=15)
NOTED_EVERY = timedelta(minutes=1)
MOST_WAYS = 7
KNOWN_FOR = timedelta(days=400)


@dataclass(eq=False)
class Way:
    """Where somebody gets codes; without an id it is still to be proved."""

    type: str
    line: tuple[str, str] = ("", "")
    app: App | None = None
    id: str = ""
    preferred_at: datetime | None = None
    set_up_at: datetime | None = None
    used_at: datetime | None = None
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
    last_at: datetime | None = None

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
class Attempt:
    """A half-done sign-in: a right password was typed, and nothing more is sure."""

    person: Person
    token: str
    origin: str
    until: datetime
    generation: int
    way: Way | None = None
    known: Known | None = None
    adding: bool = False
    change_wanted: bool = False
    proved_at: datetime | None = None
    proved_by: str = ""
    over: bool = False
    drafts: dict[str, Way] = field(default_factory=dict)
    codes: dict[Way, Code] = field(default_factory=dict)

    def live(self, at: datetime) -> bool:
        """Return whether it can go on."""
        current = self.generation == self.person.generation and not self.person.disabled
        return current and not self.over and at < self.until

    def standing(self, settings: Settings, at: datetime) -> Standing:
        """Return what is needed next."""
        person = self.person
        if not person.ways:
            return "set-up"
        if self.proved_at is None:
            return "code" if self.way in person.usable(settings) else "choose"
        if self.change_wanted:
            return "set-up"
        return "confirm" if not self.adding and person.due(settings, at) else "done"


@dataclass(eq=False)
class Visit:
    """A finished sign-in, as what people see of it: a session."""

    person: Person
    how: str
    generation: int
    until: datetime
    noted_at: datetime
    proved_at: datetime | None = None
    device: Device | None = None
    known: Known | None = None
    previous_at: datetime | None = None
    set_up: bool = False
    over: bool = False

    def live(self, settings: Settings, at: datetime) -> bool:
        """Return whether its token opens anything."""
        person = self.person
        if self.over or self.generation != person.generation or person.disabled:
            return False
        if self.how == "later" and not person.may_defer(settings, at):
            return False
        idle = timedelta(minutes=settings.idle_minutes)
        if settings.is_staff(person.human.groups):
            idle = min(idle, STAFF_IDLE)
        return at < min(self.until, self.noted_at + idle)

    def note(self, at: datetime) -> None:
        """Note a use, at most once a minute."""
        if at - self.noted_at >= NOTED_EVERY:
            self.noted_at = at

    def may_add(self, at: datetime) -> bool:
        """Return whether a way was set up in its sign-in, so lately that a further one takes no code."""
        fresh = self.proved_at is not None and at - self.proved_at < FRESH
        return self.set_up and fresh and len(self.person.ways) < MOST_WAYS


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


@dataclass(eq=False)
class Link:
    """A link that left by mail; that of a notice may take back a way that was set up."""

    person: Person
    purpose: str
    until: datetime
    notice: str | None = None
    way_id: str | None = None
    used: bool = False
    id: str = ""

    def live(self, at: datetime) -> bool:
        """Return whether it still works."""
        return not self.used and at < self.until


@dataclass(eq=False)
class Ledger:
    """All of it: who is who, which cookie stands for what, and every value that ever went round."""

    people: list[Person]
    carried: dict[str, Attempt | Visit] = field(default_factory=dict)
    # The newest form's token of each cookie, and to which cookie each token belongs.
    csrf: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    # Names that nobody has are counted like any other.
    nobody: dict[str, Counter] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)
    # Every code that somebody got or was shown, the newest last.
    codes: list[str] = field(default_factory=list)
    jars: list[dict[str, str]] = field(default_factory=list)

    @property
    def attempts(self) -> list[Attempt]:
        """Return all half-done sign-ins, the oldest first."""
        return [each for each in self.carried.values() if isinstance(each, Attempt)]

    @property
    def visits(self) -> dict[str, Visit]:
        """Return all sessions by their cookie."""
        return {cookie: each for cookie, each in self.carried.items() if isinstance(each, Visit)}

    def end_all(self, person: Person) -> None:
        """End all that rests on what was true until now; which browsers are known is not among it."""
        person.generation += 1
        for visit in self.visits.values():
            visit.over = visit.over or visit.person is person

    def end_everything(self, person: Person) -> None:
        """End all that rests on what was true until now, and know no browser any more."""
        self.end_all(person)
        for device in self.devices.values():
            device.over = device.over or device.person is person
        for known in self.known.values():
            known.over = known.over or known.person is person

    def keep_link(self, token: str, person: Person, purpose: str, at: datetime, **holds: float) -> Link:
        """Take down a link that left."""
        link = self.links[token] = Link(person, purpose, at + timedelta(**holds))
        return link

    def use_links(self, person: Person, purpose: str) -> None:
        """Let none of somebody's links of this purpose work any more."""
        for link in self.links.values():
            link.used = link.used or (link.person is person and link.purpose == purpose)
