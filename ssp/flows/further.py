"""From a session back into the sign-in: for one further way to get codes, or for one in another one's place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from ssp.authenticators.protocol import Place
from ssp.flows import events, sessions, step_up
from ssp.flows.attempts import Progress
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.flows.step_up import Action, Errand, Standing
from ssp.flows.steps import Step
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.models import User, authenticator, pending, session, user
from ssp.models.pending import ADDING
from ssp.models.session import SessionWithUser
from ssp.models.step_up import Proof

ADDITION = Errand(Action.ADD_OPTION)


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody can set up beside what they have: how many options by place; nothing before their first one.

    `second` says whether to point it out: they have one option, and never had two nor said "not now".
    """

    room: Mapping[Place, int]
    second: bool

    @property
    def possible(self) -> bool:
        """Return whether there is room for any."""
        return any(self.room.values())

    @property
    def is_full(self) -> bool:
        """Return whether they have as many as there can be."""
        return bool(self.room) and not self.possible


def offer(portal: Portal, row: SessionWithUser) -> Offer:
    """Return what further options somebody can set up."""
    with portal.database.reading() as connection:
        held = authenticator.confirmed(connection, row.user_id)
    return Offer(portal.types.room(held) if held else {}, len(held) == 1 and row.second_way_settled_at is None)


def may_add(portal: Portal, visit: Visit, row: SessionWithUser) -> bool:
    """Return whether this session may set up a further way without another code, as it may once after a set-up."""
    return step_up.look(portal, visit, row, ADDITION).standing is Standing.PROVED and offer(portal, row).possible


def not_now(portal: Portal, row: SessionWithUser) -> None:
    """Note that somebody wants no second way for now; they are not asked again."""
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is not None:
            user.change(connection, person.id, second_way_settled_at=now())


def add_another(portal: Portal, visit: Visit, row: SessionWithUser, next_path: str = "/") -> Progress | None:
    """Go back from a session into the sign-in it came from, to set up a further way; None if nothing proved allows it.

    The session ends; confirming the further way, or leaving the options screen, opens a new one that lasts no longer.
    """
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        held = authenticator.confirmed(connection, row.user_id)
        if person is None or not held or not any(portal.types.room(held).values()):
            return None
        proof = step_up.spend(connection, row, person, ADDITION)
        return go_back(connection, portal, visit, row, person, proof, next_path=next_path) if proof else None


def go_back(  # noqa: PLR0913, PLR0917 - who goes from where to where, and for what
    connection: Connection,
    portal: Portal,
    visit: Visit,
    row: SessionWithUser,
    person: User,
    proof: Proof,
    *,
    next_path: str,
    replaces: str | None = None,
) -> Progress:
    """End a session that is held for the options screen of the sign-in that it came from."""
    at, token, reason = now(), tokens.new_token(), "replacing_authenticator" if replaces else "adding_authenticator"
    session.end(connection, row.id, reason, at)
    pending.add(
        connection,
        id=tokens.new_id(),
        token_hash=tokens.digest(token),
        origin_hash=row.token_hash,
        user_id=person.id,
        epoch=row.epoch,
        created_at=at,
        expires_at=at + timedelta(minutes=portal.settings.code_minutes),
        password_verified_at=row.auth_time,
        reference=events.reference(visit),
        asked_because=ADDING,
        second_factor_at=proof.at,
        second_factor_amr=proof.amr,
        change_wanted_at=at,
        replaces_id=replaces,
        session_ends_at=row.expires_at,
        next_path=next_path,
        known_browser_id=sessions.known_browser(connection, row),
    )
    # It is one visit still: "before this" means the visit before it.
    user.change(connection, person.id, last_signed_in_at=row.previous_at, last_signed_in_how=row.previous_how)
    events.record(connection, visit, Kind.SIGNED_OUT, user=person, reason=reason, at=at)
    return Progress(Step.SET_UP, token=token)
