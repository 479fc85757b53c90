"""Pages for somebody who is signed in: who it is, until when, and the way back for those whose session is over."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssp.flows import sessions
from ssp.flows.sessions import Limits
from ssp.infra.clock import now
from ssp.models.session import SessionWithUser
from ssp.web.forms import safe_path
from ssp.web.journey import go
from ssp.web.portal import portal
from ssp.web.sessions import Person, browser

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, and until when."""

    session: SessionWithUser
    limits: Limits

    def page(self, template: str, **shown: object) -> str:
        """Return a page that says until when the session holds, and how to prolong it."""
        return render_template(template, person=self.session, **stay(self.limits, here()), **shown)


View = Callable[P, ResponseReturnValue]
PersonView = Callable[Concatenate[SignedIn, P], ResponseReturnValue]


def only_signed_in(view: PersonView[P]) -> View[P]:
    """Show a page only to somebody who is signed in, which counts as use; lead everybody else to it by the sign-in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        person = browser().person
        if person is None:
            return to_sign_in(here())
        seen_at = sessions.note_use(portal(), person.session)
        return view(SignedIn(person.session, sessions.limits(portal(), person.session, seen_at)), *args, **kwargs)

    return guarded


def unused(person: Person) -> SignedIn:
    """Return who is signed in where looking counts as no use."""
    return SignedIn(person.session, sessions.limits(portal(), person.session))


def to_sign_in(path: str) -> Response:
    """Send the browser to the sign-in, which leads back to a path."""
    return go("auth.sign_in", **({} if path == "/" else {"next": path}))


def here() -> str:
    """Return the page to come back to: this one, or the account's where this is only for forms."""
    if request.method != "GET":
        return url_for("account.index")
    # What was done is said once.
    return safe_path(request.path if "done" in request.args else request.full_path.rstrip("?"))


def stay(limits: Limits, path: str) -> dict[str, object]:
    """Return what a page says of the session's end. `path` is the page itself."""
    left = int((limits.until - now()).total_seconds())
    return {
        "limits": limits,
        "left": max(left, 0),
        "warning": int(sessions.WARNING.total_seconds()),
        "here": path,
        "signed_in": True,
    }
