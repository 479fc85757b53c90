"""Mails for people who forgot their password or their username (security requirements RC4, EU2 and IN2).

A request looks nobody up: it keeps what was typed, sealed, and that is all. The courier finds out later whether anybody
is meant, so that neither the answer nor its time tells who has an account. Mail goes to the address on file alone.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from enum import Enum

from sqlalchemy import Connection

from ssp.flows import addresses, events, links, notices, people, recovery, references
from ssp.flows.addresses import Full
from ssp.flows.events import Kind, Outcome
from ssp.flows.links import Purpose
from ssp.flows.portal import Portal, Visit
from ssp.flows.references import Sight
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.infra.crypto import SealError
from ssp.models import User, Wish, throttle, user, wish

log = logging.getLogger("ssp.forgotten")
PURPOSE = "forgotten"
BATCH = 20
# What nobody can fill: each of them is looked at within seconds.
MOST_WAITING = 500
_FULL_FOR = timedelta(minutes=1)
# Whoever is refused another mail has three in the mailbox whose links work, so nobody is kept from theirs by strangers.
MOST_LINKS = 3
_LINKS_SPAN = links.HOLDS[Purpose.PASSWORD]
# A mail with usernames is as good tomorrow.
MOST_LISTS = 3
_LISTS_SPAN = timedelta(days=1)
# More than that is an attack on the mail server's good name, or on everybody.
MOST_IN_ALL = 1000
_IN_ALL_SPAN = timedelta(hours=1)
_IN_ALL = "mailed:all"


class Forgotten(Enum):
    """What somebody forgot."""

    PASSWORD = "password"  # noqa: S105 - not one
    USERNAME = "username"


KINDS = {Forgotten.PASSWORD: Kind.RECOVERY_BEGUN, Forgotten.USERNAME: Kind.USERNAMES_MAILED}


def ask(portal: Portal, visit: Visit, what: Forgotten, typed: str) -> Full | None:
    """Keep a wish for mail; return until when none is taken from this network address, or None if it was kept."""
    at, wish_id = now(), tokens.new_id()
    sealed = portal.keys.seal(PURPOSE, wish_id, typed[: user.LONGEST_TYPED])
    with portal.database.writing() as connection:
        full = addresses.count(connection, portal, visit, at, addresses.FORGOTTEN)
        if full is not None:
            if full.rate is not None:
                first, reason = replace(visit, request_id=full.reference), f"address_{full.rate}"
                events.record(connection, first, KINDS[what], Outcome.REFUSED, reason=reason, at=at)
            return full
        if wish.count(connection) >= MOST_WAITING:
            return Full(at + _FULL_FOR, references.of_page(portal, Sight.MANY_WISHES))
        came_from = {"address": visit.address, "agent": visit.agent, "request_id": visit.request_id}
        wish.add(connection, id=wish_id, what=what.value, typed=sealed, created_at=at, **came_from)
    portal.mailer.written.set()
    return None


def grant(portal: Portal) -> int:
    """Write the mails that were wished for, to those that there are; return how many wishes were looked at."""
    with portal.database.reading() as connection:
        waiting = wish.waiting(connection, BATCH)
    for row in waiting:
        _grant(portal, row)
    return len(waiting)


def _grant(portal: Portal, row: Wish) -> None:
    visit = Visit(row.address, row.agent, row.request_id)
    try:
        typed = portal.keys.open(PURPOSE, row.id, row.typed)
    except SealError as error:
        log.warning("a wish for mail is lost: %s", error)
        typed = ""
    with portal.database.writing() as connection:
        if wish.take(connection, row.id):
            (_link if row.what == Forgotten.PASSWORD.value else _usernames)(connection, portal, visit, typed)


def _link(connection: Connection, portal: Portal, visit: Visit, typed: str) -> None:
    """Mail a link to choose a new password to whoever has this username, or this address alone."""
    found = user.by_username(connection, typed)
    if found is None:
        sharing = _open(portal, user.by_address(connection, typed))
        if len(sharing) > 1:
            _usernames(connection, portal, visit, typed)  # they find out which of them it is
            return
        found = next(iter(sharing), None)
    person = user.by_id(connection, found.id, lock=True) if found else None
    if person is None:
        _refuse(connection, portal, visit, Forgotten.PASSWORD, typed, "unknown")
        return
    counter = f"mailed:link:{person.id}"
    fault = _fault(portal, person) or _too_many(connection, counter, MOST_LINKS, _LINKS_SPAN)
    if fault:
        _refuse(connection, portal, visit, Forgotten.PASSWORD, typed, fault, person)
        return
    recovery.begin(connection, portal, visit, person, forgotten=True)


def _usernames(connection: Connection, portal: Portal, visit: Visit, typed: str) -> None:
    """Mail the usernames of an address to it as it is on file, all in one mail for each spelling of it.

    Whoever has `Ada@` on file hears of nobody who has `ada@`: a server may tell these apart, and nobody else need.
    """
    found = user.by_address(connection, typed)
    sharing = _open(portal, found)
    if not sharing:
        _refuse(connection, portal, visit, Forgotten.USERNAME, typed, "disabled" if found else "unknown", *found[:1])
        return
    counter = f"mailed:usernames:{portal.keys.mac('mailbox', user.mailbox(typed))[:32]}"
    fault = _too_many(connection, counter, MOST_LISTS, _LISTS_SPAN)
    if fault:
        _refuse(connection, portal, visit, Forgotten.USERNAME, typed, fault, sharing[0])
        return
    for spelling in dict.fromkeys(person.email for person in sharing):
        notices.usernames(connection, portal, visit, [person for person in sharing if person.email == spelling])
    for person in sharing:
        events.record(connection, visit, Kind.USERNAMES_MAILED, user=person)


def _open(portal: Portal, found: list[User]) -> list[User]:
    return [person for person in found if people.may_sign_in(portal, person)]


def _fault(portal: Portal, person: User) -> str | None:
    """Return why nothing is mailed to a person whatever happened before."""
    if not people.may_sign_in(portal, person):
        return "disabled"
    return None if user.is_address(person.email) else "no_address"


def _too_many(connection: Connection, counter: str, most: int, span: timedelta) -> str | None:
    """Count a mail before it is written; return why it is one too many, or None."""
    at = now()
    if throttle.count(connection, counter, at, at - span) > most:
        return "too_many"
    return "too_many_in_all" if throttle.count(connection, _IN_ALL, at, at - _IN_ALL_SPAN) > MOST_IN_ALL else None


def _refuse(  # noqa: PLR0913, PLR0917 - who wished what, and why not
    connection: Connection,
    portal: Portal,
    visit: Visit,
    what: Forgotten,
    typed: str,
    reason: str,
    person: User | None = None,
) -> None:
    """Let the log say why nothing was mailed. What nobody has is kept as a digest."""
    subject = None if person else events.unknown(portal, typed)
    events.record(connection, visit, KINDS[what], Outcome.REFUSED, user=person, subject=subject, reason=reason)
