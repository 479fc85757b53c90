"""bcrypt, as PHP, Ruby, Node, Python and others store it."""

import re
from functools import partial

import bcrypt

from ssp.infra.passwords.format import Format, RefusedHashError

# Doubles with each step: 0.3 s at 12, the usual cost, and 1 s at 14 on one core of a small cloud machine.
MOST_COST = 14
MOST_BYTES = 72

# Salt and digest are base64 of 16 and 23 bytes; the last character of either has few possible values, so that most
# strings that were cut and mended, or damaged, show here.
PATTERN = re.compile(
    r"(?P<hash>\$2[aby]\$(?P<cost>0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26])"
)


def read(match: re.Match[str]) -> Format:
    """Return the hash that PATTERN found. Raises RefusedHashError."""
    if int(match["cost"]) > MOST_COST:
        raise RefusedHashError(f"asks for bcrypt cost {match['cost']}; the most allowed is {MOST_COST}")
    return Format("bcrypt", partial(matches, match["hash"].encode("ascii")), reads=MOST_BYTES)


def matches(stored: bytes, password: bytes) -> bool:
    """Return whether the password has this hash.

    Bytes after the 72nd count for nothing, as in every program that stored such a hash; bcrypt 5 would raise instead.
    """
    return bcrypt.checkpw(password[:MOST_BYTES], stored)
