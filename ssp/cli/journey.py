"""`flask journey`: the journey of a sign-in, drawn from `next_step` itself."""

from dataclasses import fields
from itertools import product

import click

from ssp.flows.steps import Facts, Step, next_step

_NAMES = [field.name for field in fields(Facts)]
_SETS_UP = {
    "has_authenticator": True,
    "authenticator_chosen": True,
    "second_factor_verified": True,
    "confirmation_due": False,
    "change_wanted": False,
}
# What people can do at each step, the facts that change by it, and what the arrow says.
_DEEDS: tuple[tuple[Step, dict[str, bool], str], ...] = (
    (Step.PASSWORD, {"password_verified": True}, "right password"),
    (Step.PROVE_ADDRESS, {"address_unproved": False}, "right mailed code"),
    (Step.PROVE_ADDRESS, {"deferred": True}, "Not now"),
    (Step.ASK_SUPPORT, {"phone_unknown": False}, "Web Support adds a number"),
    (Step.ASK_SUPPORT, {"deferred": True}, "Not now"),
    (Step.SET_UP, _SETS_UP, "confirms an MFA option"),
    (Step.SET_UP, {"deferred": True}, "Not now"),
    (Step.SET_UP, {"change_wanted": False}, "keeps the old one"),
    (Step.CHOOSE, {"authenticator_chosen": True}, "chooses a way"),
    (Step.CHOOSE, {"recovery_used": True}, "recovery code"),
    (Step.CHALLENGE, {"second_factor_verified": True}, "right code"),
    (Step.CHALLENGE, {"recovery_used": True}, "recovery code"),
    (Step.CONFIRM_PREFERENCE, {"confirmation_due": False}, "Keep"),
    (Step.CONFIRM_PREFERENCE, {"change_wanted": True}, "Change"),
)


@click.command("journey")
def journey() -> None:
    """Print the journey as a Mermaid diagram."""
    click.echo(diagram(), nl=False)


def diagram() -> str:
    """Return every arrow that some facts and one deed of a person lead along."""
    arrows = sorted({arrow for values in product((False, True), repeat=len(_NAMES)) for arrow in _arrows(values)})
    names = [f"    {step.name}: {step.value}" for step in Step]
    return "\n".join(["stateDiagram-v2", "    [*] --> PASSWORD", *names, *arrows, "    SIGNED_IN --> [*]", ""])


def _arrows(values: tuple[bool, ...]) -> list[str]:
    facts = dict(zip(_NAMES, values, strict=True))
    here = next_step(Facts(**facts))
    if not _reachable(facts) or here is Step.SIGNED_IN:
        return []
    found = []
    for step, changes, words in _DEEDS:
        after = next_step(Facts(**{**facts, **changes}))
        if here is step and after is not here:
            found.append(f"    {here.name} --> {after.name}: {words}")
    return found


def _reachable(facts: dict[str, bool]) -> bool:
    """Return whether facts can stand together: what a step adds is not there before it."""
    if facts["address_unproved"] and facts["phone_unknown"]:
        return False  # one setting asks for the one or the other
    if not facts["password_verified"]:
        return not any(facts[name] for name in ("second_factor_verified", "recovery_used", "deferred", "change_wanted"))
    if not facts["has_authenticator"]:
        return not any(
            facts[name]
            for name in (
                "authenticator_chosen",
                "second_factor_verified",
                "recovery_used",
                "device_trusted",
                "confirmation_due",
                "change_wanted",
            )
        )
    return facts["second_factor_verified"] or not facts["change_wanted"]
