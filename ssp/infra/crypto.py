"""Keys in a file outside the database, and what is sealed with them.

The key list is a text file, one `id base64url(32 bytes)` a line. The first key seals; every key opens.
Purposes never share key material: each gets its own by HKDF (RFC 5869).
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
FEWEST_DIFFERENT_BYTES = 16
_LINE = re.compile(r"([a-z0-9]{1,16}) ([A-Za-z0-9_-]{43}=?)")


class KeyFileError(Exception):
    """The key list cannot be used; the message says why and what to do."""


class SealError(Exception):
    """A sealed value was altered, moved to another row, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the list; never shown."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        """Return the id alone."""
        return f"Key({self.id})"


class KeyRing:
    """The key list: seals and opens small values, and derives secrets by purpose."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = {key.id: key for key in keys}
        self.current = next(iter(self._keys.values()))
        self._derived = lru_cache(maxsize=64)(self._derive)

    def _derive(self, key_id: str, purpose: str) -> bytes:
        kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"ssp:{purpose}".encode())
        return kdf.derive(self._keys[key_id].secret)

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose, from the current key."""
        return self._derived(self.current.id, purpose)

    def mac(self, purpose: str, text: str) -> str:
        """Return a keyed digest (HMAC-SHA-256) in hex, for looking things up without storing them."""
        return hmac.new(self.secret(purpose), text.encode(), hashlib.sha256).hexdigest()

    def seal(self, purpose: str, place: str, text: str) -> str:
        """Return `text` encrypted (AES-256-GCM) and bound to its place, such as a row's id."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.secret(purpose)).encrypt(nonce, text.encode(), f"{purpose}:{place}".encode())
        return f"{self.current.id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, purpose: str, place: str, sealed: str) -> str:
        """Return what was sealed for this purpose and place. Raises SealError."""
        key_id, _, body = sealed.partition(".")
        if key_id not in self._keys:
            raise SealError(f"sealed with key {key_id!r}, which is not in the key list")
        try:
            raw = base64.urlsafe_b64decode(body)
            aes = AESGCM(self._derived(key_id, purpose))
            return aes.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{purpose}:{place}".encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise SealError("the value was altered or belongs to another row") from None


def load_keys(path: Path) -> KeyRing:
    """Return the key list from its file, which is made at the first start. Raises KeyFileError."""
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path}: other people on this machine can read the keys; run chmod 600 on it")
        return KeyRing(parse_keys(path.read_text("ascii"), path))
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{path}: the key list cannot be read or made ({error})") from None


def parse_keys(text: str, path: Path) -> list[Key]:
    """Return the keys of a list's text. Raises KeyFileError for empty, weak or doubled ones."""
    keys: list[Key] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line.strip())
        secret = base64.urlsafe_b64decode(f"{match[2].rstrip('=')}=") if match else b""
        if match is None or _weak(secret):
            raise KeyFileError(
                f"{path}: line {number} is no strong key; delete the file if nothing is sealed with it yet"
            )
        if match[1] in {key.id for key in keys}:
            raise KeyFileError(f"{path}: line {number} repeats the id {match[1]}; give each key its own")
        keys.append(Key(match[1], secret))
    if not keys:
        raise KeyFileError(f"{path}: holds no key; restore it from your backup, or delete it if the database is new")
    return keys


def _weak(secret: bytes) -> bool:
    """Return whether a key was typed or copied from documentation: it repeats itself, or is plain text or counting.

    Of 32 random bytes some are above 127 and at least 16 different, but for one key in four thousand million.
    """
    return len(set(secret)) < FEWEST_DIFFERENT_BYTES or secret.isascii()


def _make(path: Path) -> None:
    """Write a list of one new key; when two processes start at once, the first one's stays."""
    line = f"k1 {base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(line)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
