"""`flask user …`: people, one at a time or from a file."""

import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
from flask.cli import AppGroup

from ssp.cli.portal import Command, portal
from ssp.cli.user_import import import_people
from ssp.flows import address_on_file, credentials, people, person_sheet
from ssp.flows.people import NewPerson, PeopleError
from ssp.infra.passwords import policy
from ssp.infra.passwords.policy import Fault
from ssp.infra.plain import plain

P = ParamSpec("P")
T = TypeVar("T")


class People(AppGroup):
    """The group of these commands."""

    command_class = Command


group = People("user", help="Add, list, show, disable, enable and free people.")
group.add_command(import_people)


def _refusable(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it, or end with exit code 1 and one line."""
    try:
        return verb(*args, **kwargs)
    except PeopleError as error:
        raise click.ClickException(str(error)) from None


@group.command("add")
@click.argument("username")
@click.option("--email", required=True, help="where notices and links go")
@click.option("--name", default="", help="how pages greet the person; the username unless given")
@click.option("--group", "groups", multiple=True, help="a group of the services page; may be repeated")
@click.option("--phone", default="", help="a number that is known to be theirs: see SSP_SETUP_PROOF")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input; else print a link")
def add(  # noqa: PLR0913 - what is known of somebody
    username: str, email: str, name: str, groups: tuple[str, ...], phone: str, *, password_stdin: bool
) -> None:
    """Add a person. Without a password, print a link with which they choose one: it works once, for 24 hours."""
    person = NewPerson(username, email, name or username, groups, phone=phone)
    if not password_stdin:
        click.echo(_refusable(people.invite, portal(), person))
        return
    try:
        password = sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.ClickException(policy.WORDS[Fault.SIGNS]) from None
    settings = portal().settings
    fault = policy.fault(password, settings.password_min, credentials.context(settings, person))
    if fault:
        raise click.ClickException(policy.words(fault, settings.password_min))
    _refusable(people.add, portal(), person, password)
    click.echo(f"{username} was added")


@group.command("list")
def list_people() -> None:
    """List everybody: username, name, groups, and whether disabled."""
    for person in people.everybody(portal()):
        state = "disabled" if person.disabled_at else ""
        cells = (person.username, person.name, ",".join(person.groups), state)
        click.echo("\t".join(map(plain, cells)).rstrip())


@group.command("show")
@click.argument("username")
def show(username: str) -> None:
    """Show what is known of a person."""
    for name, value in _refusable(person_sheet.describe, portal(), username):
        click.echo(f"{name + ':':17}{plain(value)}")


@group.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """Lock a person out at once, everywhere."""
    _refusable(people.disable, portal(), username)
    click.echo(f"{username} is disabled, and signed out everywhere")


@group.command("email")
@click.argument("username")
@click.argument("address")
def email(username: str, address: str) -> None:
    """Keep another mail ADDRESS on file that is known to be the person's; all links to older ones end."""
    _refusable(address_on_file.change, portal(), username, address)
    click.echo(f"{username}: the address on file is changed; both addresses were told")


@group.command("enable")
@click.argument("username")
def enable(username: str) -> None:
    """Let a disabled person in again."""
    _refusable(people.enable, portal(), username)
    click.echo(f"{username} is enabled")


@group.command("password-link")
@click.argument("username")
def password_link(username: str) -> None:
    """Print a link with which a person chooses a new password: it works once, for 24 hours."""
    click.echo(_refusable(people.password_link, portal(), username))


@group.command("phone")
@click.argument("username")
@click.argument("number", default="")
def phone(username: str, number: str) -> None:
    """Keep a phone NUMBER on file that is known to be the person's, or none if it is left out: see SSP_SETUP_PROOF."""
    _refusable(people.set_phone, portal(), username, number)
    click.echo(f"{username}: the number on file is {'changed' if number else 'removed'}")


@group.command("reset-mfa")
@click.argument("username")
def reset_mfa(username: str) -> None:
    """Forget a person's MFA options; the next sign-in sets one up."""
    removed = _refusable(people.reset_mfa, portal(), username)
    click.echo(f"{username}: {removed} MFA option(s) removed; the next sign-in sets one up")


@group.command("sign-out")
@click.argument("username")
def sign_out(username: str) -> None:
    """End all sessions and trusted devices of a person, who can sign in again at once."""
    _refusable(people.sign_out, portal(), username)
    click.echo(f"{username} is signed out everywhere, and no device is trusted")


@group.command("unlock")
@click.argument("username")
def unlock(username: str) -> None:
    """Take a held person's passwords and codes again."""
    cleared = _refusable(people.unlock, portal(), username)
    click.echo(f"{username}: {cleared} counter(s) cleared")
