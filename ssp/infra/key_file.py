"""The key list in its file: read and refused, made at the first start, changed in one piece, followed while in use.

One key a line, `id base64url(32 bytes)`; the first one seals. Behind a key stands how far its rotation is: `next` for
one that only opens yet, `begun` while values are still being sealed with it anew, then the time when that was done. The
line `lookup` is no such key: digests come from it. Whoever changes the list replaces the file as a whole, so that
nobody ever reads half of it, and a crash leaves the old one or the new one.
"""

import base64
import fcntl
import logging
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from ssp.infra.crypto import BEGUN, KEY_BYTES, LONGEST_ID, NEXT, Key, KeyList, KeyRing

log = logging.getLogger(__name__)

TIME = "%Y-%m-%dT%H:%M:%SZ"
LOOKUP = "lookup"
FEWEST_DIFFERENT_BYTES = 16
_STATE = rf"{NEXT}|{BEGUN}|[0-9]{{4}}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z"
_LINE = re.compile(rf"([a-z0-9]{{1,{LONGEST_ID}}}) ([A-Za-z0-9_-]{{43}}=?)(?: ({_STATE}))?")
_Signature = tuple[int, int, int] | None


class KeyFileError(Exception):
    """The key list cannot be used or changed; the message says why and what to do."""


class KeyFile:
    """A key list that is followed while it is in use; what cannot be read is said once, and the keys in use go on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: _Signature = None

    def read(self) -> KeyList:
        """Return the list. Raises KeyFileError."""
        try:
            self._seen = _signature(self._path)
            return read(self._path)
        except OSError as error:
            raise KeyFileError(f"{self._path}: the key list cannot be read or made ({error})") from None

    def newer(self) -> KeyList | None:
        """Return the list if the file is another one than was read last."""
        return None if _signature(self._path) == self._seen else self.again()

    def again(self) -> KeyList | None:
        """Return the list; None if it cannot be read."""
        try:
            return self.read()
        except KeyFileError as error:
            log.error("The portal goes on with the keys that it has. %s", error)  # noqa: TRY400 - the words say it all
            return None


def load_keys(path: Path) -> KeyRing:
    """Return the keys of a list, which is made at the first start. Raises KeyFileError."""
    try:
        if not path.exists():
            _make(path)
    except OSError as error:
        raise KeyFileError(f"{path}: the key list cannot be read or made ({error})") from None
    source = KeyFile(path)
    found = source.read()
    return KeyRing(found.keys, found.lookup, source)


def read(path: Path) -> KeyList:
    """Return the list of a file. Raises KeyFileError, and OSError where there is no such file."""
    if path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path}: other people on this machine can read the keys; run chmod 600 on it")
    try:
        return parse(path.read_text("ascii"), path)
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{path}: the key list cannot be read or made ({error})") from None


def parse(text: str, path: Path) -> KeyList:
    """Return the keys of a list's text. Raises KeyFileError for empty, weak or doubled ones."""
    keys: dict[str, Key] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line.strip())
        secret = base64.urlsafe_b64decode(f"{match[2].rstrip('=')}=") if match else b""
        if match is None or weak(secret):
            raise KeyFileError(
                f"{path}: line {number} is no strong key; delete the file if nothing is sealed with it yet"
            )
        if match[1] in keys:
            raise KeyFileError(f"{path}: line {number} repeats the id {match[1]}; give each key its own")
        # The look-up key of a list from before it had one is the key from which the digests came until then.
        if match[1] != LOOKUP and secret in {key.secret for key in keys.values() if key.id != LOOKUP}:
            raise KeyFileError(f"{path}: line {number} repeats the key of another line; leave one of them out")
        keys[match[1]] = Key(match[1], secret, match[3] or "")
    lookup = keys.pop(LOOKUP, None)
    if not keys:
        raise KeyFileError(f"{path}: holds no key; restore it from your backup, or delete it if the database is new")
    first, *others = keys.values()
    if first.state == NEXT:
        raise KeyFileError(f"{path}: the first key is still to come; put the one before it, which seals, first")
    return KeyList((first, *others), lookup)


def weak(secret: bytes) -> bool:
    """Return whether a key was typed, or copied from documentation: it repeats itself, counts, or is text in any form.

    Of 32 random bytes some are above 127 and at least 16 different, and in base64 they have large and small letters,
    but for one key in a thousand million.
    """
    steps = {(after - before) % 256 for before, after in pairwise(secret)}
    half = len(secret) // 2
    letters = base64.urlsafe_b64encode(secret).decode()[:-2]  # of the last one some bits are left over
    return (
        len(set(secret)) < FEWEST_DIFFERENT_BYTES
        or len(steps) == 1
        or secret[:half] == secret[half:]
        or secret.isascii()
        or letters == letters.lower()
        or letters == letters.upper()
    )


def new_key(key_id: str = "", state: str = "") -> Key:
    """Return a new random key, by default under an id that no list and no backup has yet."""
    secret = secrets.token_bytes(KEY_BYTES)
    while weak(secret):
        secret = secrets.token_bytes(KEY_BYTES)
    letters = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    return Key(key_id or f"k{letters}", secret, state)


def change(path: Path, deed: Callable[[KeyList], KeyList]) -> KeyList:
    """Replace the list by what the deed makes of it, nobody else's change in between. Raises KeyFileError."""
    path = Path(os.path.realpath(path))
    try:
        with _alone(path.parent):
            before = read(path)
            after = deed(before)
            if after != before:
                _replace(path, after)
    except OSError as error:
        raise KeyFileError(f"{path}: the key list cannot be changed, and is as it was ({error})") from None
    return after


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else changes a list in the folder. The system ends it with the process, however that ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _signature(path: Path) -> _Signature:
    """Return what differs from file to file under this name; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _text(keys: KeyList) -> str:
    every = (*keys.keys, keys.lookup) if keys.lookup else keys.keys
    lines = [f"{key.id} {base64.urlsafe_b64encode(key.secret).decode()} {key.state}" for key in every]
    return "".join(f"{line.rstrip()}\n" for line in lines)


@contextmanager
def _draft(path: Path, text: str) -> Iterator[Path]:
    """Give a file beside the list, whole and on the disk; it is gone afterwards, if it was not put in place."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _make(path: Path) -> None:
    """Write a list of one new key; when two processes start at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _draft(path, _text(KeyList((new_key("k1"),), new_key(LOOKUP)))) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        _settle(path.parent)


def _replace(path: Path, keys: KeyList) -> None:
    """Put another list in place of a file, with the same owner."""
    owner = path.stat()
    with _draft(path, _text(keys)) as draft:
        if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path)
        _settle(path.parent)


def _settle(folder: Path) -> None:
    """Wait until the disk knows of a new name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
