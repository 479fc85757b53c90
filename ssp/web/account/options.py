"""Removing an MFA option."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ssp.flows import account, step_up
from ssp.flows.account import Removal
from ssp.flows.step_up import Standing
from ssp.web.account.confirm import REMOVE
from ssp.web.journey import go
from ssp.web.portal import portal, visit
from ssp.web.sessions import SIGNED_IN, browser
from ssp.web.signed_in import SignedIn, only_signed_in


def register(blueprint: Blueprint) -> None:
    """Put these pages into the account's."""
    blueprint.get("/options/<authenticator_id>/remove", endpoint="remove")(ask)
    blueprint.post("/options/<authenticator_id>/remove", endpoint="remove_option")(remove)


@only_signed_in
def ask(person: SignedIn, authenticator_id: str) -> ResponseReturnValue:
    """Ask once more, now that a fresh code allows it."""
    way = account.way(portal(), person.session, authenticator_id)
    if way is None or way.last:
        return _refused(Removal.LAST if way else Removal.UNKNOWN)
    view = step_up.look(portal(), visit(), person.session, account.removal(authenticator_id))
    if view.standing is not Standing.PROVED:
        return go("account.confirm", errand=f"{REMOVE}:{authenticator_id}")
    return person.page("account/remove.html", way=way)


@only_signed_in
def remove(person: SignedIn, authenticator_id: str) -> ResponseReturnValue:
    """Remove it."""
    outcome, token = account.remove_option(portal(), visit(), person.session, authenticator_id)
    if outcome is Removal.NOT_PROVED:
        return go("account.confirm", errand=f"{REMOVE}:{authenticator_id}")
    if outcome is not Removal.REMOVED:
        return _refused(outcome)
    browser().carry(SIGNED_IN, token)
    return go("account.index", done="removed")


def _refused(outcome: Removal) -> ResponseReturnValue:
    return go("account.index", **({"done": "last"} if outcome is Removal.LAST else {}))
