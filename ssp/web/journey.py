"""Where each step has its page, who may see which page, and how a request goes on."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from ssp.flows import sign_in
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.steps import Step
from ssp.web import cookies, sessions
from ssp.web.portal import portal, visit

PAGES = {
    Step.PASSWORD: "auth.sign_in",
    Step.PROVE_ADDRESS: "mfa.mail_code",
    Step.ASK_SUPPORT: "mfa.support",
    Step.SET_UP: "mfa.options",
    Step.CHOOSE: "auth.choose",
    Step.CHALLENGE: "auth.code",
    Step.CONFIRM_PREFERENCE: "mfa.preference",
    Step.SIGNED_IN: "auth.sign_in",
}
P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
StepView = Callable[Concatenate[Attempt, P], ResponseReturnValue]


def attempt() -> Attempt | Over:
    """Return this browser's half-done sign-in."""
    carried = sessions.browser()
    if carried.kind != sessions.PENDING:
        return Over.NONE
    return sign_in.look(portal(), visit(), carried.token)


def page_of(*steps: Step) -> Callable[[StepView[P]], View[P]]:
    """Show a page only to a half-done sign-in at one of these steps; send everybody else where they stand."""

    def guard(view: StepView[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            found = attempt()
            if isinstance(found, Over):
                return go("services.index" if found is Over.ENDED else "auth.sign_in")
            return view(found, *args, **kwargs) if found.step in steps else go(PAGES[found.step])

        return guarded

    return guard


def go(endpoint: str, **values: Any) -> Response:  # noqa: ANN401 - url_for takes whatever an address holds
    """Send the browser to a page after what it did."""
    response = redirect(url_for(endpoint, **values), 303)
    assert isinstance(response, Response)  # noqa: S101 - Flask's own class
    return response


def onward(progress: Progress | Over) -> Response:
    """Go to the page of the next step, and hand the browser what it carries from now on."""
    if isinstance(progress, Over):
        return go("services.index" if progress is Over.ENDED else "auth.sign_in")
    carried = sessions.browser()
    if progress.token:
        carried.carry(sessions.PENDING, progress.token)
    response = _finished(progress) if progress.session_token else go(PAGES[progress.step])
    if progress.session_token:
        cookies.drop_links(portal().settings, request, response)
    if progress.device:
        cookies.set_device(portal().settings, response, *progress.device)
    if progress.known:
        _remember(response, *progress.known)
    return response


def _remember(response: Response, selector: str, value: str | None) -> None:
    """Let the browser be known by a new value, or keep the one that it has for longer."""
    settings = portal().settings
    carried = value or cookies.known(settings, request).get(selector)
    if carried:  # it may have been deleted since the password was typed
        cookies.set_known(settings, response, selector, carried)


def _finished(progress: Progress) -> Response:
    carried = sessions.browser()
    carried.carry(sessions.SIGNED_IN, progress.session_token or "")
    if carried.person is None:
        return go("auth.sign_in")  # ended from elsewhere in the same moment
    login_user(carried.person)
    if progress.set_up:
        return go("mfa.done", next=progress.next_path)
    response = redirect(progress.next_path, 303)
    assert isinstance(response, Response)  # noqa: S101 - Flask's own class
    return response
