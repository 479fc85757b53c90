"""Codes that people keep on paper: 80 random bits behind two letters that find the row, easy to read and to type.

Typing is forgiving: neither case nor gaps matter, and look-alikes are read as what they look like.
"""

import re
import secrets

from ssp.infra import letters

SELECTOR_LETTERS = 2
# Five bits a sign: 80 bits, where NIST SP 800-63B-4, 4.2.1.1, asks for 64.
SECRET_LETTERS = 16
LETTERS = SELECTOR_LETTERS + SECRET_LETTERS
_GROUP = 4
# Spaces, and all the dashes that text programs make of a hyphen.
_BETWEEN = re.compile(r"[\s\u2010-\u2015\u2212-]+")


def new_set(count: int) -> list[str]:
    """Return so many new codes, as they are kept and compared; each begins with a selector of its own."""
    selectors: set[str] = set()
    while len(selectors) < count:
        selectors.add(_random(SELECTOR_LETTERS))
    return [selector + _random(SECRET_LETTERS) for selector in sorted(selectors)]


def _random(length: int) -> str:
    return "".join(secrets.choice(letters.ALL) for _ in range(length))


def selector(code: str) -> str:
    """Return the part of a code that finds its row, and is no secret."""
    return code[:SELECTOR_LETTERS]


def grouped(code: str) -> str:
    """Return a code as people read it, such as `K7-4QXM-9RTD-2WPC-H5NB`."""
    groups = [code[start : start + _GROUP] for start in range(SELECTOR_LETTERS, LETTERS, _GROUP)]
    return "-".join([selector(code), *groups])


def read(typed: str) -> str | None:
    """Return what somebody typed as a code is kept; None if it is not a whole one. Case and gaps do not matter."""
    signs = _BETWEEN.sub("", typed)
    return letters.read(signs, LETTERS) if signs.isascii() else None
