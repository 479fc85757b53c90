"""How a request is judged: what is known before it, and what ought to come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.security.machine.counters import MOST_CODES
from tests.security.machine.ledger import STAFF_HOURS, Attempt, Visit
from tests.security.machine.persons import DIGITS, PHONE_TYPES, SENDS, TRIES, WAITS, Code, Known

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ssp.settings import Rate, Settings
    from tests.security.machine.ledger import Ledger, Standing
    from tests.security.machine.persons import Device, Person, Way

TOKEN_LENGTH = 43
GRACE = timedelta(seconds=10)
KNOWN_FOR = timedelta(days=400)
Happened = tuple[str, str]
PASSWORD, SECOND_FACTOR, SIGNED_IN = "sign_in.password", "sign_in.second_factor", "sign_in.finished"
HELD = "sign_in.held"
CODE_SENT = "sign_in.code_sent"
REMOVED = "authenticator.removed"
SESSION_ENDED = "session.ended"
SIGNED_OUT, TRUSTED, REVOKED = "session.signed_out", "device.trusted", "device.revoked"
PAGES: dict[Standing, str] = {
    "set-up": "/set-up",
    "choose": "/sign-in/choose",
    "code": "/sign-in/code",
    "confirm": "/confirm-preference",
    "done": "/sign-in",
}


@dataclass(frozen=True)
class Message:
    """A text or call that ought to leave: for whose sign-in, and by which way."""

    attempt: Attempt
    way: Way


@dataclass
class Outcome:
    """What ought to come of a request: its status, what the browser carries after it, what leaves, what is noted.

    `carries` is nothing if the cookie stays as it is; a cookie that is taken away is `gone`.
    """

    status: tuple[int, ...] = (303,)
    carries: Attempt | Visit | None = None
    gone: bool = False
    device: Device | None = None
    known: Known | None = None
    sends: Message | None = None
    farewell: Way | None = None
    events: list[Happened] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """A request, and what the ledger says about whoever sent it."""

    ledger: Ledger
    settings: Settings
    at: datetime
    path: str
    fields: Mapping[str, str]
    cookie: str
    jar: Mapping[str, str]
    address: str

    @property
    def token(self) -> str:
        """Return the random part of the cookie; empty if it is none of the portal's."""
        token = self.cookie.partition(".")[2]
        return token if len(token) == TOKEN_LENGTH else ""

    @property
    def visit(self) -> Visit | None:
        """Return the session that the cookie opens."""
        found = self.ledger.carried.get(self.cookie)
        return found if isinstance(found, Visit) and found.live(self.settings, self.at) else None

    def attempt(self, *standings: Standing) -> Attempt | None:
        """Return the half-done sign-in that the cookie names, if it can go on and stands at one of these."""
        found = self.ledger.carried.get(self.cookie)
        if not isinstance(found, Attempt) or not found.live(self.at):
            return None
        return found if found.standing(self.settings, self.at) in standings else None

    @property
    def home(self) -> str:
        """Return the page where this browser belongs."""
        if self.visit:
            return "/"
        found = self.ledger.carried.get(self.cookie)
        if not isinstance(found, Attempt) or not found.live(self.at):
            return "/sign-in"
        return PAGES[found.standing(self.settings, self.at)]

    @property
    def code_until(self) -> datetime:
        """Return until when a half-done sign-in holds that begins now."""
        return self.at + timedelta(minutes=self.settings.code_minutes)

    def named_device(self, person: Person) -> Device | None:
        """Return the device that this browser says it is, unless the trust in it was ended."""
        device = self.ledger.devices.get(self.jar.get(f"ssp_device_{person.selector}", "").partition(".")[0])
        return device if device is not None and device.person is person and not device.over else None

    def device_of(self, person: Person) -> Device | None:
        """Return the device that vouches for this browser; a question, so nothing ends."""
        device, value = self.named_device(person), self.jar.get(f"ssp_device_{person.selector}")
        if device is None or not self.may_vouch(device) or device.generation != person.generation:
            return None
        in_grace = value == device.previous and self.at - device.rotated_at <= GRACE
        return device if value == device.value or in_grace else None

    def may_vouch(self, device: Device) -> bool:
        """Return whether the operator's rules let a device vouch at all now."""
        return device.person.may_trust(self.settings) and self.at < self.trust_ends(device)

    def trust_ends(self, device: Device) -> datetime:
        """Return until when a device skips the code by today's setting."""
        return min(device.until, device.created_at + timedelta(days=self.settings.trust_days))

    @property
    def trusted_until(self) -> datetime:
        """Return until when a device is trusted that is trusted now."""
        return self.at + timedelta(days=self.settings.trust_days)

    def finish(self, outcome: Outcome, attempt: Attempt, how: str) -> Outcome:
        """Say that the sign-in is over and a session begins, unless something else is due."""
        if attempt.standing(self.settings, self.at) == "done":
            self.open_visit(outcome, attempt, how)
        return outcome

    def open_visit(self, outcome: Outcome, attempt: Attempt, how: str, device: Device | None = None) -> None:
        """Say that a session begins."""
        person, attempt.over = attempt.person, True
        hours = self.settings.session_hours
        if self.settings.is_staff(person.human.groups):
            hours = min(hours, STAFF_HOURS)
        until = self.at + timedelta(hours=hours)
        until = min(until, attempt.ends_at or until)
        visit = Visit(person, how, person.generation, until, self.at, attempt.proved_at, attempt.proved_by, device)
        visit.known, visit.previous_at = self._remember(outcome, attempt), person.last_at
        visit.created_at = self.at
        person.last_at = self.at
        if attempt.proved_at is not None and not attempt.adding:
            person.proved_at = attempt.proved_at
        outcome.carries = visit
        outcome.events.append((SIGNED_IN, "done"))

    def _remember(self, outcome: Outcome, attempt: Attempt) -> Known:
        """Say that the browser is known from now on; return as which one."""
        if attempt.known is not None and not attempt.known.over:
            attempt.known.seen_at = self.at
            return attempt.known
        outcome.known = Known(attempt.person, self.at)
        if attempt.person.last_at is not None:
            outcome.events.append(("sign_in.new_browser", "done"))
        return outcome.known

    def known_as(self, person: Person | None) -> Known | None:
        """Return as which browser the person knows this one."""
        value = self.jar.get(f"ssp_known_{person.selector}", "") if person else ""
        known = self.ledger.known.get(value.partition(".")[0])
        if known is None or known.person is not person or known.over or known.value != value:
            return None
        return known if self.at - known.seen_at < KNOWN_FOR else None

    def take(self, attempt: Attempt, way: Way, typed: str, outcome: Outcome) -> bool:
        """Return whether an access code ought to be accepted; it is counted, and used up if so."""
        code = typed.replace(" ", "").replace("-", "")
        if len(code) != DIGITS[way.type] or not code.isascii() or not code.isdigit():
            return False
        person = attempt.person
        counter, known, right = person.counter(way.counter), attempt.known is not None, False
        if counter.codes(self.at, known=known):
            right = self._delivered(attempt, way, code) if way.type in PHONE_TYPES else self._shown(way, code)
        outcome.events.append((SECOND_FACTOR, "done" if right else "refused"))
        if right:
            counter.forget(known=known)
        return right

    def _delivered(self, attempt: Attempt, way: Way, typed: str) -> bool:
        code = attempt.codes.get(way)
        if code is None or code.used or code.until <= self.at or code.tries >= TRIES[way.type]:
            return False
        code.tries += 1
        code.used = code.value == typed
        return code.used

    def _shown(self, way: Way, typed: str) -> bool:
        assert way.app
        now = int(self.at.timestamp()) // 30
        matching = [step for step in range(-20, 21) if way.app.code(step) == typed]
        near = [now + step for step in matching if abs(step) <= 1]
        for step in near:
            if step > way.last_step and step != way.barred_step:
                way.last_step = step
                return True
        if not near and matching and max(matching) > 0:
            way.barred_step = now + max(matching)
        return False

    def ask(self, outcome: Outcome, attempt: Attempt, way: Way, *, again: bool) -> None:
        """Say that a code leaves for a way, if one ought to."""
        if way.type not in PHONE_TYPES:
            return
        code = attempt.codes.get(way)
        if code is not None:
            waits = code.sent_at + WAITS[way.type] * 2 ** (code.sends - 1)
            if not again or code.tries >= TRIES[way.type] or code.sends >= SENDS or self.at < waits:
                return
        if self.ledger.windows.take(self._limits(attempt.person, way), self.at):
            outcome.sends = Message(attempt, way)
            outcome.events.append((CODE_SENT, "done"))

    def paused(self, attempt: Attempt, way: Way) -> bool:
        """Return whether a way takes no answers from this browser."""
        counter = attempt.person.counter(way.counter)
        return counter.paused(MOST_CODES, self.at, known=attempt.known is not None)

    def _limits(self, person: Person, way: Way) -> list[tuple[tuple[str, ...], Rate]]:
        """Return what limits the codes that leave."""
        proven = "proven" if way.id else "typed"
        limits: list[tuple[tuple[str, ...], tuple[Rate, ...]]] = [
            (("line", proven, *way.line), self.settings.limit_line),
            (("number", proven, way.line[0]), self.settings.limit_number),
            (("person", str(person.number)), self.settings.limit_person),
            (("address", self.address), self.settings.limit_address),
        ]
        return [((*key, str(rate).partition("/")[2]), rate) for key, rates in limits for rate in rates]


def left(message: Message, value: str, at: datetime) -> None:
    """Take down a code that left. While it is fresh the same one is sent again; tries go on counting."""
    attempt, way = message.attempt, message.way
    code = attempt.codes.get(way)
    if code is None:
        attempt.codes[way] = Code(value, at, attempt.until, at)
        return
    code.sends, code.sent_at = code.sends + 1, at
    if at - code.made_at < (code.until - code.made_at) / 2:
        assert code.value == value, "a second message brought another code while the first one was fresh"
    else:
        code.value, code.made_at, code.until = value, at, attempt.until


@dataclass(frozen=True)
class Landing:
    """Where a browser ends that goes to a page, how it is answered there, and whom the page is about besides."""

    path: str
    status: set[int]
    reader: Person | None = None


SHOWS: dict[str, Callable[[Case], Landing]] = {}


def shows(*roots: str) -> Callable[[Callable[[Case], Landing]], Callable[[Case], Landing]]:
    """Make a function say where all pages below these first parts of a path lead."""

    def register(landing: Callable[[Case], Landing]) -> Callable[[Case], Landing]:
        SHOWS.update(dict.fromkeys(roots, landing))
        return landing

    return register


JUDGES: dict[str, Callable[[Case], Outcome]] = {}


def judge_of(path: str) -> Callable[[Case], Outcome]:
    """Return the judge of an address; one that ends with a slash is for all below it."""
    below = [each for each in JUDGES if each.endswith("/") and path.startswith(each)]
    return JUDGES[path if path in JUDGES else below[0]]


def judges(*paths: str) -> Callable[[Callable[[Case], Outcome]], Callable[[Case], Outcome]]:
    """Make a function the judge of all forms that are sent to these addresses."""

    def register(judge: Callable[[Case], Outcome]) -> Callable[[Case], Outcome]:
        JUDGES.update(dict.fromkeys(paths, judge))
        return judge

    return register


def person_called(ledger: Ledger, typed: str) -> Person | None:
    """Return who has this username, however it is spelled."""
    name = typed.strip().casefold()
    return next((person for person in ledger.people if person.human.username == name), None)
