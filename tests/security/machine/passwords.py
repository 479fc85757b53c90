"""Signing in with username and password, from a trusted browser or another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.security.machine.counters import Counter
from tests.security.machine.ledger import Attempt
from tests.security.machine.seats import PEOPLE, SEATS, SERVERS, Seats
from tests.security.machine.verdicts import HELD, PASSWORD, REVOKED, SIGNED_OUT, Outcome, judges, person_called

if TYPE_CHECKING:
    from tests.security.machine.ledger import Visit
    from tests.security.machine.persons import Device, Known, Person
    from tests.security.machine.verdicts import Case


CHOICES = ("eleven brown kettles sing", "seven green paper boats", "a plum under every stair", "short")


@judges("/sign-in")
def sign_in(case: Case) -> Outcome:
    """Begin a sign-in with a right password, and finish it in a browser that is honestly trusted."""
    person = person_called(case.ledger, case.fields["username"])
    known = case.known_as(person)
    refused = _refused(case, person, known)
    if person is None or refused is not None:
        return refused or Outcome(status=(422,))
    outcome = Outcome(events=[(PASSWORD, "done")])
    device = _trusted(case, person, outcome)
    behind = case.visit  # it may have rested on a device that is over now
    attempt = _begun(case, person)
    attempt.known = known
    if device is not None and person.ways and not person.due(case.settings, case.at):
        outcome.events.append(("device.used", "done"))
        _spend(case, device, outcome)
        case.open_visit(outcome, attempt, "device", device)
    else:
        outcome.carries = attempt
        if attempt.standing(case.settings, case.at) == "code" and attempt.way and not case.paused(attempt, attempt.way):
            case.ask(outcome, attempt, attempt.way, again=False)
    if behind is not None:
        behind.over = True
        outcome.events.append((SIGNED_OUT, "done"))
    return outcome


def _refused(case: Case, person: Person | None, known: Known | None) -> Outcome | None:
    """Count a password before it is looked at; return what comes of one that opens nothing, or None."""
    if known is None:
        place = case.ledger.windows.begin(case.address, case.settings.limit_sign_ins, case.at)
        if place != "free":
            return Outcome(status=(429,), events=[(HELD, "refused")] if place == "one too many" else [])
    name = case.fields["username"].strip().casefold()
    counter = person.counter("password") if person else case.ledger.nobody.setdefault(name, Counter())
    good = person is not None and case.fields["password"] == person.password
    opens = person is not None and good and not person.compromised and not person.disabled
    outcome = Outcome(status=(422,))
    return None if count_password(case, outcome, counter, known=known is not None, good=opens) else outcome


def count_password(case: Case, outcome: Outcome, counter: Counter, *, known: bool, good: bool) -> bool:
    """Count a password before it is looked at, and return whether it opens something."""
    admitted, last = counter.passwords(case.at, known=known)
    if not admitted:
        outcome.events.append((HELD, "refused"))
    elif not good:
        outcome.events.append((PASSWORD, "refused"))
        outcome.events += [("sign_in.stopped", "refused")] if last else []
    if not admitted or not good:
        return False
    counter.forget(known=known)
    return True


def new_password(case: Case, outcome: Outcome, person: Person, password: str, keep: Visit | None = None) -> None:
    """Say that a password counts from now on, and that all ends that the old one opened."""
    person.password, person.compromised = password, False
    person.counters.pop("password", None)
    case.ledger.end_everything(person, keep)
    case.ledger.use_links(person, "password")
    outcome.events.append(("user.password_changed", "done"))


def _trusted(case: Case, person: Person, outcome: Outcome) -> Device | None:
    """Return the device that vouches for this browser; one whose spent value comes back is over for good."""
    vouching, named = case.device_of(person), case.named_device(person)
    if vouching is not None or named is None:
        return vouching
    if not case.may_vouch(named) or named.generation == person.generation:
        named.over = True
        for each in case.ledger.sessions:
            each.over = each.over or each.device is named
        outcome.events.append((REVOKED, "refused"))
    return None


def _spend(case: Case, device: Device, outcome: Outcome) -> None:
    """Say that the browser gets a new value; both of two tabs get the same one."""
    if case.jar[f"ssp_device_{device.person.selector}"] == device.value:
        device.previous, device.value, device.rotated_at = device.value, "", case.at
    outcome.device = device


def _begun(case: Case, person: Person) -> Attempt:
    """Return the sign-in that begins; codes of the same browser's earlier try go over to it."""
    usable = person.usable(case.settings)
    attempt = Attempt(person, "", case.token, case.code_until, person.generation, way=usable[0] if usable else None)
    same = [
        each
        for each in case.ledger.attempts
        if each.person is person and not each.over and case.at < each.until and case.token in {each.token, each.origin}
    ]
    if same:
        attempt.codes = {way: code for way, code in same[-1].codes.items() if not code.used}
        same[-1].over, same[-1].codes = True, {}
    return attempt


class Passwords(Seats):
    """What people do on the sign-in page."""

    @rule(
        seat=SEATS,
        server=SERVERS,
        who=st.integers(0, 2),
        typed=st.sampled_from(["own", "other", "former"]),
        spelled=st.sampled_from(["{}", " {} "]),
        times=st.sampled_from([1, 1, 3, 6]),
    )
    def type_passwords(  # noqa: PLR0913 - all that may differ
        self, seat: int, server: int, who: int, *, typed: str, spelled: str, times: int
    ) -> None:
        """Type somebody's username, or one that nobody has, with their password or another one."""
        names = [*(person.human.username for person in self.people), "nobody"]
        person, other = self.people[who % 2], self.people[1 - who % 2]
        password = {"own": person.password, "other": other.password, "former": person.human.password}[typed]
        for turn in range(times):
            self.type_password(seat, server + turn, spelled.format(names[who]).upper(), password)

    def type_password(self, seat: int, server: int, name: str, password: str) -> None:
        """Type a username with a password."""
        self.fill(seat, server, "/sign-in", {"username": name, "password": password})

    @rule(seat=SEATS, server=SERVERS, who=PEOPLE)
    def type_right_password(self, seat: int, server: int, who: int) -> None:
        """Type one's own password."""
        self.type_password(seat, server, self.people[who].human.username, self.people[who].password)

    @precondition(lambda self: any("ssp_device_" in name for seat in self.seats for name in seat.jar))
    @rule(seat=SEATS, server=SERVERS)
    def come_back(self, seat: int, server: int) -> None:
        """Type the password of somebody who trusts a browser, there."""
        found = [
            (number, who)
            for number, each in enumerate(self.seats)
            for who, person in enumerate(self.people)
            if f"ssp_device_{person.selector}" in each.jar
        ]
        number, who = self.picked(found, seat, (0, 0))
        self.type_right_password(seat=number, server=server, who=who)
