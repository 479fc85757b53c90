"""The services page: where people go once they are signed in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ssp.flows import sessions, set_up
from ssp.web import words
from ssp.web.journey import go
from ssp.web.portal import portal
from ssp.web.sessions import browser

blueprint = Blueprint("services", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Show the services of the person's groups, who is signed in, and when and how they last signed in."""
    person = browser().person
    if person is None:
        return go("auth.sign_in")
    sessions.note_use(portal(), person.session)
    groups = set(person.session.groups)
    own = [service for service in portal().settings.services if not service.groups or groups & set(service.groups)]
    return render_template(
        "services/index.html",
        person=person.session,
        services=own,
        how=words.HOW.get(person.session.previous_how or ""),
        may_add=set_up.may_add(portal(), person.session),
    )
