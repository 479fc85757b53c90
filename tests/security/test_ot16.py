"""OT16: a provider that fails or hangs opens no session, costs no try, and holds up nobody else."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest
from flask import Flask

from ssp.infra.telephony import pool, twilio
from ssp.infra.telephony.carrier import Accepted, Message, Reason, Receipt, Rejected, Unavailable
from ssp.infra.telephony.pool import BoundedSender
from ssp.infra.telephony.twilio import TwilioCarrier
from ssp.models import Challenge, Session, Throttle
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    FakeCarrier,
    Human,
    Phone,
    join,
    password,
    replaced,
    set_up_app,
    set_up_text,
    sign_out,
    table,
)
from tests.provider import open_provider, settings_for


@pytest.mark.parametrize("receipt", [Unavailable(Reason.PROVIDER_DOWN), Rejected(Reason.BLOCKED)])
def test_a_failure_costs_nothing(app: Flask, browser: Browser, clock: Clock, receipt: Receipt) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    with replaced(app, carrier=FakeCarrier(receipt)) as site:
        assert password(browser, ADA).path == "/sign-in/code"
        (code,) = [each for each in table(site, Challenge) if each.purpose == "sign-in"]
        assert code.tries == 0
        assert [each for each in table(site, Throttle) if each.key.startswith("second-factor")] == []
        assert [each for each in table(site, Session) if each.ended_at is None] == []


class Hanging:
    """A provider that answers when it is told to."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked = 0

    def send(self, message: Message) -> Receipt:
        self.asked += 1
        self.released.wait(30)
        return Accepted(message.to)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """Give a provider that hangs until the test is over."""
    provider = Hanging()
    yield provider
    provider.released.set()


def test_a_provider_that_hangs_is_waited_for_briefly_and_never_asked_again(
    app: Flask, browser: Browser, other_browser: Browser, phone: Phone, hanging: Hanging
) -> None:
    sender = BoundedSender(hanging, workers=1, queue=0, wait_s=0.02)
    with replaced(app, carrier=sender):
        password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
        assert browser.path == "/set-up/text"
        assert "may still arrive" in browser.note
        other_browser.open("/sign-in", status=200)
        other_browser.open("/help/", status=200)
        password(other_browser, ADA).fill(type="voice").fill(phone=ADA.office, extension="")
        assert "We could not send the code just now" in other_browser.note
        other_browser.open("/set-up").fill(type="totp")
        assert other_browser.path == "/set-up/totp"
    assert hanging.asked == 1
    assert phone.messages() == []
    hanging.released.set()
    sender.close()


def test_nobody_waits_for_more_than_ten_seconds() -> None:
    assert twilio.CONNECT_SECONDS == 3
    assert max(twilio.WHOLE_SECONDS, pool.WAIT_SECONDS) <= 8
    assert len(twilio.BACKOFF) <= 2


def test_a_crowd_at_a_provider_that_hangs_leaves_the_portal_to_all_others(make_app: Callable[..., Flask]) -> None:
    crowd = [Human(f"p{number}", "lantern over quiet harbor", mobile=f"+120555501{number + 30}") for number in range(8)]
    with open_provider() as provider:
        app = make_app(**settings_for(provider.origin))
        site = app.extensions["ssp"]
        join(site, *crowd)
        provider.answer = provider.hang
        sender = BoundedSender(
            TwilioCarrier(site.settings, (5.0, 30.0)), workers=2, queue=1, queued_s=30.0, wait_s=30.0
        )
        browsers = [password(Browser(app, provider.phone), human).fill(type="text") for human in crowd]
        with replaced(app, carrier=sender), ThreadPoolExecutor(len(crowd)) as people:
            asked = [people.submit(each.fill, phone=human.mobile) for each, human in zip(browsers, crowd, strict=True)]
            told = [each.result() for each in islice(as_completed(asked, 20), 5)]
            # Two with the provider and one behind them wait; all others choose another way, and sign in with it.
            assert [each.path for each in told] == ["/set-up/text"] * 5
            assert all(each.note or each.problem for each in told)
            passer_by = Browser(app, provider.phone)
            set_up_app(passer_by, ADA)
            assert passer_by.path == "/set-up/done"
            assert sum(each.done() for each in asked) == 5
            assert len(provider.asked) == 2
            provider.over.set()
        sender.close()
