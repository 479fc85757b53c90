"""PBKDF2 and scrypt, with the caps on their cost: an import file must not make sign-ins take seconds or gigabytes."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from ssp.infra.passwords.format import RefusedHashError

# 0.5 s of one core of a small cloud machine for SHA-1 and SHA-256, 0.6 s for the two slower ones;
# the highest defaults known are a bit over one million (Django 6, Werkzeug 3.1).
MOST_ITERATIONS = {
    "sha1": 2_000_000,
    "sha224": 2_000_000,
    "sha256": 2_000_000,
    "sha384": 1_000_000,
    "sha512": 1_000_000,
}

# OWASP's strongest choice (N=2^17, r=8, p=1) takes 128 MiB and a little, and 0.5 s; twice its work is allowed, but no
# more memory.
MOST_SCRYPT_MEMORY = 129 * 2**20
MOST_SCRYPT_WORK = 2**21
SCRYPT_BYTES = 64

Matches = Callable[[bytes], bool]


def pbkdf2(digest: str, iterations: int, salt: bytes, expected: bytes) -> Matches:
    """Return a comparison with this key. Raises RefusedHashError for a wrong size and for too high a cost."""
    if len(expected) != hashlib.new(digest, usedforsecurity=False).digest_size:
        raise RefusedHashError("is damaged or cut off")
    most = MOST_ITERATIONS[digest]
    if iterations > most:
        raise RefusedHashError(f"asks for {iterations} rounds of PBKDF2; the most allowed is {most}")
    return lambda password: hmac.compare_digest(hashlib.pbkdf2_hmac(digest, password, salt, iterations), expected)


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """scrypt's N, r and p."""

    n: int
    r: int
    p: int

    def check(self) -> None:
        """Raise RefusedHashError when scrypt is not defined for these numbers or they cost too much."""
        if self.n < 2 or self.n & (self.n - 1) or self.n >= 2 ** (16 * self.r):  # noqa: PLR2004 - RFC 7914 section 6
            raise RefusedHashError("has a scrypt N that is no power of two or too large for its r")
        memory = 128 * self.r * (self.n + self.p)
        if memory > MOST_SCRYPT_MEMORY:
            raise RefusedHashError(
                f"asks for {memory // 2**20} MiB of memory; the most allowed is {MOST_SCRYPT_MEMORY // 2**20}"
            )
        if self.n * self.r * self.p > MOST_SCRYPT_WORK:
            raise RefusedHashError(f"asks for scrypt with N={self.n}, r={self.r}, p={self.p}; that would take seconds")


def scrypt(cost: ScryptCost, salt: bytes, expected: bytes) -> Matches:
    """Return a comparison with this key. Raises RefusedHashError for a wrong size and for too high a cost."""
    if len(expected) != SCRYPT_BYTES:
        raise RefusedHashError("is damaged or cut off")
    cost.check()
    room = MOST_SCRYPT_MEMORY + 2**20

    def matches(password: bytes) -> bool:
        key = hashlib.scrypt(password, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=room, dklen=SCRYPT_BYTES)
        return hmac.compare_digest(key, expected)

    return matches
