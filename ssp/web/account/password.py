"""Changing the password."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ssp.flows import new_password, step_up
from ssp.flows.new_password import Refusal
from ssp.flows.step_up import Standing
from ssp.web import words
from ssp.web.account.confirm import PASSWORD
from ssp.web.dates import reader
from ssp.web.forms import LONGEST_PASSWORD, field
from ssp.web.journey import go
from ssp.web.portal import portal, request_id, visit
from ssp.web.sessions import SIGNED_IN, browser
from ssp.web.signed_in import SignedIn, only_signed_in

Problem = tuple[str, str]
# A headline, and what to do next.
EMPTY = ("Something is missing.", "Enter the password you have now, and the one you want.")
ANOTHER = "Choose another new password."


def register(blueprint: Blueprint) -> None:
    """Put these pages into the account's."""
    blueprint.get("/password", endpoint="password")(ask)
    blueprint.post("/password", endpoint="change_password")(change)


@only_signed_in
def ask(person: SignedIn) -> ResponseReturnValue:
    """Ask for both passwords, once a fresh code allows the change."""
    return _form(person)


@only_signed_in
def change(person: SignedIn) -> ResponseReturnValue:
    """Take both passwords."""
    current = field("current_password", longest=LONGEST_PASSWORD)
    wanted = field("new_password", longest=LONGEST_PASSWORD)
    if not current or not wanted:
        return _form(person, current=EMPTY)
    site = portal()
    changed = new_password.change(site, visit(), person.session, current, wanted)
    if changed.token:
        browser().carry(SIGNED_IN, changed.token)
        return go("account.index", done="password")
    if changed.refusal in {Refusal.WRONG, Refusal.HELD}:
        looked_at = changed.refusal is Refusal.WRONG
        wrong = words.not_the_password(changed.until, reader(), looked_at=looked_at, stopped=changed.stopped)
        return _form(person, current=wrong)
    return _form(person, wanted=(ANOTHER, changed.words or ""))


def _form(person: SignedIn, current: Problem | None = None, wanted: Problem | None = None) -> ResponseReturnValue:
    """Return the form with what is wrong with either password; nothing typed is shown again."""
    view = step_up.look(portal(), visit(), person.session, new_password.ERRAND)
    if view.standing is not Standing.PROVED:
        return go("account.confirm", errand=PASSWORD)
    # What was counted as wrong, or turned away, is in the log; what was left empty is not.
    noted = request_id() if current and current is not EMPTY else None
    page = person.page("account/password.html", until=view.until, current=current, wanted=wanted, reference=noted)
    return page, 422 if current or wanted else 200
