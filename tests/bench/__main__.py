"""`make bench`: whole sign-ins a second against the raw rate of the password hash, in turn.

A sign-in is five requests: the page, the password, the code page, the code of an authenticator app, the services page.
The yardstick is Argon2id alone, with the same parameters, one thread in each of as many processes as the server has.
Quote the ratio: this machine's seconds are its own.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from argon2 import PasswordHasher

from tests.bench.browsers import CLIENTS, PASSWORD, rate, say
from tests.bench.portal import make_people, served


def main() -> None:
    """Print the rates of each round and the median ratio."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sign-ins", type=int, default=200, help="in each round")
    given = parser.parse_args()
    cores = os.cpu_count() or 1
    say(f"{cores} cores, Python {sys.version.split()[0]}, {CLIENTS} clients, {given.sign_ins} sign-ins a round")
    with tempfile.TemporaryDirectory() as folder:
        people, _ = make_people(Path(folder), given.rounds * given.sign_ins)
        with served(Path(folder), {"SSP_DEMO": "1"}):
            ratios = []
            for number in range(given.rounds):
                raw = _raw_rate(cores, given.sign_ins)
                flows = rate(people[number * given.sign_ins : (number + 1) * given.sign_ins])
                ratios.append(flows / raw)
                say(f"round {number + 1}: {flows:6.1f} sign-ins/s, {raw:6.1f} hashes/s, ratio {ratios[-1]:.2f}")
            say(f"median ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def _hash_often(times: int) -> None:
    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    stored = hasher.hash(PASSWORD)
    for _ in range(times - 1):
        hasher.verify(stored, PASSWORD)


def _raw_rate(cores: int, times: int) -> float:
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(_hash_often, [1] * cores))
        began = time.perf_counter()
        list(pool.map(_hash_often, [times // cores] * cores))
        return times / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
