"""OT13: a call is well-formed whatever the portal's name, holds nothing that people typed, and repeats the code."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from tests.people import ADA, Browser, Phone, password
from tests.security.tools import calls


@pytest.mark.parametrize("name", ["A & B <Co>", '"/></Say><Dial>+19005550100</Dial><Say>', "{{7*7}}", "]]>"])
def test_the_name_is_escaped(make_app: Callable[..., Flask], phone: Phone, name: str) -> None:
    password(Browser(make_app(portal_name=name), phone), ADA).fill(type="voice").fill(phone=ADA.office, extension="12")
    (call,) = phone.messages("voice")
    document = ET.fromstring(call["body"])  # noqa: S314 - our own document
    assert {part.tag for part in document} == {"Say", "Pause", "Hangup"}
    assert "49" not in calls(phone)[0]
    assert ADA.username not in call["body"]
    assert ADA.office[2:] not in call["body"]


def test_digits_come_one_by_one_and_more_than_once(browser: Browser) -> None:
    password(browser, ADA).fill(type="voice").fill(phone=ADA.office, extension="")
    spelled = ", ".join(browser.phone.spoken_code()) + "."
    assert calls(browser.phone).count(spelled) >= 2
