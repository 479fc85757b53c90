"""How a typed password becomes bytes: one spelling for what looks alike, and a limit that is never met by cutting."""

import re
import unicodedata

MOST_CHARACTERS = 256
MOST_BYTES = 1024

# One character comes from at most four when it is put together (U+1F82, for instance), so a longer text is too long
# however it is spelled. To know that first matters: normalising takes a second for 40,000 well-chosen combining marks.
_MOST_TYPED = 4 * MOST_CHARACTERS
_NEVER_TYPED = re.compile("[\0\ud800-\udfff]")


class UnusablePasswordError(ValueError):
    """The text can't be a password here: too long, or it holds a NUL or half a surrogate pair."""


def too_long(password: str) -> bool:
    """Return whether the password passes 256 code points or 1024 bytes in its normal form; quick for any length."""
    if len(password) > _MOST_TYPED:
        return True
    composed = unicodedata.normalize("NFC", password)
    return len(composed) > MOST_CHARACTERS or len(composed.encode("utf-8", "surrogatepass")) > MOST_BYTES


def normalise(password: str) -> str:
    """Return the password in Unicode's form NFC, with nothing cut, folded or trimmed.

    Raises UnusablePasswordError when it is too long, and for two characters that no keyboard makes: half a surrogate
    pair has no UTF-8 form, and a NUL ended the password in some bcrypt libraries and not in others, so that no answer
    would be right.
    """
    if too_long(password) or _NEVER_TYPED.search(password):
        raise UnusablePasswordError
    return unicodedata.normalize("NFC", password)


def spellings(password: str) -> tuple[bytes, ...]:
    """Return the bytes to try, one or two: normalised and, where it differs, as typed.

    Our own hashes are of the normalised form; the systems that imported hashes come from hashed what was typed.
    Raises UnusablePasswordError.
    """
    return tuple(dict.fromkeys((normalise(password).encode(), password.encode())))
