"""Setting up an authenticator: a draft, a code that proves it, and only then a way to sign in."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection

from ssp.authenticators import drafts
from ssp.authenticators.protocol import Destination, Faults, Prompt, Verdict
from ssp.flows import attempts, codes, events, notices, sending, sessions, step_up
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.flows.step_up import Action, Errand, Standing
from ssp.flows.steps import Step
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.models import Authenticator, authenticator, pending, session, user
from ssp.models.pending import ADDING
from ssp.models.session import SessionWithUser
from ssp.models.step_up import Proof

_SETTING_UP = frozenset({Step.SET_UP})
ADDITION = Errand(Action.ADD_OPTION)
MOST_WAYS = 7
# A family or a small office may share a number; more people than that share a mistake or a fraud.
MOST_HOLDERS = 5
HELD = "You get codes at this number already. Add another one, or choose another option."
CROWDED = "Several other people get codes at this number already. Use another one, or choose another option."


def draft(portal: Portal, attempt: Attempt, type_name: str) -> Authenticator | None:
    """Return the authenticator that is being set up; a question, so it writes nothing."""
    with portal.database.reading() as connection:
        return authenticator.draft(connection, attempt.pending.id, type_name)


def begin(portal: Portal, visit: Visit, token: str, type_name: str, typed: Mapping[str, str]) -> Progress | Over:
    """Keep a draft of what was typed and send it a code. Nothing that works already is touched."""
    kind = portal.types[type_name]

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        destination = kind.destination(typed, attempt.user)
        if isinstance(destination, Destination) and (fault := _taken(connection, portal, attempt, destination)):
            refused = "held" if fault == HELD else "crowded"
            events.record(connection, visit, Kind.SET_UP_BEGUN, Outcome.REFUSED, user=attempt.user, reason=refused)
            destination = Faults({destination.field: fault})
        if isinstance(destination, Faults):
            return Progress(attempt.step, faults=destination)
        prompt = kind.begin(connection, attempt.bearer, destination, now())
        row = authenticator.draft(connection, attempt.pending.id, type_name)
        events.record(connection, visit, Kind.SET_UP_BEGUN, user=attempt.user, authenticator=row)
        return Progress(attempt.step, attempt=attempt, way=row, prompt=prompt)

    return codes.delivered(portal, attempts.act(portal, visit, token, _SETTING_UP, deed))


def _taken(connection: Connection, portal: Portal, attempt: Attempt, destination: Destination) -> str | None:
    """Say why codes cannot go there: the person has it already, or as many others as may share it do (OT14)."""
    if destination.shared_as is None:
        return None
    fingerprints = drafts.fingerprints(portal.keys, destination.shared_as)
    if attempt.pending.asked_because == ADDING and any(old.fingerprint in fingerprints for old in attempt.held):
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
        if row is None:
            return Progress(attempt.step)
        verdict = codes.verify(connection, portal, attempt, row, code)
        if verdict is not Verdict.ACCEPTED:
            return Progress(attempt.step, verdict=verdict)
        return _confirmed(connection, portal, visit, attempt, row)

    progress = attempts.act(portal, visit, token, _SETTING_UP, deed)
    if isinstance(progress, Progress) and progress.replaced is not None:
        sending.farewell(portal, visit, progress.replaced)
    return progress


def _confirmed(connection: Connection, portal: Portal, visit: Visit, attempt: Attempt, row: Authenticator) -> Progress:
    """Make the draft the preferred way, end all older trust and sessions, and go on."""
    at, person = now(), attempt.user
    adding = attempt.pending.asked_because == ADDING
    preferred_at = attempt.preferred.preference_confirmed_at if adding else None
    # A further way stands behind the preferred one.
    authenticator.confirm(connection, row.id, at, preferred_at - timedelta(seconds=1) if preferred_at else at)
    given_up = None
    for old in attempt.held:
        # Whoever changes the preferred way gives it up, since its number may be somebody else's soon; adding keeps all.
        if old.id == attempt.preferred.id and not adding:
            given_up = old
            authenticator.remove(connection, old.id)
            events.record(connection, visit, Kind.REMOVED, user=person, reason="replaced", authenticator=old, at=at)
    events.record(connection, visit, Kind.SET_UP, user=person, authenticator=row, at=at)
    if given_up is not None:
        notices.replaced(connection, portal, visit, person, row, old=given_up)
    else:
        tell = notices.added if attempt.held else notices.set_up
        tell(connection, portal, visit, person, row)
    epoch = user.raise_epoch(connection, person.id)
    session.end_all(connection, person.id, "authenticator_changed", at)
    proof: dict[str, object] = {"epoch": epoch, "change_wanted_at": None, "authenticator_id": row.id}
    if not attempt.facts.second_factor_verified:
        proof |= {"second_factor_at": at, "second_factor_amr": portal.types[row.type].amr}
    attempt = attempts.record(connection, portal, attempt, **proof)
    progress = Progress(attempt.step, verdict=Verdict.ACCEPTED, set_up=row.type, replaced=given_up)
    progress = attempts.advance(connection, portal, attempt, progress)
    if progress.session_token and not adding:
        # Right after a set-up one further way takes no code of its own: it is written down, and spent like any other.
        step_up.grant(connection, progress.session_token, attempt, ADDITION)
    return progress


def may_add(portal: Portal, visit: Visit, row: SessionWithUser) -> bool:
    """Return whether this session may set up a further way without another code, as it may once after a set-up."""
    return step_up.look(portal, visit, row, ADDITION).standing is Standing.PROVED and has_room(portal, row)


def has_room(portal: Portal, row: SessionWithUser) -> bool:
    """Return whether somebody who has an option may have one more."""
    with portal.database.reading() as connection:
        return 0 < len(authenticator.confirmed(connection, row.user_id)) < MOST_WAYS


def add_another(portal: Portal, visit: Visit, row: SessionWithUser, next_path: str = "/") -> Progress | None:
    """Go back from a session into the sign-in it came from, to set up a further way; None if nothing proved allows it.

    The session ends; confirming the further way, or leaving the options screen, opens a new one that lasts no longer.
    """
    token = tokens.new_token()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None or not 0 < len(authenticator.confirmed(connection, person.id)) < MOST_WAYS:
            return None
        proof = step_up.spend(connection, row, person, ADDITION)
        if proof is None:
            return None
        at = now()
        session.end(connection, row.id, "adding_authenticator", at)
        known = sessions.known_browser(connection, row)
        begun = {**_reopened(portal, row, token, proof), "next_path": next_path, "known_browser_id": known}
        pending.add(connection, **begun, reference=events.reference(visit))
        # It is one visit still: "before this" means the visit before it.
        user.change(connection, person.id, last_signed_in_at=row.previous_at, last_signed_in_how=row.previous_how)
        events.record(connection, visit, Kind.SIGNED_OUT, user=person, reason="adding_authenticator", at=at)
    return Progress(Step.SET_UP, token=token)


def _reopened(portal: Portal, row: SessionWithUser, token: str, proof: Proof) -> dict[str, object]:
    at = now()
    return {
        "id": tokens.new_id(),
        "token_hash": tokens.digest(token),
        "origin_hash": row.token_hash,
        "user_id": row.user_id,
        "epoch": row.epoch,
        "created_at": at,
        "expires_at": at + timedelta(minutes=portal.settings.code_minutes),
        "password_verified_at": row.auth_time,
        "asked_because": ADDING,
        "second_factor_at": proof.at,
        "second_factor_amr": proof.amr,
        "change_wanted_at": at,
        "session_ends_at": row.expires_at,
    }
