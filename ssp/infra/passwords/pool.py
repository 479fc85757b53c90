"""Heavy work on few threads, with a short queue in front of them."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import BoundedSemaphore
from typing import TypeVar

Result = TypeVar("Result")

PATIENCE_SECONDS = 2.0
# How far the work stands behind the pages of the same process, in steps of `nice`.
STEP_BACK = 10


class Busy(Exception):  # noqa: N818 - a state that passes, not a fault
    """Too much is waiting already. Nothing was computed and nothing failed: say "try again in a few seconds" (503)."""


class Pool:
    """Runs work on `threads` threads, first come first served, while at most `queue` more pieces wait.

    One thread for each process keeps one warm heap and is fair. A semaphore around the caller's own thread is neither,
    and without any bound a storm of sign-ins holds up everybody else for seconds and takes gigabytes.
    Make it in the process that uses it: threads don't survive a fork.
    """

    def __init__(self, threads: int, queue: int, patience: float = PATIENCE_SECONDS) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="passwords", initializer=_step_back)
        self._places = BoundedSemaphore(threads + queue)
        self._patience = patience
        self._served: set[str] = set()
        self._serving = threading.Lock()

    def run(self, work: Callable[[], Result], whose: str | None = None) -> Result:
        """Return what the work returns, or raise what it raises.

        Raises Busy when the queue is full, or when the work has not begun after two seconds; then it never will. Work
        that has begun keeps its place to its end, even when the caller is gone: only so is memory bounded. Where it is
        known `whose` work it is, that person has one place and no second one: they fill no queue that others wait in.
        """
        with self._one_place(whose):
            return self._run(work)

    @contextlib.contextmanager
    def _one_place(self, whose: str | None) -> Iterator[None]:
        if whose is None:
            yield
            return
        with self._serving:
            if whose in self._served:
                raise Busy
            self._served.add(whose)
        try:
            yield
        finally:
            with self._serving:
                self._served.remove(whose)

    def _run(self, work: Callable[[], Result]) -> Result:
        if not self._places.acquire(blocking=False):
            raise Busy
        future = self._executor.submit(work)
        future.add_done_callback(lambda _: self._places.release())
        wait([future], timeout=self._patience)
        if future.cancel():
            raise Busy
        return future.result()

    def close(self) -> None:
        """Let what has begun finish, and drop the rest."""
        self._executor.shutdown(cancel_futures=True)


def _step_back() -> None:
    """Let the pages go first: they are done in a moment, and often one of them holds the database's lock."""
    with contextlib.suppress(OSError):  # not every sandbox allows it
        # Linux has a priority for each thread; elsewhere it would be the whole process's.
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + STEP_BACK)
