"""`flask delivery …`: whether texts and calls can leave, and what became of those that did."""

import click
from flask.cli import AppGroup

from ssp.cli.portal import Command, portal
from ssp.flows import delivery_check, delivery_report
from ssp.flows.findings import Finding, Mark
from ssp.infra.phones import Line


class Deliveries(AppGroup):
    """The group of these commands."""

    command_class = Command


group = Deliveries("delivery", help="Check how texts and calls leave, and report what became of them.")


@group.command("check")
@click.option("--to", "typed", metavar="NUMBER", help="also send one test text to this number")
@click.option("--voice", is_flag=True, help="make a test call instead of the text")
@click.option("--extension", metavar="E", help="dial this once somebody picks up; a comma waits two seconds")
def check(typed: str | None, extension: str | None, *, voice: bool) -> None:
    """Check settings, credentials, senders, countries and callbacks; without --to nothing is sent.

    Ends with exit code 1 if something is to be mended.
    """
    line = _line(typed, extension, voice=voice)
    found = list(delivery_check.findings(portal()))
    if line is not None:
        found.append(delivery_check.send_test(portal(), line, voice=voice))
    for finding in found:
        click.echo(_shown(finding))
    if any(finding.mark is Mark.BAD for finding in found):
        raise click.exceptions.Exit(1)


@group.command("report")
@click.option("--days", type=click.IntRange(1, delivery_report.MOST_DAYS), default=30, show_default=True)
def report(days: int) -> None:
    """Count texts and calls per day and country: sent, delivered, failed, used, and the share that was used."""
    for line in delivery_report.lines(portal(), days):
        click.echo(line)


def _line(typed: str | None, extension: str | None, *, voice: bool) -> Line | None:
    """Return where a test is to go; None if none is wanted. Raises UsageError."""
    if typed is None:
        if voice or extension:
            raise click.UsageError("--voice and --extension need --to, the number of the test")
        return None
    if extension and not voice:
        raise click.UsageError("a text reaches no extension; add --voice for a call")
    found = delivery_check.read_number(portal().settings, typed, extension or "", voice=voice)
    if isinstance(found, str):
        raise click.UsageError(found)
    return found


def _shown(finding: Finding) -> str:
    mend = f" To mend it: {finding.mend}." if finding.mend else ""
    return f"{finding.mark.value:5} {finding.words}{mend}"
