"""`flask serve`: the production server with the defaults that measured best."""

import os
import sys
from typing import NoReturn

import click
from flask.cli import with_appcontext

from ssp.cli.portal import Command, portal
from ssp.flows import demo_people
from ssp.flows.portal import Portal
from ssp.infra import schema
from ssp.settings import LOOPBACK, ROOT

THREADS = 16
HIGHEST_PORT = 65535


@click.command("serve", cls=Command)
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="address and port")
@click.option("--workers", type=click.IntRange(1, 64), default=lambda: max(2, os.cpu_count() or 1), help="processes")
@click.option("--threads", type=click.IntRange(2, 256), default=THREADS, show_default=True, help="threads of each")
@with_appcontext
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve the portal until SIGTERM or Ctrl-C, then finish what is under way."""
    host, port = _address(bind)
    _check(portal())
    if portal().settings.demo and host not in LOOPBACK:
        raise click.ClickException("demo mode shows everybody's codes, so it serves this machine only: bind 127.0.0.1")
    if portal().settings.demo:
        demo_people.add_missing(portal())
        _introduce(portal())
    _become_server(host, port, str(workers), str(threads))


def _address(bind: str) -> tuple[str, str]:
    """Return host and port. Raises UsageError."""
    host, _, port = bind.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) <= HIGHEST_PORT:
        raise click.UsageError("write --bind as ADDRESS:PORT, such as 127.0.0.1:8000")
    return host.removeprefix("[").removesuffix("]"), port


def _become_server(host: str, port: str, workers: str, threads: str) -> NoReturn:
    """Turn this process into the server, fresh: threads and connections of here would not outlive a fork."""
    command = [sys.executable, "-P", "-m", "ssp.cli.serving", host, port, workers, threads]
    found = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    # No shell is needed, and none of the words is from outside.
    os.execve(command[0], command, {**os.environ, "PYTHONPATH": found})  # noqa: S606


def _check(site: Portal) -> None:
    with site.database.reading() as connection:
        if not schema.is_current(connection):
            raise click.ClickException("the database has an older schema; run `flask db upgrade` first")
    if site.settings.https and not site.settings.trusted_proxies:
        click.echo(
            "SSP_TRUSTED_PROXIES is not set: behind a proxy everybody has its address, and shares its limits.",
            err=True,
        )
    if all(kind.out_of_band for kind in site.types):
        click.echo("SSP_AUTHENTICATORS has phone types only; offer totp too, which nobody can redirect.", err=True)
    if not site.settings.demo and site.settings.support_email.endswith("@example.test"):
        click.echo(
            "SSP_SUPPORT_EMAIL is still the example: every page shows people an address that nobody reads.", err=True
        )
    if not site.mailer.ready:
        click.echo("SSP_SMTP_URL is not set: notices to people wait in the database until it is.", err=True)


def _introduce(site: Portal) -> None:
    """Say where the portal is and who can sign in."""
    address = site.settings.base_url
    click.echo(f"\n  {site.settings.portal_name}, in demo mode: {address}\n")
    click.echo("  Sign in as      with the password")
    for person in demo_people.PEOPLE:
        phone = f" {person.phone}" if site.settings.setup_proof == "known-phone" else ""
        click.echo(f"  {person.username:15} {person.password:28} {', '.join(person.groups):14}{phone}".rstrip())
    click.echo(f"\n  Texts, calls and mails arrive at {address}/demo/phone. Stop with Ctrl-C.\n")
