"""The pages behind mailed links: "this was not me", and choosing a new password.

A link's token leaves the address at once, into a cookie that a page of its own reads. No GET acts or uses anything up,
because mail scanners and browsers open links on their own. A form says which link its page is of, because the cookie
has the one that was opened last, in whichever tab and by whatever site.
"""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from ssp.flows import disowning, links, recovery, references
from ssp.flows.links import Opened, Purpose, State
from ssp.flows.references import Sight
from ssp.infra import tokens
from ssp.web import cookies, words
from ssp.web.forms import field
from ssp.web.journey import go
from ssp.web.portal import portal, request_id, visit

OK, NOT_FOUND, GONE, REFUSED = 200, 404, 410, 422
Page = tuple[str, int]
# What stands above a page that shows again, and what to do about it.
ANOTHER = ("Another link was opened in this browser meanwhile.", "Below is its page. Nothing was changed just now.")
TOO_MANY = (
    "We mailed it several times within the hour.",
    "Look into your spam folder, wait a while, or call Web Support.",
)
# A link that is live cannot be over; it may have run out in between.
_SIGHTS = {State.LIVE: Sight.OLD_LINK, State.USED: Sight.USED_LINK, State.EXPIRED: Sight.OLD_LINK}
blueprint = Blueprint("recovery", __name__)


def _carried(purpose: Purpose) -> str:
    return cookies.link(portal().settings, request, purpose.value)


def _opened(purpose: Purpose) -> Opened | None:
    return links.look(portal(), purpose, _carried(purpose))


def _is_of_another(purpose: Purpose) -> bool:
    """Return whether the form that was sent is of another link than the one that is carried."""
    opened = _opened(purpose)
    return opened is not None and field("link") != opened.link.id


def _take(purpose: Purpose, token: str) -> Response:
    """Move a token from the address into a cookie; what cannot be one takes away what an earlier link left."""
    response = go(f"recovery.{purpose.name.lower()}")
    value = token if tokens.is_token(token) else ""
    cookies.set_link(portal().settings, response, purpose.value, value, links.HOLDS[Purpose.PASSWORD])
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/not-me/<token>")
def take_not_me(token: str) -> ResponseReturnValue:
    """Take the link of a notice."""
    return _take(Purpose.NOT_ME, token)


@blueprint.get("/not-me")
def not_me() -> ResponseReturnValue:
    """Say what happened and offer the button; or how things stand once it was pressed."""
    return _not_me()


def _not_me(*refused: str) -> Page:
    opened = _opened(Purpose.NOT_ME)
    if opened is None or opened.state is State.EXPIRED:
        return _over(opened)
    if opened.state is State.USED:
        stays = disowning.stays(portal(), opened)
        # Only that too many were mailed is in the log.
        noted = request_id() if refused == TOO_MANY else None
        shown = {"opened": opened, "stays": stays, "refused": refused, "reference": noted}
        page = render_template("recovery/disowned.html", **shown)
    else:
        told = words.HAPPENED.get(opened.link.notice or "", words.SOMETHING_HAPPENED)
        page = render_template("recovery/not_me.html", link=opened.link, told=told, refused=refused)
    return page, REFUSED if refused else OK


@blueprint.post("/not-me", endpoint="disown")
def disown() -> ResponseReturnValue:
    """Sign everybody out, stop the password, and mail a link to choose a new one."""
    if _is_of_another(Purpose.NOT_ME):
        return _not_me(*ANOTHER)
    disowning.disown(portal(), visit(), _carried(Purpose.NOT_ME))
    return go("recovery.not_me")


@blueprint.post("/not-me/send")
def send_again() -> ResponseReturnValue:
    """Mail one more link to choose a new password."""
    if _is_of_another(Purpose.NOT_ME):
        return _not_me(*ANOTHER)
    if disowning.send_again(portal(), visit(), _carried(Purpose.NOT_ME)):
        return go("recovery.not_me", sent="1")
    opened = _opened(Purpose.NOT_ME)
    if opened is None or opened.person.password_compromised_at is None:
        return go("recovery.not_me")
    return _not_me(*TOO_MANY)


@blueprint.get("/password/<token>")
def take_password(token: str) -> ResponseReturnValue:
    """Take a link to choose a new password."""
    return _take(Purpose.PASSWORD, token)


@blueprint.get("/password")
def password() -> ResponseReturnValue:
    """Show the form for a new password."""
    return _password()


def _password(*fault: str) -> Page:
    opened = _opened(Purpose.PASSWORD)
    if opened is None or opened.state is not State.LIVE:
        return _over(opened)
    page = render_template("recovery/password.html", opened=opened, error=fault)
    return page, REFUSED if fault else OK


@blueprint.post("/password", endpoint="choose")
def choose() -> ResponseReturnValue:
    """Take the new password. Nobody is signed in by it."""
    if _is_of_another(Purpose.PASSWORD):
        return _password(*ANOTHER)
    typed = field("new_password", longest=64 * 1024)
    choice = recovery.choose(portal(), visit(), _carried(Purpose.PASSWORD), typed)
    if choice.fault:
        return _password(choice.fault)
    if not choice.chosen:
        return go("recovery.password")
    response = go("auth.sign_in", **{"new-password": "1"})
    cookies.set_link(portal().settings, response, Purpose.PASSWORD.value, "")
    return response


def _over(opened: Opened | None) -> Page:
    """Say that a link does nothing any more, or never did, and what helps."""
    state = opened.state.value if opened else ""
    purpose = opened.link.purpose if opened else ""
    sight = _SIGHTS[opened.state] if opened else Sight.NO_LINK
    page = render_template(
        "recovery/over.html", state=state, purpose=purpose, reference=references.of_page(portal(), sight)
    )
    return page, GONE if opened else NOT_FOUND
