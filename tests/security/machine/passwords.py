"""Signing in with username and password, from a trusted browser or another one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.security.machine.ledger import GRACE, Attempt
from tests.security.machine.seats import PEOPLE, SEATS, SERVERS, Seats
from tests.security.machine.verdicts import PASSWORD, REVOKED, SIGNED_OUT, Outcome, judges, person_called

if TYPE_CHECKING:
    from tests.security.machine.ledger import Device, Person
    from tests.security.machine.verdicts import Case


@judges("/sign-in")
def sign_in(case: Case) -> Outcome:
    """Begin a sign-in with a right password, and finish it in a browser that is honestly trusted."""
    person = person_called(case.ledger, case.fields["username"])
    if person is None or case.fields["password"] != person.human.password or person.disabled:
        return Outcome(status=(422,), events=[(PASSWORD, "refused")])
    outcome = Outcome(events=[(PASSWORD, "done")])
    behind, device = case.visit, _trusted(case, person, outcome)
    attempt = _begun(case, person)
    if device is not None and person.ways and not person.due(case.settings, case.at):
        outcome.events.append(("device.used", "done"))
        _spend(case, device, outcome)
        case.open_visit(outcome, attempt, "device", device)
    else:
        outcome.carries = attempt
        if (
            attempt.standing(case.settings, case.at) == "code"
            and attempt.way
            and not person.paused(attempt.way, case.at)
        ):
            case.ask(outcome, attempt, attempt.way, again=False)
    if behind is not None:
        behind.over = True
        outcome.events.append((SIGNED_OUT, "done"))
    return outcome


def _trusted(case: Case, person: Person, outcome: Outcome) -> Device | None:
    """Return the device that vouches for this browser; one whose spent value comes back is over for good."""
    name = f"ssp_device_{person.selector}"
    value = case.jar.get(name, "")
    device = case.ledger.devices.get(value.partition(".")[0])
    if device is None or device.person is not person or device.over:
        return None
    ran_out = case.at >= min(device.until, device.created_at + timedelta(days=case.settings.trust_days))
    current = value == device.value or (value == device.previous and case.at - device.rotated_at <= GRACE)
    outdated = device.generation != person.generation
    if not person.may_trust(case.settings) or ran_out or (not outdated and not current):
        device.over = True
        outcome.events.append((REVOKED, "refused"))
        return None
    return None if outdated else device


def _spend(case: Case, device: Device, outcome: Outcome) -> None:
    """Say that the browser gets a new value; both of two tabs get the same one."""
    if case.jar[f"ssp_device_{device.person.selector}"] == device.value:
        device.previous, device.value, device.rotated_at = device.value, "", case.at
    outcome.device = device


def _begun(case: Case, person: Person) -> Attempt:
    """Return the sign-in that begins; codes of the same browser's earlier try go over to it."""
    usable = person.usable(case.settings)
    until = case.at + timedelta(minutes=case.settings.code_minutes)
    attempt = Attempt(person, "", case.token, until, person.generation, way=usable[0] if usable else None)
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

    @rule(seat=SEATS, server=SERVERS, who=PEOPLE, typed=PEOPLE, spelled=st.sampled_from(["{}", " {} "]))
    def type_password(self, seat: int, server: int, who: int, typed: int, spelled: str) -> None:
        """Type somebody's username with somebody's password."""
        name = spelled.format(self.people[who].human.username)
        self.fill(seat, server, "/sign-in", {"username": name.upper(), "password": self.people[typed].human.password})

    @rule(seat=SEATS, server=SERVERS, who=PEOPLE)
    def type_right_password(self, seat: int, server: int, who: int) -> None:
        """Type one's own password."""
        human = self.people[who].human
        self.fill(seat, server, "/sign-in", {"username": human.username, "password": human.password})
