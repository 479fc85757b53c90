"""Beginning a sign-in with the password, and the ways out of it: "not now", and giving up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.flows import (
    address_proof,
    addresses,
    attempts,
    browsers,
    codes,
    credentials,
    devices,
    events,
    notices,
    password_tries,
    people,
    throttling,
)
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.devices import Standing
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.flows.steps import Step
from ssp.flows.throttling import Claimant, Try
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.infra.passwords import Busy
from ssp.models import PendingSignIn, User, authenticator, challenge, mailed_code, pending, user

# The reason for a code that a trusted device would have spared.
DUE = "due"
# Where "not now" can be said: whatever a first set-up asks for can wait as long as the set-up itself.
DEFERRABLE = frozenset({Step.PROVE_ADDRESS, Step.ASK_SUPPORT, Step.SET_UP})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a browser brings to the sign-in page: what was typed, its cookies, and where it wants to go."""

    username: str
    password: str
    origin_token: str
    device_cookies: Mapping[str, str]
    next_path: str
    known_cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A password that opened nothing. `until` is when the next one is looked at, None if at once.

    Where `looked_at` is false nobody compared anything, and right and wrong got the same answer. `crowded` says that it
    is the network address that has to wait, whatever the username, or the browser where it is known; `stopped` that
    waiting alone does not help; `known` that the person has signed in with this browser before. `reference` leads Web
    Support to it where that is not this request's own id.
    """

    until: datetime | None = None
    looked_at: bool = True
    crowded: bool = False
    stopped: bool = False
    known: bool = False
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Welcome:
    """How the browser of a right password stands: whether it skips the code, and its next device cookie."""

    skips: bool
    asked_because: str
    device_id: str | None = None
    cookie: str | None = None


def check_password(portal: Portal, visit: Visit, entry: Entry) -> Progress | Refusal:
    """Begin a sign-in, or say why not: unknown, wrong, held and disabled cost the same. Raises Busy."""
    at = now()
    with portal.database.reading() as connection:
        person = user.by_username(connection, entry.username)
        compared = credentials.compared(connection, portal, person, entry.username)
        browser = browsers.recognise(connection, person, entry.known_cookies, at)
        known = browser is not None
        if browser is not None:
            full = addresses.browser_full(connection, portal, browser, at)
        else:
            full = addresses.full(connection, portal, visit, at)
    if full:
        return Refusal(full.until, looked_at=False, crowded=True, known=known, reference=full.reference)
    claimant = Claimant(entry.username, person, known, browser)
    counted = _count(portal, visit, claimant, at)
    if isinstance(counted, Refusal):
        return counted
    stored = compared if person and people.password_counts(portal, person) else None
    check = password_tries.compared(portal, counted, stored, entry.password, decoy=compared)
    if person is None or not check.matched:
        return _refuse(portal, visit, claimant, counted)
    stronger = _stronger_hash(portal, entry) if check.needs_rehash else None
    with portal.database.writing() as connection:
        fresh = user.by_id(connection, person.id, lock=True)
        if fresh is None or not people.password_counts(portal, fresh) or not credentials.same(portal, fresh, person):
            events.record(connection, visit, Kind.PASSWORD, Outcome.REFUSED, user=person, reason="changed_meanwhile")
            return _refusal(counted)  # disabled or changed while the password was being checked
        throttling.clear_password(connection, fresh, known=known)
        if stronger is not None:
            credentials.replace(connection, portal, fresh, stronger)
            events.record(connection, visit, Kind.PASSWORD_REHASHED, user=fresh)
        else:
            credentials.keep_sealed(connection, portal, fresh)
        events.record(connection, visit, Kind.PASSWORD, user=fresh)
        progress = _begin(connection, portal, visit, fresh, entry)
    codes.delivered(portal, progress)
    return progress


def _count(portal: Portal, visit: Visit, claimant: Claimant, at: datetime) -> Try | Refusal:
    """Count a try before it is looked at: for the address, or the browser where it is known, and for the username."""
    with portal.database.writing() as connection:
        if claimant.browser is None:
            full = addresses.count(connection, portal, visit, at)
        else:
            full = addresses.count_browser(connection, portal, claimant.browser, at)
        if full is None:
            return throttling.claim_password(connection, portal.keys, claimant, at)
        password_tries.note_full(connection, visit, full, claimant, at)
    return Refusal(full.until, looked_at=False, crowded=True, known=claimant.known, reference=full.reference)


def _refusal(counted: Try) -> Refusal:
    return Refusal(counted.until, looked_at=counted.admitted, stopped=counted.stopped, known=counted.known)


def _stronger_hash(portal: Portal, entry: Entry) -> str | None:
    """Return today's hash of a right password; None when all are busy, so that it is made another time."""
    try:
        return portal.passwords.hash(entry.password)
    except Busy:
        return None


def _refuse(portal: Portal, visit: Visit, claimant: Claimant, counted: Try) -> Refusal:
    """Note a refused password."""
    person = claimant.person
    reason = "unknown" if person is None else _why_refused(portal, person)
    subject = None if person else events.unknown(portal, claimant.username)
    with portal.database.writing() as connection:
        password_tries.note_refused(connection, visit, counted, reason, person=person, subject=subject)
    return _refusal(counted)


def _why_refused(portal: Portal, person: User) -> str:
    if not people.may_sign_in(portal, person):
        return "disabled"
    return "wrong" if people.password_counts(portal, person) else "compromised"


def _begin(connection: Connection, portal: Portal, visit: Visit, person: User, entry: Entry) -> Progress:
    """Write the half-done sign-in, and go as far as what is known already leads."""
    welcome = _welcome(connection, portal, visit, person, entry)
    token = tokens.new_token()
    row = _open(connection, portal, person, entry, (welcome, token, visit))
    attempt = attempts.build(connection, portal, row, person, visit)
    device = (person.selector, welcome.cookie) if welcome.cookie else None
    progress = Progress(attempt.step, token=token, device=device)
    progress = attempts.advance(connection, portal, attempt, progress)
    progress = address_proof.issued(connection, portal, attempt, progress)
    return codes.issued(connection, portal, attempt, progress)


def _welcome(connection: Connection, portal: Portal, visit: Visit, person: User, entry: Entry) -> Welcome:
    """Recognise the browser, spend its device value if it skips the code, end the trust if it shows a stolen one."""
    at = now()
    seen = devices.recognise(connection, portal, person, entry.device_cookies, at)
    if devices.end_untrusted(connection, visit, person, seen, at) and seen.standing is Standing.REPLAYED:
        notices.device_replayed(connection, portal, visit, person)
    held = authenticator.confirmed(connection, person.id)
    if not seen.trusted or not held or seen.device is None:
        return Welcome(skips=False, asked_because=seen.standing.value)
    if attempts.confirmation_due(portal.settings, held):
        return Welcome(skips=False, asked_because=DUE)
    cookie = devices.use(connection, visit, person, seen, at)
    return Welcome(skips=True, asked_because=seen.standing.value, device_id=seen.device.id, cookie=cookie)


def _open(
    connection: Connection, portal: Portal, person: User, entry: Entry, begun: tuple[Welcome, str, Visit]
) -> PendingSignIn:
    """Write the row, and take over the codes of the same browser's earlier try, such as by a double click."""
    at, (welcome, token, visit) = now(), begun
    pending_id, origin_hash = tokens.new_id(), tokens.digest(entry.origin_token)
    earlier = pending.of_same_browser(connection, person.id, origin_hash, at)
    preferred = next(
        (way.id for way in authenticator.confirmed(connection, person.id) if way.type in portal.types), None
    )
    pending.add(
        connection,
        id=pending_id,
        token_hash=tokens.digest(token),
        origin_hash=origin_hash,
        user_id=person.id,
        epoch=person.security_epoch,
        created_at=at,
        expires_at=at + timedelta(minutes=portal.settings.code_minutes),
        next_path=entry.next_path,
        password_verified_at=at,
        authenticator_id=preferred,
        known_browser_id=browsers.recognise(connection, person, entry.known_cookies, at),
        device_id=welcome.device_id,
        device_trusted_at=at if welcome.skips else None,
        asked_because=welcome.asked_because,
        reference=events.reference(visit),
        # What was typed wrong before is this sign-in's now, so that the owner hears of it once or not at all.
        wrong_code_at=earlier.wrong_code_at if earlier else None,
        wrong_code_from=earlier.wrong_code_from if earlier else None,
        told_at=earlier.told_at if earlier else None,
    )
    if earlier is not None:
        challenge.adopt(connection, earlier.id, pending_id)
        mailed_code.adopt(connection, earlier.id, pending_id)
        pending.end(connection, earlier.id, at)
        pending.tell(connection, earlier.id, at)
    authenticator.forget_drafts(connection, person.id, at)
    row = pending.by_token_hash(connection, tokens.digest(token))
    assert row is not None  # noqa: S101 - it was added above, in this transaction
    return row


def reference(portal: Portal, token: str) -> str | None:
    """Return what leads Web Support to the sign-in that a token names or named; None where nothing is known of it."""
    with portal.database.reading() as connection:
        row = pending.by_token_hash(connection, tokens.digest(token))
    return row.reference if row else None


def look(portal: Portal, visit: Visit, token: str) -> Attempt | Over:
    """Return the half-done sign-in of a browser; a question, so it writes nothing."""
    with portal.database.reading() as connection:
        return attempts.load(connection, portal, token, visit)


def defer(portal: Portal, visit: Visit, token: str) -> Progress | Over:
    """Sign in without a second factor, while the compulsory date is still to come."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        if attempt.facts.has_authenticator or not attempt.facts.deferral_allowed:
            events.record(connection, visit, Kind.DEFERRED, Outcome.REFUSED, user=attempt.user, reason="not_allowed")
            return Progress(attempt.step)
        events.record(connection, visit, Kind.DEFERRED, user=attempt.user)
        attempt = attempts.record(connection, portal, attempt, deferred_at=now())
        return attempts.advance(connection, portal, attempt, Progress(attempt.step))

    return attempts.act(portal, visit, token, DEFERRABLE, deed)


def give_up(portal: Portal, visit: Visit, token: str) -> None:
    """End a half-done sign-in, so that somebody else can use the browser."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        at = now()
        pending.end(connection, attempt.pending.id, at)
        challenge.forget(connection, attempt.pending.id)
        mailed_code.forget(connection, attempt.pending.id)
        authenticator.forget_drafts(connection, attempt.user.id, at)
        events.record(connection, visit, Kind.GIVEN_UP, user=attempt.user, at=at)
        return Progress(Step.PASSWORD)

    attempts.act(portal, visit, token, frozenset(Step), deed)
