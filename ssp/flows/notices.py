"""Notices that people get by mail: queued with the change they report, sent after it."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ssp.flows.portal import Portal, Visit
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.infra.mail import MailError
from ssp.models import Authenticator, OutgoingMail, User, mail

log = logging.getLogger("ssp.notices")
BATCH = 20
# How often what could not be sent is tried again, as long as anybody uses the portal.
AGAIN_SECONDS = 60
# A process that died while it sent must not keep its mails for ever.
CLAIM_HOLDS = timedelta(minutes=5)
# What Web Support does, by the name of the command that does it.
SUPPORT_ACTS = {
    "disable": "disabled your account, and signed you out everywhere",
    "enable": "enabled your account again",
    "reset-mfa": "removed your MFA options; your next sign-in sets one up",
    "unlock": "freed your account, which takes your password and access codes again",
}


def set_up(connection: Connection, portal: Portal, visit: Visit, person: User, way: str) -> None:
    """Tell the owner that an MFA option was set up (security requirement EN1)."""
    _queue(connection, portal, person, "set_up", way=way, address=visit.address)


def paused(connection: Connection, portal: Portal, person: User, way: Authenticator, *, known: bool) -> None:
    """Tell the owner that many wrong codes were typed, and that this way rests (security requirement TH1).

    `known` says whether it rests in browsers in which they signed in before, or in all others.
    """
    _queue(connection, portal, person, "paused", way=portal.types[way.type].masked(way), where=_WHERE[known])


def stopped(connection: Connection, portal: Portal, person: User, way: Authenticator, *, known: bool) -> None:
    """Tell the owner that so many wrong codes were typed that this way takes none before Web Support frees it."""
    _queue(connection, portal, person, "stopped", way=portal.types[way.type].masked(way), where=_WHERE[known])


_WHERE = {True: "browsers in which you signed in before", False: "browsers in which you never signed in"}


def device_replayed(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that a spent value of a trusted device came back (security requirement TD5)."""
    _queue(connection, portal, person, "device_replayed", address=visit.address)


def removed(connection: Connection, portal: Portal, visit: Visit, person: User, way: str) -> None:
    """Tell the owner that an MFA option was removed; `way` is what it was, masked (security requirement EN5)."""
    _queue(connection, portal, person, "removed", way=way, address=visit.address)


def new_browser(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner of a sign-in with a browser that was not seen before (security requirement EN5)."""
    _queue(connection, portal, person, "new_browser", address=visit.address)


def password_changed(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that the password was changed (security requirement EN5)."""
    _queue(connection, portal, person, "password_changed", address=visit.address)


def sessions_ended(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that all sessions were ended, as by "sign out everywhere"."""
    _queue(connection, portal, person, "sessions_ended", address=visit.address)


def session_dropped(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that one session was ended from another browser."""
    _queue(connection, portal, person, "session_dropped", address=visit.address)


def device_revoked(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that the trust in a device was ended."""
    _queue(connection, portal, person, "device_revoked", address=visit.address)


def support_acted(connection: Connection, portal: Portal, person: User, what: str) -> None:
    """Tell the owner what Web Support did; `what` is one of SUPPORT_ACTS."""
    _queue(connection, portal, person, "support_acted", what=SUPPORT_ACTS[what])


def _queue(connection: Connection, portal: Portal, person: User, template: str, **words: str) -> None:
    """Put one mail into the queue, in the transaction of what it reports."""
    at = now()
    subject, body = portal.mailer.write(template, name=person.name, at=at, **words)
    row = {"id": tokens.new_id(), "user_id": person.id, "to": person.email, "created_at": at}
    mail.add(connection, **row, subject=subject, body=body)


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
        portal.mailer.send(row.to, row.subject, row.body)
    except MailError as error:
        log.warning("a notice waits: %s", error)
        with portal.database.writing() as connection:
            mail.give_back(connection, row.id)
        return False
    with portal.database.writing() as connection:
        mail.sent(connection, row.id, now())
    return True


class Courier:
    """Sends waiting notices on a thread of its own, so that no page waits for a mail server."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self._turn = threading.Lock()
        self._due = 0.0  # the first round looks for what an earlier process left behind

    def nudge(self) -> None:
        """Send soon what was written, or what could not be sent a while ago; mostly there is nothing to do."""
        written = self._portal.mailer.written
        wanted = self._portal.mailer.ready and (written.is_set() or time.monotonic() >= self._due)
        if wanted and self._turn.acquire(blocking=False):
            written.clear()
            self._pool.submit(self._round)

    def _round(self) -> None:
        self._turn.release()  # what is written from here on asks for a round of its own
        self._due = time.monotonic() + AGAIN_SECONDS
        try:
            left = BATCH
            while left == BATCH:  # until the queue is empty, or nothing leaves any more
                left = send_waiting(self._portal)
        except SQLAlchemyError:
            log.warning("notices wait: the database does not answer")

    def close(self) -> None:
        """Finish the round under way, and stop."""
        self._pool.shutdown()
