"""Read people from a CSV file of any size, one record at a time, and never guess where a record ends."""

import csv
import io
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

COLUMNS = ("username", "email", "name", "groups", "password_hash")
OPTIONAL = ("phone",)
LONGEST_RECORD = 65_536  # characters; a quote that is never closed would make the rest of the file one record


class HeaderError(Exception):
    """The first line does not name the columns; the message says what is wrong with it."""


class BrokenFileError(Exception):
    """From some line on nobody can tell where a record ends; the message names the line.

    Guessing is not safe: a line break in somebody's display name must not become a person of its own.
    """


@dataclass(frozen=True, slots=True)
class Row:
    """What one record says of a person: the line where it begins (from 1), how many fields it has, and these by column.

    `expected` is how many fields the first line names. `values` is None for a record with too few or too many fields.
    Bytes that are not UTF-8 come as lone surrogates.
    """

    line: int
    size: int
    values: Mapping[str, str] | None
    expected: int = len(COLUMNS)


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    fields: list[str]


class PeopleFile:
    """A CSV file with a person in each record; read as UTF-8, with or without a byte order mark."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def survey(self) -> int:
        """Read all of it once; return how many records there are to bring. Raises HeaderError, BrokenFileError."""
        with closing(self._records()) as records:
            _positions(next(records, None))
            return sum(1 for _ in records)

    def rows(self) -> Generator[Row, None, None]:
        """Give one record after the other, from the file's beginning. Raises HeaderError, BrokenFileError."""
        with closing(self._records()) as records:
            names = _positions(next(records, None))
            for record in records:
                size = len(record.fields)
                whole = size == len(names)
                values = dict(zip(names, record.fields, strict=True)) if whole else None
                yield Row(record.line, size, values, len(names))

    def _records(self) -> Generator[_Record, None, None]:
        """Give what the file holds from its beginning, blank lines left out. Raises BrokenFileError."""
        self._stream.seek(0)
        text = io.TextIOWrapper(self._stream, "utf-8-sig", errors="surrogateescape", newline="")
        lines = _Lines(text)
        reader = csv.reader(lines, strict=True)
        begins = 1
        try:
            for fields in reader:
                if fields:
                    yield _Record(begins, fields)
                begins = reader.line_num + 1
                lines.taken = 0
        except csv.Error:
            raise BrokenFileError(
                f"line {begins}: the quotes don't match; inside a quoted field a quote is written twice"
            ) from None
        except _TooLongError:
            raise BrokenFileError(
                f"line {begins}: the record that begins here is longer than {LONGEST_RECORD} characters"
            ) from None
        finally:
            if not text.closed:  # as when the reading is given up after the file
                text.detach()


class _TooLongError(Exception):
    """A record is longer than any person's."""


class _Lines:
    """The lines of a file, as long as the record that they belong to stays in bounds."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.taken = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_RECORD + 1 - self.taken)
        self.taken += len(line)
        if self.taken > LONGEST_RECORD:
            raise _TooLongError
        if not line:
            raise StopIteration
        return line


def _positions(header: _Record | None) -> list[str]:
    """Return the columns in the file's order. Raises HeaderError, without words from the file: they may be secrets."""
    expected = f"{', '.join(COLUMNS)}, and {OPTIONAL[0]} if there is one"
    if header is None:
        raise HeaderError(f"the file is empty; its first line must name the columns {expected}")
    names = [field.strip().lower() for field in header.fields]
    for place, name in enumerate(names, 1):
        if name not in (*COLUMNS, *OPTIONAL):
            raise HeaderError(f"column {place} of line {header.line} is none of {expected}")
        if name in names[: place - 1]:
            raise HeaderError(f"line {header.line} names the column {name} twice")
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise HeaderError(f"line {header.line} lacks the column {missing[0]}; needed are {expected}")
    return names
