"""Every request that the portal's pages make of the provider fits Twilio's own description, whatever the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.people import ADA, Browser, password, sign_out
from tests.provider import ACCOUNT, NUMBER, TOKEN

if TYPE_CHECKING:
    from tests.conftest import Clock
    from tests.contract.examiner import Examiner

pytestmark = pytest.mark.contract

KEY = "SK" + "0" * 32
SECRET = "secret-of-the-key"
SERVICE = "MG" + "0" * 32
CALLER = "+12055550199"
SETTINGS: dict[str, dict[str, Any]] = {
    "auth token and number": {},
    "API key": {"twilio_api_key": KEY, "twilio_api_secret": SECRET},
    "API key alone": {"twilio_auth_token": None, "twilio_api_key": KEY, "twilio_api_secret": SECRET},
    "messaging service": {"twilio_from": None, "twilio_messaging_service_sid": SERVICE, "twilio_voice_from": CALLER},
    "short code": {"twilio_from": "12345", "twilio_voice_from": CALLER},
    "name": {"twilio_from": "Example 1", "twilio_voice_from": CALLER},
    "not called back": {"callbacks": False},
    "no key to press": {"voice_press_key": False},
    "long and odd words": {"portal_name": f"<Say> & “Us” 門 {'x' * 60}", "text_digits": 8, "voice_digits": 8},
}
Visit = Callable[..., Browser]


def ask_again(browser: Browser, clock: Clock, path: str, after: int) -> None:
    clock.move(seconds=after)
    browser.fill(path)
    assert browser.problem == ""


def is_called_back(settings: dict[str, Any]) -> bool:
    return "callbacks" not in settings and "twilio_auth_token" not in settings


def credentials(settings: dict[str, Any]) -> str:
    return f"{KEY}:{SECRET}" if "twilio_api_key" in settings else f"{ACCOUNT}:{TOKEN}"


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_texts_at_set_up_at_sign_in_and_again(
    visit: Visit, examiner: Examiner, clock: Clock, settings: dict[str, Any]
) -> None:
    browser = visit(**settings)
    password(browser, ADA).fill(type="text")
    browser.fill(phone=ADA.mobile)
    ask_again(browser, clock, "/set-up/text/send", 30)
    browser.fill(code=browser.phone.text_code())
    assert browser.path == "/set-up/done"
    sign_out(browser)
    clock.move(minutes=10)
    password(browser, ADA)
    ask_again(browser, clock, "/sign-in/code/send", 30)
    ask_again(browser, clock, "/sign-in/code/send", 60)
    browser.fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.path == "/"
    every = examiner.provider.asked
    # As long as the code is good, which the first message and its repetitions share.
    assert [each.form["ValidityPeriod"] for each in every] == ["600", "570", "600", "570", "510"]
    assert {each.form.get("From") for each in every} == {settings.get("twilio_from", NUMBER)}
    assert {each.form.get("MessagingServiceSid") for each in every} == {settings.get("twilio_messaging_service_sid")}
    assert {each.credentials for each in every} == {credentials(settings)}
    assert {"StatusCallback" in each.form for each in every} == {is_called_back(settings)}
