"""Setting up MFA options, and saying that the chosen one is still right."""

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssp.authenticators.protocol import Prompt, SendRefusal, Verdict
from ssp.flows import codes, compulsory, further, notices, preference, recovery_codes, set_up, sign_in
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.steps import Step
from ssp.infra.qr import qr_svg
from ssp.models import Authenticator
from ssp.web import challenge, remedies, words
from ssp.web.forms import field, safe_path
from ssp.web.journey import go, onward, page_of
from ssp.web.mfa import proof
from ssp.web.portal import portal, visit
from ssp.web.sessions import browser
from ssp.web.signed_in import SignedIn, only_signed_in, unused

blueprint = Blueprint("mfa", __name__)
proof.register(blueprint)


@blueprint.get("/set-up")
@page_of(Step.SET_UP)
def options(found: Attempt) -> ResponseReturnValue:
    """Show the MFA options."""
    return _options(found)


@blueprint.post("/set-up", endpoint="choose_type")
@page_of(Step.SET_UP)
def choose_type(found: Attempt) -> ResponseReturnValue:
    """Take the chosen type and lead to its page. A type with nothing to type is begun at once."""
    name = field("type")
    if name not in {kind.name for kind in set_up.offered(portal(), found)}:
        return _options(found, error="Choose one of the options."), 422
    if not set_up.has_room(portal(), found, name):
        return _options(found, error=set_up.FULL), 422
    return go("mfa.set_up", name=name) if portal().types[name].fields else _begin(found, name)


def _options(found: Attempt, error: str | None = None) -> str:
    settings = portal().settings
    begins = settings.mfa_required_from
    may_defer = found.facts.deferral_allowed and not found.facts.has_authenticator
    days = (begins - compulsory.today(settings)).days if begins and may_defer else None
    types = set_up.offered(portal(), found)
    return render_template(
        "mfa/options.html",
        attempt=found,
        types=types,
        full={kind.name for kind in types if not set_up.has_room(portal(), found, kind.name)},
        replaces=found.replaced and notices.named(portal(), found.replaced),
        days=days,
        error=error,
    )


@blueprint.post("/set-up/later")
@page_of(*sign_in.DEFERRABLE)
def later(found: Attempt) -> ResponseReturnValue:
    """Go on without setting anything up: "not now" before the date, or keeping what there is."""
    leave = preference.leave if found.facts.has_authenticator else sign_in.defer
    return onward(leave(portal(), visit(), browser().token))


@blueprint.get("/set-up/<name>", endpoint="set_up")
@page_of(Step.SET_UP)
def set_up_page(found: Attempt, name: str) -> ResponseReturnValue:
    """Show one type's set-up: what to type, then the code that proves it."""
    kind = portal().types.get(name)
    if kind is None:
        abort(404)
    draft = set_up.draft(portal(), found, name)
    offered = kind in set_up.offered(portal(), found)
    if not offered or (draft is None and not (kind.fields and set_up.has_room(portal(), found, name))):
        return go("mfa.options")
    if "another" not in request.args:
        return _set_up(found, name, draft)
    # A number to correct is easier than one to type anew.
    typed = kind.shown(draft, found.user) if draft and request.args["another"] == "same" else None
    return _set_up(found, name, None, typed=typed)


@blueprint.get("/set-up/<name>/status")
@page_of(Step.SET_UP)
def set_up_status(found: Attempt, name: str) -> ResponseReturnValue:
    """Return what the set-up page says of the text or call on its way."""
    site = portal()
    kind = site.types.get(name) or abort(404)
    draft = set_up.draft(site, found, name)
    if draft is None:
        return go("mfa.options")
    prompt = set_up.prompt(site, found, draft)
    news = remedies.news(site, prompt, partial(remedies.at_set_up, site, found, draft, prompt))
    return remedies.answer(kind, prompt, news, url_for("mfa.set_up", name=name))


@blueprint.post("/set-up/<name>", endpoint="set_up_answer")
@page_of(Step.SET_UP)
def set_up_answer(found: Attempt, name: str) -> ResponseReturnValue:
    """Take what was typed: where codes shall go, or the code that proves it."""
    if name not in portal().types:
        abort(404)
    return _confirm(found, name) if "code" in request.form else _begin(found, name)


def _begin(found: Attempt, name: str) -> ResponseReturnValue:
    typed = {each: field(each) for each in portal().types[name].fields}
    begun = set_up.begin(portal(), visit(), browser().token, name, typed)
    if isinstance(begun, Over) or begun.step is not Step.SET_UP:
        return onward(begun)
    if begun.faults and set_up.TYPE in begun.faults.by_field:
        return _options(found, error=begun.faults.by_field[set_up.TYPE]), 422
    if begun.faults and typed:
        return _set_up(found, name, None, typed=typed, faults=begun.faults.by_field), 422
    return go("mfa.set_up", name=name)


def _confirm(found: Attempt, name: str) -> ResponseReturnValue:
    progress = set_up.confirm(portal(), visit(), browser().token, name, field("code"))
    if isinstance(progress, Over) or progress.verdict in {None, Verdict.ACCEPTED}:
        return onward(progress)
    draft = set_up.draft(portal(), found, name)
    return _set_up(found, name, draft, verdict=progress.verdict), 422


@blueprint.post("/set-up/<name>/send")
@page_of(Step.SET_UP)
def send(found: Attempt, name: str) -> ResponseReturnValue:
    """Send the code of a half-done set-up once more."""
    if name not in portal().types:
        abort(404)
    progress = set_up.send_again(portal(), visit(), browser().token, name)
    if isinstance(progress, Progress) and progress.prompt and progress.prompt.refusal:
        draft = set_up.draft(portal(), found, name)
        return _set_up(found, name, draft, refusal=progress.prompt.refusal), 422
    return go("mfa.set_up", name=name) if isinstance(progress, Progress) else onward(progress)


def _set_up(  # noqa: PLR0913 - what a page shows
    found: Attempt,
    name: str,
    draft: Authenticator | None,
    *,
    typed: Mapping[str, str] | None = None,
    faults: object = None,
    verdict: Verdict | None = None,
    refusal: SendRefusal | None = None,
) -> str:
    site = portal()
    kind = site.types[name]
    prompt = set_up.prompt(site, found, draft) if draft else None
    news = _news(found, draft, prompt, refusal) if draft and prompt else {}
    return render_template(
        "mfa/set_up.html",
        attempt=found,
        kind=kind,
        draft=draft,
        prompt=prompt,
        shown=kind.shown(draft, found.user) if draft else {},
        qr=qr_svg,
        typed=typed or {},
        faults=faults or {},
        problem_words=words.verdict(verdict, kind, prompt.tries_left if prompt else None) if verdict else None,
        reference=challenge.reference(found, verdict, refusal, faults, news.get("bad")),
        **news,
    )


def _news(found: Attempt, draft: Authenticator, prompt: Prompt, refusal: SendRefusal | None) -> dict[str, object]:
    """Return how the code stands that is to prove a draft."""
    site = portal()
    find = partial(remedies.at_set_up, site, found, draft, prompt)
    paused_until = codes.paused_until(site, found, draft)
    news = remedies.news(site, prompt, find) if prompt.challenge_id or not (refusal or paused_until) else None
    return {
        "refused": remedies.refused(refusal, prompt, find),
        "news": news,
        "paused_until": paused_until,
        "bad": paused_until or (news and news.bad),
    }


@blueprint.get("/set-up/done")
def done() -> ResponseReturnValue:
    """Say that it worked, and offer a second way."""
    found = browser().person
    if found is None or found.session.second_factor_at is None:
        return go("services.index")
    person, next_path = unused(found), safe_path(request.args.get("next", "/"))
    return person.page(
        "mfa/done.html",
        next_path=next_path,
        may_add=further.may_add(portal(), visit(), person.session),
        recovered=set_up.recovered(portal(), person.session),
        codes=recovery_codes.standing(portal(), person.session.user_id),
    )


@blueprint.post("/set-up/another")
@only_signed_in
def another(person: SignedIn) -> ResponseReturnValue:
    """Lead from a session to the options screen for a further way, if need be by way of a fresh code."""
    progress = further.add_another(portal(), visit(), person.session, safe_path(field("next")))
    if progress is not None:
        return onward(progress)
    if further.offer(portal(), person.session).is_full:
        return go("account.index", done="full")
    return go("account.confirm", errand="add")


@blueprint.post("/set-up/second/not-now", endpoint="no_second")
@only_signed_in
def no_second(person: SignedIn) -> ResponseReturnValue:
    """Offer no second way any more."""
    further.not_now(portal(), person.session)
    return go("services.index")


@blueprint.get("/confirm-preference", endpoint="preference")
@page_of(Step.CONFIRM_PREFERENCE)
def preference_page(found: Attempt) -> ResponseReturnValue:
    """Ask whether the preferred way is still right."""
    return _preference(found)


@blueprint.post("/confirm-preference")
@page_of(Step.CONFIRM_PREFERENCE)
def preference_answer(found: Attempt) -> ResponseReturnValue:
    """Take "keep" or "change"."""
    verbs = {"keep": preference.keep, "change": preference.change}
    verb = verbs.get(field("answer"))
    if verb is None:
        return _preference(found, error="Choose Keep or Change."), 422
    return onward(verb(portal(), visit(), browser().token))


def _preference(found: Attempt, error: str | None = None) -> str:
    preferred = found.preferred
    kind = portal().types.get(preferred.type)
    return render_template(
        "mfa/preference.html", preferred=preferred, masked=kind and kind.masked(preferred), error=error
    )
