"""The page that asks for an access code: at sign-in, and once more before a change that matters."""

from dataclasses import dataclass
from functools import partial

from flask import Response

from ssp.authenticators.protocol import AuthenticatorType, SendRefusal, Verdict
from ssp.flows import codes
from ssp.flows.attempts import Attempt
from ssp.web import remedies, words
from ssp.web.portal import portal


@dataclass(frozen=True, slots=True)
class Places:
    """The addresses that a code page leads to, its own first."""

    page: str
    send: str
    choose: str
    status: str


def shown(
    found: Attempt, places: Places, verdict: Verdict | None = None, refusal: SendRefusal | None = None
) -> dict[str, object]:
    """Return what a code page shows: where the code went, how it stands, what went wrong, and what helps."""
    site, way = portal(), found.chosen
    assert way is not None  # noqa: S101 - at this step one is chosen
    kind, prompt = site.types[way.type], codes.prompt(site, found, way)
    find = partial(remedies.at_sign_in, site, found, way, prompt, places.choose)
    paused_until = codes.paused_until(site, found, way)
    news = remedies.news(site, prompt, find) if prompt.challenge_id or not (refusal or paused_until) else None
    return {
        "places": places,
        "username": found.user.username,
        "kind": kind,
        "prompt": prompt,
        "others": len(found.authenticators) > 1,
        "asked_because": words.ASKED_BECAUSE.get(found.pending.asked_because),
        "problem_words": words.verdict(verdict, kind, prompt.tries_left) if verdict else None,
        "refused": remedies.refused(refusal, prompt, find),
        "news": news,
        "paused_until": paused_until,
        "reference": reference(found, verdict, refusal, paused_until, news and news.bad),
    }


def reference(found: Attempt, *troubles: object) -> str | None:
    """Return what leads Web Support to a sign-in, where one of these is the matter with it."""
    return found.pending.reference if any(troubles) else None


def status(found: Attempt, places: Places) -> Response:
    """Return what a code page says of the text or call on its way."""
    site, way = portal(), found.chosen
    assert way is not None  # noqa: S101 - at this step one is chosen
    kind, prompt = site.types[way.type], codes.prompt(site, found, way)
    news = remedies.news(site, prompt, partial(remedies.at_sign_in, site, found, way, prompt, places.choose))
    return remedies.answer(kind, prompt, news, places.page)


def ways(found: Attempt) -> list[tuple[object, AuthenticatorType]]:
    """Return the ways to choose from, each with its type."""
    return [(way, portal().types[way.type]) for way in found.authenticators]
