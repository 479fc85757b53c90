"""OT17: whatever the provider did not sign for this very address changes nothing, and a replay gets nothing new."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from webtest import TestResponse

from ssp.infra.telephony import wording
from ssp.infra.telephony.carrier import Accepted, Message
from ssp.models import Authenticator, Challenge, Delivery, Event, PendingSignIn, Session, Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.listener import Listener, call_back
from tests.people import ADA, BEN, Browser, FakeCarrier, Phone, password, replaced, table
from tests.provider import TOKEN, settings_for, signature
from tests.security.tools import PUBLIC

TABLES = (Delivery, Challenge, PendingSignIn, Authenticator, Session)


def rows(site: Site) -> list[object]:
    """Return all that a callback could touch; that one was refused is noted apart, once a minute (LG1)."""
    log = [each for each in table(site, Event) if each.kind != "delivery.callback_refused"]
    counters = [each for each in table(site, Throttle) if each.key != "callbacks-refused"]
    return [log, counters, *(table(site, each) for each in TABLES)]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give a portal that the provider calls back."""
    return make_app(demo=False, base_url=PUBLIC, **settings_for(None))


@dataclass
class Callback:
    """One of the provider's callbacks as it should be: address, form, and what it does."""

    url: str
    form: dict[str, str]


Sending = Callable[[str, Browser], Message]


@pytest.fixture
def sending(app: Flask, clock: Clock) -> Iterator[Sending]:
    """Give what sends somebody a text or a call."""
    del clock
    carrier = FakeCarrier(Accepted("CA1"))

    def send(channel: str, browser: Browser) -> Message:
        human = ADA if channel == "text" else BEN
        extension = {} if channel == "text" else {"extension": "12"}
        password(browser, human).fill(type=channel).fill(phone=human.mobile, **extension)
        return carrier.sent[-1]

    with replaced(app, carrier=carrier):
        yield send


@pytest.fixture(params=["text", "call", "key"])
def callback(request: pytest.FixtureRequest, app: Flask, phone: Phone, sending: Sending) -> Callback:
    """Give a callback of each kind, each of which would change something."""
    message = sending("text" if request.param == "text" else "voice", Browser(app, phone, origin=PUBLIC))
    if request.param == "text":
        return Callback(str(message.status_url), {"MessageSid": "CA1", "MessageStatus": "delivered"})
    listener = Listener(app, message)
    if request.param == "call":
        return Callback(str(message.status_url), listener.form("ringing"))
    return Callback(listener.key_url, listener.form("in-progress", Digits="1"))


def test_what_is_signed_counts(app: Flask, site: Site, callback: Callback) -> None:
    before = rows(site)
    assert call_back(app, callback.url, callback.form).status_int in {200, 204}
    assert rows(site) != before


def signed(callback: Callback, **changes: str) -> str:
    return signature(callback.url, {**callback.form, **changes})


def unsigned(_: Callback) -> dict[str, str]:
    return {"X-Twilio-Signature": ""}


def junk(_: Callback) -> dict[str, str]:
    return {"X-Twilio-Signature": "\u00ff" * 28}


def another_key(callback: Callback) -> dict[str, str]:
    return {"X-Twilio-Signature": signature(callback.url, callback.form, f"{TOKEN}x")}


def no_key(callback: Callback) -> dict[str, str]:
    return {"X-Twilio-Signature": signature(callback.url, callback.form, "")}


def another_body(callback: Callback) -> dict[str, str]:
    return {"X-Twilio-Signature": signed(callback, CallStatus="completed")}


def one_field_less(callback: Callback) -> dict[str, str]:
    return {"X-Twilio-Signature": signature(callback.url, dict(list(callback.form.items())[1:]))}


def another_query(callback: Callback) -> dict[str, str]:
    return {"X-Twilio-Signature": signature(f"{callback.url}?Digits=1", callback.form)}


def another_host(callback: Callback) -> dict[str, str]:
    url = callback.url.replace("portal.example.org", "evil.example")
    return {"X-Twilio-Signature": signature(url, callback.form)}


def plain_http(callback: Callback) -> dict[str, str]:
    return {"X-Twilio-Signature": signature(callback.url.replace("https:", "http:"), callback.form)}


def another_message(callback: Callback) -> dict[str, str]:
    parts = callback.url.split("/")
    parts[5] = "x" * 22
    return {"X-Twilio-Signature": signature("/".join(parts), callback.form)}


def another_address(callback: Callback) -> dict[str, str]:
    url = callback.url.removesuffix("/key") if callback.url.endswith("/key") else f"{callback.url}/key"
    return {"X-Twilio-Signature": signature(url, callback.form)}


def an_algorithm_of_ones_own(callback: Callback) -> dict[str, str]:
    return {
        "X-Twilio-Signature": signed(callback),
        "X-Twilio-Webhooks-Signature-Settings": "key=x,algorithm=NONE",
    }


FORGERIES = [
    unsigned,
    junk,
    another_key,
    no_key,
    another_body,
    one_field_less,
    another_query,
    another_host,
    plain_http,
    another_message,
    another_address,
    an_algorithm_of_ones_own,
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forgery_is_refused_and_touches_nothing(
    app: Flask, site: Site, callback: Callback, forge: Callable[[Callback], dict[str, str]]
) -> None:
    before = rows(site)
    refused(call_back(app, callback.url, callback.form, forge(callback)))
    assert rows(site) == before


def refused(answer: TestResponse) -> None:
    """Check that a sender learns nothing but that it was refused."""
    assert (answer.status_int, answer.body) == (403, b"")
    assert "Set-Cookie" not in answer.headers


def test_a_query_that_was_not_signed_is_refused_and_one_that_was_counts(app: Flask, callback: Callback) -> None:
    longer = f"{callback.url}?Digits=1&x=%20y"
    refused(call_back(app, longer, callback.form, {"X-Twilio-Signature": signed(callback)}))
    refused(call_back(app, longer, callback.form, {"X-Twilio-Signature": signature(f"{longer}z", callback.form)}))


@pytest.mark.parametrize("host", ["evil.example", "portal.example.org:444", "localhost"])
def test_another_host_is_not_answered_at_all(app: Flask, site: Site, callback: Callback, host: str) -> None:
    before = rows(site)
    url = callback.url.replace("portal.example.org", host)
    for headers in ({}, {"X-Twilio-Signature": signed(callback)}):
        assert call_back(app, url, callback.form, headers).status_int == 400
    assert rows(site) == before


@pytest.mark.parametrize("header", ["X-Twilio-Signature", "X-SignalWire-Signature"])
def test_either_name_of_the_signature_will_do(app: Flask, callback: Callback, header: str) -> None:
    headers = {"X-Twilio-Signature": "", header: signed(callback)}
    assert call_back(app, callback.url, callback.form, headers).status_int in {200, 204}


@pytest.mark.parametrize(
    "closed",
    [
        {"callbacks": False},
        {"twilio_auth_token": None, "twilio_api_key": f"SK{'0' * 32}", "twilio_api_secret": "secret"},
    ],
    ids=["switched off", "no key to check with"],
)
def test_where_nothing_is_called_back_all_is_closed(
    make_app: Callable[..., Flask], callback: Callback, closed: dict[str, object]
) -> None:
    app = make_app(demo=False, base_url=PUBLIC, **settings_for(None, **closed))
    before = rows(app.extensions["ssp"])
    refused(call_back(app, callback.url, callback.form))
    refused(call_back(app, callback.url, callback.form, token=""))
    assert rows(app.extensions["ssp"]) == before


def test_a_demo_is_closed(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    for path in ("text/x", "call/x", "call/x/key"):
        refused(call_back(app, f"http://localhost:8000/provider/{path}", {"CallSid": "CA1"}))


def test_a_get_is_no_callback(app: Flask, phone: Phone, callback: Callback) -> None:
    browser = Browser(app, phone, origin=PUBLIC)
    browser.open(callback.url.removeprefix(PUBLIC), status=405)


def test_cookies_and_form_tokens_make_no_callback(app: Flask, phone: Phone, callback: Callback) -> None:
    browser = Browser(app, phone, origin=PUBLIC)
    token = password(browser, ADA).csrf()
    cookies = browser.cookies
    refused(browser.post(callback.url.removeprefix(PUBLIC), {**callback.form, "csrf_token": token}))
    assert browser.cookies == cookies


def test_a_flood_of_forgeries_leaves_short_lines_without_the_senders_words(
    app: Flask, callback: Callback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    canary = "CANARY-8231"
    form = {**callback.form, "Body": canary * 100, canary: canary}
    refused(call_back(app, f"{callback.url}?{canary}", form, {"X-Twilio-Signature": canary, "User-Agent": canary}))
    (line,) = [each for each in caplog.records if each.name == "ssp.provider"]
    assert line.levelname == "WARNING"
    assert len(line.getMessage()) < 100
    assert canary not in caplog.text


# ---- Replays ----


def test_a_status_that_is_replayed_changes_nothing(app: Flask, site: Site, phone: Phone, sending: Sending) -> None:
    listener = Listener(app, sending("voice", Browser(app, phone, origin=PUBLIC)))
    listener.tell("ringing")
    listener.tell("completed")
    before = rows(site)
    for status in ("initiated", "ringing", "in-progress", "completed", "failed"):
        assert listener.tell(status).status_int == 204
    assert rows(site) == before


def test_a_key_that_is_replayed_gets_no_code_once_the_call_is_over(
    app: Flask, site: Site, phone: Phone, sending: Sending, clock: Clock
) -> None:
    listener = Listener(app, sending("voice", Browser(app, phone, origin=PUBLIC)))
    assert "prosody" in listener.press("1", listener.key_url)
    # The word that the call is over may get lost: a replay is of no use a little later either.
    clock.move(minutes=3)
    assert wording.spoken(listener.press("1", listener.key_url))[0] == wording.OVER
    listener.tell("completed")
    before = rows(site)
    assert wording.spoken(listener.press("1", listener.key_url))[0] == wording.OVER
    assert rows(site) == before


def test_a_key_of_one_call_says_nothing_of_another(app: Flask, phone: Phone, sending: Sending) -> None:
    listener = Listener(app, sending("voice", Browser(app, phone, origin=PUBLIC)))
    form = listener.form("in-progress", Digits="1")
    stranger = f"{PUBLIC}/provider/call/{'x' * 22}/key"
    assert wording.spoken(call_back(app, stranger, form).text)[0] == wording.OVER
    # An address belongs to the one call for which it was made.
    another = {**form, "CallSid": "CA2"}
    assert wording.spoken(call_back(app, listener.key_url, another).text)[0] == wording.OVER
    assert "prosody" in call_back(app, listener.key_url, form).text


@pytest.mark.parametrize("odd", ["", "C" * 65, "CA 1", "\0"])
def test_a_call_without_a_name_of_its_own_gets_no_code(app: Flask, phone: Phone, sending: Sending, odd: str) -> None:
    listener = Listener(app, sending("voice", Browser(app, phone, origin=PUBLIC)))
    listener.call_id = odd
    assert wording.spoken(listener.press("1", listener.key_url))[0] == wording.OVER
