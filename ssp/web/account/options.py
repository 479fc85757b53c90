"""What people do with one of their MFA options: name, prefer, replace and remove it."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from ssp.flows import options, step_up
from ssp.flows.options import Refusal, Result, Way
from ssp.flows.portal import Portal, Visit
from ssp.flows.step_up import Errand, Standing
from ssp.models.authenticator import LONGEST_NAME
from ssp.models.session import SessionWithUser
from ssp.web.account.confirm import DEEDS
from ssp.web.forms import field
from ssp.web.journey import go, onward
from ssp.web.portal import portal, visit
from ssp.web.sessions import SIGNED_IN, browser
from ssp.web.signed_in import SignedIn, only_signed_in

_DONE = {"rename": "renamed", "prefer": "preferred", "remove": "removed"}


def register(blueprint: Blueprint) -> None:
    """Put these pages into the account's."""
    page = f"/options/<authenticator_id>/<any({','.join(DEEDS)}):deed>"
    blueprint.get(page, endpoint="option")(ask)
    blueprint.post(page, endpoint="change_option")(act)


@only_signed_in
def ask(person: SignedIn, authenticator_id: str, deed: str) -> ResponseReturnValue:
    """Ask once more, or for a name, now that a fresh code allows it."""
    errand = Errand(DEEDS[deed], authenticator_id)
    way = options.way(portal(), person.session, authenticator_id)
    refusal = options.hindrance(way, errand.action) if way else Refusal.UNKNOWN
    if refusal:
        return _refused(refusal)
    assert way is not None  # noqa: S101 - else it is refused
    if step_up.look(portal(), visit(), person.session, errand).standing is not Standing.PROVED:
        return _to_confirm(authenticator_id, deed)
    return _page(person, deed, way, typed=way.called)


def _page(person: SignedIn, deed: str, way: Way, **shown: object) -> str:
    return person.page(f"account/{deed}.html", way=way, longest=LONGEST_NAME, **shown)


@only_signed_in
def act(person: SignedIn, authenticator_id: str, deed: str) -> ResponseReturnValue:
    """Do it."""
    result = _VERBS[deed](portal(), visit(), person.session, authenticator_id)
    if result.way:
        return _page(person, deed, result.way, typed=field("name"), fault=result.fault), 422
    if result.refusal is Refusal.NOT_PROVED:
        return _to_confirm(authenticator_id, deed)
    if result.refusal:
        return _refused(result.refusal)
    if result.progress:
        return onward(result.progress)
    if result.token:
        browser().carry(SIGNED_IN, result.token)
    return go("account.index", done=_DONE[deed])


def _rename(site: Portal, seen: Visit, row: SessionWithUser, authenticator_id: str) -> Result:
    return options.rename(site, seen, row, authenticator_id, field("name"))


def _replace(site: Portal, seen: Visit, row: SessionWithUser, authenticator_id: str) -> Result:
    return options.replace(site, seen, row, authenticator_id, url_for("account.index"))


_VERBS = {"rename": _rename, "prefer": options.prefer, "replace": _replace, "remove": options.remove}


def _to_confirm(authenticator_id: str, deed: str) -> ResponseReturnValue:
    return go("account.confirm", errand=f"{deed}:{authenticator_id}")


def _refused(refusal: Refusal) -> ResponseReturnValue:
    """Go back to the account page, which says why, unless there is no such option (any more)."""
    return go("account.index", **({} if refusal is Refusal.UNKNOWN else {"done": refusal.value}))
