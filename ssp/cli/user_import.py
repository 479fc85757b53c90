"""`flask user import`: the people of another system, from a CSV file."""

import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from ssp.cli.portal import portal
from ssp.flows.people_import import Fault, bring
from ssp.infra.people_csv import BrokenFileError, HeaderError, PeopleFile

CLEAR_LINE = "\r\x1b[K"


@dataclass
class _Sum:
    """What became of the rows so far."""

    added: int = 0
    refused: int = 0


@click.command("import")
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="only check the file and say what would happen")
@with_appcontext
def import_people(file: Path, *, dry_run: bool) -> None:
    """Add people with the password hashes they have.

    The first line of FILE.csv names the columns username, email, name, groups and password_hash, and phone if there is
    one, in any order; groups are separated by semicolons or spaces. Each bad row is named and left out, the good ones
    are added. The exit code is 1 when rows were refused.
    """
    with _opened(file) as stream:
        source = PeopleFile(stream)
        rows = _survey(source)
        counted = _Sum()
        try:
            _import(source, rows, counted, dry_run=dry_run)
        except (BrokenFileError, HeaderError, OSError, DBAPIError, sqlite3.Error) as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise click.ClickException(f"stopped after {_report(counted, dry_run=dry_run)}: {reason}") from None
    click.echo(_report(counted, dry_run=dry_run))
    if counted.refused:
        if counted.added and not dry_run:
            click.echo(
                "Those who were added stay. Mend the other rows and import them in a file of their own.", err=True
            )
        click.get_current_context().exit(1)


def _opened(file: Path) -> BinaryIO:
    """Return the open file. Raises BadParameter, which ends the command with exit code 2."""
    try:
        if file.is_file():  # and no pipe or device: it's read twice, and must end
            return file.open("rb")
    except OSError as error:
        raise click.BadParameter(f"{file} can't be read: {error.strerror}") from None
    raise click.BadParameter(f"{file} is no regular file")


def _survey(source: PeopleFile) -> int:
    """Return how many rows there are, before any is written. Raises UsageError and ClickException."""
    try:
        return source.survey()
    except HeaderError as error:
        raise click.UsageError(str(error)) from None
    except (BrokenFileError, OSError) as error:
        raise click.ClickException(f"{error}; nothing was imported") from None


def _import(source: PeopleFile, rows: int, counted: _Sum, *, dry_run: bool) -> None:
    shown = sys.stderr.isatty()
    begun = monotonic()
    bar = click.progressbar(
        length=rows,
        label="Checking" if dry_run else "Importing",
        file=sys.stderr,
        hidden=not shown,
        show_pos=True,
        item_show_func=lambda done: _rate(done or 0, monotonic() - begun),
    )
    with bar, closing(bring(portal().database, portal().keys, portal().settings, source, dry_run=dry_run)) as batches:
        for batch in batches:
            _tell(batch.faults, over_bar=shown)
            counted.added += batch.added
            counted.refused += batch.refused
            bar.update(batch.added + batch.refused, counted.added + counted.refused)


def _tell(faults: Iterable[Fault], *, over_bar: bool) -> None:
    for fault in faults:
        click.echo(f"{CLEAR_LINE if over_bar else ''}{fault}", err=True)


def _rate(rows: int, seconds: float) -> str:
    return f"{rows / seconds:,.0f} rows/s" if seconds else ""


def _report(counted: _Sum, *, dry_run: bool) -> str:
    return f"{counted.added} {'could be added' if dry_run else 'added'}, {counted.refused} refused"
