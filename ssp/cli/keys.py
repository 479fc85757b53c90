"""`flask keys …`: the keys that seal what the database holds."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import click
from flask.cli import AppGroup

from ssp.cli.portal import Command, portal
from ssp.flows import key_rotation
from ssp.flows.key_rotation import Outcome, RotationError
from ssp.flows.portal import Portal
from ssp.infra.crypto import BEGUN, NEXT, Key
from ssp.infra.key_file import KeyFileError

T = TypeVar("T")


class Keys(AppGroup):
    """The group of these commands."""

    command_class = Command


group = Keys("keys", help="List, prepare, rotate and drop the keys that seal what the database holds.")


def _refusable(verb: Callable[[Portal], T]) -> T:
    """Do it, or end with exit code 1 and one line."""
    try:
        return verb(portal())
    except (KeyFileError, RotationError) as error:
        raise click.ClickException(str(error)) from None


@group.command("list")
def list_keys() -> None:
    """List the keys by id: how far their rotation is, and what each seals; no key is shown."""
    for number, standing in enumerate(_refusable(key_rotation.standings)):
        needed_by = ", ".join(standing.needed_by) or "nothing"
        click.echo(f"{standing.key.id:9} {_state(standing.key, first=not number):35} {needed_by}")
    for what, number in _refusable(key_rotation.never_sealed).items():
        click.echo(f"{what}: {number} sealed with no key of this list; `flask keys rotate` seals what is not yet")


@group.command("prepare")
def prepare() -> None:
    """Add the key of the next rotation, which only opens yet; for several machines with a list each."""
    key = _refusable(key_rotation.prepare)
    click.echo(f"{key.id} is in {portal().settings.key_file}; copy that to every machine before `flask keys rotate`")


@group.command("rotate")
def rotate() -> None:
    """Seal everything with a new key while the portal runs; after an interruption, go on.

    The exit code is 1 if values could not be opened, or were busy all the time.
    """
    key, outcomes = _refusable(key_rotation.rotate)
    for outcome in outcomes:
        click.echo(f"{outcome.done:8} {outcome.what} sealed with {key.id}")
    _tell_damaged(outcomes)
    if any(outcome.busy for outcome in outcomes):
        raise click.ClickException("some values were busy all the time; run `flask keys rotate` again to finish")
    click.echo(f"Back up {portal().settings.key_file} now. Keep the old list for as long as backups of the database.")
    if any(outcome.damaged for outcome in outcomes):
        raise click.exceptions.Exit(1)


@group.command("drop")
def drop() -> None:
    """Take old keys out of the list once nothing is sealed with them; the exit code is 1 if one has to stay."""
    gone, needed = _refusable(key_rotation.drop)
    for key in gone:
        click.echo(f"{key.id} is dropped")
    for standing in needed:
        click.echo(f"{standing.key.id} stays, it is needed by {', '.join(standing.needed_by)}", err=True)
    if needed:
        raise click.exceptions.Exit(1)
    if not gone:
        click.echo("There is no old key")


def _tell_damaged(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.damaged:
            click.echo(
                f"{outcome.damaged} {outcome.what} could not be opened: they were altered, or their key is missing in "
                "the list. They are as they were.",
                err=True,
            )


def _state(key: Key, *, first: bool) -> str:
    if key.state == NEXT:
        return "opens; seals from the next rotation"
    if key.state == BEGUN:
        return "seals; its rotation is not finished"
    role = "seals" if first else "opens"
    return f"{role}, rotated {key.state}" if key.state else role
