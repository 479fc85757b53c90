"""Making recovery codes, showing them once, and giving them as a file."""

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from ssp.flows import new_recovery_codes, recovery_codes, step_up
from ssp.flows.step_up import Standing
from ssp.infra import paper_codes
from ssp.infra.clock import now
from ssp.web.account.confirm import CODES
from ssp.web.dates import reader
from ssp.web.forms import field
from ssp.web.journey import go
from ssp.web.portal import portal, visit
from ssp.web.signed_in import SignedIn, only_signed_in

FILE = "recovery-codes.txt"


def register(blueprint: Blueprint) -> None:
    """Put these pages into the account's."""
    blueprint.get("/recovery-codes", endpoint="recovery_codes")(ask)
    blueprint.post("/recovery-codes", endpoint="make_recovery_codes")(make)
    blueprint.post("/recovery-codes/download", endpoint="download_recovery_codes")(download)


@only_signed_in
def ask(person: SignedIn) -> ResponseReturnValue:
    """Ask once more, now that a fresh code allows it; else say that the codes there are were shown."""
    codes = recovery_codes.standing(portal(), person.session.user_id)
    view = step_up.look(portal(), visit(), person.session, new_recovery_codes.ERRAND)
    if view.standing is Standing.PROVED:
        return person.page("account/recovery_make.html", codes=codes, until=view.until)
    return person.page("account/recovery_kept.html", codes=codes) if codes.made_at else _to_code()


@only_signed_in
def make(person: SignedIn) -> ResponseReturnValue:
    """Make them and show them: on this page and no other one. Whoever loads it again is told so by `ask`."""
    codes = new_recovery_codes.make(portal(), visit(), person.session)
    if codes is not None:
        return person.page("account/recovery_codes.html", codes=codes, made_at=now())
    made = recovery_codes.standing(portal(), person.session.user_id).made_at
    return go("account.recovery_codes") if made else _to_code()


def _to_code() -> ResponseReturnValue:
    return go("account.confirm", errand=CODES)


@only_signed_in
def download(person: SignedIn) -> ResponseReturnValue:
    """Give the codes that the page showed back as a file. The portal has none that it could give otherwise."""
    codes = [paper_codes.read(each) for each in field("codes").split()]
    whole = [paper_codes.grouped(code) for code in codes if code]
    if not whole or len(whole) != len(codes) or len(whole) > new_recovery_codes.COUNT:
        abort(400)
    response = Response(_text(person, whole), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response


def _text(person: SignedIn, codes: list[str]) -> str:
    """Return what the file says: no more than is needed to find the way back."""
    settings = portal().settings
    head = (
        settings.portal_name,
        f"Recovery codes of {person.session.username}",
        reader().day(now()),
    )
    return "\n".join((*head, "", *codes, "", "Each code works once, after your password.", ""))
