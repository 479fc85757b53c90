"""docs/security.md says of each requirement how it holds; it names only tests that exist, and leaves none out."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ssp.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TESTS = ROOT / "tests"
PAGE = ROOT / "docs" / "security.md"
KINDS = ("holds:", "operator:", "deviates:")
OWN = re.compile(r"[A-Z]{2}[0-9]{1,2}|HDR")
TEST = re.compile(r"`([a-z_/]+[a-z0-9_/]*\.py)(?:::(\w+))?`")
# The requirements of level 1 and 2 in OWASP ASVS 5.0.0 that concern the pages there are.
ASVS = frozenset(
    """
    1.1.1 1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.9 1.3.2 1.3.3 1.3.6 1.3.7 1.3.10 1.3.11 1.5.2 2.1.1 2.1.2 2.1.3 2.2.1
    2.2.2 2.2.3 2.3.1 2.3.2 2.3.3 2.3.4 2.4.1 3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6
    3.5.1 3.5.3 3.7.1 3.7.2 4.1.1 4.1.3 6.1.1 6.1.2 6.1.3 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10
    6.2.11 6.2.12 6.3.1 6.3.2 6.3.3 6.3.4 6.4.1 6.4.2 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 7.1.1
    7.1.2 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 8.1.1 8.1.2 8.2.1 8.2.2 8.2.3
    8.3.1 9.1.1 9.1.2 9.2.1 9.2.2 11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.1 11.3.2 11.3.3 11.4.1 11.4.2 11.4.3 11.5.1
    12.3.1 12.3.2 13.1.1 13.2.2 13.2.3 13.2.4 13.3.1 13.3.2 13.4.2 13.4.4 13.4.5 14.1.1 14.1.2 14.2.1 14.2.2 14.2.3
    14.2.4 14.3.1 14.3.2 14.3.3 15.1.1 15.1.2 15.1.3 15.2.1 15.2.2 15.2.3 15.3.1 15.3.2 15.3.3 15.3.4 15.3.5 15.3.6
    15.3.7 16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.5.1 16.5.2 16.5.3
    """.split()  # noqa: SIM905 - a list would be 160 lines
)


@dataclass(frozen=True)
class Row:
    """One requirement: its id, its words, and how it holds."""

    id: str
    words: str
    how: str

    @property
    def tests(self) -> list[tuple[str, str]]:
        """Return the tests it names, as file and function; the function is empty where the whole file is meant."""
        return [(match[1], match[2] or "") for match in TEST.finditer(self.how)]


def rows(page: str) -> list[Row]:
    """Return the rows of all tables on the page whose first cell is an id."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")
    ]
    return [Row(*row) for row in cells if OWN.fullmatch(row[0]) or re.fullmatch(r"[0-9.]+", row[0])]


ROWS = rows(PAGE.read_text("utf-8"))


def functions(file: Path) -> set[str]:
    """Return the names of a test file's functions."""
    return {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_says_how_it_holds(row: Row) -> None:
    assert row.words
    assert row.how.startswith(KINDS)
    assert row.tests or not row.how.startswith("holds:")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_names_tests_that_exist(row: Row) -> None:
    for file, name in row.tests:
        assert (TESTS / file).is_file(), file
        assert name in functions(TESTS / file) | {""}, f"{file}::{name}"


def test_each_requirement_has_one_row() -> None:
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))
    assert {each for each in ids if each[0].isdecimal()} == ASVS


def test_each_property_that_is_tested_has_its_row() -> None:
    known = {row.id: row for row in ROWS}
    for file in sorted((TESTS / "security").glob("test_*.py")):
        name = file.stem.removeprefix("test_").upper()
        if OWN.fullmatch(name):
            assert (f"security/{file.name}", "") in known[name].tests, name
