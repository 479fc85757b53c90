"""A few threads, and a bounded queue in front of them."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssp.web.server.exchange import Exchange


class Lane:
    """Runs `answer`, which must not raise, for each exchange, first come first served, on threads of its own."""

    def __init__(self, name: str, answer: Callable[[Exchange], None], threads: int, queue: int) -> None:
        self.name = name
        self._answer = answer
        self._most = queue
        self._waiting: SimpleQueue[Exchange | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def offer(self, exchange: Exchange) -> bool:
        """Let an exchange wait for a thread; return False if too many do already. For one caller at a time."""
        if self._waiting.qsize() >= self._most:
            return False
        self._waiting.put(exchange)
        return True

    def close(self) -> None:
        """Answer what waits, then end the threads."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (exchange := self._waiting.get()) is not None:
            self._answer(exchange)
