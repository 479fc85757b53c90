"""What the readers of stored hashes share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ssp.infra.passwords.parameters import Parameters

# The longest known form, Werkzeug's with SHA-512 and a long salt, is about 220 characters.
LONGEST_STORED = 255


class RefusedHashError(ValueError):
    """A stored hash can't be used; the message is a plain reason that repeats nothing of the hash but its cost."""


@dataclass(frozen=True, slots=True)
class Format:
    """A stored hash that was read. `matches` compares bytes of a password with it, at the hash's own cost.

    `parameters` is set for hashes of the very form that we make ourselves, `reads` for those that look at so many bytes
    of a password and no further.
    """

    name: str
    matches: Callable[[bytes], bool] = field(repr=False)
    parameters: Parameters | None = None
    reads: int | None = None
