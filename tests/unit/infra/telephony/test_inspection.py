"""Looking at the account's numbers: what the provider's answers mean, and that nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from ssp.infra.telephony.inspection import Number, Obstacle, look_up
from ssp.settings import Settings
from tests.provider import (
    ACCOUNT,
    HTML,
    NUMBER,
    TOKEN,
    hang_up,
    nobodys_origin,
    open_provider,
    refuses,
    replies,
    settings_for,
)
from tests.smtp import certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.provider import Answer, Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with open_provider() as opened:
        yield opened


def portal_for(origin: str, **changes: object) -> Settings:
    values = {"instance": Path("instance"), "base_url": "https://portal.example.org"}
    return Settings.model_validate(values | settings_for(origin, **changes))


def lists(*numbers: object) -> Answer:
    return replies(200, {"incoming_phone_numbers": list(numbers), "page": 0})


def entry(number: object = NUMBER, **able: object) -> dict[str, object]:
    return {"phone_number": number, "capabilities": able}


# ---- The question ----


def test_it_asks_for_one_number_and_sends_nothing(provider: Provider) -> None:
    provider.answer = lists(entry(sms=True, voice=True))
    assert look_up(portal_for(provider.origin), NUMBER) == Number(texts=True, calls=True)
    (asked,) = provider.asked
    address = urlsplit(asked.path)
    assert address.path == f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json"
    assert parse_qs(address.query) == {"PageSize": ["20"], "PhoneNumber": [NUMBER]}
    assert (asked.form, asked.credentials) == ({}, f"{ACCOUNT}:{TOKEN}")


def test_an_api_key_signs_in_instead_of_the_token(provider: Provider) -> None:
    provider.answer = lists()
    look_up(portal_for(provider.origin, twilio_api_key="SK1", twilio_api_secret="hush"), NUMBER)
    assert provider.asked[0].credentials == "SK1:hush"
    assert f"/{ACCOUNT}/" in provider.asked[0].path


def test_without_a_number_only_the_credentials_are_proved(provider: Provider) -> None:
    provider.answer = lists(entry(sms=True, voice=True))
    assert look_up(portal_for(provider.origin), None) is None
    assert parse_qs(urlsplit(provider.asked[0].path).query) == {"PageSize": ["20"]}


# ---- What the account has ----


@pytest.mark.parametrize(
    "able, found",
    [
        ({"sms": True, "voice": False}, Number(texts=True, calls=False)),
        ({"SMS": False, "Voice": True}, Number(texts=False, calls=True)),
        ({}, Number(texts=True, calls=True)),
        (None, Number(texts=True, calls=True)),
    ],
)
def test_a_number_says_what_it_can_do_unless_the_service_has_no_word_for_it(
    able: object, found: Number, provider: Provider
) -> None:
    provider.answer = lists({"phone_number": NUMBER, "capabilities": able})
    assert look_up(portal_for(provider.origin), NUMBER) == found


def test_a_number_that_only_begins_like_ours_is_another_one(provider: Provider) -> None:
    provider.answer = lists("odd", entry(f"{NUMBER}0", sms=False), entry(sms=True, voice=False))
    assert look_up(portal_for(provider.origin), NUMBER) == Number(texts=True, calls=False)
    provider.answer = lists(entry(f"{NUMBER}0", sms=True))
    assert look_up(portal_for(provider.origin), NUMBER) is None


# ---- What is in the way ----


@pytest.mark.parametrize(
    "status, code, obstacle",
    [
        (401, 20003, Obstacle.CREDENTIALS),
        (401, 20005, Obstacle.CLOSED),
        (403, 20005, Obstacle.CLOSED),
        (400, 10001, Obstacle.CLOSED),
        (403, 20404, Obstacle.NOT_ALLOWED),
        (403, ["odd"], Obstacle.NOT_ALLOWED),
        (404, 20404, Obstacle.NO_ACCOUNT),
        (400, 1, Obstacle.UNREADABLE),
        (302, None, Obstacle.UNREADABLE),
        (500, None, Obstacle.DOWN),
        (503, 20500, Obstacle.DOWN),
        (501, None, Obstacle.UNREADABLE),
    ],
)
def test_refusals_are_told_apart(status: int, code: object, obstacle: Obstacle, provider: Provider) -> None:
    provider.answer = refuses(status, code)
    assert look_up(portal_for(provider.origin), NUMBER) is obstacle


def test_a_busy_provider_is_asked_once_if_it_wants_to_be_left_alone(provider: Provider) -> None:
    provider.answer = refuses(429, 20429, Retry_After="60")
    assert look_up(portal_for(provider.origin), NUMBER) is Obstacle.BUSY
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        replies(200, []),
        replies(200, {"incoming_phone_numbers": {}}),
        replies(200, b"[" * 60000),
        replies(200, b"x" * 70000),
        hang_up,
    ],
    ids=["html", "list", "no-list", "deep", "long", "nothing"],
)
def test_answers_that_make_no_sense_say_nothing(answer: Answer, provider: Provider) -> None:
    provider.answer = answer
    assert look_up(portal_for(provider.origin), NUMBER) is Obstacle.UNREADABLE


def test_a_provider_that_hangs_is_not_waited_for(provider: Provider) -> None:
    provider.answer = provider.hang
    assert look_up(portal_for(provider.origin), NUMBER, (2.0, 0.2)) is Obstacle.SILENT


def test_nobody_at_the_address_is_no_connection() -> None:
    assert look_up(portal_for(nobodys_origin()), NUMBER) is Obstacle.NOT_CONNECTED


def test_credentials_go_to_nobody_with_another_name(tmp_path: Path) -> None:
    with open_provider(certificate(tmp_path, "elsewhere.example")) as provider:
        found = look_up(portal_for(provider.origin), NUMBER, trust=provider.trust)
        assert (found, provider.asked) == (Obstacle.NOT_CONNECTED, [])


def test_tls_with_the_right_name_is_spoken(tmp_path: Path) -> None:
    with open_provider(certificate(tmp_path)) as provider:
        provider.answer = lists(entry(sms=True, voice=True))
        assert look_up(portal_for(provider.origin), NUMBER, trust=provider.trust) == Number(texts=True, calls=True)
