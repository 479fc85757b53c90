"""The kinds of events: each says what it means, and the code records nothing that is not declared."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from ssp.authenticators.protocol import SendRefusal, Verdict
from ssp.flows import kinds
from ssp.flows.devices import Standing
from ssp.flows.kinds import Entry, Kind, Outcome
from ssp.infra.telephony.carrier import Reason
from ssp.settings import ROOT

SOURCES = sorted((ROOT / "ssp").rglob("*.py"))


def test_names_fit_their_columns_and_are_each_others_own() -> None:
    names = [kind.value for kind in Kind]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 40
    assert max(len(outcome.value) for outcome in Outcome) <= 16
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", name) for name in names)


@pytest.mark.parametrize("kind", Kind)
def test_each_is_told_in_plain_words(kind: Kind) -> None:
    entry = kind.entry
    assert entry.words.endswith(".")
    assert entry.outcomes
    assert all(len(reason) <= 40 and words[-1] not in ".:" for reason, words in entry.reasons.items())
    told = [entry.words, entry.watch, *entry.reasons.values()]
    assert all(text.isprintable() and "|" not in text for text in told), "they stand in a table, in one line"


@pytest.mark.parametrize(
    "meanings, members", [(kinds.VERDICTS, Verdict), (kinds.REFUSALS, SendRefusal), (kinds.FAILURES, Reason)]
)
def test_every_reason_that_another_part_lists_is_told(meanings: dict[Enum, str], members: type[Enum]) -> None:
    assert list(meanings) == list(members)


def test_standings_of_browsers_are_told() -> None:
    values = {standing.value for standing in Standing}
    assert set(Kind.DEVICE_USED.entry.reasons) <= values
    assert set(Kind.DEVICE_REVOKED.entry.reasons) - values == {"all_by_owner"}


@pytest.mark.parametrize(
    "declared, reason, fits",
    [
        ("plain", "plain", True),
        ("plain", "plain_1", False),
        ("plain", "", False),
        ("wrong_<count>", "wrong_30", True),
        ("wrong_<count>", "wrong_", False),
        ("wrong_<count>", "wrong_3_0", False),
        ("country_<country>_<rate>", "country_CA_600/1h", True),
        ("a.b", "axb", False),
    ],
)
def test_a_part_in_angles_stands_for_anything(declared: str, reason: str, *, fits: bool) -> None:
    entry = Entry("a.b", "It was.", reasons={declared: "so"})
    assert bool(entry.pattern.fullmatch(reason)) is fits


# ---- What the code records ----


def recorded() -> Iterator[tuple[Path, Kind, ast.Call]]:
    """Give each call that names a kind."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                given = [*node.args, *(each.value for each in node.keywords)]
                for each in given:
                    if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "Kind":
                        yield path, Kind[each.attr], node


def reasons(call: ast.Call) -> Iterator[re.Pattern[str]]:
    """Give what the reasons of a call look like as far as it spells them out."""
    for keyword in call.keywords:
        if keyword.arg == "reason" and isinstance(keyword.value, (ast.Constant, ast.JoinedStr)):
            parts = getattr(keyword.value, "values", [keyword.value])
            spelled = (re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts)
            yield re.compile("".join(spelled))


def test_every_reason_and_outcome_that_the_code_spells_out_is_declared() -> None:
    calls = list(recorded())
    assert len(calls) > 20
    for path, kind, call in calls:
        for reason in reasons(call):
            found = [each for each in kind.entry.reasons if reason.fullmatch(each)]
            assert found, f"{path}:{call.lineno}: {kind.value} {reason.pattern}"
        for argument in call.args:
            text = ast.unparse(argument)
            if text.startswith("Outcome."):
                outcome = Outcome[text.removeprefix("Outcome.")]
                assert outcome in kind.entry.outcomes, f"{path}:{call.lineno}: {kind.value} {outcome}"
        if any(keyword.arg == "authenticator" for keyword in call.keywords):
            assert kind.entry.way, f"{path}:{call.lineno}: {kind.value} names an MFA option"


def test_every_kind_is_recorded_somewhere() -> None:
    assert {kind for _, kind, _ in recorded()} == set(Kind)
