"""Reading what browsers send, strictly: one value a field, no odd bytes, no surprise in size or kind."""

from urllib.parse import urlsplit

from flask import abort, request
from werkzeug.exceptions import BadRequest, Forbidden, UnsupportedMediaType

from ssp.settings import LOOPBACK
from ssp.web.portal import portal

LARGEST_FORM = 64 * 1024
MOST_FIELDS = 50
# Its signature is looked at next, and covers every value of every field, however many it comes to tell.
MOST_FIELDS_OF_PROVIDER = 1000
LONGEST_FIELD = 4096
# A password of any length gets an answer of its own: as long as the whole form may be.
LONGEST_PASSWORD = LARGEST_FORM
LONGEST_PATH = 2000
_FORM = "application/x-www-form-urlencoded"


def field(name: str, longest: int = LONGEST_FIELD) -> str:
    """Return a form field's one value, empty if it was not sent. Raises BadRequest for two values or odd ones."""
    values = request.form.getlist(name)
    if len(values) > 1 or (values and (len(values[0]) > longest or "\0" in values[0])):
        raise BadRequest
    return values[0] if values else ""


def ticked(name: str) -> bool:
    """Return whether a box is ticked."""
    return bool(field(name))


def safe_path(path: str) -> str:
    """Return a path of this site to go to later, or `/` if it is anything else (RD1)."""
    odd = any(not sign.isprintable() or sign in "\\ " for sign in path)
    # Two slashes begin another host's name; behind one there is neither a scheme nor a host.
    own = path.startswith("/") and not path.startswith("//")
    return path if own and not odd and len(path) <= LONGEST_PATH else "/"


def refuse_odd_requests() -> None:
    """Stop requests that no page of ours makes, before anything else looks at them."""
    _check_host()
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.mimetype not in {"", _FORM}:
        raise UnsupportedMediaType
    if not _own_origin():
        raise Forbidden("This form was sent from another site.")
    if _too_much():
        raise BadRequest("There are too many fields, or one twice.")


def _too_much() -> bool:
    """Return whether a form has more fields than any that we know, or one twice."""
    if request.blueprint == "provider":
        return len(request.form) > MOST_FIELDS_OF_PROVIDER
    return len(request.form) > MOST_FIELDS or any(len(values) > 1 for values in request.form.listvalues())


def _check_host() -> None:
    """Refuse requests for another site's name (HH1). On this machine any of its names and ports will do."""
    settings = portal().settings
    host = request.host.lower()
    if settings.loopback:
        name = host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
        if name in LOOPBACK:
            return
    elif host == urlsplit(settings.base_url).netloc.lower():
        return
    if request.path not in {"/healthz", "/readyz"}:
        abort(400, "This portal does not answer to that host name.")


def _own_origin() -> bool:
    """Return whether a form came from a page of ours; browsers say so in two headers, other clients in none."""
    settings = portal().settings
    own = request.host_url.rstrip("/") if settings.loopback else settings.origin
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return request.headers.get("Origin", own) == own and site in {"same-origin", "none"}
