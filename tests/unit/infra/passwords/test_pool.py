import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from ssp.infra.passwords import pool as pool_module
from ssp.infra.passwords.pool import Busy, Pool

SHORT = 0.01  # seconds; no test depends on how long it really takes
LONG = 60.0


def insist(pool: Pool, work: Callable[[], str], whose: str | None = None) -> str:
    """Return what the work returns, however often the pool has to be asked."""
    while True:
        try:
            return pool.run(work, whose)
        except Busy:
            continue


@contextmanager
def occupied(pool: Pool, whose: str | None = None) -> Iterator[Future[str]]:
    """Keep the only thread of the pool at work inside the block."""
    begun, end = Event(), Event()

    def work() -> str:
        begun.set()
        end.wait(LONG)
        return "done"

    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(insist, pool, work, whose)
        assert begun.wait(LONG)
        try:
            yield answer
        finally:
            end.set()


def test_work_comes_back_with_its_result_or_its_error() -> None:
    pool = Pool(1, 0)
    assert pool.run(lambda: "result") == "result"
    with pytest.raises(ZeroDivisionError):
        insist(pool, lambda: str(1 // 0))
    pool.close()


def test_one_person_has_one_place() -> None:
    pool = Pool(1, 2, patience=LONG)
    with ThreadPoolExecutor(1) as caller:
        with occupied(pool, "ada") as answer:
            with pytest.raises(Busy):
                pool.run(lambda: "never", "ada")
            other = caller.submit(pool.run, lambda: "Ben's", "ben")
        assert (answer.result(LONG), other.result(LONG)) == ("done", "Ben's")
    assert insist(pool, lambda: "again", "ada") == "again"
    pool.close()


def test_a_full_queue_is_busy_at_once_and_free_again_after() -> None:
    pool = Pool(1, 0, patience=LONG)
    with occupied(pool) as answer:
        with pytest.raises(Busy):
            pool.run(lambda: "never")
        assert not answer.done()
    assert answer.result(LONG) == "done"
    assert insist(pool, lambda: "next") == "next"
    pool.close()


def test_work_that_waits_too_long_is_dropped_and_leaves_its_place() -> None:
    pool = Pool(1, 1, patience=SHORT)
    ran: list[str] = []
    with occupied(pool) as answer:
        for name in ("first", "second", "third"):  # each would find the queue full, had the one before kept its place
            with pytest.raises(Busy):
                pool.run(lambda name=name: ran.append(name))  # type: ignore[misc] # mypy can't type a lambda's default
    assert answer.result(LONG) == "done"
    assert insist(pool, lambda: "next") == "next"
    assert ran == []
    pool.close()


def test_work_that_has_begun_is_waited_for_beyond_any_patience() -> None:
    pool = Pool(1, 1, patience=SHORT)
    with occupied(pool) as answer, pytest.raises(Busy):
        pool.run(lambda: "never")  # as long as it waited, so long did the first caller wait past its patience
    assert answer.result(LONG) == "done"
    pool.close()


def test_work_keeps_its_place_when_its_caller_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(1, 0, patience=LONG)
    begun, end = Event(), Event()

    def give_up(*_: object, **__: object) -> None:
        assert begun.wait(LONG)
        raise KeyboardInterrupt

    def work() -> str:
        begun.set()
        end.wait(LONG)
        return "done"

    with monkeypatch.context() as patch:
        patch.setattr(pool_module, "wait", give_up)
        with pytest.raises(KeyboardInterrupt):
            pool.run(work)
    with pytest.raises(Busy):
        pool.run(lambda: "never")
    end.set()
    assert insist(pool, lambda: "next") == "next"
    pool.close()


def own_priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_the_work_lets_the_pages_go_first() -> None:
    assert Pool(1, 0).run(own_priority) == min(own_priority() + pool_module.STEP_BACK, 19)


def test_where_no_priority_may_be_set_the_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    assert Pool(1, 0).run(own_priority) == own_priority()


def test_where_priorities_are_of_whole_processes_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert Pool(1, 0).run(own_priority) == own_priority()
