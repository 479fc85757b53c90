"""Phone numbers that came with an account: where the settings say so, the first MFA option is one of them (EN1).

They are kept sealed, and compared by the keyed digests by which MFA options are, too.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from ssp.authenticators import drafts
from ssp.flows import throttling
from ssp.flows.portal import Portal
from ssp.infra import phones
from ssp.infra.clock import now
from ssp.infra.crypto import KeyRing
from ssp.models import Authenticator, User, throttle
from ssp.settings import Settings

PURPOSE = "known-phone"
# Somebody who knows the password alone could otherwise find the number out by trying.
MOST_A_DAY = 10
_DAY = timedelta(days=1)


def read(typed: str, settings: Settings) -> str | phones.Fault:
    """Return a number, with an extension if it has one, as it is kept; or what is wrong with it."""
    countries = tuple(dict.fromkeys((*settings.countries, *(settings.voice_countries or ()))))
    line = phones.parse_line(typed, "", countries)
    return line if isinstance(line, phones.Fault) else f"{line.number};{line.extension or ''}"


def columns(keys: KeyRing, selector: str, line: str | None) -> dict[str, str | None]:
    """Return the columns in which a person's number is kept; empty ones without a number."""
    if not line:
        return {"phone": None, "phone_fingerprint": None}
    return {"phone": keys.seal(PURPOSE, selector, line), "phone_fingerprint": drafts.fingerprints(keys, line)[0]}


def sealed_anew(keys: KeyRing, row: Any) -> dict[str, str | None]:  # noqa: ANN401 - a row of any table
    """Return the columns from today's key. Raises SealError."""
    return columns(keys, row.selector, keys.open(PURPOSE, row.selector, row.phone))


def asked_for(portal: Portal, held: Collection[Authenticator]) -> bool:
    """Return whether only a number that came with the account can be set up, as the first of these options."""
    return portal.settings.setup_proof == "known-phone" and not held


def fits(person: User, fingerprints: Iterable[str]) -> bool:
    """Return whether codes that go to the place with these digests go to the number that came with the account."""
    return person.phone_fingerprint is not None and person.phone_fingerprint in set(fingerprints)


def is_of(portal: Portal, person: User, draft: Authenticator) -> bool:
    """Return whether what is being set up is the number that came with the account, whichever key was first then."""
    return fits(person, drafts.fingerprints_of(portal.keys, draft))


def may_try(connection: Connection, user_id: int) -> bool:
    """Count a number before it is compared; False if too many were tried within a day."""
    at = now()
    return throttle.count(connection, throttling.numbers_key(user_id), at, at - _DAY) <= MOST_A_DAY
