"""What a reference leads to, told to Web Support in plain words."""

from collections.abc import Iterator
from datetime import datetime

from ssp.flows import kinds
from ssp.flows.kinds import Kind, Outcome
from ssp.flows.references import AROUND, Seen, Story
from ssp.infra import agents, references
from ssp.models import Event

_MINUTES = int(AROUND.total_seconds()) // 60
_KINDS = {kind.value: kind for kind in Kind}


def lines(reference: str, told: Story | Seen) -> Iterator[str]:
    """Give what is known of a reference, a line for each thing; times are UTC, as everywhere in the log."""
    yield f"Reference {references.shown(reference)}"
    if isinstance(told, Seen):
        yield f"{_day(told.at)}, {told.at:%H:%M} UTC. {told.sight.words}"
        yield "Whose it was is not written down: ask for the username, and run `flask events show USERNAME`."
        return
    yield from _about(told)
    yield ""
    yield "What happened there:"
    yield from (_said(event, told.events[0]) for event in told.events)
    for title, around in (("before", told.before), ("after", told.after)):
        if around:
            yield ""
            yield f"In the {_MINUTES} minutes {title}:"
            yield from (_said(event, told.events[0]) for event in around)


def _about(told: Story) -> Iterator[str]:
    first = told.events[0]
    yield f"When:   {_day(first.at)}, {first.at:%H:%M:%S} UTC"
    yield f"Who:    {_whom(told)}"
    yield f"Where:  {agents.describe(first.agent)}, from {first.address}"


def _whom(told: Story) -> str:
    person = told.person
    if person is None:
        subject = told.events[0].subject
        return "a username that nobody has" if subject.startswith("unknown:") else "nobody that is known"
    state = ", disabled" if person.disabled_at else ""
    return f"{person.username} ({person.name}, {person.email}{state}); `flask user show {person.username}` has the rest"


def _said(event: Event, main: Event) -> str:
    """Return an event as a sentence, with where it came from if that is another browser than that of the request."""
    kind = _KINDS.get(event.kind)
    words = f"{kind.entry.words} {_went(event, kind)}" if kind else f"{event.kind}: {event.outcome}"
    way = f" [{event.authenticator_type}]" if event.authenticator_type else ""
    same = (event.address, event.agent) == (main.address, main.agent)
    elsewhere = "" if same else f" ({_origin(event)})"
    return f"  {event.at:%H:%M:%S}  {words.strip()}{way}{elsewhere}"


def _went(event: Event, kind: Kind) -> str:
    meaning = kinds.meaning(kind, event.reason) if event.reason else ""
    if event.outcome == Outcome.DONE.value:
        return f"{meaning[:1].upper()}{meaning[1:]}." if meaning else ""
    return f"{event.outcome.capitalize()}: {meaning}." if meaning else f"{event.outcome.capitalize()}."


def _origin(event: Event) -> str:
    if event.actor != "visitor":
        return f"by {event.actor}"
    return f"{agents.describe(event.agent)}, from {event.address}"


def _day(moment: datetime) -> str:
    return f"{moment:%A, %B} {moment.day}, {moment.year}"
