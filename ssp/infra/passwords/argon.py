"""Argon2: our own hashes, and those of other programs in the same notation (the PHC string format)."""

import base64
import binascii
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import partial

from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

from ssp.infra.passwords.format import Format, RefusedHashError
from ssp.infra.passwords.parameters import Parameters

SALT_BYTES = 16
TAG_BYTES = 32
_FIRST_VERSION = 16  # meant by a string that names none
_LEAST_KIB_PER_LANE = 8  # RFC 9106 section 3.1

# Salts of 8 to 64 bytes and tags of 16 to 64, in base64 without padding.
PATTERN = re.compile(
    r"\$argon2(?P<kind>id|i|d)(?:\$v=(?P<version>16|19))?"
    r"\$m=(?P<memory>[1-9][0-9]{0,8}),t=(?P<time>[1-9][0-9]{0,8}),p=(?P<lanes>[1-9][0-9]{0,8})"
    r"\$(?P<salt>[A-Za-z0-9+/]{11,86})\$(?P<tag>[A-Za-z0-9+/]{22,86})"
)
_KINDS = {"id": Type.ID, "i": Type.I, "d": Type.D}


@dataclass(frozen=True, slots=True, repr=False)
class _Recipe:
    """All that goes into a tag besides the password."""

    parameters: Parameters
    salt: bytes
    kind: Type = Type.ID
    version: int = ARGON2_VERSION
    size: int = TAG_BYTES

    def tag(self, password: bytes) -> bytes:
        """Return the tag of these bytes. Raises argon2's HashingError when there is no memory for it."""
        return hash_secret_raw(
            password,
            self.salt,
            time_cost=self.parameters.time,
            memory_cost=self.parameters.memory_kib,
            parallelism=self.parameters.lanes,
            hash_len=self.size,
            type=self.kind,
            version=self.version,
        )

    def matches(self, tag: bytes, password: bytes) -> bool:
        return hmac.compare_digest(self.tag(password), tag)

    @property
    def own(self) -> bool:
        """Return whether hash() makes strings like this one."""
        shape = (self.kind, self.version, self.size, len(self.salt))
        return shape == (Type.ID, ARGON2_VERSION, TAG_BYTES, SALT_BYTES)


def encode(parameters: Parameters, password: bytes) -> str:
    """Return a new Argon2id hash with a salt of its own."""
    recipe = _Recipe(parameters, secrets.token_bytes(SALT_BYTES))
    cost = f"m={parameters.memory_kib},t={parameters.time},p={parameters.lanes}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${_base64(recipe.salt)}${_base64(recipe.tag(password))}"


def decoy(parameters: Parameters) -> Format:
    """Return a hash of no password, which takes exactly the work of a real one to compare."""
    recipe = _Recipe(parameters, secrets.token_bytes(SALT_BYTES))
    return Format("decoy", partial(recipe.matches, secrets.token_bytes(TAG_BYTES)))


def read(match: re.Match[str]) -> Format:
    """Return the hash that PATTERN found. Raises RefusedHashError."""
    parameters = Parameters(int(match["memory"]), int(match["time"]), int(match["lanes"]))
    excess = parameters.excess()
    if excess:
        raise RefusedHashError(excess)
    if parameters.memory_kib < _LEAST_KIB_PER_LANE * parameters.lanes:
        raise RefusedHashError("has less memory than Argon2 needs for its lanes")
    tag = _bytes(match["tag"])
    version = int(match["version"] or _FIRST_VERSION)
    recipe = _Recipe(parameters, _bytes(match["salt"]), _KINDS[match["kind"]], version, len(tag))
    return Format(f"Argon2{match['kind']}", partial(recipe.matches, tag), parameters if recipe.own else None)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise RefusedHashError("is damaged or cut off") from None
