"""`flask events …`: what the security log knows and holds, and whether it is as it was sealed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ssp.cli import story
from ssp.cli.portal import Command, portal
from ssp.flows import log_check, people, sealing
from ssp.flows.kinds import Kind
from ssp.flows.log_check import Report
from ssp.flows.people import PeopleError
from ssp.flows.references import look_up
from ssp.infra import references
from ssp.infra.plain import plain
from ssp.models import Event

BUSY = (
    "the newest events cannot be sealed: some other program keeps a transaction on them open; end it, then run "
    "`flask events seal`"
)
_NO_TRACE = "and the portal knows nothing (any more) of a reference {}; read it out once more"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Events(AppGroup):
    """The group of these commands."""

    command_class = Command


group = Events("events", help="Show, explain, seal and verify the security log.")


# ---- What it knows ----


@group.command("list")
@click.option("--markdown", is_flag=True, help="print the part of docs/events.md that is made from the code instead")
def list_kinds(*, markdown: bool) -> None:
    """List the kinds of events and what they mean."""
    if markdown:
        click.echo(document(), nl=False)
        return
    for kind in Kind:
        click.echo(f"{kind.value:30} {kind.entry.words}")


def document() -> str:
    """Return what each kind means in Markdown."""
    return "\n".join(line for kind in Kind for line in _section(kind))


def _section(kind: Kind) -> Iterator[str]:
    entry = kind.entry
    names = entry.about.value + (" and, where one is meant, the MFA option" if entry.way else "")
    yield f"### `{kind.value}`"
    yield ""
    yield entry.words
    yield ""
    yield f"Outcome: {' or '.join(f'`{outcome.value}`' for outcome in entry.outcomes)}. Names {names}."
    yield ""
    if entry.watch:
        yield f"**Watch:** {entry.watch}"
        yield ""
    if entry.reasons:
        yield from ("| reason | meaning |", "|---|---|")
        yield from (f"| `{reason}` | {words} |" for reason, words in entry.reasons.items())
        yield ""


# ---- What it holds ----


@group.command("show")
@click.argument("whom", metavar="[USERNAME | REFERENCE]", nargs=-1)
@click.option("--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="so many, the newest")
def show(whom: tuple[str, ...], most: int) -> None:
    """Show the newest events, of everybody or of one person, the newest last.

    With the reference that a page gave to somebody, show what happened there instead, whose sign-in it was, and what
    came before and after. Hyphen, spaces, small letters and O for 0 do not matter.
    """
    asked = " ".join(whom)
    found = references.read(asked)
    told = look_up(portal(), found) if found else None
    if found and told:
        for line in story.lines(found, told):
            click.echo(plain(line))
        return
    try:
        newest = people.events_of(portal(), asked or None, most)
    except PeopleError as error:
        also = f", {_NO_TRACE.format(references.shown(found))}" if found else ""
        raise click.ClickException(f"{error}{also}") from None
    for event in reversed(newest):
        click.echo(_line(event))


def _line(event: Event) -> str:
    """Return an event as one line, which nothing in it can break or forge."""
    went = event.outcome + (f" ({event.reason})" if event.reason else "")
    way = f" by {event.authenticator_type}" if event.authenticator_type else ""
    cells = (
        f"{event.at:%Y-%m-%d %H:%M:%S}Z",
        event.kind,
        f"{went}{way}",
        event.subject,
        event.actor,
        event.address,
        event.request_id,
        event.agent,
    )
    return "  ".join(plain(cell) for cell in cells)


# ---- Whether it is as it was ----


@group.command("seal")
def seal() -> None:
    """Seal the events that are not sealed yet. The portal does it by itself, half a minute after they were written."""
    try:
        sealed = sealing.seal(portal())
    except sealing.LogBusyError:
        raise click.ClickException(BUSY) from None
    click.echo(f"{_counted(sealed.events, 'event')} sealed in {_counted(sealed.blocks, 'block')}")


def _expected(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Return a digest as it is kept. Raises BadParameter."""
    if value is None or _DIGEST.fullmatch(value.strip().lower()):
        return value and value.strip().lower()
    raise click.BadParameter("a digest is 64 digits and letters a to f, as `flask events verify` prints it")


@group.command("verify")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="only what was sealed since then, in UTC"
)
@click.option("--expect", metavar="DIGEST", callback=_expected, help="a digest printed before, which has to be there")
def verify(since: datetime | None, expect: str | None) -> None:
    """Check that no event was removed, added or altered since it was sealed.

    Ends with exit code 1 if one was. That the newest ones were cut off shows with --expect and a digest from before.
    """
    report = log_check.verify(portal(), since=since and since.replace(tzinfo=UTC), expect=expect)
    for fault in report.faults:
        click.echo(f"mend  {plain(fault.words)}")
    for line in _summary(report):
        click.echo(line)
    if report.faults:
        raise click.exceptions.Exit(1)


def _summary(report: Report) -> Iterator[str]:
    yield f"{_counted(report.events, 'event')} in {_counted(report.blocks, 'block')} checked, " + (
        f"{_counted(len(report.faults), 'fault')} found" if report.faults else "all as they were sealed"
    )
    if report.pruned:
        yield f"{_counted(report.pruned, 'older event')} pruned before"
    if report.sealed_at:
        yield f"newest block: {report.newest.number}, sealed {report.sealed_at:%Y-%m-%d %H:%M:%S}Z"
        yield f"digest: {report.newest.digest}"
    if report.unsealed_since:
        newest = _counted(report.unsealed, "newest event")
        yield f"{newest} not sealed yet, since {report.unsealed_since:%Y-%m-%d %H:%M:%S}Z"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
