"""`flask prune`: for a daily timer."""

import click
from flask.cli import with_appcontext

from ssp.cli.events import BUSY
from ssp.cli.portal import Command, portal
from ssp.flows import pruning


@click.command("prune", cls=Command)
@with_appcontext
def prune() -> None:
    """Drop rows that are over, and seal the security log.

    Events go once they are older than SSP_KEEP_EVENTS_DAYS. Ends with exit code 1 if the log cannot be sealed, or is
    not as it was sealed.
    """
    pruned = pruning.prune(portal())
    for what, number in pruned.dropped.items():
        click.echo(f"{number:8} {what}")
    if not pruned.sealed:
        click.echo(f"Error: {BUSY}", err=True)
    if pruned.broken_block is not None:
        click.echo(
            f"Error: block {pruned.broken_block} of the security log is not as it was sealed, so it and all newer ones "
            "stay; run `flask events verify`",
            err=True,
        )
    if not pruned.sealed or pruned.broken_block is not None:
        raise click.exceptions.Exit(1)
