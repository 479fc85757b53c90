"""What comes before the options screen where the settings ask for more than the password (security requirement EN1)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ssp.authenticators.protocol import SendRefusal, Verdict
from ssp.flows import address_proof
from ssp.flows.address_proof import MAILED
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.steps import Step
from ssp.web import undelivered, words
from ssp.web.forms import field
from ssp.web.journey import go, onward, page_of
from ssp.web.portal import portal, visit
from ssp.web.sessions import browser


def register(blueprint: Blueprint) -> None:
    """Put these pages into the others of a set-up."""
    blueprint.get("/set-up/mail-code", endpoint="mail_code")(ask)
    blueprint.post("/set-up/mail-code", endpoint="answer_mail_code")(answer)
    blueprint.post("/set-up/mail-code/send", endpoint="send_mail_code")(send)
    blueprint.get("/set-up/support", endpoint="support")(support)


@page_of(Step.PROVE_ADDRESS)
def ask(found: Attempt) -> ResponseReturnValue:
    """Say where the code went, and ask for it."""
    return _page(found)


@page_of(Step.PROVE_ADDRESS)
def answer(found: Attempt) -> ResponseReturnValue:
    """Take the mailed code."""
    progress = address_proof.answer(portal(), visit(), browser().token, field("code"))
    if isinstance(progress, Over) or progress.verdict in {None, Verdict.ACCEPTED}:
        return onward(progress)
    return _page(found, verdict=progress.verdict), 422


@page_of(Step.PROVE_ADDRESS)
def send(found: Attempt) -> ResponseReturnValue:
    """Mail the code once more."""
    progress = address_proof.send_again(portal(), visit(), browser().token)
    if isinstance(progress, Progress) and progress.prompt and progress.prompt.refusal:
        return _page(found, refusal=progress.prompt.refusal), 422
    return go("mfa.mail_code") if isinstance(progress, Progress) else onward(progress)


def _page(found: Attempt, verdict: Verdict | None = None, refusal: SendRefusal | None = None) -> str:
    site = portal()
    prompt = address_proof.look(site, found)
    return render_template(
        "mfa/mail_code.html",
        attempt=found,
        prompt=prompt,
        digits=MAILED.digits,
        problem_words=words.verdict(verdict, MAILED, prompt.tries_left) if verdict else None,
        refused=undelivered.not_mailed(refusal) if refusal else None,
        paused_until=address_proof.paused_until(site, found),
        # Also before anything went wrong: whose mailbox is gone reads here that Web Support helps.
        reference=found.pending.reference,
    )


@page_of(Step.ASK_SUPPORT)
def support(found: Attempt) -> ResponseReturnValue:
    """Say that Web Support has to help first, since no phone number came with the account."""
    return render_template("mfa/support.html", attempt=found, reference=found.pending.reference)
