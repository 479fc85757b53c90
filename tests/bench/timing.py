"""`make bench-timing`: whether the time of an answer to a password tells who has an account, or what state it is in.

Unknown, wrong, disabled and held-up names are tried in turn through the real server, shuffled anew in each round, so
that a machine that grows slower or faster meanwhile favors none. For each pair of kinds it prints the ratio of the
medians, and the two-sample Kolmogorov-Smirnov statistic with its p-value.

Ends with exit code 1 if two medians differ by more than a tenth, or if p is below 0.0001: with 200 samples of each kind
that is a distance of 0.22 between their distributions. Fifteen pairs are compared at once, so that where there is no
difference at all one run in six hundred fails. Needs a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from ssp.app import create_app
from ssp.flows import people, throttling
from ssp.flows.throttling import Claimant
from ssp.infra.clock import now
from ssp.models import throttle, user
from ssp.settings import Settings
from tests.bench.browsers import PASSWORD, Client, say
from tests.bench.portal import make_people, served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssp.flows.portal import Portal

MOST_OFF = 0.1
LEAST_P = 0.0001
WRONG = "not the password of anybody"
WARM_UP = 20
REFUSED = 422

Samples = dict[str, list[float]]


def main() -> None:
    """Print medians, ratios and statistics."""
    parser = argparse.ArgumentParser(prog="make bench-timing", description=__doc__)
    parser.add_argument("--samples", type=int, default=200, help="of each kind")
    given = parser.parse_args()
    say(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {given.samples} samples of each kind")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tries = _tries(folder, given.samples + WARM_UP)
        with served(folder, {"SSP_DEMO": "1"}):
            samples = _measure(tries)
    for kind, times in samples.items():
        say(f"{kind:22} median {1000 * statistics.median(times):7.2f} ms")
    apart = [_compare(samples, *pair) for pair in combinations(samples, 2)]
    say(f"{sum(apart)} of {len(apart)} pairs are apart")
    sys.exit(any(apart))


def _tries(folder: Path, count: int) -> dict[str, list[tuple[str, str]]]:
    """Make the people, and return usernames and passwords by kind; nobody is tried twice but for those who are held."""
    made = [username for username, _ in make_people(folder, 2 * count + 1)[0]]
    wrong, disabled, held = made[:count], made[count:-1], made[-1]
    app = create_app(Settings(instance=folder, demo=True))
    site = app.extensions["ssp"]
    for username in disabled:
        people.disable(site, username)
    for username in (held, "nobody"):
        _hold(site, username)
    site.database.engine.dispose()
    return {
        "unknown": [(f"unknown{number}", WRONG) for number in range(count)],
        "wrong": [(username, WRONG) for username in wrong],
        "disabled, right": [(username, PASSWORD) for username in disabled],
        "held, wrong": [(held, WRONG)] * count,
        "held, right": [(held, PASSWORD)] * count,
        "held, unknown": [("nobody", WRONG)] * count,
    }


def _hold(site: Portal, username: str) -> None:
    with site.database.writing() as connection:
        claimant = Claimant(username, user.by_username(connection, username), known=False)
        counted = throttling.claim_password(connection, site.keys, claimant, now())
        throttle.hold(connection, counted.key, now() + throttling.PAUSE)


def _measure(tries: dict[str, list[tuple[str, str]]]) -> Samples:
    """Return the seconds of each answer, without those of the first rounds: a new server is slow."""
    chance = random.Random(7)
    client = Client()
    page = client.get("/sign-in")[1]
    samples: Samples = {kind: [] for kind in tries}
    for round_ in zip(*tries.values(), strict=True):
        turns = list(zip(tries, round_, strict=True))
        chance.shuffle(turns)
        for kind, (username, password) in turns:
            began = time.perf_counter()
            status, _ = client.post("/sign-in", page, username=username, password=password)
            samples[kind].append(time.perf_counter() - began)
            assert status == REFUSED, (kind, status)
    return {kind: times[WARM_UP:] for kind, times in samples.items()}


def _compare(samples: Samples, one: str, other: str) -> bool:
    """Print how two kinds compare; return whether they are apart."""
    ratio = statistics.median(samples[other]) / statistics.median(samples[one])
    distance, p = kolmogorov_smirnov(samples[one], samples[other])
    apart = abs(ratio - 1) > MOST_OFF or p < LEAST_P
    say(f"{one:22} {other:22} ratio {ratio:5.3f}  KS {distance:5.3f}  p {p:6.4f}{'  APART' if apart else ''}")
    return apart


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Return the largest distance between two samples' distributions, and how likely chance alone makes such a one.

    The likelihood is the asymptotic one with Stephens' correction for small samples.
    """
    left, right = sorted(one), sorted(other)
    i = j = 0
    distance = 0.0
    while i < len(left) and j < len(right):
        value = min(left[i], right[j])
        while i < len(left) and left[i] <= value:
            i += 1
        while j < len(right) and right[j] <= value:
            j += 1
        distance = max(distance, abs(i / len(left) - j / len(right)))
    size = math.sqrt(len(left) * len(right) / (len(left) + len(right)))
    scaled = (size + 0.12 + 0.11 / size) * distance
    if scaled < 0.2:
        return distance, 1.0  # where the series needs many terms, and comes to one anyway
    tail = 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return distance, min(max(tail, 0.0), 1.0)


if __name__ == "__main__":
    main()
