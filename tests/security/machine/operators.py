"""What the operator does, what time does, and what a restart does."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.security.machine import witness
from tests.security.machine.seats import PEOPLE, SERVERS, Seats
from tests.security.machine.world import VARIANTS

SPANS = [
    *(timedelta(seconds=n) for n in (1, 9, 11, 29, 30, 31, 60, 61, 121)),
    *(timedelta(minutes=n) for n in (5, 6, 9, 10, 11, 15, 16, 29, 30, 31)),
    *(timedelta(hours=n) for n in (8, 12)),
    *(timedelta(days=n) for n in (1, 7, 10, 29, 30, 31, 90)),
]


class Operators(Seats):
    """Web Support and the clock."""

    @rule(
        server=SERVERS,
        who=PEOPLE,
        verb=st.sampled_from(["disable", "enable", "enable", "reset-mfa", "unlock", "prune"]),
    )
    def command(self, server: int, who: int, verb: str) -> None:
        """Run one of the operator's commands; that old rows are dropped is noticed by nobody."""
        person = self.people[who]
        self.world.command(server, *(["prune"] if verb == "prune" else ["user", verb, person.human.username]))
        self.noted = witness.newest_event(self.world)
        if verb in {"disable", "reset-mfa"}:
            self.ledger.end_all(person)
            for device in self.ledger.devices.values():
                device.over = device.over or device.person is person
            for known in self.ledger.known.values():
                known.over = known.over or known.person is person
        if verb in {"disable", "enable"}:
            person.disabled = verb == "disable"
        if verb == "reset-mfa":
            person.ways.clear()
        if verb in {"reset-mfa", "unlock"}:
            passwords = person.counter("password")
            person.counters.clear()
            if verb == "reset-mfa":
                person.counters["password"] = passwords

    @rule(span=st.sampled_from(SPANS))
    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.world.traveller.shift(span)

    @rule(server=SERVERS, settings=st.sampled_from(range(len(VARIANTS))))
    def restart(self, server: int, settings: int) -> None:
        """Start one of the servers anew, with other settings."""
        self.world.running[server] = settings
