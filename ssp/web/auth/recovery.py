"""Signing in with a recovery code: after the right password, in place of an access code."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ssp.authenticators.protocol import Verdict
from ssp.flows import recovery_codes, recovery_sign_in
from ssp.flows.attempts import Attempt, Over
from ssp.flows.steps import Step
from ssp.web import challenge, words
from ssp.web.forms import field
from ssp.web.journey import PAGES, go, onward, page_of
from ssp.web.portal import portal, visit
from ssp.web.sessions import browser


def register(blueprint: Blueprint) -> None:
    """Put these pages into the sign-in's."""
    blueprint.get("/sign-in/recovery", endpoint="recovery")(ask)
    blueprint.post("/sign-in/recovery", endpoint="recover")(take)


@page_of(Step.CHALLENGE, Step.CHOOSE)
def ask(found: Attempt) -> ResponseReturnValue:
    """Ask for a recovery code, where the person has any."""
    return _page(found) if recovery_codes.standing(portal(), found.user.id).left else go(PAGES[found.step])


@page_of(Step.CHALLENGE, Step.CHOOSE)
def take(found: Attempt) -> ResponseReturnValue:
    """Take the recovery code."""
    progress = recovery_sign_in.answer(portal(), visit(), browser().token, field("recovery_code"))
    if isinstance(progress, Over) or progress.verdict in {None, Verdict.ACCEPTED}:
        return onward(progress)
    return _page(found, progress.verdict), 422


def _page(found: Attempt, verdict: Verdict | None = None) -> str:
    paused_until = recovery_sign_in.paused_until(portal(), found)
    return render_template(
        "auth/recovery.html",
        problem_words=words.RECOVERY[verdict] if verdict else None,
        paused_until=paused_until,
        back=PAGES[found.step],
        reference=challenge.reference(found, verdict, paused_until),
    )
