"""The pages behind mailed links: "this was not me", choosing a new password, and another mail address.

A link's token leaves the address at once, into a cookie that a page of its own reads. No GET acts or uses anything up,
because mail scanners and browsers open links on their own. A form says which link its page is of, because the cookie
has the one that was opened last, in whichever tab and by whatever site.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ssp.flows import disowning, recovery
from ssp.flows.links import Purpose, State
from ssp.web import cookies, words
from ssp.web.forms import LONGEST_PASSWORD, field
from ssp.web.journey import go
from ssp.web.portal import portal, visit
from ssp.web.recovery import carrying, email
from ssp.web.recovery.carrying import ANOTHER, OK, REFUSED, Page

blueprint = Blueprint("recovery", __name__)
carrying.taken(blueprint, Purpose.NOT_ME)
carrying.taken(blueprint, Purpose.PASSWORD)
email.register(blueprint)


@blueprint.get("/not-me")
def not_me() -> ResponseReturnValue:
    """Say what happened and offer the button; or how things stand once it was pressed."""
    return _not_me()


def _not_me(*refused: str) -> Page:
    opened = carrying.opened(Purpose.NOT_ME)
    if opened is None or opened.state is State.EXPIRED:
        return carrying.over(opened)
    if opened.state is State.USED:
        return carrying.disowned(opened, refused)
    told = words.HAPPENED.get(opened.link.notice or "", words.SOMETHING_HAPPENED)
    shown: dict[str, object] = {"refused": refused, "reference": carrying.noted(refused), "astray": opened.astray}
    page = render_template("recovery/not_me.html", link=opened.link, told=told, **shown)
    return page, REFUSED if refused else OK


@blueprint.post("/not-me", endpoint="disown")
def disown() -> ResponseReturnValue:
    """Sign everybody out, stop the password, and mail a link to choose a new one."""
    if carrying.is_of_another(Purpose.NOT_ME):
        return _not_me(*ANOTHER)
    disowning.disown(portal(), visit(), carrying.carried(Purpose.NOT_ME))
    return go("recovery.not_me")


@blueprint.post("/not-me/send")
def send_again() -> ResponseReturnValue:
    """Mail one more link to choose a new password."""
    return carrying.mailed_again(Purpose.NOT_ME, _not_me)


@blueprint.get("/password")
def password() -> ResponseReturnValue:
    """Show the form for a new password."""
    return _password()


def _password(*fault: str) -> Page:
    opened = carrying.opened(Purpose.PASSWORD)
    if opened is None or opened.state is not State.LIVE:
        return carrying.over(opened)
    page = render_template("recovery/password.html", opened=opened, error=fault, reference=carrying.noted(fault))
    return page, REFUSED if fault else OK


@blueprint.post("/password", endpoint="choose")
def choose() -> ResponseReturnValue:
    """Take the new password. Nobody is signed in by it."""
    if carrying.is_of_another(Purpose.PASSWORD):
        return _password(*ANOTHER)
    typed = field("new_password", longest=LONGEST_PASSWORD)
    choice = recovery.choose(portal(), visit(), carrying.carried(Purpose.PASSWORD), typed)
    if choice.fault:
        return _password(choice.fault)
    if not choice.chosen:
        return go("recovery.password")
    response = go("auth.sign_in", **{"first-password" if choice.first else "new-password": "1"})
    cookies.set_link(portal().settings, response, Purpose.PASSWORD.value, "")
    return response
