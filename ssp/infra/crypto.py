"""What is sealed with keys from outside the database, and digests that only the holder of a key can make.

The first key of the list seals; every key opens. Digests that are kept, or compared by several processes, come from the
look-up key, which stays when the others are rotated; it seals and opens nothing.
Purposes never share key material: each gets its own by HKDF (RFC 5869).
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
LONGEST_ID = 16
# How far a key's rotation is: it only opens yet, or values are still being sealed with it anew.
NEXT, BEGUN = "next", "begun"


class SealError(Exception):
    """A sealed value was altered, moved to another row, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the list; never shown. `state` says how far its rotation is: NEXT, BEGUN, or the time of its end."""

    id: str
    secret: bytes
    state: str = ""

    def __repr__(self) -> str:
        """Return the id alone."""
        return f"Key({self.id})"


@dataclass(frozen=True, slots=True)
class KeyList:
    """The keys that seal and open, the one that seals first, and the look-up key, if the list has one of its own."""

    keys: tuple[Key, ...]
    lookup: Key | None = None


class Source(Protocol):
    """Where a ring's keys come from."""

    def newer(self) -> KeyList | None:
        """Return the list if it changed since it was read last."""

    def again(self) -> KeyList | None:
        """Return the list, changed or not; None if it cannot be read."""


class _Held:
    """A list of keys, and the secrets that follow from them."""

    def __init__(self, keys: KeyList) -> None:
        self.keys = {key.id: key for key in keys.keys}
        self.current = keys.keys[0]
        # A list from before there was a look-up key of its own has it in the key that was its first one then.
        self.lookup = keys.lookup or self.current
        self.derived = lru_cache(maxsize=64)(_derived)

    def replaced_by(self, keys: KeyList) -> "_Held":
        """Return a newer list. What was known stays known: a value that was read a moment ago may still need it."""
        new = {key.id for key in keys.keys}
        known = tuple(key for key in self.keys.values() if key.id not in new)
        return _Held(KeyList((*keys.keys, *known), keys.lookup or self.lookup))


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"ssp:{purpose}".encode()).derive(secret)


class KeyRing:
    """The keys in use: seals and opens small values, and makes digests by purpose.

    With a source it follows the key list while the portal runs: it looks before it seals, and where it meets a key that
    it does not know.
    """

    def __init__(self, keys: Iterable[Key], lookup: Key | None = None, source: Source | None = None) -> None:
        self._held = _Held(KeyList(tuple(keys), lookup))
        self._source = source

    @property
    def current(self) -> Key:
        """Return the key that seals."""
        self.refresh()
        return self._held.current

    def refresh(self) -> None:
        """Take over a list that has changed."""
        newer = self._source.newer() if self._source else None
        if newer is not None:
            self._held = self._held.replaced_by(newer)

    def secret(self, purpose: str, key_id: str | None = None) -> bytes:
        """Return 32 bytes for one purpose, from the key of this id or the one that seals. Raises SealError."""
        key = self._key(key_id) if key_id is not None else self.current
        return self._held.derived(key.secret, purpose)

    def lasting(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose, from the look-up key: they outlive a rotation."""
        return self._held.derived(self._held.lookup.secret, purpose)

    def mac(self, purpose: str, text: str) -> str:
        """Return a keyed digest (HMAC-SHA-256) in hex, for looking things up without storing them. It is lasting."""
        return _digest(self.lasting(purpose), text)

    def digests(self, purpose: str, text: str) -> tuple[str, ...]:
        """Return keyed digests in hex, one for each key that may have made a kept one, today's first."""
        self.refresh()
        held = self._held
        return tuple(_digest(held.derived(key.secret, purpose), text) for key in held.keys.values())

    def seal(self, purpose: str, place: str, text: str) -> str:
        """Return `text` encrypted (AES-256-GCM) and bound to its place, such as a row's id."""
        key, nonce = self.current, os.urandom(NONCE_BYTES)
        aes = AESGCM(self._held.derived(key.secret, purpose))
        sealed = aes.encrypt(nonce, text.encode(), f"{purpose}:{place}".encode())
        return f"{key.id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def outdated(self, sealed: str) -> bool:
        """Return whether a value was sealed with an older key than the one that seals now, or with none."""
        current = self.current
        key = self._held.keys.get(sealed.partition(".")[0])
        return key is None or (key.id != current.id and key.state != NEXT)

    def open(self, purpose: str, place: str, sealed: str) -> str:
        """Return what was sealed for this purpose and place. Raises SealError."""
        key_id, _, body = sealed.partition(".")
        aes = AESGCM(self.secret(purpose, key_id))
        try:
            raw = base64.urlsafe_b64decode(body)
            return aes.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{purpose}:{place}".encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise SealError("the value was altered or belongs to another row") from None

    def _key(self, key_id: str) -> Key:
        """Return the key of this id; the list is read again if it has none. Raises SealError."""
        found = self._source.again() if self._source and key_id not in self._held.keys else None
        if found is not None:
            self._held = self._held.replaced_by(found)
        if key_id not in self._held.keys:
            raise SealError(f"sealed with key {key_id[:LONGEST_ID]!r}, which is not in the key list")
        return self._held.keys[key_id]


def _digest(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
