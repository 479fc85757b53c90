"""The forms of Werkzeug's `generate_password_hash`: method and cost with colons, then salt and hexadecimal key."""

import re

from ssp.infra.passwords.derive import ScryptCost, pbkdf2, scrypt
from ssp.infra.passwords.format import Format, RefusedHashError

_SALT_AND_KEY = r"\$(?P<salt>[!-#%-~]{1,64})\$(?P<key>(?:[0-9a-f]{2}){20,64})"
_NUMBER = r"[1-9][0-9]{0,9}"
PBKDF2 = re.compile(
    rf"pbkdf2(?::(?P<digest>sha1|sha224|sha256|sha384|sha512))?(?::(?P<rounds>{_NUMBER}))?{_SALT_AND_KEY}"
)
SCRYPT = re.compile(rf"scrypt:(?P<n>{_NUMBER}):(?P<r>{_NUMBER}):(?P<p>{_NUMBER}){_SALT_AND_KEY}")


def read_pbkdf2(match: re.Match[str]) -> Format:
    """Return the hash that PBKDF2 found. Raises RefusedHashError.

    Every Werkzeug since 0.9 writes the number of rounds, whatever it was asked for. A string without one would mean the
    default of the release that checked it last, anything from 1,000 to 1,000,000, so it is refused and not guessed.
    """
    if match["digest"] is None or match["rounds"] is None:
        raise RefusedHashError("does not say how many rounds of PBKDF2 made it")
    key = bytes.fromhex(match["key"])
    return Format("Werkzeug PBKDF2", pbkdf2(match["digest"], int(match["rounds"]), match["salt"].encode(), key))


def read_scrypt(match: re.Match[str]) -> Format:
    """Return the hash that SCRYPT found. Raises RefusedHashError."""
    cost = ScryptCost(int(match["n"]), int(match["r"]), int(match["p"]))
    return Format("Werkzeug scrypt", scrypt(cost, match["salt"].encode(), bytes.fromhex(match["key"])))
