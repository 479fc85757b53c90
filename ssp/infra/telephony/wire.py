"""One request over the network and its answer, strict about time, size, certificate and address."""

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage
from typing import Any
from urllib.parse import urlsplit

import certifi

LONGEST_ANSWER = 64 * 1024


class NotConnectedError(Exception):
    """No connection came about, or with nobody who proved to be the right one; nothing left."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever it says."""

    status: int
    headers: HTTPMessage
    text: str


class Wire:
    """Carries requests to one origin: a new connection each time, no redirect, no proxy, no netrc; nothing is logged.

    `connect_s` is how long each address of the host is tried, and then TLS. `trust` is the client's side of TLS.
    """

    def __init__(self, origin: str, connect_s: float, trust: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(origin.rstrip("/"))
        self._trust = (trust or _trust()) if parts.scheme == "https" else None
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._trust else 80)
        self._name = parts.netloc.rpartition("@")[2]
        self._folder = parts.path
        self._connect_s = connect_s

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str], ends: float) -> Answer:
        """Return the answer. It all ends at `ends` of the monotonic clock, by TimeoutError, however slowly it comes.

        Raises NotConnectedError; TimeoutError, OSError or HTTPException once something may have left. Only the look-up
        of the host's name keeps its own time, the system's.
        """
        line = self._connected(ends)
        try:
            connection = HTTPConnection(self._host, self._port)
            sock: Any = _Line(line, ends)
            connection.sock = sock
            connection.request(method, self._folder + path, body or None, {"Host": self._name, **headers})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode("utf-8", "replace"))
        finally:
            line.close()

    def _connected(self, ends: float) -> socket.socket:
        try:
            line = self._reached(ends)
            if self._trust is None:
                return line
            line.settimeout(self._patience(ends))
            return self._trust.wrap_socket(line, server_hostname=self._host)
        except (OSError, UnicodeError) as error:
            raise NotConnectedError(type(error).__name__) from error

    def _reached(self, ends: float) -> socket.socket:
        """Return a connection to the first of the host's addresses that takes one."""
        failed = OSError()
        for *_, place in socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM):
            try:
                return socket.create_connection((str(place[0]), self._port), self._patience(ends))
            except OSError as error:
                failed = error
        raise failed

    def _patience(self, ends: float) -> float:
        return min(self._connect_s, left_until(ends))


class _Line(io.RawIOBase):
    """A connection as the HTTP package uses it, with an end and with a limit to what it brings."""

    def __init__(self, line: socket.socket, ends: float) -> None:
        self._line = line
        self._ends = ends
        self._room = LONGEST_ANSWER

    def sendall(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[self._in_time().send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:  # noqa: ANN401  Whatever takes bytes.
        count = self._in_time().recv_into(room)
        self._room -= count
        if self._room < 0:
            raise HTTPException("the answer is too long")
        return count

    def close(self) -> None:
        """Stay open: the package lets go of the connection before it reads the answer."""

    def _in_time(self) -> socket.socket:
        # A socket's own limit starts anew with every byte.
        self._line.settimeout(left_until(self._ends))
        return self._line


def left_until(ends: float) -> float:
    """Return the seconds that are left. Raises TimeoutError if none are."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _trust() -> ssl.SSLContext:
    """Return TLS that believes whom the machine believes, and the usual authorities where it has no list."""
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    return trust
