"""Every kind of event is either told to the account's owner in words, or is none of their business; nothing between."""

import re

import pytest

from ssp.flows.kinds import Kind, Outcome
from ssp.models import Event
from ssp.web.activity import NOT_TOLD, TOLD, sentence

WORDED = {kind for kind, _ in TOLD}
# Outcomes that another event of the same request tells, or that are nobody's news.
QUIET = {
    (Kind.PASSWORD, Outcome.DONE),
    (Kind.SECOND_FACTOR, Outcome.DONE),
    (Kind.CODE_SENT, Outcome.DONE),
    (Kind.SET_UP_BEGUN, Outcome.DONE),
    (Kind.DEFERRED, Outcome.REFUSED),
    (Kind.DISOWNED, Outcome.REFUSED),
}
EVERY = [
    (kind, outcome, re.sub("<[^>]*>", "7", reason)) for kind, outcome in TOLD for reason in ("", *kind.entry.reasons)
]


def test_each_kind_is_told_or_is_not_for_owners() -> None:
    assert set(Kind) - WORDED == set(NOT_TOLD)
    assert {(kind, outcome) for kind in WORDED for outcome in kind.entry.outcomes} - QUIET == set(TOLD)


@pytest.mark.parametrize("kind, outcome", TOLD)
def test_there_is_a_sentence_for_whatever_reason(kind: Kind, outcome: Outcome) -> None:
    said = TOLD[kind, outcome]
    assert said[""]
    assert all(kind.entry.pattern.fullmatch(reason) for reason in said if reason)


@pytest.mark.parametrize("kind, outcome, reason", EVERY)
def test_sentences_are_short_and_plain(kind: Kind, outcome: Outcome, reason: str) -> None:
    words = sentence(Event(kind=kind.value, outcome=outcome.value, reason=reason or None))
    assert re.fullmatch(r"[A-Z\u201c][A-Za-z, \u201c\u201d-]{8,90}", words), words
