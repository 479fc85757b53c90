"""OT16: a provider that fails or hangs opens no session, costs no try, and holds up nobody else."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from ssp.infra.telephony.carrier import Accepted, Message, Reason, Receipt, Rejected, Unavailable
from ssp.infra.telephony.pool import BoundedSender
from ssp.models import Challenge, Session, Throttle
from tests.conftest import Clock
from tests.people import ADA, Browser, FakeCarrier, Phone, password, replaced, set_up_text, sign_out, table


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
    pool = BoundedSender(hanging, workers=1, queue=0, wait_s=0.02)
    with replaced(app, carrier=pool):
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
    pool.close()
