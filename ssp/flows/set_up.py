"""Setting up an authenticator: a draft, a code that proves it, and only then a way to sign in."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.authenticators import drafts
from ssp.authenticators.protocol import AuthenticatorType, Destination, Faults, Prompt, Verdict
from ssp.flows import attempts, codes, events, further, known_phone, links, notices, option_names, sending, step_up
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.flows.steps import Step
from ssp.infra.clock import now
from ssp.models import Authenticator, authenticator, pending, session, user
from ssp.models.pending import ADDING, RECOVERY
from ssp.models.session import SessionWithUser

_SETTING_UP = frozenset({Step.SET_UP})
# A family or a small office may share a number; more people than that share a mistake or a fraud.
MOST_HOLDERS = 5
HELD = "You get codes at this number already. Add another one, or choose another option."
CROWDED = "Several other people get codes at this number already. Use another one, or choose another option."
FULL = "You have as many of these as there can be. Choose another option, or replace one on your account page."
# The field of the options screen: what is wrong with the type itself.
TYPE = "type"
NOT_ON_FILE = "This is not the number that we have on file for you. Use that one, or ask Web Support to change it."
TOO_MANY_NUMBERS = "Too many numbers were tried today. Try again tomorrow, or ask Web Support."
_REASONS = {HELD: "held", CROWDED: "crowded", NOT_ON_FILE: "not_on_file", TOO_MANY_NUMBERS: "too_many_numbers"}


def draft(portal: Portal, attempt: Attempt, type_name: str) -> Authenticator | None:
    """Return the authenticator that is being set up; a question, so it writes nothing."""
    with portal.database.reading() as connection:
        return authenticator.draft(connection, attempt.pending.id, type_name)


def begin(portal: Portal, visit: Visit, token: str, type_name: str, typed: Mapping[str, str]) -> Progress | Over:
    """Keep a draft of what was typed and send it a code. Nothing that works already is touched."""
    kind = portal.types[type_name]

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        if not has_room(portal, attempt, type_name):
            # Whoever is confirmed ends all other set-ups of the person, so that none is looked at again then.
            events.record(connection, visit, Kind.SET_UP_BEGUN, Outcome.REFUSED, user=attempt.user, reason="full")
            return Progress(attempt.step, faults=Faults({TYPE: FULL}))
        destination = kind.destination(typed, attempt.user)
        if isinstance(destination, Destination) and (fault := _fault(connection, portal, attempt, destination)):
            refused = _REASONS[fault]
            events.record(connection, visit, Kind.SET_UP_BEGUN, Outcome.REFUSED, user=attempt.user, reason=refused)
            destination = Faults({destination.field: fault})
        if isinstance(destination, Faults):
            return Progress(attempt.step, faults=destination)
        prompt = kind.begin(connection, attempt.bearer, destination, now())
        row = authenticator.draft(connection, attempt.pending.id, type_name)
        events.record(connection, visit, Kind.SET_UP_BEGUN, user=attempt.user, authenticator=row)
        return Progress(attempt.step, attempt=attempt, way=row, prompt=prompt)

    return codes.delivered(portal, attempts.act(portal, visit, token, _SETTING_UP, deed))


def has_room(portal: Portal, attempt: Attempt, type_name: str) -> bool:
    """Return whether one more of a type can be set up; always after a recovery code, or nobody could go on."""
    return attempt.recovering or portal.types.has_room(type_name, attempt.staying)


def offered(portal: Portal, attempt: Attempt) -> list[AuthenticatorType]:
    """Return the types to choose from: all, or phones alone where the first option is a number on file (EN1)."""
    phones_alone = known_phone.asked_for(portal, attempt.held)
    return [kind for kind in portal.types if kind.out_of_band or not phones_alone]


def _fault(connection: Connection, portal: Portal, attempt: Attempt, destination: Destination) -> str | None:
    """Say why codes cannot go there.

    The first number has to be one that came with the account, and is not (EN1); the person gets codes there already, or
    as many others as may share it do (OT14).
    """
    on_file = known_phone.asked_for(portal, attempt.held)
    if destination.shared_as is None:
        return NOT_ON_FILE if on_file else None
    fingerprints = drafts.fingerprints(portal.keys, destination.shared_as)
    if on_file and not known_phone.may_try(connection, attempt.user.id):
        return TOO_MANY_NUMBERS
    if on_file and not known_phone.fits(attempt.user, fingerprints):
        return NOT_ON_FILE
    if not attempt.recovering and any(old.fingerprint in fingerprints for old in attempt.staying):
        return HELD
    return CROWDED if authenticator.holders(connection, fingerprints, attempt.user.id) >= MOST_HOLDERS else None


def send_again(portal: Portal, visit: Visit, token: str, type_name: str) -> Progress | Over:
    """Send the code of a half-done set-up once more."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        row = authenticator.draft(connection, attempt.pending.id, type_name)
        if row is None:
            return Progress(attempt.step)
        prompt = portal.types[type_name].challenge(connection, attempt.bearer, row, now(), again=True)
        return Progress(attempt.step, attempt=attempt, way=row, prompt=prompt)

    return codes.delivered(portal, attempts.act(portal, visit, token, _SETTING_UP, deed))


def prompt(portal: Portal, attempt: Attempt, row: Authenticator) -> Prompt:
    """Return how the code of a half-done set-up stands; a question, so it writes nothing."""
    return codes.prompt(portal, attempt, row)


def confirm(portal: Portal, visit: Visit, token: str, type_name: str, code: str) -> Progress | Over:
    """Take the code that proves the new authenticator. It is the second factor of this sign-in, and finishes it."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        row = authenticator.draft(connection, attempt.pending.id, type_name)
        if row is None or (
            known_phone.asked_for(portal, attempt.held) and not known_phone.is_of(portal, attempt.user, row)
        ):
            return Progress(attempt.step)  # also a draft from before the settings asked for more
        verdict = codes.verify(connection, portal, attempt, row, code)
        if verdict is not Verdict.ACCEPTED:
            return Progress(attempt.step, verdict=verdict)
        return _confirmed(connection, portal, visit, attempt, row)

    progress = attempts.act(portal, visit, token, _SETTING_UP, deed)
    if isinstance(progress, Progress) and progress.replaced is not None:
        sending.farewell(portal, visit, progress.replaced)
    return progress


def _confirmed(connection: Connection, portal: Portal, visit: Visit, attempt: Attempt, row: Authenticator) -> Progress:
    """Make the draft a way, give the one up that it replaces, end all older trust and sessions, and go on."""
    at, person, given_up = now(), attempt.user, attempt.replaced
    adding = attempt.pending.asked_because == ADDING
    gone = _gone(attempt, row)
    authenticator.confirm(connection, row.id, at, _preferred_at(attempt, at))
    row = _named(connection, row, option_names.first(portal, attempt, row, gone))
    for old in gone:
        authenticator.remove(connection, old.id)
        events.record(connection, visit, Kind.REMOVED, user=person, reason="replaced", authenticator=old, at=at)
    events.record(connection, visit, Kind.SET_UP, user=person, authenticator=row, at=at)
    if given_up is not None:
        notices.replaced(connection, portal, visit, person, row, old=given_up)
    else:
        tell = notices.added if attempt.held else notices.set_up
        tell(connection, portal, visit, person, row)
    if attempt.staying:
        user.change(connection, person.id, second_way_settled_at=at)
    epoch = user.raise_epoch(connection, person.id)
    session.end_all(connection, person.id, "authenticator_changed", at)
    links.end_change(connection, person, at)
    proof: dict[str, object] = {"epoch": epoch, "change_wanted_at": None, "authenticator_id": row.id}
    if not attempt.facts.second_factor_verified:
        proof |= {"second_factor_at": at, "second_factor_amr": portal.types[row.type].amr}
    attempt = attempts.record(connection, portal, attempt, **proof)
    progress = Progress(attempt.step, verdict=Verdict.ACCEPTED, set_up=row.type, replaced=_left(given_up, row))
    progress = attempts.advance(connection, portal, attempt, progress)
    if progress.session_token and not adding:
        # Right after a set-up one further way takes no code of its own: it is written down, and spent like any other.
        step_up.grant(connection, progress.session_token, attempt, further.ADDITION)
    return progress


def _gone(attempt: Attempt, row: Authenticator) -> list[Authenticator]:
    """Return the ways that a new one takes the place of: a number that somebody leaves may be somebody else's soon.

    Adding keeps all. So does whoever came by a recovery code, until they remove one on the account page, unless the new
    one is an old one anew.
    """
    if attempt.replaced is not None:
        return [attempt.replaced]
    return [old for old in attempt.held if attempt.recovering and _same_place(old, row)]


def _named(connection: Connection, row: Authenticator, name: str | None) -> Authenticator:
    if name is None:
        return row
    authenticator.rename(connection, row.id, name)
    named = authenticator.by_id(connection, row.id)
    assert named is not None  # noqa: S101 - this transaction made it a way
    return named


def _preferred_at(attempt: Attempt, at: datetime) -> datetime:
    """Return since when a new way counts as preferred, which decides where it stands among the others."""
    if not attempt.held or attempt.recovering or attempt.replaced == attempt.preferred:
        return at
    if attempt.replaced is not None:
        return attempt.replaced.preference_confirmed_at or at
    # A further way stands behind the preferred one.
    return (attempt.preferred.preference_confirmed_at or at) - timedelta(seconds=1)


def _same_place(old: Authenticator, new: Authenticator) -> bool:
    """Return whether two ways are of one type and get codes at one place, so that the new one is the old one anew."""
    return old.type == new.type and old.fingerprint is not None and old.fingerprint == new.fingerprint


def recovered(portal: Portal, row: SessionWithUser) -> bool:
    """Return whether this session was opened after a recovery code, so that the person has lost an older way."""
    with portal.database.reading() as connection:
        begun = pending.by_id(connection, row.pending_id) if row.pending_id else None
    return begun is not None and begun.asked_because == RECOVERY


def _left(given_up: Authenticator | None, row: Authenticator) -> Authenticator | None:
    """Return the way that gets no codes any more where it was; None where the new one is at the same number."""
    return given_up if given_up is not None and given_up.fingerprint != row.fingerprint else None
