"""OT1: codes are as long as set, evenly drawn, and keep their leading zeros; short ones get fewer tries."""

import secrets
from collections.abc import Callable

import pytest
from flask import Flask
from pydantic import ValidationError

from ssp.infra import tokens
from ssp.settings import Settings
from tests.people import ADA, Browser, Phone, password, wrong
from tests.security.tools import calls


def test_two_thousand_codes_are_of_one_length_and_every_tenth_begins_with_zero() -> None:
    codes = [tokens.numeric_code(6) for _ in range(2000)]
    assert {len(code) for code in codes} == {6}
    assert len(set(codes)) > 1980
    # Five standard deviations of a fair draw, so that this fails by chance once in a million runs.
    assert 130 < sum(code.startswith("0") for code in codes) < 270
    assert all(130 < sum(code[-1] == digit for code in codes) < 270 for digit in "0123456789")


def test_leading_zeros_are_written_and_spoken(browser: Browser, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda _bound: 427)
    password(browser, ADA).fill(type="text")
    browser.fill(phone=ADA.mobile)
    assert phone.text_code() == "000427"
    browser.open("/set-up").fill(type="voice")
    browser.fill(phone=ADA.office, extension="")
    assert calls(phone).count("0, 0, 4, 2, 7.") == 3
    assert browser.fill(code="00427").path == "/set-up/done"


@pytest.mark.parametrize("name", ["text_digits", "voice_digits"])
def test_five_to_eight_digits_are_what_can_be_set(name: str) -> None:
    for digits in (5, 8):
        assert getattr(Settings.model_validate({"demo": True, name: digits}), name) == digits
    for digits in (4, 9):
        with pytest.raises(ValidationError, match=name):
            Settings.model_validate({"demo": True, name: digits})


@pytest.mark.parametrize("digits, tries", [(5, 3), (6, 5), (8, 5)])
def test_five_digits_get_three_tries_and_more_get_five(
    make_app: Callable[..., Flask], phone: Phone, digits: int, tries: int
) -> None:
    browser = password(Browser(make_app(text_digits=digits), phone), ADA).fill(type="text")
    browser.fill(phone=ADA.mobile)
    for _ in range(tries - 1):
        assert browser.fill(code=wrong(phone.text_code())).problem.startswith("That code is not right.")
    assert browser.fill(code=wrong(phone.text_code())).problem.startswith("That code can no longer be used.")
