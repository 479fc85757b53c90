"""Flask's session as an opaque id: the rest is a row. Flask-WTF and Flask-Login work on top of it unchanged.

The cookie's value is a kind and 256 random bits: `v` a visitor who saw a form, `p` a half-done sign-in, `s` a session.
The kind only says where to look; what is not found there counts for nothing.
"""

from typing import Any, cast

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from flask_login import UserMixin

from ssp.flows import sessions
from ssp.infra import tokens
from ssp.models.session import SessionWithUser
from ssp.web import cookies
from ssp.web.portal import Site

VISITOR, PENDING, SIGNED_IN = "v", "p", "s"
CSRF_FIELD = "csrf_token"
# 128 bits in hex; it stands in every form of every page.
CSRF_LETTERS = 32
_TOKEN_LENGTH = 43


class Person(UserMixin):
    """Who is signed in, for Flask-Login: the session's row with its person."""

    def __init__(self, row: SessionWithUser) -> None:
        self.session = row

    def get_id(self) -> str:
        """Return the session's id: what Flask-Login remembers lasts as long as the session."""
        return self.session.id


class BrowserSession(dict[str, Any], SessionMixin):
    """What this browser carries. Nothing that is written here is kept, but for the token."""

    def __init__(self, site: Site, cookie: str) -> None:
        super().__init__()
        self._site = site
        kind, _, token = cookie.partition(".")
        known = kind in {VISITOR, PENDING, SIGNED_IN} and len(token) == _TOKEN_LENGTH and token.isascii()
        self.kind, self.token = (kind, token) if known else (VISITOR, "")
        self.fresh = False
        self.cleared = False
        self._person: Person | None = None
        self._looked = False

    def carry(self, kind: str, token: str) -> None:
        """Give the browser a new token; the old one stays behind with whatever it opened."""
        self.kind, self.token, self.fresh, self.cleared = kind, token, True, False
        self._looked = False

    def drop(self) -> None:
        """Take the browser's token away."""
        self.kind, self.token, self.fresh, self.cleared = VISITOR, "", False, True
        self._looked = False

    @property
    def person(self) -> Person | None:
        """Return who is signed in with this browser, looked up once."""
        if not self._looked:
            row = sessions.recognise(self._site, self.token) if self.kind == SIGNED_IN else None
            self._person, self._looked = (Person(row) if row else None), True
        return self._person

    def __contains__(self, key: object) -> bool:
        """Return whether there is a value: the CSRF value always is."""
        return key == CSRF_FIELD or super().__contains__(key)

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - as dict says it
        """Return a value; the CSRF value follows from the token, so that no form needs a row."""
        if key != CSRF_FIELD:
            return super().__getitem__(key)
        if not self.token:
            self.carry(VISITOR, tokens.new_token())
        return self._site.keys.mac("csrf", f"{self.kind}.{self.token}")[:CSRF_LETTERS]


class OpaqueSessions(SessionInterface):
    """Reads and writes the session cookie."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """Return what the browser carries; the database is asked only when somebody wants to know who it is."""
        del app
        return BrowserSession(self._site, request.cookies.get(cookies.name(self._site.settings, cookies.SESSION), ""))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the token if it is new."""
        del app
        carried = cast("BrowserSession", session)
        if carried.fresh:
            cookies.set_session(self._site.settings, response, f"{carried.kind}.{carried.token}")
        elif carried.cleared:
            cookies.clear_session(self._site.settings, response)


def browser() -> BrowserSession:
    """Return what this request's browser carries."""
    return cast("BrowserSession", session._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy's own way


def load_person(_user_id: str) -> Person | None:
    """Return who is signed in, for Flask-Login."""
    return browser().person


def load_from_request(_request: Request) -> Person | None:
    """Return who is signed in, for Flask-Login: the row says it, never what Flask keeps."""
    return browser().person
