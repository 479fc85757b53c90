"""References that people read out on the phone: ten letters and digits, shown as ABCDE-FGHJK.

Most are drawn at random and stand with what the log holds. Others are sealed: they hold themselves what little there
is to know, the minute and the kind of a page about which nothing is written down.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from ssp.infra import letters

LENGTH = 10
_BETWEEN = re.compile(r"[\W_]+")
# A sealed one: the minute (for eight years, then anew), the page, chance, and zeros by which it is known again.
_MINUTE, _PAGE, _CHANCE, _CHECK = 22, 5, 13, 10
_HALF = LENGTH * letters.BITS // 2
_ROUNDS = 6
_MASK = (1 << _HALF) - 1
PAGES = 1 << _PAGE


def new() -> str:
    """Return a reference that nobody has had: 50 random bits."""
    return spelled(secrets.randbits(2 * _HALF))


def shown(reference: str) -> str:
    """Return a reference as pages show it, in two groups."""
    return f"{reference[: LENGTH // 2]}-{reference[LENGTH // 2 :]}"


def read(typed: str) -> str | None:
    """Return the reference that somebody typed, however it is spaced and spelled; None if it cannot be one."""
    return letters.read(_BETWEEN.sub("", typed), LENGTH)


def sealed(key: bytes, at: datetime, page: int) -> str:
    """Return a reference that tells the minute and the page to whoever has the key, and looks like any other."""
    number = _minutes(at) % (1 << _MINUTE) << _PAGE | page
    return spelled(_turned(key, (number << _CHANCE | secrets.randbits(_CHANCE)) << _CHECK, range(_ROUNDS)))


def opened(key: bytes, reference: str, at: datetime) -> tuple[datetime, int] | None:
    """Return the minute and the page of a sealed reference; None if it is none. `at` is now."""
    number = 0
    for letter in reference:
        number = number << letters.BITS | letters.ALL.index(letter)
    number = _turned(key, number, reversed(range(_ROUNDS)))
    if number % (1 << _CHECK):
        return None
    said = number >> _CHECK >> _CHANCE
    minutes, page = said >> _PAGE, said % PAGES
    # The newest minute of this number that is not ahead, or by one, as another server's clock may be.
    latest = _minutes(at) + 1
    moment = datetime.fromtimestamp(60 * (latest - (latest - minutes) % (1 << _MINUTE)), UTC)
    return moment, page


def _minutes(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _turned(key: bytes, number: int, rounds: Iterable[int]) -> int:
    """Return a number as another one: a Feistel network, so that the same rounds turned around undo it."""
    left, right = number >> _HALF, number & _MASK
    for each in rounds:
        left, right = right, left ^ _noise(key, each, right)
    # The halves change places, so that undoing takes the same steps.
    return right << _HALF | left


def _noise(key: bytes, number: int, half: int) -> int:
    digest = hmac.digest(key, f"{number}:{half}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:4]) & _MASK


def spelled(number: int) -> str:
    """Return the reference that a number's lowest 50 bits make."""
    return "".join(
        letters.ALL[number >> shift * letters.BITS & len(letters.ALL) - 1] for shift in reversed(range(LENGTH))
    )
