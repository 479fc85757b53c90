"""The bulkhead: nobody waits long, and nothing is sent twice."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ssp.infra.telephony import pool
from ssp.infra.telephony.carrier import Accepted, Message, Reason, Receipt, TextMessage, Unavailable
from ssp.infra.telephony.pool import BoundedSender

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
