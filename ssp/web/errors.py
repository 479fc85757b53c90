"""Plain pages for everything that goes wrong: the right status, a reference, what to do; never a traceback."""

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError

from ssp.infra.passwords import Busy
from ssp.web import cookies
from ssp.web.portal import portal, request_id

log = logging.getLogger("ssp.errors")
RETRY_SECONDS = 5
FORBIDDEN, BUSY = 403, 503

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


def register(app: Flask) -> None:
    """Show these pages for all errors of the app."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(Exception, _surprise)


def page(status: int) -> tuple[str, int]:
    """Return the page for a status."""
    return render(status, request_id()), status


def render(status: int, reference: str) -> str:
    """Return the page for a status, with what to tell Web Support."""
    return _render(_PAGES.get(status, _PAGES[400 if status < 500 else 500]), reference)  # noqa: PLR2004 - HTTP's classes


def _render(words: tuple[str, str], reference: str) -> str:
    title, advice = words
    return render_template(
        "errors/error.html", title=title, advice=advice, reference=reference, about_cookies=words is _NO_COOKIES
    )


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    # Each page with a form gives a cookie. Where none comes back, the same again would fail the same way.
    if cookies.any_of_ours(portal().settings, request):
        return page(FORBIDDEN)
    return _render(_NO_COOKIES, request_id()), FORBIDDEN


def _http(error: HTTPException) -> ResponseReturnValue:
    # Flask hands redirects and finished responses on by itself.
    body, status = page(error.code or InternalServerError.code)
    extra = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return body, status, extra


def _busy(_error: Busy) -> ResponseReturnValue:
    return *page(BUSY), {"Retry-After": str(RETRY_SECONDS)}


def _database(error: SQLAlchemyError) -> ResponseReturnValue:
    note(error)
    return *page(BUSY), {"Retry-After": str(RETRY_SECONDS)}


def note(error: SQLAlchemyError) -> None:
    """Tell the operator's log what the database would not do."""
    log.error("database: %s", _cause(error), extra={"request_id": request_id()})


def _cause(error: SQLAlchemyError) -> object:
    """Return the driver's message, which names tables and files; SQLAlchemy's own would show the statement's values."""
    cause = getattr(error, "orig", None)
    # PostgreSQL's message goes on with a detail that quotes the row.
    return getattr(getattr(cause, "diag", None), "message_primary", None) or cause or type(error).__name__


def _surprise(error: Exception) -> ResponseReturnValue:
    log.error("unexpected %s", type(error).__name__, exc_info=error, extra={"request_id": request_id()})
    return page(InternalServerError.code)
