"""The pages behind the links of a change of the mail address: confirming the new one, and getting the old one back."""

from collections.abc import Callable

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ssp.flows import disowning, email_change
from ssp.flows.links import Purpose, State
from ssp.web.journey import go
from ssp.web.portal import portal, visit
from ssp.web.recovery import carrying
from ssp.web.recovery.carrying import ANOTHER, OK, REFUSED, Page

Deed = Callable[[], ResponseReturnValue]


def register(blueprint: Blueprint) -> None:
    """Put these pages among those behind mailed links."""
    for purpose, show, act in ((Purpose.EMAIL, email, confirm), (Purpose.UNDO_EMAIL, undo_email, undo)):
        carrying.taken(blueprint, purpose)
        blueprint.get(f"/{purpose.value}", endpoint=purpose.name.lower())(show)
        blueprint.post(f"/{purpose.value}", endpoint=act.__name__)(act)
    blueprint.post("/undo-email/send", endpoint="send_again_undone")(send_again)


def email() -> ResponseReturnValue:
    """Ask whether the new address is to count; or say that it does."""
    return _email()


def _email(*refused: str) -> Page:
    opened = carrying.opened(Purpose.EMAIL)
    if opened is not None and email_change.is_done(opened):
        return render_template("recovery/email_done.html", opened=opened), OK
    if opened is None or opened.state is not State.LIVE:
        return carrying.over(opened)
    page = render_template("recovery/email.html", opened=opened, refused=refused, reference=carrying.noted(refused))
    return page, REFUSED if refused else OK


def confirm() -> ResponseReturnValue:
    """Take the new address."""
    if carrying.is_of_another(Purpose.EMAIL):
        return _email(*ANOTHER)
    email_change.confirm(portal(), visit(), carrying.carried(Purpose.EMAIL))
    return go("recovery.email")


def undo_email() -> ResponseReturnValue:
    """Say what changed and offer the way back; or how things stand once it was taken."""
    return _undo_email()


def _undo_email(*refused: str) -> Page:
    opened = carrying.opened(Purpose.UNDO_EMAIL)
    if opened is not None and disowning.is_pressed(opened):
        return carrying.disowned(opened, refused)
    if opened is None or opened.state is not State.LIVE:
        return carrying.over(opened)
    shown = {"refused": refused, "reference": carrying.noted(refused)}
    page = render_template("recovery/undo_email.html", opened=opened, **shown)
    return page, REFUSED if refused else OK


def undo() -> ResponseReturnValue:
    """Bring the old address back, sign everybody out, stop the password, and mail a link to choose a new one."""
    if carrying.is_of_another(Purpose.UNDO_EMAIL):
        return _undo_email(*ANOTHER)
    disowning.undo_email(portal(), visit(), carrying.carried(Purpose.UNDO_EMAIL))
    return go("recovery.undo_email")


def send_again() -> ResponseReturnValue:
    """Mail one more link to choose a new password."""
    return carrying.mailed_again(Purpose.UNDO_EMAIL, _undo_email)
