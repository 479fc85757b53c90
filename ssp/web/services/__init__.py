"""The services page: where people go once they are signed in."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ssp.flows import further, recovery_codes
from ssp.web import words
from ssp.web.portal import portal
from ssp.web.signed_in import SignedIn, only_signed_in

blueprint = Blueprint("services", __name__)


@blueprint.get("/")
@only_signed_in
def index(person: SignedIn) -> ResponseReturnValue:
    """Show the services of the person's groups, who is signed in, and when and how they last signed in."""
    groups = set(person.session.groups)
    own = [service for service in portal().settings.services if not service.groups or groups & set(service.groups)]
    return person.page(
        "services/index.html",
        services=own,
        how=words.HOW.get(person.session.previous_how or ""),
        offer=further.offer(portal(), person.session),
        codes=recovery_codes.standing(portal(), person.session.user_id),
    )
