"""Authenticators that are being set up, and how an authenticator's data is sealed to its row and its owner."""

import json
from datetime import datetime

from sqlalchemy import Connection

from ssp.authenticators.protocol import Bearer, Destination
from ssp.infra import tokens
from ssp.infra.crypto import KeyRing
from ssp.models import Authenticator, authenticator

PURPOSE = "authenticator"


class Drafts:
    """Keeps and opens the data of one type's authenticators."""

    def __init__(self, keys: KeyRing, type_name: str) -> None:
        self._keys = keys
        self._type = type_name

    def find(self, connection: Connection, bearer: Bearer) -> Authenticator | None:
        """Return the draft of this half-done sign-in."""
        return authenticator.draft(connection, bearer.pending.id, self._type)

    def keep(self, connection: Connection, bearer: Bearer, destination: Destination, at: datetime) -> Authenticator:
        """Keep a draft for this half-done sign-in, in place of an older one of the same type."""
        draft_id = tokens.new_id()
        authenticator.replace_draft(
            connection,
            id=draft_id,
            user_id=bearer.user.id,
            type=self._type,
            label=destination.label,
            data=self._keys.seal(PURPOSE, _place(draft_id, bearer.user.id), json.dumps(dict(destination.data))),
            fingerprint=fingerprints(self._keys, destination.shared_as)[0] if destination.shared_as else None,
            pending_id=bearer.pending.id,
            created_at=at,
        )
        draft = self.find(connection, bearer)
        assert draft is not None  # noqa: S101 - it was added above, in this transaction
        return draft

    def opened(self, row: Authenticator) -> dict[str, str]:
        """Return an authenticator's data. Raises SealError if it was altered or moved."""
        return _opened(self._keys, row)


def fingerprints(keys: KeyRing, shared_as: str) -> tuple[str, ...]:
    """Return keyed digests of where codes go, today's first: rows are found under an older key until they have it."""
    return keys.digests("fingerprint", shared_as)


def fingerprints_of(keys: KeyRing, row: Authenticator) -> tuple[str, ...]:
    """Return the digests of where an authenticator's codes go; none where others cannot share it. Raises SealError."""
    return fingerprints(keys, ";".join(_opened(keys, row).values())) if row.fingerprint else ()


def sealed_anew(keys: KeyRing, row: Authenticator) -> dict[str, str | None]:
    """Return the columns of an authenticator that follow from a key, from today's. Raises SealError."""
    data = _opened(keys, row)
    fingerprint = next(iter(fingerprints_of(keys, row)), None)
    return {"data": keys.seal(PURPOSE, _place(row.id, row.user_id), json.dumps(data)), "fingerprint": fingerprint}


def _opened(keys: KeyRing, row: Authenticator) -> dict[str, str]:
    data: dict[str, str] = json.loads(keys.open(PURPOSE, _place(row.id, row.user_id), row.data))
    return data


def _place(authenticator_id: str, user_id: int) -> str:
    return f"{user_id}:{authenticator_id}"
