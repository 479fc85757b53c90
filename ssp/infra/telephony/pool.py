"""A bulkhead around a carrier: with the provider hanging, few requests wait and all others hear so at once."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ssp.infra.telephony.carrier import Carrier, Message, Reason, Receipt, Unavailable

WORKERS = 4
QUEUE = 16
WAIT_SECONDS = 8.0


class BoundedSender:
    """Sends on a few threads of its own. Threads start with the first message, so it may be made before a fork."""

    def __init__(
        self, carrier: Carrier, workers: int = WORKERS, queue: int = QUEUE, wait_s: float = WAIT_SECONDS
    ) -> None:
        self._carrier = carrier
        self._wait_s = wait_s
        self._places = threading.BoundedSemaphore(workers + queue)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="send")

    def send(self, message: Message) -> Receipt:
        """Return what the carrier says, within `wait_s` seconds; Unavailable(BUSY) at once when it is full."""
        if not self._places.acquire(blocking=False):
            return Unavailable(Reason.BUSY)
        sending = self._pool.submit(self._carrier.send, message)
        sending.add_done_callback(self._leave)
        wait([sending], self._wait_s)
        if sending.done():
            return sending.result()
        # Still in the queue: it never leaves. Already with the provider: it may arrive, so nobody sends it again.
        return Unavailable(Reason.BUSY if sending.cancel() else Reason.TIMEOUT)

    def close(self) -> None:
        """Drop what waits and end the threads once their sends are over."""
        self._pool.shutdown(cancel_futures=True)

    def _leave(self, _sending: Future[Receipt]) -> None:
        self._places.release()
