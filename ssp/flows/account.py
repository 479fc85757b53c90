"""What people see and end on their own account pages: sessions and trusted devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection

from ssp.flows import devices, events, links, notices, options, sessions
from ssp.flows.events import Kind
from ssp.flows.options import Way
from ssp.flows.portal import Portal, Visit
from ssp.infra.clock import now
from ssp.models import Session, TrustedDevice, User, device, pending, session, user
from ssp.models.session import SessionWithUser

ELSEWHERE = "ended_elsewhere"
BY_OWNER = "by_owner"


@dataclass(frozen=True, slots=True)
class Trust:
    """A trusted device, and until when it skips the code by today's setting."""

    device: TrustedDevice
    until: datetime
    this: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What an account holds. `trusts` is None where this person cannot trust devices."""

    sessions: list[Session]
    trusts: list[Trust] | None
    ways: list[Way]


def overview(portal: Portal, row: SessionWithUser, cookies: Mapping[str, str]) -> Overview:
    """Return what somebody's account holds. `cookies` are the browser's device cookies by user selector."""
    at = now()
    with portal.database.reading() as connection:
        person = user.by_id(connection, row.user_id)
        if person is None:
            return Overview([], None, [])
        trusted = device.live(connection, person.id, at)
        here = devices.recognise(connection, portal, person, cookies, at)
        this = here.device.id if here.device and here.trusted else None
        open_ones = sessions.live(connection, portal, person, at)
        ways = options.held(connection, portal, person.id)
    trusts = [trust for each in trusted if (trust := _trust(portal, person, each, this)).until > at]
    offered = devices.offered_to(portal.settings, person)
    return Overview(open_ones, trusts if offered else None, ways)


def _trust(portal: Portal, person: User, row: TrustedDevice, this: str | None) -> Trust:
    """Return a device with its end, which is past where the person's epoch has moved on."""
    until = min(row.expires_at, row.created_at + timedelta(days=portal.settings.trust_days))
    return Trust(row, until if row.epoch == person.security_epoch else row.created_at, row.id == this)


def end_session(portal: Portal, visit: Visit, row: SessionWithUser, session_id: str) -> bool:
    """End another session of the same person; False for this one, anybody else's, and one that is over."""
    at = now()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None or session_id == row.id:
            return False
        if not session.end_of_user(connection, person.id, session_id, ELSEWHERE, at):
            return False
        links.end_change(connection, person, at)
        events.record(connection, visit, Kind.SESSION_ENDED, user=person, reason=BY_OWNER, at=at)
        return True


class Others(Enum):
    """What became of all that somebody has elsewhere."""

    ENDED = "sessions"
    NONE = "alone"


def end_other_sessions(portal: Portal, visit: Visit, row: SessionWithUser, cookies: Mapping[str, str]) -> Others | None:
    """Sign somebody out everywhere but here: sessions, half-done sign-ins and trusted devices end (TD6).

    Where there was nothing that anybody could still use, nothing is told: a press is no event, and mails no notice.
    None if this session is over itself.
    """
    at = now()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None:
            return None
        here = devices.recognise(connection, portal, person, cookies, at)
        this = here.device.id if here.device and here.trusted else None
        some = _any_elsewhere(connection, portal, person, at, (row.id, this))
        session.end_all(connection, person.id, ELSEWHERE, at, but=row.id)
        # Whoever went from a session into setting up an option is in none that a list could show.
        pending.end_all(connection, person.id, at)
        # A spent value names the device, too, that somebody else may hold by now.
        device.revoke_all(connection, person.id, BY_OWNER, at, but=this)
        if not some:
            return Others.NONE
        links.end_change(connection, person, at)
        events.record(connection, visit, Kind.SESSION_ENDED, user=person, reason="all_others", at=at)
        notices.sessions_ended(connection, portal, visit, person)
        return Others.ENDED


def _any_elsewhere(
    connection: Connection, portal: Portal, person: User, at: datetime, here: tuple[str, str | None]
) -> bool:
    """Return whether a session, a trusted device or a half-done sign-in holds that is not one of those `here`."""
    open_ones = {each.id for each in sessions.live(connection, portal, person, at)}
    trusts = (_trust(portal, person, each, "") for each in device.live(connection, person.id, at))
    trusted = {trust.device.id for trust in trusts if trust.until > at}
    return bool((open_ones | trusted) - set(here)) or pending.any_live(connection, person.id, person.security_epoch, at)


def revoke_device(portal: Portal, visit: Visit, row: SessionWithUser, device_id: str) -> bool:
    """End the trust in one of a person's devices, and the other sessions that rest on it; False if there is none."""
    at = now()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None or not device.revoke_of_user(connection, person.id, device_id, BY_OWNER, at):
            return False
        session.end_on_devices(connection, person.id, ELSEWHERE, at, but=row.id, device_id=device_id)
        links.end_change(connection, person, at)
        events.record(connection, visit, Kind.DEVICE_REVOKED, user=person, reason=BY_OWNER, at=at)
        notices.device_revoked(connection, portal, visit, person)
        return True


def distrust_here(portal: Portal, visit: Visit, row: SessionWithUser, cookies: Mapping[str, str]) -> None:
    """End the trust in the device that somebody is at, if there is any, so that the next sign-in asks for a code."""
    at = now()
    with portal.database.reading() as connection:
        person = user.by_id(connection, row.user_id)
        here = devices.recognise(connection, portal, person, cookies, at) if person else None
    if here is not None and here.device is not None and here.trusted:
        revoke_device(portal, visit, row, here.device.id)


def revoke_devices(portal: Portal, visit: Visit, row: SessionWithUser) -> bool:
    """End the trust in all of a person's devices, and the other sessions that rest on them; False if there is none."""
    at = now()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None or not device.revoke_all(connection, person.id, BY_OWNER, at):
            return False
        session.end_on_devices(connection, person.id, ELSEWHERE, at, but=row.id)
        links.end_change(connection, person, at)
        events.record(connection, visit, Kind.DEVICE_REVOKED, user=person, reason="all_by_owner", at=at)
        notices.device_revoked(connection, portal, visit, person)
        return True
