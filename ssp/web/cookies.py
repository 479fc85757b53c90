"""The portal's cookies: the session's, two for each person (trust, and having signed in before), and mailed links'."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Request, Response

from ssp.infra import tokens
from ssp.settings import Settings

_OURS = "ssp_"
SESSION = "ssp_session"
DEVICE = "ssp_device_"
KNOWN = "ssp_known_"
LINK = "ssp_link_"
# The cookie outlives the trust, so that the portal can say that it ran out. The row alone decides.
REMEMBERED_AFTER = timedelta(days=30)
# As long as browsers keep any cookie; each finished sign-in begins it anew.
KNOWN_FOR = timedelta(days=400)


def name(settings: Settings, cookie: str) -> str:
    """Return a cookie's name: on https with the prefix that keeps other hosts from setting it."""
    return f"__Host-{cookie}" if settings.https else cookie


def set_session(settings: Settings, response: Response, value: str) -> None:
    """Give the browser an opaque id that it forgets when it closes."""
    _set(settings, response, SESSION, value, None)


def clear_session(settings: Settings, response: Response) -> None:
    """Take the session's id back."""
    _set(settings, response, SESSION, "", timedelta(0))


def set_device(settings: Settings, response: Response, selector: str, value: str) -> None:
    """Give the browser the value that lets it skip the code."""
    _set(settings, response, DEVICE + selector, value, timedelta(days=settings.trust_days) + REMEMBERED_AFTER)


def set_known(settings: Settings, response: Response, selector: str, value: str) -> None:
    """Give the browser the value by which it is known, or give it again."""
    _set(settings, response, KNOWN + selector, value, KNOWN_FOR)


def devices(settings: Settings, request: Request) -> Mapping[str, str]:
    """Return the browser's device cookies by the selector of the person whom each belongs to."""
    return _by_selector(settings, request, DEVICE)


def known(settings: Settings, request: Request) -> Mapping[str, str]:
    """Return the values by which the browser is known, by the selector of the person whom each belongs to."""
    return _by_selector(settings, request, KNOWN)


def any_of_ours(settings: Settings, request: Request) -> bool:
    """Return whether the browser sent any cookie of the portal's."""
    return any(each.startswith(name(settings, _OURS)) for each in request.cookies)


def _by_selector(settings: Settings, request: Request, cookie: str) -> Mapping[str, str]:
    prefix = name(settings, cookie)
    # Ours are plain; a quoted cookie may spell a NUL, which PostgreSQL takes in no text.
    return {
        key.removeprefix(prefix): value
        for key, value in request.cookies.items()
        if key.startswith(prefix) and value.isascii() and value.isprintable()
    }


def set_link(settings: Settings, response: Response, purpose: str, token: str, age: timedelta | None = None) -> None:
    """Keep a mailed link's token for its page, for so long, or take it back where there is none."""
    _set(settings, response, LINK + purpose, token, age if token else timedelta(0))


def drop_links(settings: Settings, request: Request, response: Response) -> None:
    """Take back all mailed links' tokens: the next person at this browser is not whom the mails went to."""
    prefix = name(settings, LINK)
    for cookie in request.cookies:
        if cookie.startswith(prefix):
            set_link(settings, response, cookie.removeprefix(prefix), "")


def link(settings: Settings, request: Request, purpose: str) -> str:
    """Return the token of the mailed link that this browser opened last; empty if there is none."""
    token = request.cookies.get(name(settings, LINK + purpose), "")
    return token if tokens.is_token(token) else ""


def _set(settings: Settings, response: Response, cookie: str, value: str, age: timedelta | None) -> None:
    response.set_cookie(
        name(settings, cookie), value, max_age=age, path="/", secure=settings.https, httponly=True, samesite="Lax"
    )
