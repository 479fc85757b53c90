"""What people call their MFA options, so that two phones are told apart at a glance."""

import re
import unicodedata
from collections.abc import Collection, Iterable

from ssp.flows.attempts import Attempt
from ssp.flows.portal import Portal
from ssp.models import Authenticator
from ssp.models.authenticator import LONGEST_NAME

EMPTY = "Enter a name, such as My mobile or Office."
TOO_LONG = f"Use {LONGEST_NAME} characters at most."
ADDRESS = "Leave out web and mail addresses: a name such as My mobile is enough."
NUMBER = "Leave out phone numbers: a name such as My mobile is enough."
BRACKETS = "Leave out the signs [ and ]."
TAKEN = "Another one of your options has this name. Choose a different one."
# Letters and signs by their standing in Unicode that show as nothing.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Names show in mails, whose readers make a link of whatever looks like one.
_LIKE_AN_ADDRESS = re.compile(r"[.:/@\\\u3002\uff61](?=\S)")

# As long as the shortest numbers that somebody might call because a mail seems to say so.
_PHONE_DIGITS = 7


def cleaned(typed: str) -> str:
    """Return a name without what nobody sees: controls, direction marks, zero-width signs, needless spaces."""
    spaced = "".join(" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", typed))
    seen = "".join(sign for sign in _BLANK.sub("", spaced) if sign == " " or sign.isprintable())
    return " ".join(seen.split())


def fault(name: str, others: Iterable[str | None]) -> str | None:
    """Say what is wrong with a cleaned name, if anything; `others` are those of the person's other options."""
    if not any(sign.isalnum() for sign in name):
        return EMPTY
    if len(name) > LONGEST_NAME:
        return TOO_LONG
    if _LIKE_AN_ADDRESS.search(unicodedata.normalize("NFKC", name)):
        return ADDRESS
    if any(sign in unicodedata.normalize("NFKC", name) for sign in "[]"):
        return BRACKETS  # mails have their link between these
    if sum(sign.isdigit() for sign in name) >= _PHONE_DIGITS:
        return NUMBER
    return TAKEN if name.casefold() in {other.casefold() for other in others if other} else None


def first(portal: Portal, attempt: Attempt, row: Authenticator, gone: Collection[Authenticator]) -> str | None:
    """Return what a new option is called before the person says so; mostly nothing, since its number tells enough.

    One that takes the place of another one of its type has that one's name. One that looks like another is numbered.
    `gone` are those that it takes the place of.
    """
    for old in gone:
        if old.type == row.type and (old.name or old.label == row.label):
            return old.name
    staying = [way for way in attempt.held if way not in gone]
    if not any((way.type, way.label) == (row.type, row.label) for way in staying):
        return None
    taken = {way.name for way in staying}
    numbered = (f"{portal.types[row.type].title} {number}" for number in range(2, len(attempt.held) + 3))
    return next(name for name in numbered if name not in taken)
