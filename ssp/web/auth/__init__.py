"""Signing in and out: the password page, the code page, the choice of way."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from ssp.authenticators.protocol import SendRefusal, Verdict
from ssp.flows import codes, devices, recovery_codes, sessions, sign_in
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.sign_in import Refusal
from ssp.flows.steps import Step
from ssp.infra.clock import now
from ssp.web import challenge, cookies, errors, words
from ssp.web.auth import recovery
from ssp.web.challenge import Places
from ssp.web.dates import reader, seconds_until
from ssp.web.forms import LONGEST_PASSWORD, field, safe_path, ticked
from ssp.web.journey import PAGES, attempt, go, onward, page_of
from ssp.web.portal import portal, request_id, visit
from ssp.web.sessions import PENDING, SIGNED_IN, browser

blueprint = Blueprint("auth", __name__)
recovery.register(blueprint)


@blueprint.get("/sign-in", endpoint="sign_in")
def sign_in_page() -> ResponseReturnValue:
    """Show the sign-in form; whoever is further already goes on from there."""
    try:
        return _sign_in_page()
    except SQLAlchemyError as error:
        return _form(_Note("Signing in is not possible just now. Wait a few seconds, then try.", errors.note(error)))


def _sign_in_page() -> ResponseReturnValue:
    if browser().person:
        return go("services.index")
    found = attempt()
    if isinstance(found, Attempt) and found.step is not Step.SIGNED_IN:
        return go(PAGES[found.step])
    return _form(_why_here(found))


@dataclass(frozen=True, slots=True)
class _Note:
    """Why the form shows, and the reference that leads Web Support to what was before, where that may help."""

    words: str
    reference: str | None = None


def _why_here(found: Attempt | Over) -> _Note | None:
    """Say why somebody who was further sees the sign-in form."""
    done = next((said for name, said in words.LEFT_BEHIND.items() if name in request.args), None)
    if done is not None:
        return _Note(done)
    if found is Over.EXPIRED:
        minutes = portal().settings.code_minutes
        took = f"Signing in took more than {minutes} minutes, so we stopped to keep your account safe."
        return _Note(f"{took} Please start again.", sign_in.reference(portal(), browser().token))
    if browser().kind == SIGNED_IN:
        ended = sessions.ended(portal(), browser().token)
        return _Note(words.session_over(ended), ended.reference if ended else None)
    if found is Over.ENDED:
        return _Note("That sign-in is over. Please start again.", sign_in.reference(portal(), browser().token))
    return None


def _form(note: _Note | None = None, **shown: object) -> str:
    return render_template("auth/sign_in.html", note=note, reference=note and note.reference, **shown)


@blueprint.post("/sign-in")
def sign_in_with_password() -> ResponseReturnValue:
    """Take username and password."""
    username, password = field("username"), field("password", longest=LONGEST_PASSWORD)
    if not username.strip() or not password:
        return _form(error=words.NOTHING_TYPED, username=username), 422
    progress = sign_in.check_password(
        portal(),
        visit(),
        sign_in.Entry(
            username=username,
            password=password,
            origin_token=browser().token,
            device_cookies=cookies.devices(portal().settings, request),
            next_path=safe_path(request.args.get("next", "/")),
            known_cookies=cookies.known(portal().settings, request),
        ),
    )
    if isinstance(progress, Refusal):
        return _refused(progress, username)
    before = browser().person
    if before is not None:
        sessions.sign_out(portal(), visit(), before.session)  # nobody stays signed in behind the next person
    return onward(progress)


def _refused(refusal: Refusal, username: str) -> ResponseReturnValue:
    """Say that nobody was let in, and from when on it is worth another try."""
    error = words.refused(refusal, reader())
    shown = {"error": error, "username": username, "held": refusal.until is not None}
    page = render_template("auth/sign_in.html", reference=refusal.reference or request_id(), **shown)
    if refusal.crowded and refusal.until:
        return page, 429, {"Retry-After": str(seconds_until(refusal.until))}
    return page, 422


@blueprint.get("/sign-in/choose")
@page_of(Step.CHOOSE, Step.CHALLENGE)
def choose(found: Attempt) -> ResponseReturnValue:
    """Show the person's own ways to get a code."""
    return _ways(found)


@blueprint.post("/sign-in/choose", endpoint="choose_way")
@page_of(Step.CHOOSE, Step.CHALLENGE)
def choose_way(found: Attempt) -> ResponseReturnValue:
    """Take the choice and send a code that way."""
    way = found.own(field("authenticator"))
    if way is None:
        return _ways(found, error="Choose one of your ways to get a code."), 422
    return onward(codes.send(portal(), visit(), browser().token, way.id, again=False))


def _ways(found: Attempt, error: str | None = None) -> str:
    return render_template(
        "auth/choose.html",
        ways=(ways := challenge.ways(found)),
        error=error,
        recovery_codes_left=recovery_codes.standing(portal(), found.user.id).left,
        reference=challenge.reference(found, not ways),
    )


def _places() -> Places:
    return Places(url_for("auth.code"), url_for("auth.send"), url_for("auth.choose"), url_for("auth.code_status"))


@blueprint.get("/sign-in/code")
@page_of(Step.CHALLENGE)
def code(found: Attempt) -> ResponseReturnValue:
    """Show where the code went, and ask for it."""
    return _code_page(found)


@blueprint.get("/sign-in/code/status")
@page_of(Step.CHALLENGE)
def code_status(found: Attempt) -> ResponseReturnValue:
    """Return what the code page says of the text or call on its way."""
    return challenge.status(found, _places())


@blueprint.post("/sign-in/code", endpoint="answer")
@page_of(Step.CHALLENGE)
def answer(found: Attempt) -> ResponseReturnValue:
    """Take the code."""
    site = portal()
    progress = codes.answer(site, visit(), browser().token, field("code"), trust=ticked("trust_device"))
    if isinstance(progress, Over) or progress.verdict in {None, Verdict.ACCEPTED}:
        return onward(progress)
    return _code_page(found, verdict=progress.verdict), 422


@blueprint.post("/sign-in/code/send")
@page_of(Step.CHALLENGE, Step.CHOOSE)
def send(found: Attempt) -> ResponseReturnValue:
    """Send the code again, or by another of the person's ways."""
    wanted = field("authenticator") or None
    if wanted and found.own(wanted) is None:
        return _ways(found, error="Choose one of your ways to get a code."), 422
    same = wanted in {None, found.pending.authenticator_id}
    progress = codes.send(portal(), visit(), browser().token, wanted, again=same)
    refused = isinstance(progress, Progress) and progress.prompt and progress.prompt.refusal
    if same and refused and isinstance(progress, Progress) and progress.step is Step.CHALLENGE:
        return _code_page(found, refusal=refused), 422
    return onward(progress)


def _code_page(found: Attempt, verdict: Verdict | None = None, refusal: SendRefusal | None = None) -> str:
    settings = portal().settings
    until = now() + timedelta(days=settings.trust_days)
    trust_until = until if devices.offered_to(settings, found.user) else None
    shown = challenge.shown(found, _places(), verdict, refusal)
    left = recovery_codes.standing(portal(), found.user.id).left
    return render_template("auth/code.html", trust_until=trust_until, recovery_codes_left=left, **shown)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session, or the half-done sign-in, here and on the server."""
    carried = browser()
    if carried.person:
        sessions.sign_out(portal(), visit(), carried.person.session)
    elif carried.kind == PENDING:
        sign_in.give_up(portal(), visit(), carried.token)
    carried.drop()
    response = go("auth.sign_in", **{"signed-out": "1"})
    cookies.drop_links(portal().settings, request, response)
    # Not "cookies": that would take the person's trusted devices away, too.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
