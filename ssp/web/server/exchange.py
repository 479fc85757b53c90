"""One request and its answer, as the server's parts hand it to each other."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Generator

    from granian.rsgi import Scope

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]


class Line(Protocol):
    """The connection, as granian hands it out for one request."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the body's parts."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send the answer, from any thread."""


class Exchange:
    """A request on its way. Granian awaits it; whoever answers, in whatever thread, ends that."""

    __slots__ = ("environ", "line", "scope", "since", "waits")
    environ: Environ
    since: float  # when it began to wait for a thread, in monotonic seconds
    waits: Coroutine[Exchange, None, None]  # granian's own, stopped where it awaits this

    def __init__(self, scope: Scope, line: Line) -> None:
        self.scope, self.line = scope, line

    def __await__(self) -> Generator[Exchange, Any, None]:
        """Hand this exchange to the one who steps what awaits it."""
        yield self

    def answer(self, answer: Answer) -> None:
        """Send the answer, and let granian be done."""
        try:
            self.line.response_bytes(*answer)
        finally:
            with suppress(StopIteration):  # so a coroutine ends
                _ = self.waits.send(None)
