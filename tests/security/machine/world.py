"""Two server processes on one database, a clock, and everybody's phones; as they were at the start of a story."""

from __future__ import annotations

import random
import re
import secrets
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from argon2.low_level import hash_secret_raw

from ssp.infra.passwords import argon
from tests.conftest import START
from tests.people import FakeCarrier, Human, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    import time_machine
    from flask import Flask

    from ssp.infra.telephony.carrier import Message
    from ssp.web.portal import Site

QUILLON = Human("quillon", "lantern over quiet harbor", ("agents",), "+12055550131", "+12055550152")
ZEPHRINE = Human("zephrine", "seven green paper boats", ("policyholders",), "+12055550176", "+12055550198")
# What an operator may change at a restart; in some of these Zephrine is staff.
VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"trust_days": 0},
    {"mfa_required_from": (START + timedelta(days=20)).date()},
    {"authenticators": ("totp",)},
    {"reconfirm_days": 10, "staff_groups": ("policyholders",)},
    {"trust_days": 7, "reconfirm_days": 0, "code_minutes": 5},
)
SERVERS = 2


@contextmanager
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let Argon2 take the least work there is: what is tried here is the order of things, not its cost."""
    with monkeypatch.context() as patch:
        cheap = partial(_cheap, hash_secret_raw)
        patch.setattr(argon, "hash_secret_raw", cheap)
        yield


def _cheap(real: Callable[..., bytes], secret: bytes, salt: bytes, **cost: Any) -> bytes:  # noqa: ANN401 - Argon2's own
    return real(secret, salt, **{**cost, "time_cost": 1, "memory_cost": 8, "parallelism": 1})


@dataclass
class World:
    """The portal as its surroundings see it."""

    make_app: Callable[..., Flask]
    traveller: time_machine.Traveller
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    running: list[int] = field(default_factory=lambda: [0] * SERVERS)
    phones: FakeCarrier = field(default_factory=FakeCarrier)
    _made: dict[tuple[int, int], Flask] = field(default_factory=dict)
    _whole: list[tuple[Flask, Site]] = field(default_factory=list)

    def __post_init__(self) -> None:
        site = self.site(0)
        join(site, QUILLON, ZEPHRINE)
        self.database = sqlite3.connect(site.settings.instance / "ssp.db", isolation_level=None)
        self.beginning = self.copy()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
        for app, whole in self._whole:
            app.extensions["ssp"] = whole

    def app(self, server: int) -> Flask:
        """Return one of the servers as it runs now.

        Processes are made once for each of their settings: whatever one of them remembered would show in later stories.
        """
        place = (server % SERVERS, self.running[server % SERVERS])
        if place not in self._made:
            app = self._made[place] = self.make_app(**VARIANTS[place[1]])
            self._whole.append((app, app.extensions["ssp"]))
            app.extensions["ssp"] = replace(app.extensions["ssp"], carrier=self.phones)
        return self._made[place]

    def site(self, server: int) -> Site:
        """Return the parts of one of the servers."""
        found: Site = self.app(server).extensions["ssp"]
        return found

    def command(self, server: int, *words: str) -> str:
        """Run one of the operator's commands; return what it says."""
        done = self.app(server).test_cli_runner().invoke(args=words)
        assert done.exit_code == 0, done.output
        return done.output

    @property
    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)

    def copy(self) -> sqlite3.Connection:
        """Return the database as it is."""
        kept = sqlite3.connect(":memory:")
        self.database.backup(kept)
        return kept

    def begin(self, database: sqlite3.Connection, at: datetime, luck: str) -> None:
        """Be as it was at that time, and have this luck from then on."""
        database.backup(self.database)
        self.traveller.move_to(at, tick=False)
        self.chance.seed(luck)
        self.phones.sent.clear()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the database holds."""
        return self.database.execute(query, values).fetchall()


def settle_chance(monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
    """Draw all tokens, codes and secrets from a chance that can be repeated."""
    monkeypatch.setattr(secrets, "token_bytes", chance.randbytes)
    monkeypatch.setattr(secrets, "randbelow", chance.randrange)


def code_in(message: Message) -> str:
    """Return the code that a text or call brings."""
    if message.channel == "text":
        found = re.search(r"#(\d+)$", message.body)
        assert found
        return found[1]
    said = re.search(r"<prosody[^>]*>(.*?)</prosody>", message.body)
    assert said
    return re.sub(r"<[^>]*>|[^0-9]", "", said[1])
