"""Recent activity: the newest lines on the account page, and a page with all that the log still has."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from ssp.flows.activity import LAST
from ssp.models.session import SessionWithUser
from ssp.web import activity
from ssp.web.activity import Page
from ssp.web.signed_in import SignedIn, only_signed_in

ON_ACCOUNT, ON_PAGE = 10, 25
# As many digits as the ids of events can have.
_LONGEST = len(str(LAST))


def register(blueprint: Blueprint) -> None:
    """Put these pages into the account's."""
    blueprint.get("/activity", endpoint="activity")(show)


def newest(row: SessionWithUser) -> Page:
    """Return what the account page shows."""
    return activity.page(row, ON_ACCOUNT)


@only_signed_in
def show(person: SignedIn) -> ResponseReturnValue:
    """Show what happened, one page after the other; what is no place in the log begins with the newest."""
    asked = request.args.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= _LONGEST else None
    found = activity.page(person.session, ON_PAGE, LAST if before is None else before)
    return person.page("account/activity.html", activity=found, older=before is not None)
