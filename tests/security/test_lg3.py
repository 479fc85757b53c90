"""LG3: a log entry is one line of plain ASCII, whatever was typed."""

import json
import logging

import pytest

from ssp.infra.logs import JsonLines
from ssp.web.portal import Site
from tests.people import ADA, Browser, Phone, events, password

FORGED = 'x\r\n{"level": "info", "message": "sign_in.finished"}\u001b[2J\u202e\u2028\x85'


def test_nothing_typed_makes_a_line_of_its_own(
    browser: Browser, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ssp")
    agent = "Mozilla \x1b[31m \u202e".encode().decode("latin-1")
    other = Browser(browser.app, phone, agent=agent)
    other.open("/sign-in").fill(username=FORGED, password=FORGED)
    password(other, ADA)
    lines = [JsonLines().format(each) for each in caplog.records]
    assert len(lines) >= 2
    for line in lines:
        assert line.isascii()
        assert line.isprintable()
        assert json.loads(line)["message"].startswith("sign_in.")


def test_agents_are_kept_without_signs_that_nobody_sees(browser: Browser, phone: Phone, site: Site) -> None:
    agent = ("Mozilla \x1b[31m \u202e\u200b" + "x" * 1000).encode().decode("latin-1")
    password(Browser(browser.app, phone, agent=agent), ADA)
    (event,) = events(site, "sign_in.password")
    assert event.agent.isprintable()
    assert event.agent.startswith("Mozilla [31m ")
    assert len(event.agent) == 300
