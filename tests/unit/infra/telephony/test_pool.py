"""The bulkhead: nobody waits long, and nothing is sent twice."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest

from ssp.cli import serve
from ssp.infra.telephony import pool
from ssp.infra.telephony.carrier import Accepted, Message, Reason, Receipt, TextMessage, Unavailable
from ssp.infra.telephony.pool import BoundedSender
from ssp.infra.telephony.twilio import WHOLE_SECONDS

LONG = 10.0


class SlowCarrier:
    """Takes a message, says so, and answers when it is let go."""

    def __init__(self) -> None:
        self.took: list[str] = []
        self.started = threading.Semaphore(0)
        self.let_go = threading.Event()

    def send(self, message: Message) -> Receipt:
        self.took.append(message.body)
        self.started.release()
        assert self.let_go.wait(LONG)
        return Accepted(message.body)


@pytest.fixture
def slow() -> Iterator[SlowCarrier]:
    carrier = SlowCarrier()
    yield carrier
    carrier.let_go.set()


def text(body: str) -> TextMessage:
    return TextMessage("+12055550123", body)


def test_the_carriers_answer_comes_back(slow: SlowCarrier) -> None:
    slow.let_go.set()
    sender = BoundedSender(slow)
    assert sender.send(text("one")) == Accepted("one")
    sender.close()


def test_a_surprise_in_the_carrier_reaches_the_caller_and_frees_its_place() -> None:
    class Broken:
        def send(self, message: Message) -> Receipt:
            raise RuntimeError(message.body)

    sender = BoundedSender(Broken(), workers=1, queue=0)
    for body in ("one", "two"):
        with pytest.raises(RuntimeError, match=body):
            sender.send(text(body))
    sender.close()


def test_a_full_pool_says_so_at_once(slow: SlowCarrier) -> None:
    sender = BoundedSender(slow, workers=1, queue=0, wait_s=LONG)
    with ThreadPoolExecutor(1) as others:
        first = others.submit(sender.send, text("one"))
        assert slow.started.acquire(timeout=LONG)
        begun = time.monotonic()
        assert sender.send(text("two")) == Unavailable(Reason.BUSY)
        assert time.monotonic() - begun < 1
        slow.let_go.set()
        assert first.result(LONG) == Accepted("one")
    assert sender.send(text("three")) == Accepted("three")
    assert slow.took == ["one", "three"]
    sender.close()


def test_a_send_that_hangs_may_have_gone_out(slow: SlowCarrier) -> None:
    sender = BoundedSender(slow, workers=1, queue=1, wait_s=0.3)
    assert sender.send(text("one")) == Unavailable(Reason.TIMEOUT)
    slow.let_go.set()
    sender.close()
    assert slow.took == ["one"]


def test_who_waits_in_the_queue_hears_soon_that_nobody_gets_through(slow: SlowCarrier) -> None:
    sender = BoundedSender(slow, workers=1, queue=1, queued_s=0.2, wait_s=LONG)
    with ThreadPoolExecutor(1) as others:
        first = others.submit(sender.send, text("one"))
        assert slow.started.acquire(timeout=LONG)
        begun = time.monotonic()
        assert sender.send(text("two")) == Unavailable(Reason.BUSY)
        assert time.monotonic() - begun < LONG / 2
        assert not first.done(), "what the provider has goes on being waited for"
        slow.let_go.set()
        assert first.result(LONG) == Accepted("one")
    sender.close()
    assert slow.took == ["one"]


def test_who_is_taken_out_of_the_queue_in_time_is_waited_for(slow: SlowCarrier) -> None:
    sender = BoundedSender(slow, workers=1, queue=1, queued_s=LONG / 2, wait_s=LONG)
    with ThreadPoolExecutor(2) as others:
        sends = [others.submit(sender.send, text(body)) for body in ("one", "two")]
        assert slow.started.acquire(timeout=LONG)
        slow.let_go.set()
        assert sorted(str(each.result(LONG)) for each in sends) == sorted(map(str, map(Accepted, ("one", "two"))))
    sender.close()


def test_nobody_waits_longer_than_for_one_send() -> None:
    assert pool.QUEUED_SECONDS <= 1
    assert pool.WAIT_SECONDS >= WHOLE_SECONDS


def test_a_provider_that_hangs_leaves_most_threads_of_a_process() -> None:
    assert pool.WORKERS + pool.QUEUE < serve.THREADS / 2


def test_a_send_that_never_left_the_queue_never_leaves(slow: SlowCarrier, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: object) -> None:
        """Lose patience as soon as the first message is with the carrier."""
        assert slow.took or slow.started.acquire(timeout=LONG)

    monkeypatch.setattr(pool, "wait", give_up)
    sender = BoundedSender(slow, workers=1, queue=1)
    assert sender.send(text("one")) == Unavailable(Reason.TIMEOUT)
    # Each leaves its place to the next; without that, only one of these could wait at all.
    assert [sender.send(text(body)) for body in ("two", "three", "four")] == [Unavailable(Reason.BUSY)] * 3
    slow.let_go.set()
    monkeypatch.undo()
    assert sender.send(text("five")) == Accepted("five")
    sender.close()
    assert slow.took == ["one", "five"]


def turned_away(sender: BoundedSender, slow: SlowCarrier, people: int, places: int) -> list[Receipt]:
    """Let people send at once while the provider hangs; return what those hear for whom there is no place."""
    slow.let_go.clear()
    slow.took.clear()
    with ThreadPoolExecutor(people) as crowd:
        sends = [crowd.submit(sender.send, text(str(number))) for number in range(people)]
        early = list(islice(as_completed(sends, LONG), people - places))
        assert sum(each.done() for each in sends) == people - places
        slow.let_go.set()
    taken = [each.result() for each in sends if each not in early]
    assert sorted(taken, key=str) == sorted(map(Accepted, slow.took), key=str)
    return [each.result() for each in early]


def test_of_a_burst_only_as_many_wait_as_there_are_places(slow: SlowCarrier) -> None:
    sender = BoundedSender(slow, workers=2, queue=3, queued_s=LONG, wait_s=LONG)
    # The provider hangs, and yet all but five hear at once that they had better use another way.
    assert turned_away(sender, slow, people=40, places=5) == [Unavailable(Reason.BUSY)] * 35
    assert turned_away(sender, slow, people=6, places=5) == [Unavailable(Reason.BUSY)]
    sender.close()


def test_no_place_is_lost_where_people_give_up_just_as_their_message_leaves(
    slow: SlowCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow.let_go.set()
    sender = BoundedSender(slow, workers=1, queue=3, queued_s=LONG, wait_s=LONG)
    with monkeypatch.context() as patch, ThreadPoolExecutor(8) as crowd:
        patch.setattr(pool, "wait", lambda *_: None)
        list(crowd.map(lambda number: sender.send(text(str(number))), range(2000)))
    # Once a later message has left, nothing of them is under way.
    assert any(sender.send(text("last")) == Accepted("last") for _ in range(100_000))
    assert turned_away(sender, slow, people=5, places=4) == [Unavailable(Reason.BUSY)]
    sender.close()


def test_a_machine_without_threads_loses_no_place_and_sends_nothing_later(
    slow: SlowCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    slow.let_go.set()
    sender = BoundedSender(slow, workers=1, queue=1, queued_s=LONG, wait_s=LONG)
    with monkeypatch.context() as patch:
        patch.setattr("threading.Thread.start", refuse)
        assert [sender.send(text(body)) for body in ("one", "two", "three")] == [Unavailable(Reason.BUSY)] * 3
    assert sender.send(text("four")) == Accepted("four")
    assert slow.took == ["four"]
    assert turned_away(sender, slow, people=3, places=2) == [Unavailable(Reason.BUSY)]
    sender.close()


def test_a_pool_that_was_closed_sends_nothing(slow: SlowCarrier) -> None:
    sender = BoundedSender(slow)
    sender.close()
    assert sender.send(text("late")) == Unavailable(Reason.BUSY)
    assert slow.took == []
