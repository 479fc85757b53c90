"""What the provider tells of texts and calls: late, twice, out of order, or before it answered at all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from webtest import TestResponse
from werkzeug.datastructures import MultiDict

from ssp.infra.telephony.carrier import Accepted, Message, Reason, Receipt, Rejected, Unavailable
from ssp.models import Challenge, Delivery, Event
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.listener import Listener, call_back
from tests.people import ADA, Browser, FakeCarrier, Phone, events, password, replaced, table
from tests.provider import ACCOUNT, NUMBER, Provider, open_provider, settings_for

PUBLIC = "https://portal.example.org"


@dataclass
class Talker(FakeCarrier):
    """A provider that tells something while it is still taking a message."""

    tell: Callable[[Message], object] = field(default=lambda _: None)

    def send(self, message: Message) -> Receipt:
        receipt = super().send(message)
        self.tell(message)
        return receipt


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give a portal that the provider calls back."""
    return make_app(demo=False, base_url=PUBLIC, **settings_for(None))


@pytest.fixture
def carrier(app: Flask, clock: Clock) -> Iterator[Talker]:
    """Give what takes the messages."""
    del clock
    carrier = Talker(Accepted("SM1"))
    with replaced(app, carrier=carrier):
        yield carrier


@pytest.fixture
def browser(app: Flask, phone: Phone) -> Browser:
    """Give a browser in front of it."""
    return Browser(app, phone, origin=PUBLIC)


@dataclass
class Texted:
    """A text that was sent to Ada, and the provider that tells how it goes on."""

    app: Flask
    message: Message
    text_id: str = "SM1"

    def tell(self, status: str, **more: str) -> TestResponse:
        """Tell how the text goes on."""
        return call_back(self.app, self.message.status_url, self.form(status, **more))

    def form(self, status: str, **more: str) -> dict[str, str]:
        """Return what the provider says."""
        ids = {"MessageSid": self.text_id, "SmsSid": self.text_id, "AccountSid": ACCOUNT}
        who = {"From": NUMBER, "To": self.message.to, "ApiVersion": "2010-04-01"}
        return {**ids, **who, "MessageStatus": status, "SmsStatus": status, **more}

    @property
    def code(self) -> Challenge:
        """Return the code that it brings."""
        (code,) = table(self.app.extensions["ssp"], Challenge)
        return code

    @property
    def known(self) -> tuple[str, str | None]:
        """Return the status that the code page shows, and its reason."""
        return self.code.delivery_status, self.code.delivery_reason

    @property
    def failures(self) -> list[Event]:
        """Return what the security log holds of sends that failed."""
        every = events(self.app.extensions["ssp"], "sign_in.code_sent")
        return [each for each in every if each.outcome == "failed"]


@pytest.fixture
def send(app: Flask, browser: Browser, carrier: Talker) -> Callable[[], Texted]:
    """Give what lets Ada set up texts."""

    def send() -> Texted:
        password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
        return Texted(app, carrier.sent[-1])

    return send


@pytest.fixture
def send_again(app: Flask, browser: Browser, carrier: Talker, clock: Clock) -> Callable[..., Texted]:
    """Give what lets Ada ask for a second text after some seconds."""

    def send_again(seconds: int = 30, receipt: Receipt | None = None) -> Texted:
        clock.move(seconds=seconds)
        carrier.receipt = receipt or Accepted("SM2")
        browser.fill("/set-up/text/send")
        return Texted(app, carrier.sent[-1], "SM2")

    return send_again


Send = Callable[..., Texted]


# ---- One text ----


def test_a_text_goes_its_way(send: Send) -> None:
    text = send()
    assert text.known == ("sent", None)
    for status, known in [("queued", "sent"), ("sent", "sent"), ("delivered", "delivered")]:
        answer = text.tell(status)
        assert (answer.status_int, answer.body) == (204, b"")
        assert text.known == (known, None)


@pytest.mark.parametrize(
    "told, known",
    [
        (["delivered", "sent", "queued"], "delivered"),
        (["delivered", "delivered"], "delivered"),
        (["delivered", "undelivered", "failed"], "delivered"),
        (["undelivered", "delivered"], "failed"),
        (["failed", "sent", "queued"], "failed"),
        (["sending", "teleported", ""], "sent"),
    ],
)
def test_news_never_lead_backwards(told: list[str], known: str, send: Send) -> None:
    text = send()
    for status in told:
        assert text.tell(status).status_int == 204
    assert text.known[0] == known


@pytest.mark.parametrize(
    "code, reason",
    [
        ("30006", Reason.NOT_MOBILE),
        ("30007", Reason.BLOCKED),
        ("21610", Reason.OPTED_OUT),
        ("30999", Reason.REFUSED),
        ("", Reason.UNREACHABLE),
    ],
)
def test_a_text_that_failed_later_says_why_and_is_an_event_once(
    code: str, reason: Reason, send: Send, site: Site
) -> None:
    text = send()
    text.tell("undelivered", ErrorCode=code)
    text.tell("undelivered", ErrorCode=code)
    text.tell("failed", ErrorCode="30008")
    assert text.known == ("failed", reason)
    (event,) = text.failures
    assert (event.subject, event.reason, event.authenticator_type) == ("ada", reason, "text")
    assert event.authenticator_id == table(site, Challenge)[0].authenticator_id
    assert (event.address, event.agent) == ("203.0.113.5", "TwilioProxy/1.1")


def test_a_sign_in_goes_on_after_a_text_that_failed(browser: Browser, send: Send, carrier: Talker) -> None:
    text = send()
    text.tell("failed", ErrorCode="30006")
    assert browser.open("/set-up/text").page.status_int == 200
    code = carrier.sent[-1].body.rsplit("#", 1)[-1]
    assert browser.fill("/set-up/text", code=code).path == "/set-up/done"


# ---- Two texts ----


def test_news_of_the_earlier_text_leave_the_page_with_the_newest(send: Send, send_again: Send, site: Site) -> None:
    first, second = send(), send_again()
    first.tell("failed", ErrorCode="30006")
    assert second.known == ("sent", None)
    second.tell("delivered")
    first.tell("delivered")
    assert second.known == ("delivered", None)
    rows = sorted(table(site, Delivery), key=lambda each: each.sent_at)
    assert [(each.status, each.reason) for each in rows] == [("failed", "not_mobile"), ("delivered", None)]
    assert [each.reason for each in first.failures] == ["not_mobile"]


@pytest.mark.parametrize("seconds, left", [(30, True), (301, False)])
def test_an_earlier_text_that_arrives_counts_if_it_brings_the_same_code(
    seconds: int, left: object, carrier: Talker, send: Send, send_again: Send
) -> None:
    carrier.receipt = Unavailable(Reason.PROVIDER_DOWN)
    first = send()
    send_again(seconds, Rejected(Reason.BLOCKED))
    assert first.code.left_at is None
    first.tell("delivered")
    code = first.code
    assert (code.left_at is not None) is left
    assert code.delivery_status == "failed"


# ---- Before the answer, or instead of it ----


def test_news_that_come_before_the_answer_stay(carrier: Talker, send: Send, app: Flask) -> None:
    carrier.tell = lambda message: Texted(app, message).tell("delivered")
    text = send()
    assert text.known == ("delivered", None)
    assert [each.provider_id for each in table(app.extensions["ssp"], Delivery)] == ["SM1"]


def test_a_call_may_ring_and_say_the_code_before_the_answer(
    app: Flask, browser: Browser, carrier: Talker, site: Site
) -> None:
    listeners: list[Listener] = []

    def ring(message: Message) -> None:
        listeners.append(Listener(app, message, "CA1"))
        listeners[0].tell("ringing")
        listeners[0].pick_up("1")

    carrier.tell, carrier.receipt = ring, Accepted("CA1")
    password(browser, ADA).fill(type="voice").fill(phone=ADA.mobile, extension="")
    assert table(site, Delivery)[0].status == "spoken"
    assert browser.fill(code=listeners[0].code).path == "/set-up/done"


@pytest.mark.parametrize(
    "receipt, before", [(Unavailable(Reason.TIMEOUT), "unsure"), (Unavailable(Reason.PROVIDER_DOWN), "failed")]
)
@pytest.mark.parametrize("status, after", [("queued", "sent"), ("sent", "sent"), ("delivered", "delivered")])
def test_news_settle_what_no_answer_left_open(  # noqa: PLR0913, PLR0917 - parameters and fixtures
    receipt: Receipt, before: str, status: str, after: str, carrier: Talker, send: Send
) -> None:
    carrier.receipt = receipt
    text = send()
    assert text.known[0] == before
    text.tell(status)
    assert text.known == (after, None)


def test_a_call_that_seemed_to_fail_says_its_code_all_the_same(app: Flask, browser: Browser, carrier: Talker) -> None:
    carrier.receipt = Unavailable(Reason.PROVIDER_DOWN)
    password(browser, ADA).fill(type="voice").fill(phone=ADA.mobile, extension="")
    assert len(Listener(app, carrier.sent[-1]).pick_up("1").codes) == 2


def test_one_failure_is_one_event_however_sure(carrier: Talker, send: Send) -> None:
    carrier.receipt = Unavailable(Reason.PROVIDER_DOWN)
    text = send()
    text.tell("failed", ErrorCode="30006")
    assert text.known == ("failed", "not_mobile")
    assert [each.reason for each in text.failures] == ["provider_down"]


# ---- What comes along ----


def test_fields_that_nobody_knows_may_come_along(send: Send) -> None:
    text = send()
    more = {f"Unknown{number}": "é \N{SNOWMAN} &=+%" for number in range(32)}
    assert len(text.form("delivered", **more)) == 40
    assert text.tell("delivered", **more).status_int == 204
    assert text.known[0] == "delivered"


def test_they_may_be_many_or_come_twice(send: Send) -> None:
    text = send()
    assert text.tell("sent", **{f"Unknown{number}": "x" for number in range(900)}).status_int == 204
    form = MultiDict([*text.form("delivered").items(), ("Media", "b"), ("Media", "a")])
    assert call_back(text.app, text.message.status_url, form).status_int == 204
    assert text.known[0] == "delivered"


def test_there_is_an_end_to_them(send: Send) -> None:
    text = send()
    assert text.tell("delivered", **{f"Unknown{number}": "x" for number in range(1000)}).status_int == 400
    assert text.known[0] == "sent"


def test_a_callback_is_as_large_as_a_form_at_most(send: Send) -> None:
    text = send()
    assert text.tell("delivered", Body="x" * 65_000).status_int == 204
    assert text.tell("delivered", Body="x" * 66_000).status_int == 413


@pytest.mark.parametrize("odd", ["", "S" * 65, "SM 1", "SM1\n", "\0"])
def test_an_id_that_is_none_changes_nothing(odd: str, send: Send, carrier: Talker) -> None:
    carrier.receipt = Unavailable(Reason.TIMEOUT)
    text = send()
    assert text.tell("delivered", MessageSid=odd, SmsSid=odd).status_int == 204
    assert text.known[0] == "unsure"


def test_a_message_that_nobody_knows_is_taken_and_forgotten(send: Send, site: Site) -> None:
    text = send()
    before = table(site, Delivery), table(site, Challenge), len(table(site, Event))
    for path in ("text", "call"):
        answer = call_back(text.app, f"{PUBLIC}/provider/{path}/{'x' * 22}", text.form("failed"))
        assert (answer.status_int, answer.body) == (204, b"")
    assert (table(site, Delivery), table(site, Challenge), len(table(site, Event))) == before


def test_news_of_a_sign_in_long_forgotten_are_kept_for_the_report(send: Send, site: Site) -> None:
    text = send()
    with site.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM challenge")
    text.tell("undelivered", ErrorCode="30006")
    (row,) = table(site, Delivery)
    assert (row.challenge_id, row.status, row.reason) == (None, "failed", "not_mobile")
    assert text.failures == []


# ---- Over the wire ----


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Give a provider on this machine."""
    with open_provider() as provider:
        yield provider


def test_the_provider_is_told_where_to_tell(make_app: Callable[..., Flask], provider: Provider) -> None:
    app = make_app(demo=False, base_url=PUBLIC, **settings_for(provider.origin))
    password(Browser(app, provider.phone, origin=PUBLIC), ADA).fill(type="text").fill(phone=ADA.mobile)
    (asked,) = provider.asked
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert call_back(app, asked.form["StatusCallback"], form).status_int == 204
    (row,) = table(app.extensions["ssp"], Delivery)
    assert (row.status, row.provider_id) == ("delivered", "SM1")
