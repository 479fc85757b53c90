"""Two real servers on one database, and visitors that go to either."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sqlalchemy import create_engine, delete, update

from ssp.app import create_app
from ssp.models import columns
from ssp.settings import ROOT, Settings
from tests.browser.serving import Portal as Server
from tests.browser.serving import environment, flask, free_port
from tests.people import Phone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ssp.flows.portal import Portal
    from tests.people import Human

PAIR = 2


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def location(self) -> str:
        """Return where it leads; empty if it leads nowhere."""
        return self.headers.get("Location", "")

    @property
    def cookies(self) -> dict[str, str]:
        """Return the cookies that it sets."""
        lines = self.headers.get_all("Set-Cookie") or []
        return {name: cookie.value for line in lines for name, cookie in SimpleCookie(line).items()}


@dataclass
class Visitor:
    """Somebody's browser; the pair of servers is one site to it."""

    ports: tuple[int, ...]
    cookies: dict[str, str] = field(default_factory=dict)
    page: Answer = field(init=False)

    def ask(self, server: int, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        """Ask one of the servers for a page, or send it a form; nothing is kept."""
        address = f"127.0.0.1:{self.ports[server % PAIR]}"
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{address}"}
        with closing(http.client.HTTPConnection(address, timeout=30)) as connection:
            body = None if fields is None else urlencode(fields)
            connection.request("GET" if body is None else "POST", path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())

    def take(self, answer: Answer) -> Answer:
        """Keep the cookies of an answer, and show it."""
        self.cookies |= answer.cookies
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        self.page = answer
        return answer

    def open(self, server: int, path: str) -> Answer:
        """Go to a page."""
        return self.take(self.ask(server, path))

    def fill(self, server: int, path: str, **fields: str) -> Answer:
        """Send a form with the token of the page that shows; follow where it leads."""
        answer = self.take(self.ask(server, path, {"csrf_token": self.csrf(), **fields}))
        return self.open(server, answer.location) if answer.location else answer

    def csrf(self) -> str:
        """Return the token of the page that shows."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page.text)
        assert found, self.page
        return found[1]

    def password(self, server: int, human: Human) -> Answer:
        """Type username and password; return what comes next, without following it."""
        self.open(server, "/sign-in")
        fields = {"csrf_token": self.csrf(), "username": human.username, "password": human.password}
        answer = self.take(self.ask(server, "/sign-in", fields))
        self.open(server, answer.location)
        return answer


@dataclass
class Twins:
    """Two servers in processes of their own, with one instance folder and one database."""

    instance: Path
    url: str
    servers: list[Server] = field(default_factory=list)

    def start(self, **settings: str) -> Twins:
        """Start both, and return them once both answer."""
        for number in range(PAIR):
            port = free_port()
            command = flask("serve", "--bind", f"127.0.0.1:{port}", "--workers", "1")
            surroundings = environment(self.instance, database_url=self.url, **settings)
            with (self.instance / f"serve-{number}.log").open("wb") as log:
                process = subprocess.Popen(command, env=surroundings, cwd=ROOT, stdout=log, stderr=log)
            self.servers.append(Server(self.instance, port, process))
        for server in self.servers:
            server.wait()
        return self

    def stop(self) -> None:
        """End both."""
        for server in self.servers:
            server.stop()
        if "operator" in vars(self):
            self.operator.database.engine.dispose()

    @cached_property
    def operator(self) -> Portal:
        """Return the portal as the operator's commands have it, in a process of their own."""
        settings = Settings.model_validate({"instance": self.instance, "demo": True, "database_url": self.url})
        found: Portal = create_app(settings).extensions["ssp"]
        return found

    @property
    def log(self) -> str:
        """Return what both have said."""
        return "".join(path.read_text() for path in sorted(self.instance.glob("serve-*.log")))

    @property
    def phone(self) -> Phone:
        """Return everybody's phone."""
        return Phone(self.instance / "outbox.jsonl")

    def visitor(self) -> Visitor:
        """Return a new browser."""
        return Visitor(tuple(server.port for server in self.servers))

    def rows(self, model: type, **equal: object) -> list[Any]:
        """Return rows of a table."""
        table = columns.table(model)
        query = columns.columns(model).where(*(table.c[name] == value for name, value in equal.items()))
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = list(connection.execute(query))
        engine.dispose()
        return found

    def forget(self, *models: type) -> None:
        """Drop all rows of some tables."""
        engine = create_engine(self.url)
        with engine.begin() as connection:
            for model in models:
                connection.execute(delete(model))
        engine.dispose()

    def edit(self, model: type, **values: object) -> None:
        """Change all rows of a table, as time would: the portal has no door for that."""
        engine = create_engine(self.url)
        with engine.begin() as connection:
            assert connection.execute(update(model).values(**values)).rowcount > 0
        engine.dispose()


def raw(twins: Twins, request: bytes) -> bytes:
    """Send bytes to one of the servers; return what it says until it hangs up, which it may do at any time."""
    with closing(dial(twins)) as line:
        return hear(line, request)


def dial(twins: Twins) -> socket.socket:
    """Return a line to one of the servers."""
    return socket.create_connection(("127.0.0.1", twins.servers[0].port), timeout=20)


def hear(line: socket.socket, more: bytes = b"") -> bytes:
    """Send bytes on a line; return what the server says until it hangs up."""
    said = b""
    with suppress(ConnectionError):
        line.sendall(more)
        while part := line.recv(65536):
            said += part
    return said


def status(said: bytes) -> int:
    """Return the status of an answer; 0 if there is none."""
    return int(said.split(b" ", 2)[1]) if said else 0


def head(method: str, path: str, *lines: str) -> bytes:
    """Return what stands before a body, for one request on a line."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines, "", ""]).encode()
