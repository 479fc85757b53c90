"""What a reference leads Web Support to: the events of a request with what happened around it, or a page's own tale."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Self

from ssp.flows.portal import Portal
from ssp.infra import references
from ssp.infra.clock import now
from ssp.models import Event, User, event, user

PURPOSE = "reference"
# What happened to the same person so long before and after belongs to the story.
AROUND = timedelta(minutes=30)
MOST = 100


class Sight(Enum):
    """A page about which nothing is written down, so that no flood of requests fills the log: its reference says it.

    The number stands in references that people have noted, so it stays as it is.
    """

    number: int
    words: str

    def __new__(cls, number: int, words: str) -> Self:
        """Make a page of its number and of what it means to Web Support."""
        sight = object.__new__(cls)
        sight._value_ = sight.number = number
        sight.words = words
        return sight

    UNREADABLE = 1, "A request was not as the portal's pages send it (400). Go back, and fill the form in again."
    STALE_FORM = 2, "A form of another visit was not taken (403). Each time? Then the browser refuses our cookies."
    NO_PAGE = 3, "There is no page at the address that was opened (404): a mistyped or an old one."
    NO_BUTTON = 4, "An address was opened that only buttons lead to (405)."
    SLOW = 5, "What was sent did not arrive in time (408): a slow or broken connection."
    TOO_MUCH = 6, "More was sent than the portal takes: a form, an address, or cookies (413, 414 or 431)."
    FAILED = 7, "The portal made a mistake of its own (500). The operator's log has the place under this reference."
    BUSY = 8, "The portal, or its database, was too busy or away (503). Nothing counted as a wrong try."
    NO_LINK = 9, "A link from a mail was opened that is not known: cut short, mistyped, or dropped since."
    USED_LINK = 10, "A link from a mail was opened that was used before. Each works once."
    OLD_LINK = 11, "A link from a mail was opened that is too old, or was replaced by a newer one."
    OTHER_LINK = 12, "A button was pressed whose page was of an earlier link than the one this browser opened last."
    MANY_WISHES = (
        13,
        "More people than the portal can serve at once asked for mail for what they forgot. It takes a minute.",
    )
    NO_MAIL = 14, "Somebody forgot a password or a username, and this portal sends no mail (`SSP_SMTP_URL`)."


@dataclass(frozen=True, slots=True)
class Story:
    """The events of one request, the oldest first, whom they are about, and what came before and after it."""

    events: list[Event]
    person: User | None
    before: list[Event]
    after: list[Event]


@dataclass(frozen=True, slots=True)
class Seen:
    """A page about which there are no events, and the minute when somebody saw it."""

    sight: Sight
    at: datetime


def of_page(portal: Portal, sight: Sight) -> str:
    """Return a new reference that tells this page and the time by itself; nothing is written."""
    return references.sealed(portal.keys.lasting(PURPOSE), now(), sight.number)


def look_up(portal: Portal, reference: str) -> Story | Seen | None:
    """Return what a reference in its plain form leads to; None if the portal knows nothing of it (any more)."""
    with portal.database.reading() as connection:
        found = event.of_request(connection, reference, MOST)
        if found:
            # An event about nobody, such as a full address, may stand before those of the person.
            subject = next((each for each in found if each.user_id), found[0])
            person = user.by_id(connection, subject.user_id) if subject.user_id else None
            before = event.just_before(connection, found[0], subject.subject, AROUND, MOST)
            after = event.just_after(connection, found[-1], subject.subject, AROUND, MOST)
            return Story(found, person, before, after)
    return _seen(portal, reference)


def _seen(portal: Portal, reference: str) -> Seen | None:
    opened = references.opened(portal.keys.lasting(PURPOSE), reference, now())
    if opened is None:
        return None
    at, number = opened
    return next((Seen(sight, at) for sight in Sight if sight.number == number), None)
