"""The portal's parts as a request finds them, and who is asking."""

from dataclasses import dataclass
from typing import cast

from flask import current_app, g, request

from ssp.flows.portal import Portal, Visit
from ssp.infra import references
from ssp.infra.articles import Articles
from ssp.web.assets import Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Portal):
    """The portal with what only pages need."""

    articles: Articles
    assets: Assets


def portal() -> Site:
    """Return the portal that this request came to."""
    return cast("Site", current_app.extensions["ssp"])


def request_id() -> str:
    """Return this request's id in the log, which its page may show as a reference if the log has something of it."""
    if "request_id" not in g:
        g.request_id = references.new()
    return str(g.request_id)


def visit() -> Visit:
    """Return who is at the other end of this request."""
    agent = "".join(sign for sign in request.headers.get("User-Agent", "") if sign.isprintable())
    return Visit(address=request.remote_addr or "-", agent=agent[:300], request_id=request_id())
