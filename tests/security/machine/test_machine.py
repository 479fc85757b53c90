"""Everything that the portal lets people do, in any order, by two servers, three browsers and a clock.

Each request is judged by a ledger of what ought to be true, before anybody looks at the answer: no session without the
password and a second factor, honest trust or an allowed "not now"; nothing works twice; counters only go up; nobody
reaches anything of somebody else. `make soak` does the same at random for longer.

A subject is a module: the judges of its forms (`@judges` with their addresses), and a class with the rules by which
people act, which `Machine` inherits. What it has to remember goes into the ledger; `witness` compares its tables.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test

from ssp.flows.courier import Courier
from tests.conftest import START
from tests.security.machine import witness
from tests.security.machine.beginnings import STORIES, begin_with
from tests.security.machine.leaving import Leaving
from tests.security.machine.mailbox import Mailbox
from tests.security.machine.operators import Operators
from tests.security.machine.recoveries import Recoveries
from tests.security.machine.world import World, cheap_hashes, settle_chance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from tests.people import Phone

SOAK = os.environ.get("SOAK_EXAMPLES", "")
EXAMPLES = int(SOAK or 160)  # from each beginning
STEPS = 30 if SOAK else 10


class Machine(Recoveries, Mailbox, Leaving, Operators):
    """All of it together."""

    @initialize()
    def start(self) -> None:
        """Begin where some of the way was gone already."""
        if self.beginning:
            self.begin(self.beginning, "begun")

    @invariant()
    def as_it_should_be(self) -> None:
        """See that the database holds what the ledger says."""
        if self.people:
            witness.tables(self.world, self.ledger)

    def teardown(self) -> None:
        """Show every cookie once more: only those of sessions that are not over open anything."""
        for cookie, visit in self.ledger.visits.items():
            self.seats[0].jar = {"ssp_session": cookie}
            self.open(0, 0, "/")
            assert (self.seats[0].path == "/") == visit.live(self.world.site(0).settings, self.world.now)
        for cookie in self.ledger.retired:
            self.seats[0].jar = {"ssp_session": cookie}
            self.open(0, 0, "/")
            assert self.seats[0].path == "/sign-in"


@pytest.fixture
def world(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give two servers, a clock and everybody's phones."""
    chance = random.Random(7)
    with cheap_hashes(monkeypatch), time_machine.travel(START, tick=False) as traveller:
        settle_chance(monkeypatch, chance)
        # Mails are read where they wait: a thread that sends them would come in between at any time.
        monkeypatch.setattr(Courier, "nudge", lambda _courier: None)
        made = World(make_app, traveller, chance)
        yield made
        made.close()


@pytest.mark.no_cover
@pytest.mark.parametrize("name", STORIES)
def test_anything_in_any_order(name: str, world: World, phone: Phone) -> None:
    beginning = begin_with(Machine(world, phone), name)
    run_state_machine_as_test(
        lambda: Machine(world, phone, beginning),  # type: ignore[arg-type] # whatever makes one will do
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=not SOAK,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            report_multiple_bugs=False,
        ),
    )
