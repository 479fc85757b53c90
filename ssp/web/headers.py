"""Headers that every response carries, errors and static files included."""

from collections.abc import Callable
from wsgiref.headers import Headers

from flask import Response

from ssp.settings import Settings

_NOTHING_FOREIGN = (
    "default-src 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
)
# The data images are the small marks inside Pico's sheet and the page icon.
_OWN_PARTS = ("script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'")
CONTENT_SECURITY_POLICY = "; ".join(_NOTHING_FOREIGN + _OWN_PARTS)
# A file needs no parts, and the shorter header keeps the first visit small.
FILE_SECURITY_POLICY = "; ".join(_NOTHING_FOREIGN)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers then send `Origin: null` with our own forms, which the origin check refuses.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_HSTS = "max-age=63072000; includeSubDomains"


def _headers(settings: Settings) -> dict[str, str]:
    return _ALWAYS | ({"Strict-Transport-Security": _HSTS} if settings.https else {})


def on_pages(settings: Settings) -> Callable[[Response], Response]:
    """Return what adds the headers to a page. Pages are for one person and one moment, so nobody keeps them."""
    headers = _headers(settings) | {"Cache-Control": "no-store", "Content-Security-Policy": CONTENT_SECURITY_POLICY}

    def add(response: Response) -> Response:
        # An answer whose own address is a secret asks for no-referrer.
        referrer = response.headers.get("Referrer-Policy", headers["Referrer-Policy"])
        response.headers.update(headers | {"Referrer-Policy": referrer})
        return response

    return add


def on_static_files(settings: Settings) -> Callable[[Headers, str, str], None]:
    """Return what adds the headers to a static file."""
    extra = _headers(settings) | {"Content-Security-Policy": FILE_SECURITY_POLICY}

    def add(headers: Headers, _path: str, _url: str) -> None:
        for name, value in extra.items():
            headers[name] = value

    return add
