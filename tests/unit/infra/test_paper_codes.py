"""Codes on paper: what they are made of, and what of typing them goes wrong without harm."""

import math

import pytest

from ssp.infra import letters, paper_codes

CODE = "K74QXM9RTD2WPCH5NB"


def test_a_set_has_as_many_codes_as_asked_for_and_each_a_selector_of_its_own() -> None:
    for _ in range(50):
        codes = paper_codes.new_set(10)
        assert len({paper_codes.selector(code) for code in codes}) == 10
        assert all(paper_codes.read(code) == code for code in codes)


def test_behind_the_selector_are_eighty_random_bits() -> None:
    assert paper_codes.SECRET_LETTERS * math.log2(len(set(letters.ALL))) == 80
    codes = paper_codes.new_set(600)
    for place in range(paper_codes.LETTERS):
        assert {code[place] for code in codes} == set(letters.ALL), place


def test_every_selector_can_come() -> None:
    assert len({paper_codes.selector(code) for code in paper_codes.new_set(1024)}) == 1024


def test_no_two_signs_look_alike() -> None:
    assert not set("ILOU") & set(letters.ALL)


def test_people_read_it_in_groups() -> None:
    assert paper_codes.grouped(CODE) == "K7-4QXM-9RTD-2WPC-H5NB"


@pytest.mark.parametrize(
    "typed",
    [
        "K7-4QXM-9RTD-2WPC-H5NB",
        "k7-4qxm-9rtd-2wpc-h5nb",
        "  K74QXM9RTD2WPCH5NB\n",
        "K7 4QXM 9RTD\t2WPC H5NB",
        "K7\u00a04QXM\u20139RTD\u20142WPC\u2212H5NB",
        "K-7-4-Q-X-M--9RTD2WPCH5NB",
    ],
)
def test_case_and_gaps_do_not_matter(typed: str) -> None:
    assert paper_codes.read(typed) == CODE


def test_look_alikes_are_read_as_what_they_look_like() -> None:
    assert paper_codes.read("oO-iIlL-uUvV-0011-ABCD") == "001111VVVV0011ABCD"


@pytest.mark.parametrize(
    "typed",
    ["", "-", CODE[:-1], f"{CODE}0", f"{CODE[:-1]}*", f"{CODE[:-1]}\u00e9", f"{CODE[:-2]}\u00df", f"{CODE[:-1]}\uff22"],
)
def test_anything_else_is_none(typed: str) -> None:
    assert paper_codes.read(typed) is None
