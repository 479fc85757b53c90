"""`flask prune`: for a daily timer."""

import click
from flask.cli import with_appcontext

from ssp.cli.portal import Command, portal
from ssp.flows import pruning


@click.command("prune", cls=Command)
@with_appcontext
def prune() -> None:
    """Drop rows that are over; the security log stays whole."""
    for what, number in pruning.prune(portal()).items():
        click.echo(f"{number:8} {what}")
