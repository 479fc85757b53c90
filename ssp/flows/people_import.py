"""Bring the people of another system, with the password hashes they have there."""

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ssp.flows import credentials, events, known_phone
from ssp.flows.events import Kind
from ssp.flows.people import OPERATOR
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.infra.crypto import KeyRing
from ssp.infra.database import Database
from ssp.infra.passwords import recognise
from ssp.infra.people_csv import PeopleFile, Row
from ssp.infra.phones import WORDS
from ssp.infra.phones import Fault as PhoneFault
from ssp.models import user, user_batch
from ssp.models.user import LONGEST_USERNAME, canonical
from ssp.settings import Settings

BATCH = 500  # rows in one transaction: few enough to hold, enough that committing them costs little
LONGEST_NAME = 200

_GROUP = re.compile(r"[\w.:@/-]{1,64}")
# Control characters, line ends, and the marks that turn the text beside them around, on pages and in terminals.
_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was refused: its line in the file, the column where one is to blame, and a plain reason."""

    line: int
    column: str | None
    reason: str

    def __str__(self) -> str:
        """Return the line for the operator. It holds nothing from the file but the cost of a hash."""
        where = f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of the next rows of the file. In a dry run `added` counts those that would have been."""

    added: int
    refused: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Person:
    line: int
    values: Mapping[str, Any]


def bring(
    database: Database, keys: KeyRing, settings: Settings, source: PeopleFile, *, dry_run: bool
) -> Generator[Progress, None, None]:
    """Add the people of the file, some hundred in each transaction, and say after each what became of them.

    Memory doesn't grow with the file. Raises BrokenFileError and HeaderError; `source.survey()` finds both beforehand.
    """
    with closing(_Seen()) as seen, closing(source.rows()) as rows:
        while batch := list(islice(rows, BATCH)):
            people, faults = _sort(batch, seen, keys, settings)
            names = [person.values["username"] for person in people]
            if dry_run:
                with database.reading() as connection:
                    free = set(names) - user_batch.taken(connection, names)
            else:
                free = _add(database, people)
            faults += [
                Fault(person.line, "username", "belongs to somebody already")
                for person in people
                if person.values["username"] not in free
            ]
            faults.sort(key=lambda fault: fault.line)
            yield Progress(len(free), len(batch) - len(free), tuple(faults))


def _sort(batch: Iterable[Row], seen: "_Seen", keys: KeyRing, settings: Settings) -> tuple[list[_Person], list[Fault]]:
    """Return the people whose rows are good, and the faults of the other rows."""
    people: list[_Person] = []
    faults: list[Fault] = []
    for row in batch:
        found = list(_faults(row, seen))
        line = _line(row, settings)
        if isinstance(line, PhoneFault):
            found.append(Fault(row.line, "phone", WORDS[line]))
        elif not found and row.values is not None:
            people.append(_Person(row.line, _values(row.values, keys, line)))
        faults += found
    return people, faults


def _line(row: Row, settings: Settings) -> str | PhoneFault | None:
    """Return the phone number of a row as it is kept, or what is wrong with it; None where there is none."""
    typed = (row.values or {}).get("phone", "").strip()
    return known_phone.read(typed, settings) if typed and _text_fault(typed) is None else None


def _faults(row: Row, seen: "_Seen") -> Iterator[Fault]:
    if row.values is None:
        yield Fault(row.line, None, f"its number of fields is {row.size}, not {row.expected}")
        return
    for column in row.values:
        text = row.values[column].strip()
        reason = _text_fault(text) or _RULES[column](text)
        if reason:
            yield Fault(row.line, column, reason)
    # Also a row that is refused claims its name: which of two rows is meant is for the operator to say.
    username = canonical(row.values["username"])
    earlier = seen.claim(username, row.line) if username else None
    if earlier is not None:
        yield Fault(row.line, "username", f"is on line {earlier} already")


def _text_fault(text: str) -> str | None:
    if _NOT_UTF8.search(text):
        return "is not UTF-8; save the file in that encoding"
    if _UNPRINTABLE.search(text):
        return "holds a line break, NUL or another control character"
    return None


def _username_fault(text: str) -> str | None:
    if not text:
        return "is empty"
    if canonical(text) is None:
        return (
            f"is no username: 1 to {LONGEST_USERNAME} letters a to z, digits and . _ - + @ ', "
            "of which the first is a letter or digit"
        )
    return None


def _email_fault(text: str) -> str | None:
    if not text:
        return "is empty"
    return None if user.is_address(text) else "is no e-mail address"


def _name_fault(text: str) -> str | None:
    return None if len(text) <= LONGEST_NAME else f"is longer than {LONGEST_NAME} characters"


def _groups_fault(text: str) -> str | None:
    if all(_GROUP.fullmatch(group) for group in _groups(text)):
        return None
    return "holds what is no group: letters, digits and . _ - : @ /, with semicolons or spaces between groups"


def _hash_fault(text: str) -> str | None:
    found = recognise(text)
    return found if isinstance(found, str) else None


_RULES: Mapping[str, Callable[[str], str | None]] = {
    "username": _username_fault,
    "email": _email_fault,
    "name": _name_fault,
    "groups": _groups_fault,
    "password_hash": _hash_fault,
    "phone": lambda _text: None,  # what a number is depends on the settings
}


def _groups(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(group for group in re.split(r"[;\s]+", text) if group))


def _values(row: Mapping[str, str], keys: KeyRing, line: str | None) -> Mapping[str, Any]:
    """Return the columns of a good row's person."""
    username, selector = canonical(row["username"]), tokens.new_id()
    return {
        "username": username,
        "selector": selector,
        "email": row["email"].strip(),
        "name": unicodedata.normalize("NFC", row["name"].strip()) or username,
        "groups": _groups(row["groups"]),
        "password_hash": credentials.seal(keys, selector, row["password_hash"].strip()),
        "created_at": now(),
        **known_phone.columns(keys, selector, line),
    }


def _add(database: Database, people: Iterable[_Person]) -> set[str]:
    """Add those whose usernames are free, each with its event; return their usernames."""
    at = now()
    with database.writing() as connection:
        added = user_batch.add(connection, [person.values for person in people])
        event = events.row(OPERATOR, Kind.USER_ADDED, reason="import", at=at)
        user_batch.record(connection, [event | {"user_id": number, "subject": name} for name, number in added.items()])
    return set(added)


class _Seen:
    """The usernames met so far, in a temporary file that SQLite removes by itself: a set of millions is not small."""

    def __init__(self) -> None:
        self._names = sqlite3.connect("", isolation_level=None)
        self._names.execute("PRAGMA journal_mode=OFF")
        self._names.execute("CREATE TABLE seen (username TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")
        self._names.execute("BEGIN")

    def claim(self, username: str, line: int) -> int | None:
        """Return the line where the name was met before, or None: then it belongs to this line from now on."""
        claimed = self._names.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (username, line))
        if claimed.rowcount:
            return None
        (earlier,) = self._names.execute("SELECT line FROM seen WHERE username = ?", (username,)).fetchone()
        return int(earlier)

    def close(self) -> None:
        """Give the temporary file back."""
        self._names.close()
