"""`make bench`: whole sign-ins a second against the raw rate of the password hash, in turn.

A sign-in is five requests: the page, the password, the code page, the code of an authenticator app, the services page.
The yardstick is Argon2id alone, with the same parameters, one thread in each of as many processes as the server has.
Quote the ratio: this machine's seconds are its own.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pyotp
from argon2 import PasswordHasher
from flask_migrate import upgrade

from ssp.app import create_app
from ssp.authenticators.drafts import PURPOSE
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.models import authenticator, user
from ssp.settings import Settings

PORT = 8765
PASSWORD = "bench bench bench bench"
CLIENTS = 8


def main() -> None:
    """Print the rates of each round and the median ratio."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sign-ins", type=int, default=200, help="in each round")
    given = parser.parse_args()
    cores = os.cpu_count() or 1
    _say(f"{cores} cores, Python {sys.version.split()[0]}, {CLIENTS} clients, {given.sign_ins} sign-ins a round")
    with tempfile.TemporaryDirectory() as folder:
        people = _people(Path(folder), given.rounds * given.sign_ins)
        server = _serve(folder)
        try:
            ratios = []
            for number in range(given.rounds):
                raw = _raw_rate(cores, given.sign_ins)
                flows = _flow_rate(people[number * given.sign_ins : (number + 1) * given.sign_ins])
                ratios.append(flows / raw)
                _say(f"round {number + 1}: {flows:6.1f} sign-ins/s, {raw:6.1f} hashes/s, ratio {ratios[-1]:.2f}")
            _say(f"median ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        finally:
            server.terminate()
            server.wait()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _people(folder: Path, number: int) -> list[tuple[str, str]]:
    """Make people with an authenticator app each; return usernames and secrets."""
    app = create_app(Settings(instance=folder, demo=True))
    site = app.extensions["ssp"]
    password_hash = site.passwords.hash(PASSWORD)
    people = [(f"bench{each}", pyotp.random_base32()) for each in range(number)]
    with app.app_context():
        upgrade()
    with site.database.writing() as connection:
        for username, secret in people:
            at = now()
            values = {"email": "b@example.test", "name": username, "groups": ("agents",), "created_at": at}
            number = user.add(
                connection, username=username, selector=tokens.new_id(), password_hash=password_hash, **values
            )
            row_id = tokens.new_id()
            data = site.keys.seal(PURPOSE, f"{number}:{row_id}", json.dumps({"secret": secret}))
            row = {"id": row_id, "user_id": number, "type": "totp", "label": "app", "data": data, "created_at": at}
            authenticator.replace_draft(connection, **row, pending_id=None)
            authenticator.confirm(connection, row_id, at, at)
    site.database.engine.dispose()
    return people


def _serve(folder: str) -> "subprocess.Popen[bytes]":
    environ = {**os.environ, "SSP_DEMO": "1", "SSP_INSTANCE": folder}
    command = [sys.executable, "-m", "flask", "serve", "--bind", f"127.0.0.1:{PORT}"]
    server = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            if _Client().get("/readyz")[0] == 200:
                return server
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise SystemExit("the server did not start")


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


def _flow_rate(people: list[tuple[str, str]]) -> float:
    with ThreadPoolExecutor(CLIENTS) as pool:
        began = time.perf_counter()
        list(pool.map(_sign_in, people))
        return len(people) / (time.perf_counter() - began)


class _Client:
    """A browser of the barest kind."""

    def __init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", PORT, timeout=30)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        return self._request("GET", path, None)

    def post(self, path: str, page: str, **fields: str) -> tuple[int, str]:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        return self._request("POST", path, urlencode({"csrf_token": token[1], **fields}))

    def _request(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = (
            {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"} if body else {"Cookie": cookies}
        )
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return response.status, response.read().decode()


def _sign_in(person: tuple[str, str]) -> None:
    username, secret = person
    client = _Client()
    client.post("/sign-in", client.get("/sign-in")[1], username=username, password=PASSWORD)
    client.post("/sign-in/code", client.get("/sign-in/code")[1], code=pyotp.TOTP(secret).now())
    status, page = client.get("/")
    assert status == 200, (status, page[:300])


if __name__ == "__main__":
    main()
