"""The portal as granian runs it (RSGI): an event loop reads requests whole, within limits, and threads answer them.

WSGI alone cannot do that: its server hands a request to a thread before the body is there, so that clients who send
slowly hold threads, and folds header names with underscores into those with hyphens.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, cast

from ssp.web.server import bodies, gateway, heads
from ssp.web.server.exchange import Exchange
from ssp.web.server.lane import Lane
from ssp.web.server.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from flask import Flask
    from granian.rsgi import Scope

    from ssp.web.server.exchange import Answer, Line

log = logging.getLogger("ssp.server")
# Of so many threads one answers pages only: forms may wait for passwords, sends and the database, pages should not.
FOR_PAGES = 4
# Behind each kind of thread. Even pages take a moment in such a crowd; what waits longer is only waited for in vain.
QUEUE = 64
# Bodies on their way at once: at most 16 MiB in a process.
MOST_BODIES = 256
# After so long in the queue a request is not begun any more: its sender has given up, or is glad to try again.
PATIENCE_SECONDS = 5.0
_PAGE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Server:
    """Answers requests with the portal on so many threads."""

    def __init__(self, app: Flask, threads: int) -> None:
        self._app = app
        self._refusals = Refusals(app)
        for_pages = max(1, threads // FOR_PAGES)
        self._pages = Lane("pages", self._answer, for_pages, QUEUE)
        self._forms = Lane("forms", self._answer, threads - for_pages, QUEUE)
        self._receiving: set[asyncio.Task[None]] = set()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop. From its first turn on, its tasks are requests and nothing else."""
        # Granian wants nothing of the tasks that it makes but to hold them.
        loop.call_soon(loop.set_task_factory, cast("Any", self._begin))

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """Let the threads end; everything that was asked has been answered."""
        self._pages.close()
        self._forms.close()

    def __rsgi__(self, scope: Scope, line: Line) -> Exchange:
        """Return a request for granian to await."""
        return Exchange(scope, line)

    def _begin(
        self, loop: asyncio.AbstractEventLoop, waits: Coroutine[Exchange, None, None], **_options: object
    ) -> Exchange:
        """Take granian's coroutine up to its request, in place of a task, which would cost a tenth of a page's time."""
        exchange = waits.send(None)
        exchange.waits = waits
        environ = heads.read(exchange.scope)
        if isinstance(environ, int):
            exchange.answer(self._refusals.answer(environ))
            return exchange
        exchange.environ = environ
        if heads.has_body(environ):
            self._wait_for_body(loop, exchange)
        else:
            self._queue(exchange)
        return exchange

    def _wait_for_body(self, loop: asyncio.AbstractEventLoop, exchange: Exchange) -> None:
        if len(self._receiving) >= MOST_BODIES:
            self._turn_away(exchange, "forms on their way")
            return
        task = asyncio.Task(self._receive(exchange), loop=loop)
        self._receiving.add(task)
        task.add_done_callback(self._receiving.discard)

    async def _receive(self, exchange: Exchange) -> None:
        """Wait for the body; whoever sends it holds no thread meanwhile."""
        body = await bodies.read(exchange.line, heads.declared_length(exchange.environ))
        if isinstance(body, int):
            exchange.answer(self._refusals.answer(body))
            return
        heads.attach(exchange.environ, body)
        self._queue(exchange)

    def _queue(self, exchange: Exchange) -> None:
        lane = self._pages if exchange.environ["REQUEST_METHOD"] in _PAGE_METHODS else self._forms
        exchange.since = time.monotonic()
        if not lane.offer(exchange):
            self._turn_away(exchange, lane.name)

    def _turn_away(self, exchange: Exchange, what: str) -> None:
        log.warning("too many %s at once: one was answered with 503", what)
        exchange.answer(self._refusals.answer(503))

    def _answer(self, exchange: Exchange) -> None:
        """Answer a request, in a thread."""
        try:
            exchange.answer(self._from_portal(exchange))
        except BaseException:
            log.critical("an answer could not be sent", exc_info=True)

    def _from_portal(self, exchange: Exchange) -> Answer:
        if time.monotonic() - exchange.since > PATIENCE_SECONDS:
            return self._refusals.answer(503)
        try:
            return gateway.call(self._app, exchange.environ)
        except Exception as error:
            log.exception("unexpected %s", type(error).__name__)
            return self._refusals.answer(500)
