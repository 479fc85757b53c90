"""Portals as people meet them: `flask serve` in a process of its own, with a folder, a port and settings of its own."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssp.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 20


@dataclass
class Portal:
    """One portal that runs: where it answers, and the folder of what it keeps. With a `certificate` it speaks TLS."""

    instance: Path
    port: int
    process: subprocess.Popen[bytes]
    certificate: Path | None = None

    @property
    def origin(self) -> str:
        """Return its address without a path."""
        return f"{'https' if self.certificate else 'http'}://localhost:{self.port}"

    @property
    def log(self) -> str:
        """Return what it has said so far."""
        return (self.instance / "serve.log").read_text()

    def edit(self, statement: str) -> None:
        """Change what the portal keeps, as time would: it has no door for that."""
        with closing(sqlite3.connect(self.instance / "ssp.db", timeout=5)) as connection, connection:
            assert connection.execute(statement).rowcount > 0, statement

    def command(self, *words: str) -> str:
        """Run one of the operator's commands; return what it says."""
        surroundings = environment(self.instance, base_url=self.origin)
        done = subprocess.run(flask(*words), env=surroundings, cwd=ROOT, check=True, capture_output=True, timeout=60)
        return done.stdout.decode().strip()

    def wait(self) -> Portal:
        """Return the portal once it answers. Raises AssertionError with what it said if it never does."""
        end = time.monotonic() + START_SECONDS
        while not self._ready():
            assert self._goes_on(), self.log
            assert time.monotonic() < end, self.log
        return self

    def stop(self) -> int:
        """End it as an operator would; return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()  # nothing, once it has ended

    def connect(self) -> http.client.HTTPConnection:
        """Return a line to it."""
        if self.certificate is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        trust = ssl.create_default_context(cafile=self.certificate)
        return http.client.HTTPSConnection("localhost", self.port, timeout=5, context=trust)

    def _ready(self) -> bool:
        with closing(self.connect()) as connection:
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == http.client.OK
            except OSError:
                return False

    def _goes_on(self) -> bool:
        """Return whether the process still runs a moment from now, or False as soon as it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(0.05)
        return self.process.poll() is None


def environment(instance: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a command of the portal in demo mode; settings are written in small letters."""
    # Everybody in the tests comes from one address, and does in a minute what people do in a day.
    own = {"instance": str(instance), "demo": "1", "limit_sign_ins": "1000000/1m", **settings}
    return {**os.environ, **{f"SSP_{name.upper()}": value for name, value in own.items()}}


def flask(*arguments: str) -> list[str]:
    """Return a command of the portal."""
    return [sys.executable, "-m", "flask", *arguments]


def new_instance(folder: Path) -> Path:
    """Return an instance folder as `flask db upgrade` makes it."""
    command = flask("db", "upgrade")
    subprocess.run(command, env=environment(folder), cwd=ROOT, check=True, capture_output=True, timeout=60)
    return folder


def start(template: Path, instance: Path, **settings: str) -> Portal:
    """Return a portal that answers, with a copy of a new instance folder for its own."""
    shutil.copytree(template, instance)
    port = free_port()
    surroundings = environment(instance, base_url=f"http://localhost:{port}", **settings)
    command = flask("serve", "--bind", f"127.0.0.1:{port}")
    with (instance / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=surroundings, cwd=ROOT, stdout=log, stderr=log)
    return Portal(instance, port, process).wait()


def start_for_provider(template: Path, instance: Path, certificate: Path, **settings: str) -> Portal:
    """Return a portal that speaks TLS, since a provider calls nothing else back; not in demo mode, so nobody is in it.

    `flask serve` leaves TLS to a proxy; the server that it becomes can do without one.
    """
    shutil.copytree(template, instance)
    port = free_port()
    own = {"demo": "0", "base_url": f"https://localhost:{port}", "support_email": "help@portal.test"}
    surroundings = environment(instance, **own, **settings)
    server = ["--interface", "wsgi", "--port", str(port), "--blocking-threads", "8", "--log-level", "error"]
    keys = ["--ssl-certificate", str(certificate), "--ssl-keyfile", str(certificate)]
    with (instance / "serve.log").open("wb") as log:
        command = [sys.executable, "-m", "granian", *server, *keys, "wsgi:app"]
        process = subprocess.Popen(command, env=surroundings, cwd=ROOT, stdout=log, stderr=log)
    return Portal(instance, port, process, certificate).wait()


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
