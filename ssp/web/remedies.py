"""How a text or call stands as its page shows it, and the one thing that helps where it does not arrive."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Response, render_template, request, url_for

from ssp.authenticators.protocol import AuthenticatorType, Destination, Prompt, SendRefusal
from ssp.flows import codes, set_up
from ssp.flows.attempts import Attempt
from ssp.infra.clock import now
from ssp.infra.telephony.progress import Status
from ssp.models import Authenticator
from ssp.web import undelivered
from ssp.web.portal import Site
from ssp.web.undelivered import Remedy

_TROUBLE = {Status.FAILED, Status.UNSURE}


@dataclass(frozen=True, slots=True)
class Action:
    """What a page offers: a form with these fields in the words of another type, `kind`, or else a link.

    `way` is the person's own that the form leads to; None where it begins a new one.
    """

    remedy: Remedy
    address: str = ""
    kind: AuthenticatorType | None = None
    way: Authenticator | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


Actions = Mapping[Remedy, Action]
# Worked out only where something went wrong.
Find = Callable[[], Actions]


@dataclass(frozen=True, slots=True)
class News:
    """How the newest text or call stands. `words` are there where it did not arrive; else the type has its own.

    `mark` tells it from other news, and is empty where no code was issued. `seconds` says for how long the page may ask
    again, 0 if nothing more is to come.
    """

    mark: str
    words: str
    action: Action | None
    seconds: int

    @property
    def bad(self) -> bool:
        """Return whether something is wrong."""
        return bool(self.words or self.action)


def helping(remedies: Sequence[Remedy], find: Find) -> Action | None:
    """Return the first of these remedies that is possible."""
    actions = find() if remedies else {}
    return next((actions[remedy] for remedy in remedies if remedy in actions), None)


def news(site: Site, prompt: Prompt, find: Find) -> News | None:
    """Return how the newest text or call stands; None where the page has nothing to say beyond where it went."""
    status = prompt.delivery_status
    if prompt.challenge_id is None or status is None:
        advice = undelivered.none_sent(prompt.refusal)
        return News("", advice.words, helping(advice.remedies, find), 0) if prompt.sends_left else None
    called_back = site.settings.called_back
    more = called_back and (prompt.undecided or not status.final)
    left = max(int((prompt.expires_at - now()).total_seconds()), 0) if more else 0
    mark = "-".join(filter(None, (status, prompt.delivery_reason, "undecided" if prompt.undecided else "")))
    if status in _TROUBLE:
        advice = undelivered.why(prompt.delivery_reason, site.settings.twilio_from)
        return News(mark, advice.words, helping(advice.remedies, find), left)
    return News(mark, "", helping(undelivered.missed(status), find), left) if called_back else None


def answer(kind: AuthenticatorType, prompt: Prompt, told: News | None, page: str) -> Response:
    """Return what a page says of the text or call on its way, or nothing (204) if that is what it says already."""
    if told is None or told.mark == request.args.get("seen"):
        nothing = Response(status=204)
        del nothing.headers["Content-Type"]
        return nothing
    return Response(render_template("auth/status.html", kind=kind, prompt=prompt, news=told, page=page))


def refused(refusal: SendRefusal | None, prompt: Prompt, find: Find) -> News | None:
    """Return what to say about a wish for a code that was just refused; None where it was not."""
    if refusal is None:
        return None
    advice = undelivered.no_more(refusal, on_its_way=prompt.on_its_way)
    return News("", advice.words, helping(advice.remedies, find), 0)


def at_sign_in(site: Site, found: Attempt, way: Authenticator, prompt: Prompt, address: str) -> Actions:
    """Return what somebody can do about a code that does not arrive, with the ways that they have.

    `address` takes the choice of another one.
    """
    kind = site.types[way.type]
    own = [each for name in kind.instead for each in found.authenticators if each.type == name]
    others = [
        Action(Remedy.ANOTHER_WAY, address, site.types[each.type], each, {"authenticator": each.id})
        for each in own
        if codes.paused_until(site, found, each) is None
    ]
    return _actions(prompt, others)


def at_set_up(site: Site, found: Attempt, draft: Authenticator, prompt: Prompt) -> Actions:
    """Return what somebody can do about a code that does not arrive while they set its type up."""
    kind = site.types[draft.type]
    shown = kind.shown(draft, found.user)
    typed = {name: shown[name] for name in kind.fields if shown[name]}
    offered = {each.name: each for each in set_up.offered(site, found) if set_up.has_room(site, found, each.name)}
    instead = [offered[name] for name in kind.instead if name in offered]
    others = [_instead(other, typed) for other in instead if _takes(other, typed, found)]
    check = Action(Remedy.CHECK_NUMBER, url_for("mfa.set_up", name=kind.name, another="same"))
    return {check.remedy: check, **_actions(prompt, others)}


def _takes(kind: AuthenticatorType, typed: Mapping[str, str], found: Attempt) -> bool:
    """Return whether a type can be set up with what was typed for another one, or without anything."""
    if not kind.fields:
        return True
    return typed.keys() <= set(kind.fields) and isinstance(kind.destination(typed, found.user), Destination)


def _instead(kind: AuthenticatorType, typed: Mapping[str, str]) -> Action:
    if kind.fields:
        return Action(Remedy.ANOTHER_WAY, url_for("mfa.set_up_answer", name=kind.name), kind, None, typed)
    return Action(Remedy.ANOTHER_WAY, url_for("mfa.choose_type"), kind, None, {"type": kind.name})


def _actions(prompt: Prompt, others: list[Action]) -> Actions:
    actions = {Remedy.HELP: Action(Remedy.HELP, url_for("help.article", slug="no-code"))}
    if prompt.sends_left > 0 and prompt.refusal is not SendRefusal.NOT_ALLOWED:
        actions[Remedy.AGAIN] = Action(Remedy.AGAIN)
    if others:
        actions[Remedy.ANOTHER_WAY] = others[0]
    silent = [each for each in others if each.kind and not each.kind.out_of_band]
    if silent:
        actions[Remedy.NO_PHONE] = silent[0]
    return actions
