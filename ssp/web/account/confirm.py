"""A fresh access code before a change that matters: the code page once more, for one errand."""

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from ssp.authenticators.protocol import SendRefusal, Verdict
from ssp.flows import email_change, further, new_password, new_recovery_codes, options, recovery_codes, step_up
from ssp.flows.attempts import Attempt
from ssp.flows.step_up import Action, Errand, Standing
from ssp.web import challenge, words
from ssp.web.challenge import Places
from ssp.web.forms import field
from ssp.web.journey import go, onward
from ssp.web.portal import portal, visit
from ssp.web.sessions import SIGNED_IN, browser
from ssp.web.signed_in import SignedIn, only_signed_in, unused

# What an errand is called in addresses; one that is about an option has it behind a colon.
PASSWORD, ADD, CODES, EMAIL = "password", "add", "codes", "email"
_ERRANDS = {
    PASSWORD: new_password.ERRAND,
    ADD: further.ADDITION,
    CODES: new_recovery_codes.ERRAND,
    EMAIL: email_change.ERRAND,
}
DEEDS = {
    "rename": Action.RENAME_OPTION,
    "prefer": Action.PREFER_OPTION,
    "replace": Action.REPLACE_OPTION,
    "remove": Action.REMOVE_OPTION,
}
_DEED_OF = {action: deed for deed, action in DEEDS.items()}
# The page that a code was asked for; what has none goes back to the account.
_PAGES = {
    Action.CHANGE_PASSWORD: "account.password",
    Action.MAKE_RECOVERY_CODES: "account.recovery_codes",
    Action.CHANGE_EMAIL: "account.email",
}


def register(blueprint: Blueprint) -> None:
    """Put these pages into the account's."""
    page = "/confirm/<errand>"
    blueprint.get(page, endpoint="confirm")(show)
    blueprint.post(page, endpoint="confirm_answer")(take)
    blueprint.get(f"{page}/status", endpoint="confirm_status")(status)
    blueprint.get(f"{page}/choose", endpoint="confirm_choose")(choose)
    blueprint.post(f"{page}/choose", endpoint="confirm_choice")(take_choice)
    blueprint.post(f"{page}/send", endpoint="confirm_send")(send)


def _read(person: SignedIn, errand: str) -> Errand | None:
    """Return what an address is about; None for what cannot be done: an option of nobody's, an address without mail."""
    name, _, target = errand.partition(":")
    if name in DEEDS:
        return Errand(DEEDS[name], target) if options.way(portal(), person.session, target) else None
    if name == EMAIL and not portal().mailer.ready:
        return None
    return _ERRANDS.get(errand) or abort(404)


def _places(errand: str) -> Places:
    return Places(
        page=url_for("account.confirm", errand=errand),
        send=url_for("account.confirm_send", errand=errand),
        choose=url_for("account.confirm_choose", errand=errand),
        status=url_for("account.confirm_status", errand=errand),
    )


def _page(person: SignedIn, errand: str, template: str, **shown: object) -> str:
    """Return a page that says what the code is asked for, and what helps where none can be had."""
    codes = recovery_codes.standing(portal(), person.session.user_id)
    return person.page(template, before=words.BEFORE[errand.partition(":")[0]], codes_left=codes.left, **shown)


def _after(errand: Errand) -> ResponseReturnValue:
    """Go to what the code was asked for."""
    if errand.action in _DEED_OF:
        return go("account.option", authenticator_id=errand.target, deed=_DEED_OF[errand.action])
    return go(_PAGES.get(errand.action, "account.index"))


@only_signed_in
def show(person: SignedIn, errand: str) -> ResponseReturnValue:
    """Say why a code is asked for, or ask for the one on its way."""
    wish = _read(person, errand)
    if wish is None:
        return go("account.index")
    view = step_up.look(portal(), visit(), person.session, wish)
    if view.standing is Standing.PROVED:
        return _after(wish)
    if view.attempt is None:
        return _page(person, errand, "account/confirm.html", has_option=view.has_option)
    if view.attempt.chosen is None:
        return go("account.confirm_choose", errand=errand)
    return _code_page(person, errand, view.attempt)


def _code_page(
    person: SignedIn,
    errand: str,
    found: Attempt,
    verdict: Verdict | None = None,
    refusal: SendRefusal | None = None,
) -> str:
    shown = challenge.shown(found, _places(errand), verdict, refusal)
    return _page(person, errand, "account/code.html", **shown)


def _ways(errand: str, person: SignedIn, found: Attempt, error: str | None = None) -> str:
    return _page(person, errand, "account/choose.html", ways=challenge.ways(found), error=error)


@only_signed_in
def take(person: SignedIn, errand: str) -> ResponseReturnValue:
    """Begin, or take the code."""
    wish = _read(person, errand)
    if wish is None:
        return go("account.index")
    if "code" not in request.form:
        step_up.begin(portal(), visit(), person.session, wish)
        return go("account.confirm", errand=errand)
    progress = step_up.answer(portal(), visit(), person.session, wish, field("code"))
    if progress is None or progress.verdict is None:
        return go("account.confirm", errand=errand)
    if progress.session_token:
        return _proved(progress.session_token, wish)
    assert progress.attempt is not None  # noqa: S101 - a verdict comes with what was judged
    return _code_page(person, errand, progress.attempt, verdict=progress.verdict), 422


def _proved(token: str, wish: Errand) -> ResponseReturnValue:
    carried = browser()
    carried.carry(SIGNED_IN, token)
    if wish.action is Action.ADD_OPTION and carried.person:
        progress = further.add_another(portal(), visit(), carried.person.session, url_for("account.index"))
        return onward(progress) if progress else go("account.index")
    return _after(wish)


def _waiting(person: SignedIn, errand: str) -> tuple[Errand, Attempt] | None:
    """Return the errand whose code is waited for."""
    wish = _read(person, errand)
    attempt = step_up.look(portal(), visit(), person.session, wish).attempt if wish else None
    return (wish, attempt) if wish and attempt else None


@only_signed_in
def choose(person: SignedIn, errand: str) -> ResponseReturnValue:
    """Show the person's own ways to get a code."""
    waiting = _waiting(person, errand)
    return _ways(errand, person, waiting[1]) if waiting else go("account.confirm", errand=errand)


@only_signed_in
def take_choice(person: SignedIn, errand: str) -> ResponseReturnValue:
    """Take the choice and send a code that way."""
    waiting = _waiting(person, errand)
    if waiting is None:
        return go("account.confirm", errand=errand)
    wish, attempt = waiting
    way = attempt.own(field("authenticator"))
    if way is None:
        return _ways(errand, person, attempt, error="Choose one of your ways to get a code."), 422
    step_up.send(portal(), visit(), person.session, wish, way.id, again=False)
    return go("account.confirm", errand=errand)


@only_signed_in
def send(person: SignedIn, errand: str) -> ResponseReturnValue:
    """Send the code once more."""
    wish = _read(person, errand)
    progress = step_up.send(portal(), visit(), person.session, wish, None, again=True) if wish else None
    if progress and progress.attempt and progress.prompt and progress.prompt.refusal:
        return _code_page(person, errand, progress.attempt, refusal=progress.prompt.refusal), 422
    return go("account.confirm", errand=errand)


def status(errand: str) -> ResponseReturnValue:
    """Return what the code page says of the text or call on its way. A page asks by itself, which is no use."""
    found = browser().person
    waiting = _waiting(unused(found), errand) if found else None
    if waiting is None or waiting[1].chosen is None:
        return go("account.confirm", errand=errand)
    return challenge.status(waiting[1], _places(errand))
