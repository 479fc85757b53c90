"""Figures in words: numbers, dates, countries, and how to reach people."""

from datetime import date
from typing import Any

import pytest

from ssp.infra.articles.figures import count, country_name, figures, readable
from ssp.settings import Contact, Settings
from tests.articles import LIMITS

TODAY = date(2026, 11, 22)


def given(today: date = TODAY, **changes: object) -> dict[str, Any]:
    return figures(Settings.model_validate({"demo": True, **changes}), LIMITS, today)


def test_numbers_have_their_noun() -> None:
    assert [count(number, "day") for number in (0, 1, 2)] == ["0 days", "1 day", "2 days"]


def test_dates_read_as_americans_write_them() -> None:
    assert readable(date(2026, 12, 1)) == "December 1, 2026"


@pytest.mark.parametrize(
    "code,name",
    [("US", "the United States"), ("CA", "Canada"), ("DO", "the Dominican Republic"), ("KY", "the Cayman Islands"),
     ("BS", "the Bahamas"), ("MX", "Mexico"), ("XK", "XK")],
)  # fmt: skip
def test_countries_have_names(code: str, name: str) -> None:
    assert country_name(code) == name


def test_several_countries_and_options_are_joined_for_reading() -> None:
    assert given(countries="US")["countries"] == "the United States"
    assert given()["countries"] == "the United States or Canada"
    assert given(countries="US,CA,MX")["countries"] == "the United States, Canada, or Mexico"
    assert given()["options"] == "text message, automated voice call, or authenticator app"


TELEPHONE: dict[str, Any] = {
    "demo": False,
    "base_url": "https://portal.example.org",
    "delivery": "twilio",
    "twilio_account_sid": f"AC{'0' * 32}",
    "twilio_auth_token": "0" * 32,
    "twilio_from": "+12055550100",
}


@pytest.mark.parametrize(
    "changes,said",
    [
        ({}, "Codes go to numbers from the United States or Canada"),
        ({"voice_countries": "US,CA"}, "Codes go to numbers from the United States or Canada"),
        (
            {"voice_countries": "MX"},
            "Texts go to numbers from the United States or Canada, and calls to numbers from Mexico",
        ),
        ({"voice_countries": "MX", "authenticators": "voice"}, "Codes go to numbers from Mexico"),
        (
            {"voice_countries": "MX", "authenticators": "text,totp"},
            "Codes go to numbers from the United States or Canada",
        ),
        ({"authenticators": "totp"}, ""),
    ],
)
def test_texts_and_calls_may_go_to_different_countries(changes: dict[str, Any], said: str) -> None:
    assert given(**changes)["codes_go"] == said


def test_a_line_that_is_called_is_typed_as_people_there_do() -> None:
    assert given()["calls"] == {
        name: given()[name] for name in ("countries", "home_country", "abroad", "example_number")
    }
    calls = given(voice_countries="GB")["calls"]
    assert (calls["home_country"], calls["abroad"]) == ("Britain (UK)", False)
    assert calls["example_number"].startswith("07")


@pytest.mark.parametrize(
    "changes,asked", [({}, True), ({"voice_press_key": False}, False), ({"callbacks": False}, False)]
)
def test_calls_ask_for_a_key_where_the_provider_calls_back(changes: dict[str, Any], asked: bool) -> None:  # noqa: FBT001 - a row of the table
    assert given()["press_key"] is False
    assert given(**TELEPHONE, **changes)["press_key"] is asked


def test_an_example_is_a_number_at_home() -> None:
    assert given()["example_number"] == "(201) 555-0123"
    assert given(countries="DE,US")["example_number"].startswith("0")
    assert given(countries="TA")["example_number"]  # no mobile phones there


@pytest.mark.parametrize(
    "begins,compulsory,announced,words,left",
    [
        (None, True, False, "now", 0),
        (date(2026, 11, 23), False, True, "November 23, 2026", 1),
        (TODAY, True, True, "November 22, 2026", 0),
        (date(2026, 1, 1), True, True, "January 1, 2026", 0),
    ],
)
def test_the_date_decides(begins: date | None, compulsory: bool, announced: bool, words: str, left: int) -> None:  # noqa: FBT001 - a row of the table
    known = given(mfa_required_from=begins)
    assert (known["compulsory"], known["announced"]) == (compulsory, announced)
    assert (known["required_from"], known["days_left"]) == (words, left)


def test_people_are_reached_as_far_as_is_known() -> None:
    contacts = (
        Contact(name="All", email="a@b.example", phone="205-555-0100", hours="8 to 5"),
        Contact(name="Odd phone", phone="ask for Jo"),
        Contact(name="Extension", phone="(205) 555-0100 x12"),
        Contact(name="None"),
    )
    reach = [contact["reach"] for contact in given(contacts=contacts)["contacts"]]
    assert "(mailto:a\\@b\\.example)" in reach[0]
    assert "(tel\\:\\+1\\-205\\-555\\-0100)" in reach[0]
    assert reach[0].endswith("- Hours: 8 to 5")
    assert reach[1] == "- Phone: [ask for Jo](tel\\:)"
    assert "ext\\=12" in reach[2]
    assert reach[3] == ""


def test_without_any_contact_people_are_told_whom_to_ask() -> None:
    known = given(support_email="", support_phone="", support_hours="")
    assert known["web_support"] == "- Ask the person who gave you your username."
