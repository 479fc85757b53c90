"""Common and breached passwords, as a sorted file of digests: small, exact but for one chance in hundreds of millions.

`make blocklist` makes the file; docs/blocklist.md says from what. It is mapped into memory, so that all processes share
what they touch of it, and starting costs nothing.
"""

import mmap
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

FILE = Path(__file__).with_name("blocklist.bin")
DIGEST_BYTES = 6


def folded(text: str) -> str:
    """Return what is left of a text without the differences that nobody guessing cares for: case, accents, width."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))


def digest(entry: str) -> bytes:
    """Return what the file holds of a folded text."""
    return blake2b(entry.encode(), digest_size=DIGEST_BYTES).digest()


def written(entries: Iterable[str]) -> bytes:
    """Return the file's content for texts."""
    return b"".join(sorted({digest(folded(entry)) for entry in entries}))


class Blocklist:
    """The texts of one file."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._digests = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._digests) // DIGEST_BYTES

    def __contains__(self, entry: str) -> bool:
        """Return whether a folded text is listed."""
        wanted = digest(entry)
        place = bisect_left(range(len(self)), wanted, key=self._at)
        return place < len(self) and self._at(place) == wanted

    def _at(self, place: int) -> bytes:
        return self._digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]


@lru_cache(maxsize=1)
def shipped() -> Blocklist:
    """Return the list that comes with the portal."""
    return Blocklist(FILE)
