"""What the operator does, what time does, and what a restart does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.security.machine.seats import PEOPLE, SERVERS, Seats
from tests.security.machine.world import VARIANTS

if TYPE_CHECKING:
    from tests.security.machine.persons import Person

LINKS_KEPT = timedelta(days=1)
VERBS = ("disable", "enable", "enable", "reset-mfa", "unlock", "password-link", "email", "prune")
SPANS = [
    *(timedelta(seconds=n) for n in (1, 9, 11, 29, 30, 31, 60, 61, 121)),
    *(timedelta(minutes=n) for n in (5, 6, 9, 10, 11, 15, 16, 29, 30, 31)),
    *(timedelta(hours=n) for n in (8, 12)),
    *(timedelta(days=n) for n in (1, 7, 10, 29, 30, 31, 90)),
]


class Operators(Seats):
    """Web Support and the clock."""

    @rule(server=SERVERS, who=PEOPLE, verb=st.sampled_from(VERBS))
    def command(self, server: int, who: int, verb: str) -> None:
        """Run one of the operator's commands; that old rows are dropped is noticed by nobody."""
        person, now = self.people[who], self.world.now
        words = ["prune"] if verb == "prune" else ["user", verb, person.human.username]
        if verb == "email":
            words.append("office@new.test" if person.email == person.human.email else person.human.email)
        said = self.world.command(server, *words)
        self.after_command()
        self._done(person, verb, words)
        if verb == "prune":
            links = self.ledger.links.items()
            self.ledger.links = {token: link for token, link in links if link.until >= now - LINKS_KEPT}
            self.ledger.wishes = [wish for wish in self.ledger.wishes if wish[2] >= now - LINKS_KEPT]
        if verb == "password-link":
            self.keep_link(said.strip().rpartition("/")[2], person, "password", hours=24)

    def _done(self, person: Person, verb: str, words: list[str]) -> None:
        """Take down what a command did to a person."""
        if verb in {"disable", "reset-mfa"}:
            self.ledger.end_everything(person)
            self.ledger.use_links(person, "undo-email")
        if verb == "disable":
            self.ledger.use_links(person, "password")
        if verb in {"disable", "enable"}:
            person.disabled = verb == "disable"
        if verb == "reset-mfa":
            person.ways.clear()
            person.papers.clear()
        if verb in {"reset-mfa", "unlock"}:
            kept = {"password"} if verb == "reset-mfa" else set()
            person.counters = {name: each for name, each in person.counters.items() if name in kept}
        if verb == "email":
            self._moved(person, words[-1])

    def _moved(self, person: Person, email: str) -> None:
        """Give somebody another address, and end all links of before but the notices' that went to just this one."""
        person.email = email
        for purpose in ("password", "email", "undo-email"):
            self.ledger.use_links(person, purpose)
        for link in self.ledger.links.values():
            link.used = link.used or (link.person is person and link.purpose == "not-me" and link.email != email)

    @rule(span=st.sampled_from(SPANS))
    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.world.traveller.shift(span)

    @rule(server=SERVERS, settings=st.sampled_from(range(len(VARIANTS))))
    def restart(self, server: int, settings: int) -> None:
        """Start one of the servers anew, with other settings."""
        self.world.running[server] = settings
