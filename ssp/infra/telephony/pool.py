"""A bulkhead around a carrier: with the provider hanging, few requests wait and all others hear so at once."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ssp.infra.telephony.carrier import Carrier, Message, Reason, Receipt, Unavailable

WORKERS = 4
# With the workers less than half of a server process's threads, so that a hanging provider leaves threads for all else.
QUEUE = 2
# A place that is freed is freed within moments, unless the provider hangs: then it is better to hear so soon.
QUEUED_SECONDS = 1.0
WAIT_SECONDS = 8.0


class BoundedSender:
    """Sends on a few threads of its own. Threads start with the first message, so it may be made before a fork."""

    def __init__(
        self,
        carrier: Carrier,
        workers: int = WORKERS,
        queue: int = QUEUE,
        *,
        queued_s: float = QUEUED_SECONDS,
        wait_s: float = WAIT_SECONDS,
    ) -> None:
        self._carrier = carrier
        self._queued_s = min(queued_s, wait_s)
        self._wait_s = wait_s
        self._places = threading.BoundedSemaphore(workers + queue)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="send")

    def send(self, message: Message) -> Receipt:
        """Return what the carrier says, within `wait_s` seconds.

        Unavailable(BUSY) at once when it is full, and after `queued_s` seconds where no thread was free till then.
        """
        if not self._places.acquire(blocking=False):
            return Unavailable(Reason.BUSY)
        # Taken once, by the thread that sends or by the one that gives up; whoever has it gives the place back.
        claim = threading.Lock()
        sending = self._queued(message, claim)
        if sending:
            wait([sending], self._queued_s)
        if claim.acquire(blocking=False):
            # It was still in the queue, and never leaves.
            self._places.release()
            return Unavailable(Reason.BUSY)
        # Already with the provider it may still arrive, so nobody sends it again.
        return sending.result() if sending and self._ended(sending) else Unavailable(Reason.TIMEOUT)

    def close(self) -> None:
        """End the threads once their sends are over."""
        self._pool.shutdown()

    def _queued(self, message: Message, claim: threading.Lock) -> Future[Receipt] | None:
        """Return the send that waits for a thread; None if the machine has no more threads to give."""
        try:
            return self._pool.submit(self._carry, message, claim)
        except RuntimeError:
            return None

    def _ended(self, sending: Future[Receipt]) -> bool:
        """Return whether a send is over, after the time that is left for it."""
        wait([sending], self._wait_s - self._queued_s)
        return sending.done()

    def _carry(self, message: Message, claim: threading.Lock) -> Receipt:
        if not claim.acquire(blocking=False):
            return Unavailable(Reason.BUSY)
        try:
            return self._carrier.send(message)
        finally:
            self._places.release()
