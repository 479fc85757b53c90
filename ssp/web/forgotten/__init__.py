"""The pages for people who forgot their password or username: what they answer is the same for everybody (EU2)."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ssp.flows import forgotten, references
from ssp.flows.forgotten import Forgotten
from ssp.flows.references import Sight
from ssp.models import user
from ssp.web import words
from ssp.web.dates import reader, seconds_until
from ssp.web.forms import field
from ssp.web.journey import go
from ssp.web.portal import portal, visit

Problem = tuple[str, str]
blueprint = Blueprint("forgotten", __name__)


@blueprint.get("/forgot-password")
def password() -> ResponseReturnValue:
    """Ask for the username; or say that a mail is on its way, if there is anybody to write to."""
    return _page("password")


@blueprint.post("/forgot-password", endpoint="mail_link")
def mail_link() -> ResponseReturnValue:
    """Take a username, whoever has it or not."""
    typed = field("username")
    if not typed.strip():
        return _page("password", words.NO_USERNAME), 422
    return _asked(Forgotten.PASSWORD, typed)


@blueprint.get("/forgot-username")
def username() -> ResponseReturnValue:
    """Ask for the mail address; or say that a mail is on its way, if there is anybody to write to."""
    return _page("username")


@blueprint.post("/forgot-username", endpoint="mail_usernames")
def mail_usernames() -> ResponseReturnValue:
    """Take a mail address, whoever has it or not."""
    typed = field("email")
    if not user.is_address(typed.strip()):
        return _page("username", words.NO_ADDRESS, typed), 422
    return _asked(Forgotten.USERNAME, typed)


def _asked(what: Forgotten, typed: str) -> ResponseReturnValue:
    site, page = portal(), what.value
    if not site.mailer.ready:
        return go(f"forgotten.{page}")
    full = forgotten.ask(site, visit(), what, typed)
    if full is None:
        return go(f"forgotten.{page}", sent="1")
    seconds = seconds_until(full.until)
    shown = _page(page, words.too_many_wishes(full.until, reader()), typed, full.reference)
    return shown, 429, {"Retry-After": str(seconds)}


def _page(page: str, error: Problem | None = None, typed: str = "", reference: str | None = None) -> str:
    site, sent = portal(), "sent" in request.args and request.method == "GET"
    if not site.mailer.ready:
        reference = references.of_page(site, Sight.NO_MAIL)
    shown = {"error": error, "typed": typed, "sent": sent, "ready": site.mailer.ready}
    return render_template(f"forgotten/{page}.html", reference=reference, **shown)
