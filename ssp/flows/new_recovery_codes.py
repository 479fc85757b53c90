"""Ten new recovery codes for somebody who is signed in, with a fresh second factor; all older ones end."""

from ssp.flows import events, notices, sessions, step_up, throttling
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.flows.step_up import Action, Errand
from ssp.infra import paper_codes, tokens
from ssp.infra.clock import now
from ssp.infra.passwords import Busy
from ssp.models import recovery_code
from ssp.models import step_up as proofs
from ssp.models.session import SessionWithUser
from ssp.models.step_up import Proof

ERRAND = Errand(Action.MAKE_RECOVERY_CODES)
COUNT = 10


def make(portal: Portal, visit: Visit, row: SessionWithUser) -> list[str] | None:
    """Return new codes as people read them, once and never again; None without a proof for it. Raises Busy.

    The proof is spent before anything is hashed, so that many requests at once cost no more than one; where the hasher
    is too busy, it is given back.
    """
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        proof = step_up.spend(connection, row, person, ERRAND) if person else None
    if proof is None:
        return None
    codes = paper_codes.new_set(COUNT)
    hashed = _hashed(portal, row, codes, proof)
    at = now()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None:
            return None  # all that was proved before ended meanwhile
        reason = "renewed" if recovery_code.forget(connection, person.id) else "first"
        rows = [
            {"id": tokens.new_id(), "selector": paper_codes.selector(code), "code_hash": phc, "created_at": at}
            for code, phc in hashed.items()
        ]
        recovery_code.add_all(connection, person.id, rows)
        events.record(connection, visit, Kind.RECOVERY_CODES_MADE, user=person, reason=reason, at=at)
        notices.recovery_made(connection, portal, visit, person)
    return [paper_codes.grouped(code) for code in codes]


def _hashed(portal: Portal, row: SessionWithUser, codes: list[str], proof: Proof) -> dict[str, str]:
    """Return codes with their hashes. Each of them waits for its place like a password, so that others come between."""
    whose = throttling.place(row.user_id)
    try:
        return {code: portal.passwords.hash(code, whose=whose) for code in codes}
    except Busy:
        with portal.database.writing() as connection:
            proofs.give_back(connection, proof)
        raise
