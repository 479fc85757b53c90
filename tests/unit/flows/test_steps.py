"""The journey, looked at whole: every combination of facts there is, and what must hold for each of them."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from itertools import product
from pathlib import Path

import pytest

from ssp.flows import steps
from ssp.flows.steps import Facts, Step, next_step

NAMES = [field.name for field in fields(Facts)]
EVERYTHING = [Facts(**dict(zip(NAMES, values, strict=True))) for values in product((False, True), repeat=len(NAMES))]


def where(*wanted: Step) -> Iterator[Facts]:
    """Give all facts that lead to one of these steps."""
    return (facts for facts in EVERYTHING if next_step(facts) in wanted)


def without_second_factor(facts: Facts) -> bool:
    """Say whether this person may sign in with the password alone today, and wants to."""
    return facts.deferral_allowed and facts.deferred and not facts.has_authenticator


def device_stands_in(facts: Facts) -> bool:
    """Say whether a trusted device may stand in for a second factor."""
    return facts.device_trusted and facts.has_authenticator and not facts.confirmation_due


def recovering(facts: Facts) -> bool:
    """Say whether a recovery code was taken, and no way set up since."""
    return facts.password_verified and facts.recovery_used and not facts.second_factor_verified


def test_there_are_4096_combinations_of_facts() -> None:
    assert len(NAMES) == 12
    assert len(set(EVERYTHING)) == 4096
    assert all(set(asdict(facts).values()) <= {True, False} for facts in EVERYTHING)


def test_signed_in_means_the_password_and_a_second_factor_or_one_of_two_exceptions() -> None:
    for facts in where(Step.SIGNED_IN):
        assert facts.password_verified, facts
        assert facts.second_factor_verified or device_stands_in(facts) or without_second_factor(facts), facts


def test_nobody_without_an_authenticator_is_signed_in_but_those_who_may_say_not_now() -> None:
    for facts in where(Step.SIGNED_IN):
        assert facts.has_authenticator or without_second_factor(facts), facts


def test_each_way_to_be_signed_in_is_open() -> None:
    proved = Facts(password_verified=True, has_authenticator=True, second_factor_verified=True)
    trusted = Facts(password_verified=True, has_authenticator=True, device_trusted=True)
    deferred = Facts(password_verified=True, deferred=True, deferral_allowed=True)
    assert [next_step(facts) for facts in (proved, trusted, deferred)] == [Step.SIGNED_IN] * 3


def test_no_step_but_the_password_comes_before_the_password() -> None:
    for facts in EVERYTHING:
        assert (next_step(facts) is Step.PASSWORD) is not facts.password_verified, facts


def test_a_code_is_asked_for_only_where_one_can_be_given() -> None:
    for facts in where(Step.CHALLENGE):
        assert facts.has_authenticator, facts
        assert facts.authenticator_chosen, facts
    for facts in where(Step.CHOOSE):
        assert facts.has_authenticator, facts
        assert not facts.authenticator_chosen, facts


def test_nobody_is_asked_for_a_second_factor_twice() -> None:
    for facts in where(Step.CHALLENGE, Step.CHOOSE):
        assert not facts.second_factor_verified, facts


def test_options_change_only_after_a_second_factor_or_a_recovery_code_of_those_who_have_one() -> None:
    for facts in where(Step.SET_UP, Step.CONFIRM_PREFERENCE):
        assert facts.second_factor_verified or not facts.has_authenticator or recovering(facts), facts
    for facts in where(Step.SET_UP):
        assert facts.change_wanted or not facts.has_authenticator or recovering(facts), facts


def test_after_a_recovery_code_there_is_nothing_but_set_up() -> None:
    for facts in EVERYTHING:
        if recovering(facts):
            assert next_step(facts) is Step.SET_UP, facts


def test_once_a_way_is_set_up_the_recovery_code_changes_nothing() -> None:
    for facts in EVERYTHING:
        if not recovering(facts):
            assert next_step(replace(facts, recovery_used=False)) is next_step(facts), facts


def test_a_recovery_code_without_the_password_leads_nowhere() -> None:
    for facts in EVERYTHING:
        if not facts.password_verified:
            assert next_step(replace(facts, recovery_used=True)) is Step.PASSWORD, facts


def test_a_first_option_waits_for_all_that_the_settings_ask_for() -> None:
    for facts in where(Step.SET_UP):
        waits = facts.address_unproved or facts.phone_unknown
        assert facts.has_authenticator or facts.recovery_used or not waits, facts
    for facts in where(Step.PROVE_ADDRESS):
        assert facts.address_unproved, facts
        assert not facts.has_authenticator, facts
    for facts in where(Step.ASK_SUPPORT):
        assert facts.phone_unknown, facts
        assert not facts.has_authenticator, facts


def test_whoever_has_an_option_is_asked_for_nothing_of_the_kind() -> None:
    for facts in EVERYTHING:
        if facts.has_authenticator:
            asked = replace(facts, address_unproved=False, phone_unknown=False)
            assert next_step(facts) is next_step(asked), facts


def test_the_preference_is_asked_for_when_it_is_due_and_never_from_those_who_have_none() -> None:
    for facts in where(Step.CONFIRM_PREFERENCE):
        assert facts.confirmation_due, facts
        assert facts.has_authenticator, facts


def test_while_a_confirmation_is_due_nobody_with_an_authenticator_is_signed_in() -> None:
    for facts in where(Step.SIGNED_IN):
        assert not (facts.confirmation_due and facts.has_authenticator), facts


def test_whoever_has_an_authenticator_gains_nothing_by_not_now() -> None:
    for facts in EVERYTHING:
        if facts.has_authenticator:
            for deferred, allowed in product((False, True), repeat=2):
                assert next_step(replace(facts, deferred=deferred, deferral_allowed=allowed)) is next_step(facts)


def test_from_the_date_on_not_now_counts_for_nothing() -> None:
    for facts in EVERYTHING:
        if not facts.deferral_allowed:
            assert next_step(replace(facts, deferred=True)) is next_step(replace(facts, deferred=False))


def test_trust_in_a_device_alone_opens_nothing() -> None:
    for facts in EVERYTHING:
        if facts.device_trusted and not (facts.password_verified and device_stands_in(facts)):
            assert next_step(facts) is next_step(replace(facts, device_trusted=False)), facts


def test_a_proved_second_factor_never_takes_anybody_back_to_proving() -> None:
    order = [Step.PASSWORD, Step.CHOOSE, Step.CHALLENGE, Step.SET_UP, Step.CONFIRM_PREFERENCE, Step.SIGNED_IN]
    for facts in EVERYTHING:
        if facts.has_authenticator and not facts.change_wanted and not facts.second_factor_verified:
            before, after = next_step(facts), next_step(replace(facts, second_factor_verified=True))
            assert order.index(after) >= order.index(before), facts


def deeds(step: Step) -> list[dict[str, bool]]:
    """Return what a person can bring about at a step, and what takes them on in the first place."""
    set_up = {"has_authenticator": True, "authenticator_chosen": True, "second_factor_verified": True}
    return {
        Step.PASSWORD: [{"password_verified": True}],
        Step.PROVE_ADDRESS: [{"address_unproved": False}],
        Step.ASK_SUPPORT: [{"phone_unknown": False}],
        Step.SET_UP: [{**set_up, "change_wanted": False, "confirmation_due": False}],
        Step.CHOOSE: [{"authenticator_chosen": True}, {"recovery_used": True}],
        Step.CHALLENGE: [{"second_factor_verified": True}, {"recovery_used": True}],
        Step.CONFIRM_PREFERENCE: [{"confirmation_due": False}, {"change_wanted": True}],
        Step.SIGNED_IN: [],
    }[step]


@pytest.mark.parametrize("step", Step)
def test_every_step_can_be_reached_and_left(step: Step) -> None:
    assert any(where(step))
    for facts in where(step):
        for changes in deeds(step):
            assert next_step(replace(facts, **changes)) is not step, facts


def test_every_sign_in_can_be_finished() -> None:
    for facts in EVERYTHING:
        seen = 0
        while (step := next_step(facts)) is not Step.SIGNED_IN:
            facts = replace(facts, **deeds(step)[0])  # noqa: PLW2901 - on along the journey
            seen += 1
            assert seen <= len(Step), facts


def test_the_journey_needs_the_standard_library_alone() -> None:
    tree = ast.parse(Path(steps.__file__).read_text("utf-8"))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        name
        for node in imported
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."])
    }
    assert names
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
    assert not any(node.level for node in imported if isinstance(node, ast.ImportFrom))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"__import__", "exec", "eval", "open"}
