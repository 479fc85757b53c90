"""The wire to the provider, held against a server of our own on this machine."""

import base64
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message as Headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from ssp.infra.telephony.carrier import Accepted, Reason, Rejected, TextMessage, Unavailable, VoiceCall
from ssp.infra.telephony.twilio import HOST, TwilioCarrier
from ssp.settings import Settings

ACCOUNT = "AC" + "0" * 32
NUMBER = "+12055550100"
SERVICE = "MG" + "0" * 32
ADA = "+12055550123"
TEXT = TextMessage(ADA, "Your code is 048291.\n\n@localhost #048291", 540)
CALL = VoiceCall(ADA, "12", "<Response><Say>0, 4</Say></Response>")
QUICK = (2.0, 0.2)

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Seen:
    path: str
    form: dict[str, str]
    headers: Headers

    @property
    def credentials(self) -> str:
        return base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()


@dataclass
class Provider:
    """A provider that answers as it is told, and remembers what it was asked."""

    origin: str = ""
    answer: Answer = lambda _: None
    seen: list[Seen] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        form = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        self.seen.append(Seen(handler.path, dict(parse_qsl(form)), handler.headers))
        self.answer(handler)

    def wait(self) -> None:
        assert self.over.wait(10)


def replies(status: int, body: object, kind: str = "application/json") -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def refuses(status: int, code: object) -> Answer:
    return replies(status, {"code": code, "message": f"no {ADA}", "more_info": "", "status": status})


@pytest.fixture
def provider() -> Iterator[Provider]:
    told = Provider(answer=replies(201, {"sid": "SM1"}))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.take(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  The standard library's own name.
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        told.origin = f"http://127.0.0.1:{server.server_port}"
        yield told
        told.over.set()
        server.shutdown()
        thread.join()


def settings_for(origin: str | None, **changes: object) -> Settings:
    values = {
        "instance": Path("instance"),
        "base_url": "https://portal.example.org",
        "delivery": "twilio",
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": "token-of-the-account",
        "twilio_from": NUMBER,
        "twilio_api_origin": origin,
    }
    return Settings.model_validate(values | changes)


def carrier_for(provider: Provider, **changes: object) -> TwilioCarrier:
    return TwilioCarrier(settings_for(provider.origin, **changes), QUICK)


def test_a_text_goes_out_with_its_sender_and_its_life(provider: Provider) -> None:
    assert carrier_for(provider).send(TEXT) == Accepted("SM1")
    (seen,) = provider.seen
    assert seen.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert seen.form == {"To": ADA, "From": NUMBER, "Body": TEXT.body, "ValidityPeriod": "540"}
    assert seen.credentials == f"{ACCOUNT}:token-of-the-account"


def test_without_a_life_of_its_own_a_text_has_the_carriers(provider: Provider) -> None:
    carrier_for(provider).send(TextMessage(ADA, "hello"))
    assert provider.seen[0].form == {"To": ADA, "From": NUMBER, "Body": "hello"}


def test_a_messaging_service_sends_texts_and_the_number_calls(provider: Provider) -> None:
    carrier = carrier_for(provider, twilio_from=None, twilio_messaging_service_sid=SERVICE, twilio_voice_from=NUMBER)
    assert carrier.send(TEXT) == Accepted("SM1")
    assert carrier.send(CALL) == Accepted("SM1")
    text, call = provider.seen
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
    ],
)
def test_a_call_says_its_document_and_dials_the_extension(
    provider: Provider, extension: str | None, keys: dict[str, str]
) -> None:
    assert carrier_for(provider).send(VoiceCall(ADA, extension, CALL.twiml)) == Accepted("SM1")
    (seen,) = provider.seen
    assert seen.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    assert seen.form == {"To": ADA, "From": NUMBER, "Twiml": CALL.twiml} | keys


def test_an_api_key_signs_in_for_the_account(provider: Provider) -> None:
    carrier_for(provider, twilio_api_key="SK1", twilio_api_secret="secret-of-the-key").send(TEXT)
    assert provider.seen[0].credentials == "SK1:secret-of-the-key"
    assert ACCOUNT in provider.seen[0].path


def test_an_api_key_needs_no_auth_token(provider: Provider) -> None:
    key = {"twilio_auth_token": None, "twilio_api_key": "SK1", "twilio_api_secret": "secret-of-the-key"}
    assert carrier_for(provider, **key).send(TEXT) == Accepted("SM1")


def test_an_origin_may_have_a_path(provider: Provider) -> None:
    carrier = TwilioCarrier(settings_for(f"{provider.origin}/api/laml/"), QUICK)
    assert carrier.send(TEXT) == Accepted("SM1")
    assert provider.seen[0].path.startswith("/api/laml/2010-04-01/")


def test_the_machines_own_environment_changes_nothing(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    assert carrier_for(provider).send(TEXT) == Accepted("SM1")


def test_without_an_origin_it_is_twilio_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def note(_session: object, _method: str, url: str, **_options: object) -> None:
        asked.append(url)
        raise ConnectionError

    monkeypatch.setattr("requests.Session.request", note)
    TwilioCarrier(settings_for(None)).send(TEXT)
    assert asked == [f"https://{HOST}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"]


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
    wire = carrier_for(provider)._client.http_client  # noqa: SLF001
    with pytest.raises(ValueError, match="not a request for the messaging API"):
        wire.request("POST", address)
    assert provider.seen == []


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
        (400, 21612, Rejected(Reason.UNREACHABLE)),
        (400, 21216, Rejected(Reason.BLOCKED)),
        (400, 21608, Rejected(Reason.TRIAL)),
        (400, 99999, Rejected(Reason.REFUSED)),
        (400, "21211", Rejected(Reason.REFUSED)),
        (400, [21211], Rejected(Reason.REFUSED)),
        (400, None, Rejected(Reason.REFUSED)),
        (400, 21606, Unavailable(Reason.MISCONFIGURED)),
        (401, 20003, Unavailable(Reason.MISCONFIGURED)),
        (401, 99999, Unavailable(Reason.MISCONFIGURED)),
        (404, 20404, Unavailable(Reason.MISCONFIGURED)),
        (400, 21611, Unavailable(Reason.BUSY)),
        (429, 20429, Unavailable(Reason.BUSY)),
        (429, 99999, Unavailable(Reason.BUSY)),
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
    assert len(provider.seen) == 1


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
        pytest.param(replies(200, b"<html><p>Welcome to the hotel network", "text/html"), id="HTML"),
        pytest.param(replies(500, b"<html>Oops", "text/html"), id="HTML error"),
        pytest.param(replies(201, b""), id="nothing"),
        pytest.param(replies(201, []), id="a list"),
        pytest.param(replies(201, None), id="null"),
        pytest.param(replies(201, {}), id="no id"),
        pytest.param(replies(201, {"sid": "SM1", "date_created": 7}), id="odd fields"),
        pytest.param(replies(201, b"\xff\xfe\x00"), id="no text at all"),
        pytest.param(lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"), id="no HTTP"),
        pytest.param(lambda handler: handler.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Le"), id="cut off"),
        pytest.param(lambda _: None, id="hung up"),
    ],
)
def test_an_answer_that_makes_no_sense_means_that_the_provider_is_down(provider: Provider, answer: Answer) -> None:
    provider.answer = answer
    assert carrier_for(provider).send(TEXT) == Unavailable(Reason.PROVIDER_DOWN)
    assert len(provider.seen) == 1


def test_a_provider_that_hangs_is_not_asked_twice(provider: Provider) -> None:
    provider.answer = lambda _: provider.wait()
    assert carrier_for(provider).send(TEXT) == Unavailable(Reason.TIMEOUT)
    assert len(provider.seen) == 1


def test_nobody_at_the_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert TwilioCarrier(settings_for(origin), QUICK).send(TEXT) == Unavailable(Reason.NOT_CONNECTED)


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
    assert all(word not in log.text for word in (ACCOUNT, ADA, NUMBER, "048291", "token-of-the-account", "Say"))


def test_the_log_says_why_for_the_operator(provider: Provider, log: pytest.LogCaptureFixture) -> None:
    provider.answer = refuses(401, 20003)
    carrier_for(provider).send(TEXT)
    assert "misconfigured (status 401, code 20003)" in log.text


def test_the_client_keeps_no_message_behind(provider: Provider) -> None:
    carrier = carrier_for(provider)
    carrier.send(TEXT)
    assert "048291" not in repr(vars(carrier)) + repr(vars(carrier._client.http_client))  # noqa: SLF001
