"""Changing the mail address."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ssp.flows import email_change, step_up
from ssp.flows.email_change import Answer
from ssp.flows.step_up import Standing
from ssp.web.account.confirm import EMAIL
from ssp.web.forms import field
from ssp.web.journey import go
from ssp.web.portal import portal, visit
from ssp.web.signed_in import SignedIn, only_signed_in


def register(blueprint: Blueprint) -> None:
    """Put these pages into the account's."""
    blueprint.get("/email", endpoint="email")(ask)
    blueprint.post("/email", endpoint="change_email")(change)
    blueprint.post("/email/give-up", endpoint="give_up_email")(give_up)


@only_signed_in
def ask(person: SignedIn) -> ResponseReturnValue:
    """Ask for the new address, once a fresh code allows the change; nothing is begun that no mail can finish."""
    return _form(person)


@only_signed_in
def change(person: SignedIn) -> ResponseReturnValue:
    """Take the new address, and mail a link there."""
    if not portal().mailer.ready:
        return go("account.index")
    typed = field("email")
    answer, fault = email_change.ask(portal(), visit(), person.session, typed)
    if answer is Answer.MAILED:
        return go("account.index", done="email")
    return _form(person, fault, typed)


@only_signed_in
def give_up(person: SignedIn) -> ResponseReturnValue:
    """Let the address stay as it is."""
    gone = email_change.give_up(portal(), visit(), person.session)
    return go("account.index", **({"done": "email-kept"} if gone else {}))


def _form(person: SignedIn, fault: str = "", typed: str = "") -> ResponseReturnValue:
    if not portal().mailer.ready:
        return go("account.index")
    view = step_up.look(portal(), visit(), person.session, email_change.ERRAND)
    if view.standing is not Standing.PROVED:
        return go("account.confirm", errand=EMAIL)
    address = email_change.look(portal(), person.session)
    shown = {"until": view.until, "fault": fault, "typed": typed, "address": address}
    return person.page("account/email.html", **shown), 422 if fault else 200
