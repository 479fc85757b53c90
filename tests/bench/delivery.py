"""`make bench-delivery`: sign-ins with an authenticator app while the phone provider is well, and while it hangs.

All the time other people ask for codes by text message, at one and the same pace: each types a password, and the portal
hands a text to a provider on this machine, which takes it or never answers. A comparison is four rounds of one server
in turn, one kind, the other, the other, the one, so that a machine that grows slower or faster meanwhile favors
neither. Ends with exit code 1 if sign-ins keep less than nine tenths of their rate. Needs a machine that does nothing
else.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.browsers import CLIENTS, PATIENCE, PORT, password, rate, say
from tests.bench.portal import WIDE, make_people, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from tests.bench.browsers import Person

LEAST_RATIO = 0.9
ROUNDS = 4
# How long the askers are at it before anybody is measured: the provider's silence has filled the pool by then.
AHEAD_SECONDS = 3.0
# More than the portal lets wait, so that the pace holds while the provider hangs.
ASKERS = 40
LIMITS = ("LINE", "NUMBER", "PERSON", "ADDRESS", "COUNTRY", "SITE")


class Provider:
    """Takes texts, or lets them wait until `release`."""

    def __init__(self) -> None:
        self.origin = ""
        self.asked = count(1)
        self.got = 0
        self._open = threading.Event()
        self._open.set()

    def hang(self) -> None:
        """Answer nobody from now on."""
        self._open.clear()

    def release(self) -> None:
        """Answer everybody, those who wait first."""
        self._open.set()

    def answer(self, number: int) -> bytes:
        """Return the answer to one text, in its time."""
        self.got = number
        self._open.wait(PATIENCE)
        return json.dumps({"sid": f"SM{number:032d}"}).encode()


def main() -> None:
    """Print the rates of each comparison and the median ratio."""
    parser = argparse.ArgumentParser(prog="make bench-delivery", description=__doc__)
    parser.add_argument("--comparisons", type=int, default=7)
    parser.add_argument("--sign-ins", type=int, default=50, help="in each round")
    parser.add_argument("--texts", type=float, default=6.0, help="texts asked for in a second")
    given = parser.parse_args()
    say(
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, granian {version('granian')}, {CLIENTS} clients, "
        f"{given.sign_ins} sign-ins a round, {given.texts:g} texts asked for in a second"
    )
    with tempfile.TemporaryDirectory() as name, _provider() as provider:
        folder = Path(name)
        people, others = make_people(folder, ROUNDS * given.comparisons * given.sign_ins + CLIENTS, texts=ASKERS)
        with served(folder, _settings(provider)):
            rate(people[-CLIENTS:])  # the first pages of a new server are slow
            ratios = [_compare(provider, number, people, others, given) for number in range(given.comparisons)]
    median = statistics.median(ratios)
    say(f"median ratio {median:.2f} ({min(ratios):.2f} to {max(ratios):.2f}); at least {LEAST_RATIO} is wanted")
    sys.exit(median < LEAST_RATIO)


def _settings(provider: Provider) -> dict[str, str]:
    """Return the settings of a portal that sends through the provider, with room for everybody in every limit."""
    return {
        "SSP_BASE_URL": f"http://localhost:{PORT}",
        "SSP_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "SSP_TWILIO_AUTH_TOKEN": "bench",
        "SSP_TWILIO_FROM": "+12055550100",
        "SSP_TWILIO_API_ORIGIN": provider.origin,
        **{f"SSP_LIMIT_{name}": WIDE for name in LIMITS},
    }


def _compare(
    provider: Provider, number: int, people: list[Person], others: list[str], given: argparse.Namespace
) -> float:
    """Measure two rounds of each kind, with people of their own; return the ratio of the two rates."""
    one = number % 2 == 0
    seconds = {True: 0.0, False: 0.0}
    for turn, well in enumerate((one, not one, not one, one), ROUNDS * number):
        who = people[turn * given.sign_ins : (turn + 1) * given.sign_ins]
        seconds[well] += len(who) / _round(provider, who, others, given.texts, well=well)
    each_kind: int = given.sign_ins * ROUNDS // 2
    rates = {well: each_kind / spent for well, spent in seconds.items()}
    ratio = rates[False] / rates[True]
    say(f"{number + 1}: {rates[True]:5.1f} sign-ins/s well, {rates[False]:5.1f} hanging, ratio {ratio:.2f}")
    return ratio


def _round(provider: Provider, people: list[Person], others: list[str], texts: float, *, well: bool) -> float:
    """Measure sign-ins while others ask for texts; afterwards nobody waits any more."""
    before = provider.got
    if not well:
        provider.hang()
    try:
        with _asking(others, texts) as asked:
            found = rate(people)
            kind = "well" if well else "hanging"
            say(f"  {kind:7} {len(asked):4} texts asked for, {provider.got - before:4} handed over")
            return found
    finally:
        provider.release()


@contextmanager
def _asking(others: list[str], texts: float) -> Iterator[list[Future[object]]]:
    """Let people ask for a text at an even pace, however long each of them waits; give a list that grows with each.

    At the end the last of them is waited for.
    """
    over, ahead = threading.Event(), threading.Event()
    with ThreadPoolExecutor(ASKERS) as pool:
        asked: list[Future[object]] = []

        def ask() -> None:
            for number in count():
                if over.wait(1 / texts):
                    return
                asked.append(pool.submit(password, others[number % len(others)]))

        pacer = threading.Thread(target=ask)
        pacer.start()
        try:
            ahead.wait(AHEAD_SECONDS)
            yield asked
        finally:
            over.set()
            pacer.join()
    for each in asked:
        each.result()


@contextmanager
def _provider() -> Iterator[Provider]:
    """Run the provider on a free port of this machine."""
    provider = Provider()
    with _Server(("127.0.0.1", 0), _handler(provider.answer, provider.asked)) as server:
        provider.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            provider.release()
            server.shutdown()
            thread.join()


def _handler(answer: Callable[[int], bytes], numbers: count[int]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            content = answer(next(numbers))
            self.send_response(201)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's own name
            """Say nothing."""

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about a portal that gave up waiting."""


if __name__ == "__main__":
    main()
