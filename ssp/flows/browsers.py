"""Known browsers: those in which a person has signed in before. They keep tries that strangers cannot use up (TH5)."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.flows import events, notices
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.infra import tokens
from ssp.models import PendingSignIn, User, known_browser, pending

MOST = 20
# Browsers keep a cookie for 400 days at most, so a longer memory would be of nobody's use.
KEPT = timedelta(days=400)
_NOBODY = 0


def recognise(connection: Connection, person: User | None, cookies: Mapping[str, str], at: datetime) -> str | None:
    """Return the id of this browser if the person signed in with it before. `cookies` are by user selector.

    The same is looked up for everybody, so that nobody's name takes longer than another one.
    """
    selector, _, verifier = cookies.get(person.selector if person else "", "").partition(".")
    row = known_browser.by_selector(connection, person.id if person else _NOBODY, selector)
    if row is None or not hmac.compare_digest(row.verifier_hash, tokens.digest(verifier)):
        return None
    return row.id if at - row.last_seen_at < KEPT else None


def remember(  # noqa: PLR0913, PLR0917 - a finished sign-in, and who hears of it
    connection: Connection, portal: Portal, visit: Visit, person: User, sign_in: PendingSignIn, at: datetime
) -> str | None:
    """Know the browser of a finished sign-in from now on; return its cookie's value, None if it has one already."""
    if sign_in.known_browser_id and known_browser.seen(connection, sign_in.known_browser_id, at):
        return None
    browser_id, verifier = tokens.new_id(), tokens.new_token()
    known_browser.add(
        connection,
        id=browser_id,
        user_id=person.id,
        verifier_hash=tokens.digest(verifier),
        created_at=at,
        last_seen_at=at,
    )
    known_browser.keep_newest(connection, person.id, MOST)
    pending.record(connection, sign_in.id, known_browser_id=browser_id)
    if person.last_signed_in_at is not None:  # the very first sign-in is news to nobody
        events.record(connection, visit, Kind.NEW_BROWSER, user=person, at=at)
        notices.new_browser(connection, portal, visit, person)
    return f"{browser_id}.{verifier}"


def forget(connection: Connection, person: User, *, but_of: str | None = None, but: str | None = None) -> int:
    """Know none of a person's browsers any more, since one of them may be an intruder's; return how many they were.

    The one `but_of` whose session somebody changes their account stays: it is theirs, and without it a stranger's wrong
    codes would hold them up. So does `but`, in which they just proved more than a password.
    """
    return known_browser.forget_all(connection, person.id, but or known_browser.of_session(connection, but_of))
