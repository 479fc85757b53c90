"""Notices that people get by mail: queued with the change they report, sent after it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.authenticators.protocol import with_name
from ssp.flows import events, links, throttling
from ssp.flows.events import Kind, Outcome
from ssp.flows.links import Purpose
from ssp.flows.portal import ITSELF, Portal, Visit
from ssp.infra import durations, tokens
from ssp.infra.clock import now
from ssp.infra.mail import LINK
from ssp.models import Authenticator, OutgoingMail, PendingSignIn, User, mail, throttle

# What Web Support does, by the name of the command that does it.
SUPPORT_ACTS = {
    "disable": "disabled your account, and signed you out everywhere",
    "email": "changed the e-mail address that we have on file for you",
    "enable": "enabled your account again",
    "phone": "changed the phone number that we have on file for you",
    "reset-mfa": "removed your MFA options and ended your recovery codes; your next sign-in sets an option up",
    "sign-out": "signed you out everywhere, and ended the trust in all devices",
    "password-link": "made a link for you to choose a new password with",
    "unlock": "freed your account, which takes your password and access codes again",
}
# Nobody is buried in mail: then one more says that there was more. What changes an account has a budget of its own, so
# that a flood of the other kind cannot hide it.
MOST_AN_HOUR = 6
_HOUR = timedelta(hours=1)
_CHANGES = {
    "set_up",
    "added",
    "replaced",
    "removed",
    "preferred",
    "recovery_made",
    "recovery_used",
    "password_changed",
    "password_chosen",
    "email_asked",
}
# What opens an account: while its address can be brought back, whoever has the one of before hears of these, too.
_TOLD_BEFORE = {"set_up", "added", "replaced", "removed", "preferred", "recovery_made", "recovery_used"}
LINK_PURPOSE = "mail-link"
# Codes that are no MFA option's.
ON_PAPER = "recovery codes"
_WHERE = {True: "browsers in which you signed in before", False: "browsers in which you never signed in"}


def named(portal: Portal, way: Authenticator) -> str:
    """Return an MFA option in words, masked, also one of a type that is not on offer any more."""
    return portal.types[way.type].masked(way) if way.type in portal.types else with_name(way.type, way)


def set_up(connection: Connection, portal: Portal, visit: Visit, person: User, way: Authenticator) -> None:
    """Tell the owner that the first MFA option was set up, with the password alone (security requirement EN1)."""
    _tell(connection, portal, person, "set_up", visit.address, way=named(portal, way), undoes=way.id)


def added(connection: Connection, portal: Portal, visit: Visit, person: User, way: Authenticator) -> None:
    """Tell the owner that a further MFA option was set up (security requirement EN5)."""
    _tell(connection, portal, person, "added", visit.address, way=named(portal, way), undoes=way.id)


def replaced(  # noqa: PLR0913 - a change has two sides
    connection: Connection, portal: Portal, visit: Visit, person: User, way: Authenticator, *, old: Authenticator
) -> None:
    """Tell the owner that an MFA option took another one's place (security requirement EN4)."""
    before = named(portal, old)
    _tell(connection, portal, person, "replaced", visit.address, way=named(portal, way), undoes=way.id, before=before)


def removed(connection: Connection, portal: Portal, visit: Visit, person: User, way: str) -> None:
    """Tell the owner that an MFA option was removed; `way` is what it was, masked (security requirement EN5)."""
    _tell(connection, portal, person, "removed", visit.address, way=way)


def preferred(connection: Connection, portal: Portal, visit: Visit, person: User, way: Authenticator) -> None:
    """Tell the owner that another MFA option is asked for first from now on (security requirement EN5)."""
    _tell(connection, portal, person, "preferred", visit.address, way=named(portal, way))


def recovery_made(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that recovery codes were made, and that older ones ended (security requirement EN5)."""
    _tell(connection, portal, person, "recovery_made", visit.address)


def recovery_used(connection: Connection, portal: Portal, visit: Visit, person: User, left: int) -> None:
    """Tell the owner that a recovery code was used, and how many are left (security requirement RC3)."""
    _tell(connection, portal, person, "recovery_used", visit.address, left=str(left))


def paused(connection: Connection, portal: Portal, person: User, way: str, *, known: bool) -> None:
    """Tell the owner that many wrong codes were typed, and that this way rests (security requirement TH1).

    `way` is what it is, masked. `known` says whether it rests in browsers in which they signed in before, or in all
    others.
    """
    wrong, pause = str(throttling.TRIES_BEFORE_PAUSE), durations.in_words(throttling.PAUSE)
    _tell(
        connection, portal, person, "paused", way=way, what=_codes(way), where=_WHERE[known], wrong=wrong, pause=pause
    )


def _codes(way: str) -> str:
    """Return what the codes of a way are called."""
    return ON_PAPER if way == ON_PAPER else "access codes"


def stopped(connection: Connection, portal: Portal, person: User, way: str, *, known: bool) -> None:
    """Tell the owner that so many wrong codes were typed that this way takes none before Web Support frees it."""
    _tell(connection, portal, person, "stopped", way=way, what=_codes(way), where=_WHERE[known])


def setup_code(connection: Connection, portal: Portal, person: User, code: str, minutes: int) -> None:
    """Mail the code that a first set-up asks for (security requirement EN1); it is sealed until it leaves."""
    queue(connection, portal, person, "setup_code", code, minutes=str(minutes))


def unfinished(connection: Connection, portal: Portal, person: User, attempt: PendingSignIn) -> None:
    """Tell the owner of a sign-in that got past the password and no further (security requirement EN5)."""
    _tell(connection, portal, person, "unfinished", attempt.wrong_code_from, at=attempt.wrong_code_at)


def unfinished_change(connection: Connection, portal: Portal, person: User, attempt: PendingSignIn) -> None:
    """Tell the owner of a change that somebody wanted in a session, and left after a wrong code (EN5)."""
    _tell(connection, portal, person, "unfinished_change", attempt.wrong_code_from, at=attempt.wrong_code_at)


def device_replayed(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that a spent value of a trusted device came back (security requirement TD5)."""
    _tell(connection, portal, person, "device_replayed", visit.address)


def device_revoked(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that the trust in a device was ended."""
    _tell(connection, portal, person, "device_revoked", visit.address)


def new_browser(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner of a sign-in with a browser that was not seen before (security requirement EN5)."""
    _tell(connection, portal, person, "new_browser", visit.address)


def password_changed(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that the password was changed, or that the first one was chosen (security requirement EN5)."""
    kind = "password_changed" if person.password_hash else "password_chosen"
    _tell(connection, portal, person, kind, visit.address)


def usernames(connection: Connection, portal: Portal, visit: Visit, sharing: list[User]) -> None:
    """Mail the usernames of everybody who has one address, to that address as it is on file (IN2)."""
    names = ", ".join(person.username for person in sharing)
    several = "yes" if len(sharing) > 1 else ""
    queue(connection, portal, sharing[0], "forgotten_username", address=visit.address, names=names, several=several)


def email_confirm(connection: Connection, portal: Portal, person: User, address: str, url: str) -> None:
    """Ask at a new address whether it is the person's."""
    queue(connection, portal, person, "email_confirm", url, to=address, holds=links.holds(Purpose.EMAIL))


def email_asked(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner, at the address that they have, that another one was asked for (security requirement EN5)."""
    _tell(connection, portal, person, "email_asked", visit.address)


def email_changed(connection: Connection, portal: Portal, visit: Visit, person: User, url: str) -> None:
    """Tell the owner, at the address of before, that there is another one, and how to get this one back (EN5).

    No budget holds it: it has the only way back.
    """
    holds = links.holds(Purpose.UNDO_EMAIL)
    queue(connection, portal, person, "email_changed", url, address=visit.address, holds=holds)


def email_back(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell whoever has the address that is left that the one before it is the person's again; it has no way back."""
    queue(connection, portal, person, "email_back", address=visit.address)


def email_undone(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell whoever has the address that is given up that the one before it is back."""
    queue(connection, portal, person, "email_undone", address=visit.address)


def sessions_ended(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that all other sessions were ended, and the trust in all other devices with them."""
    _tell(connection, portal, person, "sessions_ended", visit.address)


def session_dropped(connection: Connection, portal: Portal, visit: Visit, person: User) -> None:
    """Tell the owner that the oldest session ended, because there were too many (security requirement SE9)."""
    _tell(connection, portal, person, "session_dropped", visit.address)


def session_wrong(connection: Connection, portal: Portal, visit: Visit, person: User, wrong: int) -> None:
    """Tell the owner that a session ended, because too many wrong codes were typed before a change (EN5)."""
    _tell(connection, portal, person, "session_wrong", visit.address, wrong=str(wrong))


def support_acted(connection: Connection, portal: Portal, person: User, what: str, to: str | None = None) -> None:
    """Tell the owner what Web Support did; `what` is one of SUPPORT_ACTS."""
    queue(connection, portal, person, "support_acted", to=to, what=SUPPORT_ACTS[what])


def _tell(  # noqa: PLR0913 - what a notice says
    connection: Connection,
    portal: Portal,
    person: User,
    kind: str,
    address: str | None = None,
    *,
    way: str | None = None,
    undoes: str | None = None,
    at: datetime | None = None,
    **words: str,
) -> None:
    """Queue a notice with a link to say "this was not me", unless the person had many within the hour.

    The link keeps the address that it went to. After a change of the address by a thief the owner is at an older one.
    """
    template = _budgeted(connection, person, kind)
    if template is None:
        return
    words |= {name: value for name, value in {"way": way, "address": address}.items() if value is not None}
    words["holds"] = links.holds(Purpose.NOT_ME)
    before = links.ways_back(connection, person, now()) if kind in _TOLD_BEFORE else []
    for to in dict.fromkeys((person.email, *(back.email or "" for back in before))):
        about = {"notice": template, "way": way, "address": address, "authenticator_id": undoes, "email": to}
        url = links.make(connection, portal, person, Purpose.NOT_ME, about=about)
        queue(connection, portal, person, template, url, at=at, to=to, **words)


def _budgeted(connection: Connection, person: User, kind: str) -> str | None:
    """Return which notice to send: this one, the last one of the hour, which says that there is more, or none."""
    at = now()
    budget = "changes" if kind in _CHANGES else "signs"
    count = throttle.count(connection, f"notices:{budget}:{person.id}", at, at - _HOUR)
    if count <= MOST_AN_HOUR:
        return kind
    events.record(connection, ITSELF, Kind.NOTICE_HELD, Outcome.REFUSED, user=person, reason=kind, at=at)
    return "more" if count == MOST_AN_HOUR + 1 else None


def queue(  # noqa: PLR0913 - what a mail says
    connection: Connection,
    portal: Portal,
    person: User,
    template: str,
    url: str | None = None,
    *,
    at: datetime | None = None,
    to: str | None = None,
    **words: str,
) -> None:
    """Put one mail into the queue, in the transaction of what it reports. Its link or code is sealed until it leaves.

    `at` is when that happened, if not now; `to` is an address that is not the person's: not yet, or not any more.
    """
    mail_id = tokens.new_id()
    subject, body = portal.mailer.write(template, name=person.name, at=at or now(), **words)
    sealed = portal.keys.seal(LINK_PURPOSE, mail_id, url) if url else None
    row = {"id": mail_id, "user_id": person.id, "to": to or person.email, "created_at": now()}
    mail.add(connection, **row, subject=subject, body=body, link=sealed)


def body(portal: Portal, row: OutgoingMail) -> str:
    """Return a mail's body as it leaves, with its link. Raises SealError."""
    if row.link is None:
        return row.body
    return row.body.replace(LINK, portal.keys.open(LINK_PURPOSE, row.id, row.link))
