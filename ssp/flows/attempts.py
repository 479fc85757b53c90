"""A half-done sign-in with everything known about it: loaded, judged by `next_step`, and finished in one place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from sqlalchemy import Connection

from ssp.authenticators.protocol import AuthenticatorType, Bearer, Faults, Prompt, Verdict
from ssp.flows import browsers, compulsory, events, people, sessions
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.flows.steps import Facts, Step, next_step
from ssp.infra import tokens
from ssp.infra.clock import lies_ahead, now
from ssp.models import Authenticator, PendingSignIn, User, authenticator, pending, user
from ssp.models.pending import ADDING, RECOVERY
from ssp.settings import Settings


class Over(Enum):
    """Why a browser has no half-done sign-in that could go on."""

    NONE = "none"
    EXPIRED = "expired"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A half-done sign-in, the person, and their ways to get codes, the preferred one first.

    `held` are all of them; `authenticators` those whose type is on offer, so that codes can really go there.
    """

    pending: PendingSignIn
    user: User
    held: tuple[Authenticator, ...]
    authenticators: tuple[Authenticator, ...]
    facts: Facts
    visit: Visit

    @property
    def step(self) -> Step:
        """Return what is needed next."""
        return next_step(self.facts)

    @property
    def chosen(self) -> Authenticator | None:
        """Return the way that the code goes."""
        return self.own(self.pending.authenticator_id)

    @property
    def preferred(self) -> Authenticator:
        """Return the way that the person prefers, usable or not. Raises IndexError where there is none."""
        return self.held[0]

    @property
    def replaced(self) -> Authenticator | None:
        """Return the way whose place a new one is to take, or None if all stay."""
        return next((row for row in self.held if row.id == self.pending.replaces_id), None)

    @property
    def staying(self) -> tuple[Authenticator, ...]:
        """Return the ways that stay when a new one is set up."""
        return tuple(row for row in self.held if row.id != self.pending.replaces_id)

    @property
    def recovering(self) -> bool:
        """Return whether a recovery code led here, so that a way has to be set up before anything else."""
        return self.facts.recovery_used and not self.facts.second_factor_verified

    @property
    def bearer(self) -> Bearer:
        """Return whose codes these are."""
        return Bearer(self.user, self.pending, self.visit.address)

    @property
    def browser_is_known(self) -> bool:
        """Return whether the person finished a sign-in with this browser before, and has tries of their own in it."""
        return self.pending.known_browser_id is not None

    def own(self, authenticator_id: str | None) -> Authenticator | None:
        """Return one of the person's own usable ways."""
        return next((row for row in self.authenticators if row.id == authenticator_id), None)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a verb led to: the next step, and what the browser is to carry from now on.

    `token` is a new value for the session cookie; `session_token` opens a finished sign-in; `device` is the person's
    selector and the new value of their device cookie, `known` that of a finished sign-in and the value of the cookie by
    which the browser is known, None if it has one. `prompt` is what was issued for `way`; `faults` is what was wrong
    with what the person typed. `replaced` is the way that a new one took the place of.
    """

    step: Step
    verdict: Verdict | None = None
    token: str | None = None
    session_token: str | None = None
    next_path: str = "/"
    device: tuple[str, str] | None = None
    known: tuple[str, str | None] | None = None
    attempt: Attempt | None = None
    way: Authenticator | None = None
    prompt: Prompt | None = None
    faults: Faults | None = None
    set_up: str | None = None
    replaced: Authenticator | None = None


Steps = frozenset[Step]
Deed = Callable[[Connection, Attempt], Progress]


def load(connection: Connection, portal: Portal, token: str, visit: Visit, *, lock: bool = False) -> Attempt | Over:
    """Return the half-done sign-in that a browser's token names. With `lock`, nobody else changes its person."""
    row = pending.by_token_hash(connection, tokens.digest(token))
    person = user.by_id(connection, row.user_id, lock=lock) if row else None
    if lock:
        row = pending.by_token_hash(connection, tokens.digest(token))  # as it is now that nobody else can change it
    if row is None or person is None:
        return Over.NONE
    if row.ended_at is not None or person.security_epoch != row.epoch or not people.may_sign_in(portal, person):
        return Over.ENDED
    if row.expires_at <= now() or lies_ahead(row.created_at, now()):
        return Over.EXPIRED
    return build(connection, portal, row, person, visit)


def build(connection: Connection, portal: Portal, row: PendingSignIn, person: User, visit: Visit) -> Attempt:
    """Return a half-done sign-in with its facts."""
    held = authenticator.confirmed(connection, person.id)
    usable = tuple(each for each in held if each.type in portal.types)
    return Attempt(row, person, tuple(held), usable, _facts(portal.settings, row, person, held, usable), visit)


def _facts(
    settings: Settings, row: PendingSignIn, person: User, held: list[Authenticator], usable: tuple[Authenticator, ...]
) -> Facts:
    return Facts(
        password_verified=True,
        has_authenticator=bool(held),
        authenticator_chosen=any(each.id == row.authenticator_id for each in usable),
        second_factor_verified=row.second_factor_at is not None,
        recovery_used=row.asked_because == RECOVERY,
        device_trusted=row.device_trusted_at is not None,
        # One proof, one further way: the question after it could lead to the options screen once more.
        confirmation_due=row.asked_because != ADDING and confirmation_due(settings, held),
        change_wanted=row.change_wanted_at is not None,
        deferred=row.deferred_at is not None,
        deferral_allowed=compulsory.deferral_allowed(settings, person.groups),
        address_unproved=settings.setup_proof == "mail-code" and row.address_proved_at is None,
        phone_unknown=settings.setup_proof == "known-phone" and person.phone_fingerprint is None,
    )


def confirmation_due(settings: Settings, held: list[Authenticator]) -> bool:
    """Return whether the person has to say again that the preferred way is still right."""
    if not settings.reconfirm_days or not held or held[0].preference_confirmed_at is None:
        return False
    return now() >= held[0].preference_confirmed_at + timedelta(days=settings.reconfirm_days)


def record(connection: Connection, portal: Portal, attempt: Attempt, **facts: object) -> Attempt:
    """Write facts, if there are any, and return the half-done sign-in as it stands now."""
    if facts:
        pending.record(connection, attempt.pending.id, **facts)
    row = pending.by_token_hash(connection, attempt.pending.token_hash)
    person = user.by_id(connection, attempt.user.id)
    assert row is not None  # noqa: S101 - rows go with their person, whose row this transaction holds
    assert person is not None  # noqa: S101 - same
    return build(connection, portal, row, person, attempt.visit)


def advance(connection: Connection, portal: Portal, attempt: Attempt, progress: Progress) -> Progress:
    """Say what is next; where that is "signed in", finish the sign-in here and nowhere else."""
    progress = replace(progress, step=attempt.step, next_path=attempt.pending.next_path)
    if attempt.step is not Step.SIGNED_IN:
        return progress
    if not pending.end(connection, attempt.pending.id, now()):
        return progress  # the same form, sent twice: the other request has the session
    at, person = now(), attempt.user
    authenticator.forget_drafts(connection, person.id, at)
    cookie = browsers.remember(connection, portal, attempt.visit, person, attempt.pending, at)
    token = sessions.open_session(connection, portal, attempt.visit, person, attempt.pending)
    return replace(progress, session_token=token, known=(person.selector, cookie))


def type_of(portal: Portal, row: Authenticator) -> AuthenticatorType:
    """Return the type of a usable authenticator."""
    return portal.types[row.type]


def act(portal: Portal, visit: Visit, token: str, steps: Steps, deed: Deed) -> Progress | Over:
    """Do something in a half-done sign-in that stands at one of these steps; elsewhere nothing but say where it stands.

    The step is worked out inside the writing transaction, so two requests never act on the same old facts.
    """
    with portal.database.writing() as connection:
        attempt = load(connection, portal, token, visit, lock=True)
        if isinstance(attempt, Over):
            _note_over(connection, visit, token, attempt)
            return attempt
        return deed(connection, attempt) if attempt.step in steps else Progress(attempt.step)


def _note_over(connection: Connection, visit: Visit, token: str, over: Over) -> None:
    """Tell the log that something came for a sign-in that is over, if there ever was one."""
    row = pending.by_token_hash(connection, tokens.digest(token))
    person = user.by_id(connection, row.user_id) if row else None
    if row is not None and person is not None:
        events.record_once(connection, visit, Kind.OVER, row.id, user=person, reason=over.value)
