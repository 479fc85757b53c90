"""What a new password must be: long enough, and nothing that guessing begins with (NIST SP 800-63B-4 3.1.1.2).

There are no rules about kinds of characters. The whole of it is compared, so that a phrase may hold any listed word.
"""

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from types import MappingProxyType

from ssp.infra.passwords import blocklist
from ssp.infra.passwords.blocklist import folded
from ssp.infra.passwords.spelling import MOST_CHARACTERS, UnusablePasswordError, normalise, too_long

# Parts of names that are shorter stand in too many phrases by chance.
FEWEST_LETTERS = 3
# Digits at the ends of a word that make no good password of it: a date has eight.
MOST_DIGITS = 8
_DECORATION = 4
_RUN = 4
_ADVICE = "Use several words that only you would put together."


class Fault(Enum):
    """Why a text cannot be a new password; `WORDS` says it to the person."""

    SHORT = auto()
    LONG = auto()
    SIGNS = auto()
    PERSONAL = auto()
    COMMON = auto()
    PATTERN = auto()


WORDS: Mapping[Fault, str] = MappingProxyType({
    Fault.SHORT: "That password is too short. Several words make a good one that is easy to type.",
    Fault.LONG: f"That password is too long. Use at most {MOST_CHARACTERS} characters.",
    Fault.SIGNS: "That password holds a sign that no keyboard types. Type it yourself instead of pasting it.",
    Fault.PERSONAL: f"That password is made of your name, your e-mail address or the name of this portal. {_ADVICE}",
    Fault.COMMON: f"That password, or one very much like it, is on the lists that attackers try first. {_ADVICE}",
    Fault.PATTERN: f"That password repeats itself or follows the keyboard, so it is soon guessed. {_ADVICE}",
})  # fmt: skip

# What people put behind a name to make a password of it, and what stands between.
_FILLERS = frozenset(
    {
        *(
            "access",
            "account",
            "admin",
            "login",
            "pass",
            "passcode",
            "passphrase",
            "passwd",
            "password",
            "passwort",
            "pwd",
        ),
        *("secret", "signin", "site", "test", "user", "username", "web", "welcome"),
        *("and", "at", "for", "is", "my", "new", "of", "the", "to"),
    }
)
_ROWS = (
    *("abcdefghijklmnopqrstuvwxyz", "12345678901234567890", "!@#$%^&*()_+"),
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "zaq1xsw2cde3vfr4bgt5nhy6mju7ki8lo9p0"),
    *("qazwsxedcrfvtgbyhnujmikolp", "zaqxswcdevfrbgtnhymjukilop"),
    *("1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qawsedrftgyhujikolp", "aqswdefrgthyjukilop"),
)
_RUNS = frozenset(
    way[place : place + _RUN] for row in _ROWS for way in (row, row[::-1]) for place in range(len(row) - _RUN + 1)
)
_SAME = re.compile(r"(.)\1+", re.DOTALL)
# One way of reading 1 each; other signs that stand for letters are read alike.
_READINGS = tuple(str.maketrans("03457@$!+|1", f"oeastasitl{one}") for one in "li")


def fault(password: str, minimum: int, context: Iterable[str]) -> Fault | None:
    """Return why this cannot be a new password, or None. `context` is what is known about the person and the portal."""
    try:
        text = normalise(password)
    except UnusablePasswordError:
        return Fault.LONG if too_long(password) else Fault.SIGNS
    if len(text) < minimum:
        return Fault.SHORT
    forms = tuple(dict.fromkeys(_forms(folded(text))))
    if _is_personal(forms, _words(context)):
        return Fault.PERSONAL
    if any(form in blocklist.shipped() for form in forms):
        return Fault.COMMON
    return Fault.PATTERN if _is_pattern(folded(text), minimum) else None


def words(fault: Fault, minimum: int) -> str:
    """Return the sentence for a person, with the number of characters where that is the fault."""
    if fault is Fault.SHORT:
        return WORDS[fault].replace("too short", f"shorter than {minimum} characters")
    return WORDS[fault]


def _forms(text: str) -> Iterator[str]:
    """Give a folded text, and what it is a mere variation of: trimmed, signs read as letters, not doubled, turned."""
    cores = (text, *_trimmed(text))
    readings = [core.translate(table) for core in cores for table in _READINGS if _has_letter(core)]
    for core in dict.fromkeys((*cores, *readings, *map(_joined, (*cores, *readings)))):
        for form in (core, _once(core)):
            yield from (form, form[::-1])


def _has_letter(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def _joined(text: str) -> str:
    """Return a text without spaces and punctuation; with it, if there are so many kinds that they are no decoration."""
    kinds = {sign for sign in text if sign in string.punctuation or unicodedata.category(sign)[0] in "PZC"}
    return text if len(kinds) > _DECORATION else "".join(sign for sign in text if sign not in kinds)


def _trimmed(text: str) -> Iterator[str]:
    """Give a text without a few digits and signs behind it, and without those before it, too."""
    behind = len(text)
    while behind and not text[behind - 1].isalpha():
        behind -= 1
    before = next((place for place, sign in enumerate(text) if sign.isalpha()), behind)
    if _adds_little(text[behind:]):
        yield text[:behind]
        if _adds_little(text[:before]):
            yield text[before:behind]


def _adds_little(digits: str) -> bool:
    """Return whether guessing tries such digits behind every word."""
    digits = _joined(digits)
    return len(digits) <= MOST_DIGITS or _is_pattern(digits, MOST_DIGITS + 1) or digits in blocklist.shipped()


def _once(text: str) -> str:
    """Return the piece of which a text is so many copies, the last one perhaps cut off; the text itself if none."""
    return next((text[:size] for size in range(1, len(text) // 2 + 1) if text[size:] == text[:-size]), text)


def _is_pattern(text: str, minimum: int) -> bool:
    """Return whether a text is shorter than it looks: copies of a short piece, or runs along alphabet and keyboard."""
    joined = _joined(text)
    cores = dict.fromkeys((text, joined, *(_trimmed(joined) if _has_letter(joined) else ())))
    return any(len(_once(core)) < min(minimum, len(core)) or _is_walk(core) for core in cores)


def _is_walk(text: str) -> bool:
    """Return whether a text is runs and nothing else: four or more neighbors on the keyboard, two or more alike."""
    covered = [False] * len(text)
    found = [place for place in range(len(text)) if text[place : place + _RUN] in _RUNS]
    spans = [(place, place + _RUN) for place in found] + [match.span() for match in _SAME.finditer(text)]
    for start, end in spans:
        covered[start:end] = [True] * (end - start)
    return bool(text) and all(covered)


def _words(context: Iterable[str]) -> frozenset[str]:
    """Return the words in what is known: names, parts of addresses."""
    names = [folded(known) for known in context]
    parts = (part for name in names for part in (_joined(name), *re.split(r"[\W_]+", name)))
    letters = (piece for part in parts for piece in (part, *re.split(r"\d+", part)))
    return frozenset(word for word in letters if len(word) >= FEWEST_LETTERS)


def _is_personal(forms: Iterable[str], known: frozenset[str]) -> bool:
    """Return whether a form is made of known words alone, with fillers and a few digits between."""
    for form in map(_joined, forms):
        letters = "".join(sign for sign in form if sign.isalpha())
        digits = "".join(sign for sign in form if not sign.isalpha())
        for text in (form, letters) if _adds_little(digits) else (form,):
            if _is_made_of(text, known | _FILLERS) and not _is_made_of(text, _FILLERS):
                return True
    return False


def _is_made_of(text: str, words: frozenset[str]) -> bool:
    reached, begun = [0], {0}
    while reached:
        place = reached.pop()
        ends = {place + len(word) for word in words if text.startswith(word, place)} - begun
        reached.extend(ends)
        begun |= ends
    return bool(text) and len(text) in begun
