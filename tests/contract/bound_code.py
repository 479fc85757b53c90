"""How a phone reads the code out of a text, and how many messages a text is: from the specifications alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

# GSM 03.38, 6.2.1: the default alphabet, row by row from 0x00. 0x1B announces a sign of the extension table.
_DEFAULT = (
    *("@", "£", "$", "¥", "è", "é", "ù", "ì", "ò", "Ç", "\n", "Ø", "ø", "\r", "Å", "å"),
    *("Δ", "_", "Φ", "Γ", "Λ", "Ω", "Π", "Ψ", "Σ", "Θ", "Ξ", None, "Æ", "æ", "ß", "É"),
    *(" ", "!", '"', "#", "¤", "%", "&", "'", "(", ")", "*", "+", ",", "-", ".", "/"),
    *("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ":", ";", "<", "=", ">", "?"),
    *("¡", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O"),
    *("P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "Ä", "Ö", "Ñ", "Ü", "§"),
    *("¿", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"),
    *("p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "ä", "ö", "ñ", "ü", "à"),
)
# GSM 03.38, 6.2.1.1, by the second of the two septets. The form feed of 0x0A is no sign that anybody would write.
_EXTENSION = {0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}
_ESCAPE = 0x1B
# A message takes 140 octets; one that goes out in several loses six of them in each to say which one it is.
_ONE = 140 * 8 // 7
_EACH = (140 - 6) * 8 // 7

_SEPTETS = {sign: (place,) for place, sign in enumerate(_DEFAULT) if sign} | {
    sign: (_ESCAPE, place) for place, sign in _EXTENSION.items()
}
_ASCII_WHITESPACE = "\t\n\f\r "


@dataclass(frozen=True)
class BoundCode:
    """An origin-bound one-time code: hosts of the page and, if there is one, of the frame that may have the code."""

    host: str
    code: str
    embedded_host: str | None = None


def septets(text: str) -> list[int]:
    """Return a text in the 7-bit alphabet. Raises KeyError for a sign that would turn the whole message into UCS-2."""
    return [septet for sign in text for septet in _SEPTETS[sign]]


def segments(text: str) -> int:
    """Return how many messages a text is sent and paid as. Raises KeyError for what the 7-bit alphabet lacks."""
    length = len(septets(text))
    return 1 if length <= _ONE else -(-length // _EACH)


def parse(message: str) -> BoundCode | None:
    """Return the code that a message binds to a host; None if it binds none.

    Step by step https://wicg.github.io/sms-one-time-codes/#parsing.
    """
    line = re.sub(r"\r\n?", "\n", message).split("\n")[-1]
    host, rest = _marked_token(line, "@")
    if host is None or not rest.startswith(" "):
        return None
    code, rest = _marked_token(rest[1:], "#")
    if code is None:
        return None
    # Whatever else stands behind the code is left to later editions.
    embedded_host, _ = _marked_token(rest[1:], "%") if rest.startswith(" ") else (None, "")
    return BoundCode(host, code, embedded_host)


def _marked_token(text: str, marker: str) -> tuple[str | None, str]:
    """Return the token behind a marker and the rest; None for the token if there is none."""
    if not text.startswith(marker):
        return None, text
    end = next((place for place, sign in enumerate(text) if sign in _ASCII_WHITESPACE), len(text))
    return text[len(marker) : end] or None, text[end:]
