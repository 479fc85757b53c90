"""Sending the notices that wait, on a thread of its own, so that no page waits for a mail server."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from ssp.flows import events, forgotten, notices, unfinished
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import ITSELF, Portal
from ssp.infra.clock import now
from ssp.infra.crypto import SealError
from ssp.infra.mail import MailError
from ssp.models import OutgoingMail, mail, throttle, user

log = logging.getLogger("ssp.notices")
BATCH = 20
# How often what could not be sent is tried again, as long as anybody uses the portal.
AGAIN_SECONDS = 60
# A process that died while it sent must not keep its mails for ever.
CLAIM_HOLDS = timedelta(minutes=5)
# Without a mail server the log says so, but not at every mail.
SAID_EVERY = timedelta(days=1)
_WAITING = "notices:waiting"


def send_waiting(portal: Portal) -> int:
    """Send what waits, each mail by one process only; return how many left. Without a mail server they wait on."""
    if not portal.mailer.ready:
        return 0
    with portal.database.reading() as connection:
        waiting = mail.waiting(connection, BATCH, now() - CLAIM_HOLDS)
    return sum(_send(portal, row) for row in waiting)


def _send(portal: Portal, row: OutgoingMail) -> bool:
    at = now()
    with portal.database.writing() as connection:
        if not mail.claim(connection, row.id, at, at - CLAIM_HOLDS):
            return False
    try:
        portal.mailer.send(row.to, row.subject, notices.body(portal, row))
    except (MailError, SealError) as error:
        log.warning("a notice waits: %s", error)
        with portal.database.writing() as connection:
            if mail.give_back(connection, row.id) == mail.MOST_FAILURES:
                person = user.by_id(connection, row.user_id)
                events.record(connection, ITSELF, Kind.NOTICE_FAILED, Outcome.FAILED, user=person)
        return False
    with portal.database.writing() as connection:
        mail.sent(connection, row.id, now())
    return True


def note_waiting(portal: Portal) -> None:
    """Let the log say that notices wait, once a day: nobody reads them before there is a mail server."""
    at = now()
    with portal.database.reading() as connection:
        if not mail.waiting(connection, 1, at - CLAIM_HOLDS):
            return
    with portal.database.writing() as connection:
        if throttle.count(connection, _WAITING, at, at - SAID_EVERY) == 1:
            events.record(connection, ITSELF, Kind.NOTICES_WAIT, Outcome.FAILED, reason="no_mail_server", at=at)


class Courier:
    """Sends waiting notices, and looks now and then for what nobody was told of yet."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self._turn = threading.Lock()
        self._due = self._look = 0.0  # the first round looks for what an earlier process left behind

    def nudge(self) -> None:
        """Send soon what was written, or what could not be sent a while ago; mostly there is nothing to do."""
        written = self._portal.mailer.written
        at = time.monotonic()
        wanted = written.is_set() or at >= min(self._due, self._look)
        if wanted and self._turn.acquire(blocking=False):
            written.clear()
            self._pool.submit(self._round)

    def _round(self) -> None:
        self._turn.release()  # what is written from here on asks for a round of its own
        at = time.monotonic()
        self._due, look = at + AGAIN_SECONDS, at >= self._look
        try:
            if look:
                self._look = at + AGAIN_SECONDS
                unfinished.tell(self._portal)
            self._write()
            if self._portal.mailer.ready:
                self._send()
            elif look:
                note_waiting(self._portal)
        except SQLAlchemyError:
            log.warning("notices wait: the database does not answer")

    def _write(self) -> None:
        """Write the mails that people wished for, until nobody does any more."""
        while forgotten.grant(self._portal) == forgotten.BATCH:
            pass

    def _send(self) -> None:
        """Send until the queue is empty, or nothing leaves any more."""
        left = BATCH
        while left == BATCH:
            left = send_waiting(self._portal)

    def close(self) -> None:
        """Finish the round under way, and stop."""
        self._pool.shutdown()
