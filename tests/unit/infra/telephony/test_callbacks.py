"""The provider's callbacks: their addresses, their signatures, and what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from twilio.request_validator import HMAC_SHA256, RequestValidator
from werkzeug.datastructures import MultiDict

from ssp.infra.telephony.callbacks import Callbacks, news_of_call, news_of_text
from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.progress import News, Status
from ssp.settings import Settings
from tests.provider import TOKEN, settings_for, signature

ORIGIN = "https://portal.example.org"
PATH = "/provider/text/abc"
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+12055550123", "RawDlrDoneDate": ""}
SHA256 = "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256"


def callbacks(**changes: object) -> Callbacks:
    values = {"instance": Path("instance"), "base_url": ORIGIN, **settings_for(None)}
    return Callbacks(Settings.model_validate(values | changes))


def test_each_text_and_call_has_addresses_of_its_own() -> None:
    there = callbacks()
    assert there.text("abc") == "https://portal.example.org/provider/text/abc"
    assert there.call("abc") == "https://portal.example.org/provider/call/abc"
    assert there.key("abc") == "https://portal.example.org/provider/call/abc/key"


def test_a_call_that_wants_no_key_has_no_address_for_it() -> None:
    there = callbacks(voice_press_key=False)
    assert there.key("abc") is None
    assert there.call("abc")


CLOSED: list[dict[str, object]] = [
    {"callbacks": False},
    {"base_url": "http://localhost:8000"},
    {"delivery": None, "authenticators": "totp"},
    {"twilio_auth_token": None, "twilio_api_key": "SK" + "0" * 32, "twilio_api_secret": "secret"},
]


@pytest.mark.parametrize("changes", CLOSED, ids=["switched off", "not https", "no delivery", "no key"])
def test_who_cannot_be_called_back_has_no_addresses_and_believes_nobody(changes: dict[str, object]) -> None:
    there = callbacks(**changes)
    assert (there.text("abc"), there.call("abc"), there.key("abc")) == (None, None, None)
    for origin in (ORIGIN, "http://localhost:8000"):
        for token in (TOKEN, "", "None"):
            assert not there.genuine(PATH, FORM, signature(origin + PATH, FORM, token))


def test_a_signature_of_the_provider_is_genuine() -> None:
    assert callbacks().genuine(PATH, FORM, signature(ORIGIN + PATH, FORM))
    assert callbacks().genuine(PATH, {}, signature(ORIGIN + PATH, {}))
    assert callbacks().genuine(f"{PATH}?a=1&b=%20", FORM, signature(f"{ORIGIN}{PATH}?a=1&b=%20", FORM))


def test_fields_that_come_twice_are_signed_in_all_their_values() -> None:
    form = MultiDict([("MessageSid", "SM1"), ("Media", "b"), ("Media", "a")])
    assert callbacks().genuine(PATH, form, signature(ORIGIN + PATH, form))
    assert not callbacks().genuine(PATH, form, signature(ORIGIN + PATH, {"MessageSid": "SM1", "Media": "b"}))


@pytest.mark.parametrize(
    "base, signed",
    [
        (ORIGIN, f"{ORIGIN}:443"),
        (f"{ORIGIN}:8443", f"{ORIGIN}:8443"),
        (f"{ORIGIN}:8443", ORIGIN),
        ("https://[2001:db8::5]", "https://[2001:db8::5]"),
    ],
)
def test_a_port_may_be_named_or_not(base: str, signed: str) -> None:
    assert callbacks(base_url=base).genuine(PATH, FORM, signature(signed + PATH, FORM))


@pytest.mark.parametrize(
    "address, form, token",
    [
        pytest.param(f"{ORIGIN}{PATH}", FORM, "another token", id="key"),
        pytest.param(f"{ORIGIN}{PATH}", FORM | {"MessageStatus": "failed"}, TOKEN, id="altered field"),
        pytest.param(f"{ORIGIN}{PATH}", FORM | {"More": ""}, TOKEN, id="field less"),
        pytest.param(f"{ORIGIN}{PATH}", {"MessageSid": "SM1"}, TOKEN, id="fields more"),
        pytest.param(f"{ORIGIN}{PATH}d", FORM, TOKEN, id="id"),
        pytest.param(f"{ORIGIN}{PATH}?a=1", FORM, TOKEN, id="query"),
        pytest.param(f"http://portal.example.org{PATH}", FORM, TOKEN, id="scheme"),
        pytest.param(f"https://evil.test{PATH}", FORM, TOKEN, id="host"),
        pytest.param(f"{ORIGIN}:8443{PATH}", FORM, TOKEN, id="port"),
    ],
)
def test_a_signature_of_anything_else_is_not(address: str, form: dict[str, str], token: str) -> None:
    assert not callbacks().genuine(PATH, FORM, signature(address, form, token))


@pytest.mark.parametrize(
    "given", ["", " ", "=", "\xff\u0661\udc80", "x" * 100_000], ids=["none", "space", "=", "odd", "long"]
)
def test_what_is_no_signature_is_not_genuine(given: str) -> None:
    assert not callbacks().genuine(PATH, FORM, given)


def test_half_a_signature_and_one_with_more_behind_it_are_not_genuine() -> None:
    good = signature(ORIGIN + PATH, FORM)
    assert not callbacks().genuine(PATH, FORM, good[:-1])
    assert not callbacks().genuine(PATH, FORM, f"{good} ")


def test_a_key_of_its_own_takes_the_place_of_the_auth_token() -> None:
    there = callbacks(twilio_signing_key="key of the space")
    assert there.genuine(PATH, FORM, signature(ORIGIN + PATH, FORM, "key of the space"))
    assert not there.genuine(PATH, FORM, signature(ORIGIN + PATH, FORM))


def test_a_shared_key_signs_with_the_newer_digest() -> None:
    there = callbacks(twilio_signing_key="shared key")
    newer = signature(ORIGIN + PATH, FORM, "shared key", HMAC_SHA256)
    # The package itself agrees.
    assert RequestValidator("shared key").validate(ORIGIN + PATH, FORM, newer, HMAC_SHA256)  # type: ignore[no-untyped-call]
    assert there.genuine(PATH, FORM, newer, SHA256)
    assert not there.genuine(PATH, FORM, newer)
    assert not there.genuine(PATH, FORM, signature(ORIGIN + PATH, FORM, "shared key"), SHA256)


@pytest.mark.parametrize("said", ["algorithm=HMAC_MD5", "algorithm=none", "algorithm=\u0131"])
def test_an_algorithm_that_nobody_knows_is_not_genuine(said: str) -> None:
    assert not callbacks().genuine(PATH, FORM, signature(ORIGIN + PATH, FORM), said)


@pytest.mark.parametrize(
    "said, status",
    [
        ("accepted", Status.SENT),
        ("scheduled", Status.SENT),
        ("queued", Status.SENT),
        ("sending", Status.SENT),
        ("sent", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("read", Status.DELIVERED),
    ],
)
def test_news_of_a_text(said: str, status: Status) -> None:
    assert news_of_text({"MessageSid": "SM1", "MessageStatus": said, "Unheard": "of"}) == News("SM1", status)


@pytest.mark.parametrize("said", ["undelivered", "failed", "canceled"])
@pytest.mark.parametrize(
    "code, reason",
    [
        ({"ErrorCode": "30006"}, Reason.NOT_MOBILE),
        ({"ErrorCode": "30453"}, Reason.FRAUD),
        ({"ErrorCode": "30007"}, Reason.BLOCKED),
        ({"ErrorCode": "30032"}, Reason.BLOCKED),
        ({"ErrorCode": "21612"}, Reason.NO_ROUTE),
        ({"ErrorCode": "30410"}, Reason.PROVIDER_DOWN),
        ({"ErrorCode": "99999"}, Reason.REFUSED),
        ({"ErrorCode": "\u0663\u0660\u0660\u0660\u0667"}, Reason.REFUSED),
        ({"ErrorCode": "9" * 5000}, Reason.REFUSED),
        ({"ErrorCode": "0"}, Reason.REFUSED),
        ({"ErrorCode": ""}, Reason.UNREACHABLE),
        ({}, Reason.UNREACHABLE),
    ],
    ids=[
        "landline",
        "pumping",
        "filtered",
        "unverified toll-free",
        "no route",
        "carrier down",
        "unknown",
        "foreign digits",
        "long",
        "zero",
        "empty",
        "none",
    ],
)
def test_a_text_that_failed_says_why(said: str, code: dict[str, str], reason: Reason) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": said}
    assert news_of_text(form | code) == News("SM1", Status.FAILED, reason)


def test_an_error_that_did_not_stop_a_text_is_no_reason() -> None:
    assert news_of_text({"MessageSid": "SM1", "MessageStatus": "sent", "ErrorCode": "30008"}) == News(
        "SM1", Status.SENT
    )


def test_the_older_names_are_understood_too() -> None:
    assert news_of_text({"SmsSid": "SM1", "SmsStatus": "delivered"}) == News("SM1", Status.DELIVERED)
    both = {"MessageSid": "SM1", "SmsSid": "SM2", "MessageStatus": "sent", "SmsStatus": "failed"}
    assert news_of_text(both) == News("SM1", Status.SENT)


@pytest.mark.parametrize(
    "said, news",
    [
        ("queued", News("CA1", Status.SENT)),
        ("initiated", News("CA1", Status.SENT)),
        ("ringing", News("CA1", Status.RINGING)),
        ("in-progress", News("CA1", Status.ANSWERED)),
        ("completed", News("CA1", Status.HUNG_UP)),
        ("busy", News("CA1", Status.BUSY)),
        ("no-answer", News("CA1", Status.NO_ANSWER)),
        ("failed", News("CA1", Status.FAILED, Reason.UNREACHABLE)),
        ("canceled", News("CA1", Status.FAILED, Reason.UNREACHABLE)),
    ],
)
def test_news_of_a_call(said: str, news: News) -> None:
    assert news_of_call({"CallSid": "CA1", "CallStatus": said, "SipResponseCode": "487"}) == news


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageStatus": "sent", "CallStatus": "ringing"},
        {"MessageSid": "SM1", "CallSid": "CA1"},
        {"MessageSid": "SM1", "CallSid": "CA1", "MessageStatus": "", "CallStatus": ""},
        {"MessageSid": "SM1", "CallSid": "CA1", "MessageStatus": "partially_delivered", "CallStatus": "paused"},
        {"MessageSid": "", "CallSid": "", "MessageStatus": "sent", "CallStatus": "ringing"},
        {"MessageSid": "x" * 65, "CallSid": "x" * 65, "MessageStatus": "sent", "CallStatus": "ringing"},
        {"MessageSid": "SM\0", "CallSid": "CA\0", "MessageStatus": "sent", "CallStatus": "ringing"},
        {"MessageSid": "SM1", "CallSid": "CA1", "MessageStatus": "SENT", "CallStatus": "Ringing"},
    ],
    ids=[
        "nothing",
        "no id",
        "no status",
        "empty status",
        "unknown status",
        "empty id",
        "long id",
        "odd id",
        "capitals",
    ],
)
def test_what_makes_no_sense_is_no_news(form: dict[str, str]) -> None:
    assert news_of_text(form) is None
    assert news_of_call(form) is None
