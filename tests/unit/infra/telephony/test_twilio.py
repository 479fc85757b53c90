"""The wire to the provider, held against a server of our own on this machine."""

from __future__ import annotations

import logging
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from twilio.base.exceptions import TwilioException

from ssp.infra.telephony.carrier import Accepted, Reason, Rejected, TextMessage, Unavailable, VoiceCall
from ssp.infra.telephony.twilio import BACKOFF, HOST, TwilioCarrier, client, failure
from ssp.infra.telephony.wire import LONGEST_ANSWER
from ssp.settings import Settings
from tests.provider import (
    ACCOUNT,
    HTML,
    NUMBER,
    TOKEN,
    hang_up,
    in_turn,
    nobodys_origin,
    open_provider,
    refuses,
    replies,
    settings_for,
    takes,
)
from tests.smtp import certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from tests.provider import Answer, Provider

SERVICE = "MG" + "0" * 32
ADA = "+12055550123"
TEXT = TextMessage(ADA, "Your code is 048291.\n\n@localhost #048291", 540)
CALL = VoiceCall(ADA, "12", "<Response><Say>0, 4</Say></Response>")
CALLED_BACK = "https://portal.example.org/provider/text/abc"
QUICK = (2.0, 0.5)
PATIENT = (2.0, 20.0)
# How long a test believes that something ends soon.
SOON = 5.0


@pytest.fixture
def provider() -> Iterator[Provider]:
    with open_provider() as opened:
        yield opened


def portal_for(origin: str | None, **changes: object) -> Settings:
    values = {"instance": Path("instance"), "base_url": "https://portal.example.org"}
    return Settings.model_validate(values | settings_for(origin, **changes))


def carrier_for(provider: Provider, **changes: object) -> TwilioCarrier:
    return TwilioCarrier(portal_for(provider.origin, **changes), PATIENT, wait=_no_rest)


def hurried(provider: Provider, timeouts: tuple[float, float], trust: ssl.SSLContext | None = None) -> TwilioCarrier:
    return TwilioCarrier(portal_for(provider.origin), timeouts, trust, wait=_no_rest)


def _no_rest(_seconds: float) -> None:
    """Hand a message over again at once, where that is done at all."""


def test_a_text_goes_out_with_its_sender_and_its_life(provider: Provider) -> None:
    assert carrier_for(provider).send(TEXT) == Accepted("SM1")
    (asked,) = provider.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert asked.form == {"To": ADA, "From": NUMBER, "Body": TEXT.body, "ValidityPeriod": "540"}
    assert asked.credentials == f"{ACCOUNT}:{TOKEN}"


def test_without_a_life_of_its_own_a_text_has_the_carriers(provider: Provider) -> None:
    carrier_for(provider).send(TextMessage(ADA, "hello"))
    assert provider.asked[0].form == {"To": ADA, "From": NUMBER, "Body": "hello"}


def test_a_messaging_service_sends_texts_and_the_number_calls(provider: Provider) -> None:
    carrier = carrier_for(provider, twilio_from=None, twilio_messaging_service_sid=SERVICE, twilio_voice_from=NUMBER)
    assert carrier.send(TEXT) == Accepted("SM1")
    assert carrier.send(CALL) == Accepted("SM2")
    text, call = provider.asked
    assert "From" not in text.form
    assert text.form["MessagingServiceSid"] == SERVICE
    assert call.form["From"] == NUMBER
    assert "MessagingServiceSid" not in call.form


@pytest.mark.parametrize(
    "extension, keys",
    [
        (None, {}),
        ("12", {"SendDigits": "wwww12"}),
        ("ww12", {"SendDigits": "ww12"}),
        ("w" * 22 + "1234567890", {"SendDigits": "w" * 22 + "1234567890"}),
        ("*9#", {"SendDigits": "wwww*9#"}),
    ],
)
def test_a_call_says_its_document_and_dials_the_extension(
    provider: Provider, extension: str | None, keys: dict[str, str]
) -> None:
    assert carrier_for(provider).send(VoiceCall(ADA, extension, CALL.twiml)) == Accepted("SM1")
    (asked,) = provider.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    # It rings long enough for a switchboard, and no line stays open for long.
    times = {"Timeout": "60", "TimeLimit": "180"}
    assert asked.form == {"To": ADA, "From": NUMBER, "Twiml": CALL.twiml} | times | keys


@pytest.mark.parametrize("extension", ["12,3", "1 2", "12\n", "E", "\u0661", "w" * 23 + "1234567890", "1" * 29])
def test_an_extension_that_cannot_be_dialed_never_leaves(provider: Provider, extension: str) -> None:
    assert carrier_for(provider).send(VoiceCall(ADA, extension, CALL.twiml)) == Rejected(Reason.REFUSED)
    assert provider.asked == []


def test_the_provider_may_tell_how_a_text_goes_on(provider: Provider) -> None:
    carrier_for(provider).send(TextMessage(ADA, "hello", 540, CALLED_BACK))
    form = {"To": ADA, "From": NUMBER, "Body": "hello", "ValidityPeriod": "540", "StatusCallback": CALLED_BACK}
    assert provider.asked[0].form == form


def test_the_provider_may_tell_how_a_call_goes_on(provider: Provider) -> None:
    carrier_for(provider).send(VoiceCall(ADA, None, CALL.twiml, CALLED_BACK))
    fields = provider.asked[0].fields
    assert fields["StatusCallback"] == [CALLED_BACK]
    assert fields["StatusCallbackMethod"] == ["POST"]
    assert fields["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]


def test_an_api_key_signs_in_for_the_account(provider: Provider) -> None:
    carrier_for(provider, twilio_api_key="SK1", twilio_api_secret="secret-of-the-key").send(TEXT)
    assert provider.asked[0].credentials == "SK1:secret-of-the-key"
    assert ACCOUNT in provider.asked[0].path


def test_an_api_key_needs_no_auth_token(provider: Provider) -> None:
    key = {"twilio_auth_token": None, "twilio_api_key": "SK1", "twilio_api_secret": "secret-of-the-key"}
    assert carrier_for(provider, **key).send(TEXT) == Accepted("SM1")


def test_an_origin_may_have_a_path(provider: Provider) -> None:
    carrier = TwilioCarrier(portal_for(f"{provider.origin}/api/laml/"))
    assert carrier.send(TEXT) == Accepted("SM1")
    assert provider.asked[0].path.startswith("/api/laml/2010-04-01/")


def test_the_machines_own_environment_changes_nothing(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    assert carrier_for(provider).send(TEXT) == Accepted("SM1")


def test_without_an_origin_it_is_twilio_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def note(host: str, port: int, **_options: object) -> None:
        asked.append((host, port))
        raise socket.gaierror

    monkeypatch.setattr("socket.getaddrinfo", note)
    assert TwilioCarrier(portal_for(None)).send(TEXT) == Unavailable(Reason.NOT_CONNECTED)
    assert asked == [(HOST, 443)]


@pytest.mark.parametrize(
    "address",
    [
        "https://api.twilio.com.evil.test/2010-04-01/",
        "https://api.twilio.com@evil.test/2010-04-01/",
        "https://verify.twilio.com/v2/",
        "http://api.twilio.com/2010-04-01/",
        "file:///etc/passwd",
    ],
)
def test_no_other_host_is_ever_asked(provider: Provider, address: str) -> None:
    asked = client(portal_for(provider.origin))
    with pytest.raises(ValueError, match="not a request for the messaging API"):
        asked.request("POST", address)
    assert provider.asked == []


@pytest.mark.parametrize(
    "status, code, receipt",
    [
        (400, 21211, Rejected(Reason.INVALID_NUMBER)),
        (400, 21217, Rejected(Reason.INVALID_NUMBER)),
        (400, 21214, Rejected(Reason.INVALID_NUMBER)),
        (400, 21614, Rejected(Reason.NOT_MOBILE)),
        (400, 21635, Rejected(Reason.NOT_MOBILE)),
        (400, 21610, Rejected(Reason.OPTED_OUT)),
        (400, 21408, Rejected(Reason.COUNTRY_NOT_ALLOWED)),
        (400, 21215, Rejected(Reason.COUNTRY_NOT_ALLOWED)),
        (400, 21612, Rejected(Reason.NO_ROUTE)),
        (400, 21216, Rejected(Reason.BLOCKED)),
        (400, 30453, Rejected(Reason.FRAUD)),
        (400, 21608, Rejected(Reason.TRIAL)),
        (400, 99999, Rejected(Reason.REFUSED)),
        (400, "21211", Rejected(Reason.REFUSED)),
        (400, [21211], Rejected(Reason.REFUSED)),
        (400, None, Rejected(Reason.REFUSED)),
        (400, 21606, Unavailable(Reason.MISCONFIGURED)),
        (400, 21705, Unavailable(Reason.MISCONFIGURED)),
        (402, None, Unavailable(Reason.MISCONFIGURED)),
        (403, None, Unavailable(Reason.MISCONFIGURED)),
        (408, None, Unavailable(Reason.PROVIDER_DOWN)),
        (401, 20003, Unavailable(Reason.MISCONFIGURED)),
        (401, 99999, Unavailable(Reason.MISCONFIGURED)),
        (404, 20404, Unavailable(Reason.MISCONFIGURED)),
        (400, 21611, Unavailable(Reason.BUSY)),
        (500, 20500, Unavailable(Reason.PROVIDER_DOWN)),
        (503, 99999, Unavailable(Reason.PROVIDER_DOWN)),
        (302, None, Unavailable(Reason.PROVIDER_DOWN)),
    ],
)
@pytest.mark.parametrize("message", [TEXT, CALL])
def test_a_refusal_becomes_a_reason(
    provider: Provider, message: TextMessage | VoiceCall, status: int, code: object, receipt: Rejected | Unavailable
) -> None:
    provider.answer = refuses(status, code)
    assert carrier_for(provider).send(message) == receipt
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "problem, receipt",
    [
        ({"status": 429, "code": 20429}, Unavailable(Reason.BUSY)),
        ({"status": 400, "code": 21211}, Rejected(Reason.INVALID_NUMBER)),
        ({"status": "bad", "code": {}}, Unavailable(Reason.PROVIDER_DOWN)),
    ],
)
def test_a_refusal_in_the_newer_form_is_understood_too(
    provider: Provider, problem: dict[str, object], receipt: Rejected | Unavailable
) -> None:
    provider.answer = replies(400, {"type": "about:blank", "title": "No"} | problem, "application/problem+json")
    assert carrier_for(provider).send(TEXT) == receipt


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HTML, id="HTML"),
        pytest.param(replies(500, b"<html>Oops", "text/html"), id="HTML error"),
        pytest.param(replies(201, b""), id="nothing"),
        pytest.param(replies(201, []), id="a list"),
        pytest.param(replies(201, None), id="null"),
        pytest.param(replies(201, {}), id="no id"),
        pytest.param(replies(201, {"sid": 7}), id="a number as id"),
        pytest.param(replies(201, {"sid": "S" * 65}), id="a long id"),
        pytest.param(replies(201, {"sid": "SM1\0"}), id="an odd id"),
        pytest.param(replies(201, {"sid": "SM1", "date_created": 7}), id="odd fields"),
        pytest.param(replies(201, {"sid": "SM1", "body": "x" * LONGEST_ANSWER}), id="a long answer"),
        pytest.param(replies(201, {"sid": "SM1"}, X_Long="x" * LONGEST_ANSWER), id="a long header"),
        pytest.param(replies(201, b"\xff\xfe\x00"), id="no text at all"),
        pytest.param(lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"), id="no HTTP"),
        pytest.param(lambda handler: handler.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Le"), id="cut off"),
        pytest.param(replies(201, {"sid": "SM1"}, Content_Length="99"), id="cut short"),
        pytest.param(hang_up, id="hung up"),
    ],
)
def test_an_answer_that_makes_no_sense_means_that_the_provider_is_down(provider: Provider, answer: Answer) -> None:
    provider.answer = answer
    assert carrier_for(provider).send(TEXT) == Unavailable(Reason.PROVIDER_DOWN)
    assert len(provider.asked) == 1


@pytest.mark.parametrize("way", ["hang", "drip_head", "drip_body"])
@pytest.mark.parametrize("message", [TEXT, CALL])
def test_a_provider_that_takes_long_is_left_in_time_and_not_asked_twice(
    provider: Provider, way: str, message: TextMessage | VoiceCall
) -> None:
    provider.answer = getattr(provider, way)
    begun = time.monotonic()
    assert hurried(provider, QUICK).send(message) == Unavailable(Reason.TIMEOUT)
    assert time.monotonic() - begun < SOON
    assert len(provider.asked) == 1


def test_a_provider_that_takes_in_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        carrier = TwilioCarrier(portal_for(f"http://127.0.0.1:{deaf.getsockname()[1]}"), QUICK)
        # More than the two ends of a connection hold on their own.
        assert carrier.send(TextMessage(ADA, "x" * 20_000_000)) == Unavailable(Reason.TIMEOUT)


def test_nobody_at_the_address() -> None:
    assert TwilioCarrier(portal_for(nobodys_origin())).send(TEXT) == Unavailable(Reason.NOT_CONNECTED)


def test_the_certificate_of_the_right_name_is_taken(tmp_path: Path) -> None:
    with open_provider(certificate(tmp_path)) as provider:
        assert hurried(provider, PATIENT, provider.trust).send(TEXT) == Accepted("SM1")


def test_a_slow_provider_is_left_in_time_under_tls_too(tmp_path: Path) -> None:
    with open_provider(certificate(tmp_path)) as provider:
        provider.answer = provider.drip_body
        assert hurried(provider, (2.0, 1.0), provider.trust).send(TEXT) == Unavailable(Reason.TIMEOUT)
        assert len(provider.asked) == 1


def test_a_busy_provider_is_asked_again(provider: Provider) -> None:
    provider.answer = in_turn(refuses(429, 20429), refuses(429, None), takes())
    waited: list[float] = []
    carrier = TwilioCarrier(portal_for(provider.origin), wait=waited.append)
    assert carrier.send(TEXT) == Accepted("SM1")
    assert waited == list(BACKOFF)
    assert [asked.form for asked in provider.asked] == [provider.asked[0].form] * 3


def test_a_busy_provider_is_asked_three_times_at_most(provider: Provider) -> None:
    provider.answer = refuses(429, 20429)
    waited: list[float] = []
    assert TwilioCarrier(portal_for(provider.origin), wait=waited.append).send(TEXT) == Unavailable(Reason.BUSY)
    assert len(provider.asked) == 3
    assert len(waited) == 2


@pytest.mark.parametrize("code", [20429, 99999, None])
@pytest.mark.parametrize("pause", ["11", "86400", "Wed, 25 Nov 2026 12:00:00 GMT", "-1", "1e1", "1" * 5000])
def test_a_provider_that_wants_a_long_rest_is_left_alone(provider: Provider, pause: str, code: int | None) -> None:
    provider.answer = refuses(429, code, Retry_After=pause)
    assert carrier_for(provider).send(TEXT) == Unavailable(Reason.BUSY)
    assert len(provider.asked) == 1


def test_a_short_rest_that_is_asked_for_is_given(provider: Provider) -> None:
    provider.answer = in_turn(refuses(429, 20429, Retry_After="3"), takes())
    waited: list[float] = []
    assert TwilioCarrier(portal_for(provider.origin), PATIENT, wait=waited.append).send(TEXT) == Accepted("SM1")
    assert waited == [3.0]


def test_a_second_try_that_takes_long_may_have_gone_out(provider: Provider) -> None:
    provider.answer = in_turn(refuses(429, 20429), provider.hang)
    carrier = TwilioCarrier(portal_for(provider.origin), (2.0, 1.2), wait=_no_rest)
    assert carrier.send(TEXT) == Unavailable(Reason.TIMEOUT)
    assert len(provider.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [refuses(500, 20500), refuses(503, None), refuses(400, 21611), HTML, hang_up],
    ids=["500", "503", "400", "HTML", "hung up"],
)
def test_nothing_else_is_ever_handed_over_again(provider: Provider, answer: Answer) -> None:
    provider.answer = answer
    carrier_for(provider).send(CALL)
    assert len(provider.asked) == 1


def test_the_client_can_also_look_something_up(provider: Provider) -> None:
    provider.answer = replies(200, {"incoming_phone_numbers": [], "meta": {"key": "incoming_phone_numbers"}})
    assert client(portal_for(provider.origin)).incoming_phone_numbers.list(phone_number=NUMBER, limit=1) == []
    (asked,) = provider.asked
    assert asked.path.startswith(
        f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json?PhoneNumber=%2B12055550100&"
    )
    assert asked.fields == {}


def test_what_a_look_up_raises_has_a_reason(provider: Provider) -> None:
    provider.answer = refuses(401, 20003)
    with pytest.raises(TwilioException) as refused:
        client(portal_for(provider.origin)).incoming_phone_numbers.list(limit=1)
    assert failure(refused.value) == (Reason.MISCONFIGURED, "status 401, code none")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Give what is logged anywhere; the portal's own log goes its own way once a portal was made."""
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("ssp")
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.DEBUG, "ssp"):
        yield caplog
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(replies(201, {"sid": "SM1"}), id="accepted"),
        pytest.param(refuses(400, 21211), id="refused"),
        pytest.param(replies(500, b"<html>"), id="down"),
    ],
)
def test_logs_hold_no_account_number_or_code(provider: Provider, log: pytest.LogCaptureFixture, answer: Answer) -> None:
    provider.answer = answer
    carrier_for(provider).send(TEXT)
    carrier_for(provider).send(CALL)
    assert all(word not in log.text for word in (ACCOUNT, ADA, NUMBER, "048291", TOKEN, "Say"))


def test_the_log_says_why_for_the_operator(provider: Provider, log: pytest.LogCaptureFixture) -> None:
    provider.answer = refuses(401, 20003)
    carrier_for(provider).send(TEXT)
    assert "misconfigured (status 401, code 20003)" in log.text


def test_the_client_keeps_no_message_behind(provider: Provider) -> None:
    carrier = carrier_for(provider)
    carrier.send(TEXT)
    assert "048291" not in repr(vars(carrier)) + repr(vars(carrier._client.http_client))  # noqa: SLF001
