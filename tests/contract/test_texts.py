"""Every text that the portal's pages ask the provider for fits Twilio's own description, whatever the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.senders import SETTINGS, credentials, is_called_back
from tests.people import ADA, password, sign_out
from tests.provider import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Clock
    from tests.contract.examiner import Examiner
    from tests.people import Browser

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("name", SETTINGS)
def test_texts_at_set_up_at_sign_in_and_again(
    visit: Callable[..., Browser], examiner: Examiner, clock: Clock, name: str
) -> None:
    settings = SETTINGS[name]
    browser = visit(**settings)
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    clock.move(seconds=30)
    browser.fill("/set-up/text/send")
    browser.fill(code=browser.phone.text_code())
    assert browser.path == "/set-up/done"
    sign_out(browser)
    clock.move(minutes=10)
    password(browser, ADA)
    clock.move(seconds=30)
    browser.fill("/sign-in/code/send")
    clock.move(seconds=60)
    browser.fill("/sign-in/code/send")
    browser.fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.path == "/"
    every = examiner.provider.asked
    # As long as the code is good, which the first message and its repetitions share.
    assert [each.form["ValidityPeriod"] for each in every] == ["600", "570", "600", "570", "510"]
    assert {each.form.get("From") for each in every} == {settings.get("twilio_from", NUMBER)}
    assert {each.form.get("MessagingServiceSid") for each in every} == {settings.get("twilio_messaging_service_sid")}
    assert {each.credentials for each in every} == {credentials(settings)}
    assert {"StatusCallback" in each.form for each in every} == {is_called_back(settings)}
