"""Ten new recovery codes for somebody who is signed in, with a fresh second factor; all older ones end."""

from ssp.flows import events, notices, sessions, step_up
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.flows.step_up import Action, Errand
from ssp.infra import paper_codes, tokens
from ssp.infra.clock import now
from ssp.models import recovery_code, user
from ssp.models.session import SessionWithUser

ERRAND = Errand(Action.MAKE_RECOVERY_CODES)
COUNT = 10


def make(portal: Portal, visit: Visit, row: SessionWithUser) -> list[str] | None:
    """Return new codes as people read them, once and never again; None without a proof for it. Raises Busy.

    Nothing is hashed for whoever has no proof, and only codes that are made spend it.
    """
    with portal.database.reading() as connection:
        person = user.by_id(connection, row.user_id)
        proved = person is not None and step_up.proved(connection, row, person, ERRAND)
    if not proved:
        return None
    codes = paper_codes.new_set(COUNT)
    hashed = {code: portal.passwords.hash(code) for code in codes}
    at = now()
    with portal.database.writing() as connection:
        person = sessions.hold(connection, portal, row)
        if person is None or step_up.spend(connection, row, person, ERRAND) is None:
            return None
        reason = "renewed" if recovery_code.forget(connection, person.id) else "first"
        rows = [
            {"id": tokens.new_id(), "selector": paper_codes.selector(code), "code_hash": phc, "created_at": at}
            for code, phc in hashed.items()
        ]
        recovery_code.add_all(connection, person.id, rows)
        events.record(connection, visit, Kind.RECOVERY_CODES_MADE, user=person, reason=reason, at=at)
        notices.recovery_made(connection, portal, visit, person)
    return [paper_codes.grouped(code) for code in codes]
