"""What Web Support sees of one person: how the account stands, and what holds them up."""

from collections.abc import Iterator
from datetime import datetime

from ssp.flows import links, notices, people, recovery_codes, throttling
from ssp.flows.links import Purpose
from ssp.flows.portal import Portal
from ssp.flows.throttling import Budget
from ssp.infra.clock import now
from ssp.models import MailedLink, Throttle, authenticator, device, link, throttle
from ssp.models.recovery_code import Tally


def describe(portal: Portal, username: str) -> list[tuple[str, str]]:
    """Return what is known of a person as names and values; nothing in it is secret. Raises PeopleError."""
    with portal.database.reading() as connection:
        person = people.find(connection, username)
        ways = authenticator.confirmed(connection, person.id)
        trusted = device.live(connection, person.id, now())
        passwords = throttle.read(connection, throttling.password_key(person.id))
        codes = [throttle.read(connection, throttling.key(way)) for way in ways]
        on_paper = recovery_codes.look(connection, person.id)
        recoveries = throttle.read(connection, throttling.recovery_key(person.id))
        mailed = throttle.read(connection, throttling.address_key(person.id))
        asked_for = link.newest(connection, person.id, Purpose.EMAIL.value, now())
        before = links.ways_back(connection, person, now())
    stolen = person.password_compromised_at
    rows = [
        ("username", person.username),
        ("name", person.name),
        ("email", person.email),
        *(("email to come", f"{row.email}, {_until(row)}") for row in [asked_for] if row),
        *(("email before", f"{row.email}, its way back works {_until(row)}") for row in before),
        ("groups", ", ".join(person.groups) or "-"),
        ("phone on file", "yes" if person.phone_fingerprint else "no"),
        ("added", f"{person.created_at:%Y-%m-%d %H:%M} UTC"),
        ("disabled", f"{person.disabled_at:%Y-%m-%d %H:%M} UTC" if person.disabled_at else "no"),
        ("last signed in", f"{person.last_signed_in_at:%Y-%m-%d %H:%M} UTC" if person.last_signed_in_at else "never"),
        ("trusted devices", str(len(trusted))),
        ("recovery codes", _on_paper(on_paper)),
        *_tries("recovery codes", recoveries, throttling.SECOND_FACTOR),
        *_tries("mailed codes", mailed, throttling.SECOND_FACTOR),
        ("recovery", f"since {stolen:%Y-%m-%d %H:%M} UTC; no new password yet" if stolen else "no"),
    ]
    rows += _tries("passwords", passwords, throttling.PASSWORD)
    for way, wrong in zip(ways, codes, strict=True):
        rows.append(("MFA option", notices.named(portal, way)))
        rows += _tries("codes", wrong, throttling.SECOND_FACTOR)
    return rows


def _until(row: MailedLink) -> str:
    return f"until {row.expires_at:%Y-%m-%d %H:%M} UTC"


def _on_paper(codes: Tally) -> str:
    if codes.made_at is None:
        return "none"
    return f"{codes.left} of {codes.made} left, made {codes.made_at:%Y-%m-%d %H:%M} UTC"


def _tries(what: str, row: Throttle | None, budget: Budget) -> Iterator[tuple[str, str]]:
    """Give how many wrong ones were counted, and who is held by them until when; nothing where there were none."""
    if row is None:
        return
    strangers = row.count - row.known_count
    counted = f"{strangers} in new browsers, {row.known_count} in known ones, {row.turned_away} not looked at"
    yield f"wrong {what}", counted
    at = now()
    for browsers_are, known in (("new", False), ("known", True)):
        until = throttling.held_until(row, budget, at, known=known)
        if until:
            yield "held", f"{browsers_are} browsers, {_end(until, at)}"


def _end(until: datetime, at: datetime) -> str:
    return "until `flask user unlock`" if throttling.is_stop(until, at) else f"until {until:%Y-%m-%d %H:%M:%S} UTC"
