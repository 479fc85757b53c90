"""OT15: a way that does not need the phone network is always offered, and its risk is said before a phone is bound."""

import pytest

from ssp.settings import Settings
from tests.people import ADA, Browser, password


@pytest.mark.parametrize("kind", ["text", "voice"])
def test_the_risk_is_said_before_a_number_is_typed(browser: Browser, kind: str) -> None:
    password(browser, ADA)
    assert "over the phone network" in browser.words
    assert browser.page.html.select("input[value=totp]")
    browser.fill(type=kind)
    assert "over the phone network; an authenticator app is safer" in browser.words
    assert browser.phone.messages() == []


def test_phones_can_be_left_out() -> None:
    assert Settings(demo=True, authenticators=("totp",)).offered == ("totp",)
