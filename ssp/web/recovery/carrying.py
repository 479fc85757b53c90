"""How a mailed link's token gets from the address to its page, and what all pages behind such links say alike."""

from collections.abc import Callable

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ssp.flows import disowning, links, references
from ssp.flows.links import Opened, Purpose, State
from ssp.flows.references import Sight
from ssp.infra import tokens
from ssp.web import cookies
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


def taken(blueprint: Blueprint, purpose: Purpose) -> None:
    """Let links of a purpose be opened: their token moves from the address into a cookie."""
    name = purpose.name.lower()

    def take(token: str) -> ResponseReturnValue:
        """Take a link; what cannot be one takes away what an earlier link left."""
        response = go(f"recovery.{name}")
        value = token if tokens.is_token(token) else ""
        cookies.set_link(portal().settings, response, purpose.value, value, links.HOLDS[Purpose.PASSWORD])
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    blueprint.get(f"/{purpose.value}/<token>", endpoint=f"take_{name}")(take)


def carried(purpose: Purpose) -> str:
    """Return the token that this browser carries for a purpose; empty without one."""
    return cookies.link(portal().settings, request, purpose.value)


def opened(purpose: Purpose) -> Opened | None:
    """Return the link that this browser opened last, as it stands."""
    return links.look(portal(), purpose, carried(purpose))


def is_of_another(purpose: Purpose) -> bool:
    """Return whether the form that was sent is of another link than the one that is carried."""
    found = opened(purpose)
    return found is not None and field("link") != found.link.id


def over(found: Opened | None) -> Page:
    """Say that a link does nothing any more, or never did, and what helps."""
    shown = {
        "state": found.state.value if found else "",
        "purpose": found.link.purpose if found else "",
        "mails": portal().mailer.ready,
        "reference": references.of_page(portal(), _SIGHTS[found.state] if found else Sight.NO_LINK),
    }
    return render_template("recovery/over.html", **shown), GONE if found else NOT_FOUND


def noted(refused: tuple[str, ...]) -> str | None:
    """Return what leads Web Support to why a button did nothing, or None where all went well."""
    if refused == TOO_MANY:
        return request_id()  # it is in the log
    return references.of_page(portal(), Sight.OTHER_LINK) if refused == ANOTHER else None


def disowned(found: Opened, refused: tuple[str, ...]) -> Page:
    """Say how things stand once a button was pressed."""
    site = portal()
    after = disowning.aftermath(site, found)
    reference = noted(refused)
    if not refused and (after.astray or after.stays or after.unsure):
        reference = after.request_id or references.of_page(site, Sight.USED_LINK)
    page = render_template("recovery/disowned.html", opened=found, after=after, refused=refused, reference=reference)
    return page, REFUSED if refused else OK


def mailed_again(purpose: Purpose, show: Callable[..., Page]) -> ResponseReturnValue:
    """Mail one more link to choose a new password, and go back to the page, or `show` it with what went wrong."""
    if is_of_another(purpose):
        return show(*ANOTHER)
    page = f"recovery.{purpose.name.lower()}"
    if disowning.send_again(portal(), visit(), purpose, carried(purpose)):
        return go(page, sent="1")
    found = opened(purpose)
    if found is None or not disowning.waits(portal(), found):
        return go(page)
    return show(*TOO_MANY)
