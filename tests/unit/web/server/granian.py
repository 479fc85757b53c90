"""Granian's part in a test: a loop, requests as it hands them out, and what it was answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from granian.rsgi import Scope

    from ssp.web.server import Server
    from ssp.web.server.exchange import Answer, Headers

SECONDS = 20


@dataclass
class Lines:
    """Header lines, and how many of their names have a value that is no text."""

    texts: list[tuple[str, str]]
    others: int = 0

    def __len__(self) -> int:
        return len({name for name, _ in self.texts}) + self.others

    def items(self) -> list[tuple[str, str]]:
        return self.texts


def scope(path: str = "/", *lines: tuple[str, str], **other: Any) -> Scope:  # noqa: ANN401 - whatever a request has
    """Return what stands before a body; a request of a browser's but for what is given."""
    given = {"http_version": "1.1", "method": "GET", "query_string": "", "authority": None, "client": "192.0.2.7:5000"}
    texts = list(lines) if other.pop("bare", False) else [("host", "localhost"), *lines]
    headers = Lines(texts, other.pop("others", 0))
    return cast("Scope", SimpleNamespace(path=path, headers=headers, **{**given, **other}))


@dataclass
class Line:
    """A connection: the parts of a body in the order in which they come; None is one that never comes."""

    parts: list[bytes | None] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    finished: bool = False
    fault: BaseException | None = None

    def __aiter__(self) -> Line:
        return self

    async def __anext__(self) -> bytes:
        if not self.parts:
            raise StopAsyncIteration
        part = self.parts.pop(0)
        if part is None:
            await asyncio.Event().wait()
        return part or b""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        if self.fault:
            raise self.fault
        self.answers.append((status, headers, body))


class Granian:
    """Runs a server's loop for as long as answers are awaited."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.loop = asyncio.new_event_loop()
        server.__rsgi_init__(self.loop)
        self.turn()

    def turn(self) -> None:
        """Let what is due happen."""
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()

    def begin(self, scope: Scope, *parts: bytes | None, fault: BaseException | None = None) -> Line:
        """Hand a request to the server."""
        line = Line(list(parts), fault=fault)
        self.loop.call_soon(self._begin, scope, line)
        self.turn()
        return line

    def wait(self, *lines: Line) -> list[Answer]:
        """Return what these requests are answered."""
        late = self.loop.call_later(SECONDS, self.loop.stop)
        while not all(line.finished for line in lines) and self.loop.time() < late.when():
            self.loop.run_forever()
        late.cancel()
        return [line.answers[0] for line in lines]

    def ask(self, scope: Scope, *parts: bytes | None) -> Answer:
        """Return what one request is answered."""
        return self.wait(self.begin(scope, *parts))[0]

    def close(self) -> None:
        """End, as at a shutdown."""
        self.server.__rsgi_del__(self.loop)
        self.loop.close()

    def _begin(self, scope: Scope, line: Line) -> None:
        _ = self.loop.create_task(self._watch(scope, line))

    async def _watch(self, scope: Scope, line: Line) -> None:
        await self.server.__rsgi__(scope, line)
        line.finished = True
        self.loop.call_soon_threadsafe(self.loop.stop)
