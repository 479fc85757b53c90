"""Dates and times in the form of the reader's language, which no header breaks."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.localedata import locale_identifiers

from ssp.web.dates import USUAL, Form, Reader, form_of, form_of_tag
from tests.conftest import START, Clock

ZONE = ZoneInfo("America/Chicago")
# A Sunday, 8:00:07 in Chicago.
SPRING = datetime(2026, 3, 5, 15, 4, tzinfo=UTC)


def forms_of_cldr() -> dict[str, Form]:
    """Return the form of every tag that browsers send: a language, perhaps with a region, and China's scripts."""
    found = {}
    for name in locale_identifiers():
        parts = name.split("_")
        scripted = len(parts) > 1 and len(parts[1]) == 4
        if scripted and parts[0] != "zh":
            continue
        form = form_in(Locale.parse(name))
        found[name.replace("_", "-").lower()] = form
        short = f"{parts[0]}_{parts[-1]}"
        if len(parts) == 3 and str(Locale.parse(short)) == name:
            found[short.replace("_", "-").lower()] = form
    return found


def form_in(locale: Locale) -> Form:
    long, short = (
        re.sub("'[^']*'", "", str(each)) for each in (locale.date_formats["long"], locale.time_formats["short"])
    )
    first = min((sign for sign in "yMd" if sign in long), key=long.index)
    order = {"y": "YEAR", "M": "MONTH", "d": "DAY"}[first]
    return Form[f"{order}_FIRST_{12 if 'h' in short or 'K' in short else 24}"]


def test_the_table_is_what_cldr_says() -> None:
    assert {tag: form_of_tag(tag) for tag in forms_of_cldr()} == forms_of_cldr()


@pytest.mark.parametrize(
    "header, form",
    [
        ("en-US,en;q=0.9", Form.MONTH_FIRST_12),
        ("en-GB", Form.DAY_FIRST_24),
        ("EN-gb,en;q=0.5", Form.DAY_FIRST_24),
        ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", Form.DAY_FIRST_24),
        ("en-US;q=0.3, de ; q=0.9", Form.DAY_FIRST_24),
        ("es-MX", Form.DAY_FIRST_12),
        ("es-ES", Form.DAY_FIRST_24),
        ("ja", Form.YEAR_FIRST_24),
        ("zh-TW", Form.YEAR_FIRST_12),
        ("en-XX", Form.MONTH_FIRST_12),
        ("xx", Form.DAY_FIRST_24),
        ("en-US;q=0, fr", Form.DAY_FIRST_24),
    ],
)
def test_the_language_that_is_liked_best_counts(header: str, form: Form) -> None:
    assert form_of(header) is form


@pytest.mark.parametrize(
    "header", ["", "*", ",,,", ";q=1", "en_US", "q", "-", "de;q=x", "de;q=9", "de;;", "\u00e9\u00e9", "\0", "a" * 300]
)
def test_what_cannot_be_read_leaves_the_usual_form(header: str) -> None:
    assert form_of(header) is USUAL


@pytest.mark.parametrize(
    "form, clock, day, in_year",
    [
        (Form.MONTH_FIRST_12, "9:04 am", "March 5, 2026", "March 5 at 9:04 am"),
        (Form.MONTH_FIRST_24, "09:04", "March 5, 2026", "March 5 at 09:04"),
        (Form.DAY_FIRST_12, "9:04 am", "5 March 2026", "5 March, 9:04 am"),
        (Form.DAY_FIRST_24, "09:04", "5 March 2026", "5 March, 09:04"),
        (Form.YEAR_FIRST_12, "9:04 am", "2026 March 5", "March 5, 9:04 am"),
        (Form.YEAR_FIRST_24, "09:04", "2026 March 5", "March 5, 09:04"),
    ],
)
@pytest.mark.usefixtures("clock")
def test_each_form(form: Form, clock: str, day: str, in_year: str) -> None:
    reader = Reader(ZONE, form)
    assert (reader.clock(SPRING), reader.day(SPRING), reader.moment(SPRING)) == (clock, day, in_year)
    assert reader.in_full(date(2026, 3, 5)) == day


def test_what_was_lately_is_told_by_its_day(clock: Clock) -> None:
    reader = Reader(ZONE, Form.DAY_FIRST_24)
    told = [reader.moment(START - timedelta(days=days)) for days in range(8)]
    days = ["today", "yesterday", "Friday", "Thursday", "Wednesday", "Tuesday", "Monday", "15 November"]
    assert told == [f"{day}, 08:00" for day in days]
    assert reader.moment(START + timedelta(days=1)) == "23 November, 08:00"
    assert reader.moment(START - timedelta(days=400)) == "18 October 2025, 09:00"
    clock.move(hours=16)  # midnight in Chicago
    assert reader.moment(START) == "yesterday, 08:00"


@pytest.mark.parametrize("hour, told", [(0, "12:30 am"), (1, "1:30 am"), (12, "12:30 pm"), (23, "11:30 pm")])
def test_twelve_hours(hour: int, told: str) -> None:
    assert Reader(ZoneInfo("UTC"), USUAL).clock(datetime(2026, 3, 5, hour, 30, tzinfo=UTC)) == told


def test_a_time_of_day_names_the_zone_and_lets_scripts_tell_the_readers_own() -> None:
    expected = '<time datetime="2026-03-05T15:04:00+00:00" data-local="24">09:04 CST</time>'
    assert Reader(ZONE, Form.DAY_FIRST_24).own_clock(SPRING) == expected
