"""Plain pages for everything that goes wrong: the right status, a reference, what to do; never a traceback."""

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError

from ssp.flows import references
from ssp.flows.references import Sight
from ssp.infra.logs import Sparing
from ssp.infra.passwords import Busy
from ssp.infra.plain import plain
from ssp.web import cookies
from ssp.web.portal import Site, portal

log = logging.getLogger("ssp.errors")
refusals = Sparing(logging.getLogger("ssp.refusals"), most=60)
RETRY_SECONDS = 5
FORBIDDEN, BUSY = 403, 503
# What somebody may have tried to get around (ASVS 16.3.3).
_SUSPECT = frozenset({400, FORBIDDEN})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_PAGES = {
    400: ("We could not read that", "Something in this request was not as our pages send it. Go back and try again."),
    403: (
        "This page is out of date",
        "It was open for long, or you went on in another tab. Continue, and you are where you left off.",
    ),
    404: ("There is no such page", "The address may be mistyped, or the page has moved."),
    405: ("This page does not do that", "Use the buttons on our pages instead of the address bar."),
    408: ("That took too long", "What you sent did not arrive in time. Go back and try again."),
    413: ("That was too much", "What you sent is larger than any of our forms. Go back and enter less."),
    414: ("That was too much", "The address is longer than any of ours. Use the links on our pages."),
    415: ("We could not read that", "Something in this request was not as our pages send it. Go back and try again."),
    431: (
        "That was too much",
        "Your browser sent too much with this. Delete this site's cookies and try again.",
    ),
    500: ("Something went wrong here", "It is our fault, not yours. Try again; if it stays, tell Web Support."),
    503: (
        "We cannot do that just now",
        "Nothing was lost, and nothing counted as a wrong try. Wait a few seconds and try again.",
    ),
}
_NO_COOKIES = (
    "Please allow cookies",
    "Your browser sent us no cookie back, and nobody can sign in without. Allow cookies for this site, then continue.",
)
# What their references say to Web Support.
_SIGHTS = {
    403: Sight.STALE_FORM,
    404: Sight.NO_PAGE,
    405: Sight.NO_BUTTON,
    408: Sight.SLOW,
    413: Sight.TOO_MUCH,
    414: Sight.TOO_MUCH,
    431: Sight.TOO_MUCH,
    500: Sight.FAILED,
    503: Sight.BUSY,
}


def register(app: Flask) -> None:
    """Show these pages for all errors of the app."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(Exception, _surprise)


def reference(site: Site, status: int) -> str:
    """Return a reference that tells Web Support of a page for a status by itself: nothing is written for it."""
    return references.of_page(site, _SIGHTS.get(_shown_as(status), Sight.UNREADABLE))


def page(status: int, said: str | None = None) -> tuple[str, int]:
    """Return the page for a status, with the reference that the operator's log has, or one of its own."""
    return render(status, said or reference(portal(), status)), status


def render(status: int, reference: str) -> str:
    """Return the page for a status, with what to tell Web Support."""
    return _render(_PAGES[_shown_as(status)], reference)


def _render(words: tuple[str, str], reference: str) -> str:
    title, advice = words
    return render_template(
        "errors/error.html", title=title, advice=advice, reference=reference, about_cookies=words is _NO_COOKIES
    )


def _shown_as(status: int) -> int:
    """Return the status whose page shows: its own, or that of its class."""
    return status if status in _PAGES else (400 if status < 500 else 500)  # noqa: PLR2004 - HTTP's classes


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    said = _refused(FORBIDDEN, error)
    # Each page with a form gives a cookie. Where none comes back, the same again would fail the same way.
    if cookies.any_of_ours(portal().settings, request):
        return page(FORBIDDEN, said)
    return _render(_NO_COOKIES, said), FORBIDDEN


def _http(error: HTTPException) -> ResponseReturnValue:
    # Flask hands redirects and finished responses on by itself.
    code = error.code or InternalServerError.code
    body, status = page(code, _refused(code, error) if code in _SUSPECT else None)
    extra = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return body, status, extra


def _refused(status: int, error: HTTPException) -> str:
    """Tell the operator's log of a request that no page of ours makes, or a stale one; return the line's reference.

    It is no event, since anybody can send any number. Nothing of what was sent is in it: even an address can be secret.
    """
    said = reference(portal(), status)
    method = request.method if request.method in _METHODS else "another method"
    where = request.endpoint or "no page"
    whence = plain(request.remote_addr or "-")
    why = plain(error.description or "")
    refusals.info("refused with %s: %s %s from %s: %s", status, method, where, whence, why, request_id=said)
    return said


def _busy(_error: Busy) -> ResponseReturnValue:
    return *page(BUSY), {"Retry-After": str(RETRY_SECONDS)}


def _database(error: SQLAlchemyError) -> ResponseReturnValue:
    return *page(BUSY, note(error)), {"Retry-After": str(RETRY_SECONDS)}


def note(error: SQLAlchemyError) -> str:
    """Tell the operator's log what the database would not do; return the line's reference."""
    said = reference(portal(), BUSY)
    log.error("database: %s", _cause(error), extra={"request_id": said})
    return said


def _cause(error: SQLAlchemyError) -> object:
    """Return the driver's message, which names tables and files; SQLAlchemy's own would show the statement's values."""
    cause = getattr(error, "orig", None)
    # PostgreSQL's message goes on with a detail that quotes the row.
    return getattr(getattr(cause, "diag", None), "message_primary", None) or cause or type(error).__name__


def _surprise(error: Exception) -> ResponseReturnValue:
    said = reference(portal(), InternalServerError.code)
    log.error("unexpected %s", type(error).__name__, exc_info=error, extra={"request_id": said})
    return page(InternalServerError.code, said)
