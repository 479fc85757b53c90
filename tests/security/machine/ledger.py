"""What ought to be true, kept beside the portal from what people did: the promises told once more, in other words.

Nothing here comes from the portal's own code, so that both can only agree by being right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from tests.security.machine.counters import Windows

if TYPE_CHECKING:
    from datetime import datetime

    from ssp.settings import Settings
    from tests.security.machine.counters import Counter
    from tests.security.machine.persons import Code, Device, Known, Person, Way

Standing = Literal["set-up", "choose", "code", "confirm", "done"]
FRESH = timedelta(minutes=10)
STAFF_HOURS, STAFF_IDLE = 8, timedelta(minutes=15)
NOTED_EVERY = timedelta(minutes=1)
MOST_SESSIONS = 10


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
    recovering: bool = False
    change_wanted: bool = False
    replaces: Way | None = None
    proved_at: datetime | None = None
    proved_by: str = ""
    ends_at: datetime | None = None
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
        if not person.ways or (self.recovering and self.proved_at is None):
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
    proved_by: str = ""
    device: Device | None = None
    known: Known | None = None
    previous_at: datetime | None = None
    id: str = ""
    created_at: datetime | None = None
    # What was proved, or is to be proved, by a fresh code: for this session and one errand each.
    proofs: dict[str, Proof] = field(default_factory=dict)
    # Wrong codes in a row before changes.
    slips: int = 0
    over: bool = False

    @property
    def known_now(self) -> Known | None:
        """Return as which browser this one is known, unless all were forgotten meanwhile."""
        return self.known if self.known is not None and not self.known.over else None

    def live(self, settings: Settings, at: datetime) -> bool:
        """Return whether its token opens anything."""
        person = self.person
        if self.over or self.generation != person.generation or person.disabled:
            return False
        if self.how == "later" and not person.may_defer(settings, at):
            return False
        return self.holds(settings, at)

    def holds(self, settings: Settings, at: datetime) -> bool:
        """Return whether its time is not over."""
        person = self.person
        if self.over or self.generation != person.generation:
            return False
        idle = timedelta(minutes=settings.idle_minutes)
        if settings.is_staff(person.human.groups):
            idle = min(idle, STAFF_IDLE)
        return at < min(self.until, self.noted_at + idle)

    def note(self, at: datetime) -> None:
        """Note a use, at most once a minute."""
        if at - self.noted_at >= NOTED_EVERY:
            self.noted_at = at

    def proved(self, errand: str, at: datetime) -> Proof | None:
        """Return a proof for this errand that is fresh, and not spent."""
        proof = self.proofs.get(errand)
        if proof is None or proof.proved_at is None or proof.attempt.generation != self.person.generation:
            return None
        return proof if at - proof.proved_at < FRESH else None

    def has_room(self, settings: Settings) -> bool:
        """Return whether somebody who has a way may have one more."""
        return bool(self.person.ways) and any(self.person.has_room(settings, kind) for kind in settings.offered)


@dataclass(eq=False)
class Proof:
    """A fresh code for one errand: asked for in a half-done sign-in of its own, then typed."""

    attempt: Attempt
    proved_at: datetime | None = None
    proved_by: str = ""


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
    email: str = ""

    def live(self, at: datetime) -> bool:
        """Return whether it still works."""
        return not self.used and at < self.until


def _created_at(visit: Visit) -> datetime:
    assert visit.created_at
    return visit.created_at


@dataclass(eq=False)
class Ledger:
    """All of it: who is who, which cookie stands for what, and every value that ever went round."""

    people: list[Person]
    carried: dict[str, Attempt | Visit] = field(default_factory=dict)
    sessions: list[Visit] = field(default_factory=list)
    # Cookies of sessions that have another one now.
    retired: list[str] = field(default_factory=list)
    # The newest form's token of each cookie, and to which cookie each token belongs.
    csrf: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    # Names that nobody has are counted like any other.
    nobody: dict[str, Counter] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    # What people said they forgot, until the portal looks whom that is about: what, the name or address, when.
    wishes: list[tuple[str, str, datetime]] = field(default_factory=list)
    windows: Windows = field(default_factory=Windows)
    # Every code that somebody got or was shown, the newest last.
    codes: list[str] = field(default_factory=list)
    # Every recovery code that was ever shown, the newest last.
    papers: list[str] = field(default_factory=list)
    jars: list[dict[str, str]] = field(default_factory=list)

    @property
    def attempts(self) -> list[Attempt]:
        """Return all half-done sign-ins, the oldest first."""
        return [each for each in self.carried.values() if isinstance(each, Attempt)]

    @property
    def visits(self) -> dict[str, Visit]:
        """Return all sessions by their cookie."""
        return {cookie: each for cookie, each in self.carried.items() if isinstance(each, Visit)}

    def keep_visit(self, cookie: str, visit: Visit) -> None:
        """Take down a session's cookie; the one that it had before opens nothing any more."""
        before = [old for old, each in self.carried.items() if each is visit]
        self.retire(before)
        self.carried[cookie] = visit

    def retire(self, cookies: list[str]) -> None:
        """Take down that these cookies open nothing any more."""
        self.retired += cookies
        for cookie in cookies:
            del self.carried[cookie]

    def drop_oldest(self, person: Person, settings: Settings, at: datetime) -> int:
        """End what is more than the most sessions of one person; return how many those were."""
        live = [each for each in self.sessions if each.person is person and each.holds(settings, at)]
        newest = sorted(sorted(live, key=lambda each: each.id), key=_created_at, reverse=True)
        for each in newest[MOST_SESSIONS:]:
            each.over = True
        return len(newest[MOST_SESSIONS:])

    def end_all(self, person: Person, keep: Visit | None = None) -> None:
        """End all that rests on what was true until now, but for one session; browsers go on being known."""
        person.generation += 1
        for visit in self.sessions:
            visit.over = visit.over or (visit.person is person and visit is not keep)
        if keep is not None:
            keep.generation = person.generation

    def end_attempts(self, person: Person) -> None:
        """End all of somebody's half-done sign-ins, and what waits for a fresh code."""
        waiting = [proof.attempt for visit in self.sessions for proof in visit.proofs.values()]
        for attempt in (*self.attempts, *waiting):
            attempt.over = attempt.over or attempt.person is person

    def end_everything(self, person: Person, keep: Visit | None = None, browser: Known | None = None) -> None:
        """End all that was begun until now, but for one session, and know no browser but its own, or one."""
        self.end_all(person, keep)
        self.end_attempts(person)
        for device in self.devices.values():
            device.over = device.over or device.person is person
        for known in self.known.values():
            kept = known is browser or (keep is not None and known is keep.known)
            known.over = known.over or (known.person is person and not kept)
        self.use_links(person, "email")

    def keep_link(self, token: str, person: Person, purpose: str, at: datetime, **holds: float) -> Link:
        """Take down a link that left."""
        link = self.links[token] = Link(person, purpose, at + timedelta(**holds))
        return link

    def way_back(self, person: Person, email: str, at: datetime) -> Link | None:
        """Return the link that brings this address back, if one works."""
        every = (each for each in self.links.values() if each.person is person and each.purpose == "undo-email")
        return next((each for each in every if each.email == email and each.live(at)), None)

    def end_since(self, back: Link) -> None:
        """End what came of a change that is undone, and of later ones: all links but for its own address's."""
        for link in self.links.values():
            later = link.person is back.person and link.until >= back.until
            elsewhere = link.purpose == "not-me" and link.email != back.email
            link.used = link.used or (later and (link.purpose == "undo-email" or elsewhere))

    def use_links(self, person: Person, purpose: str) -> None:
        """Let none of somebody's links of this purpose work any more."""
        for link in self.links.values():
            link.used = link.used or (link.person is person and link.purpose == purpose)
