"""LG3: whatever was typed, no row, log line or command shows anything that forges a line or turns one around."""

import json
import logging

import pytest
from flask import Flask

from ssp.flows import people
from ssp.infra.clock import now
from ssp.infra.logs import JsonLines
from ssp.models import event
from ssp.web.portal import Site
from tests.people import ADA, Browser, Phone, events, password, set_up_text

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


HOSTILE = "x\r\n2026-11-22 14:00:07Z  sign_in.finished\x1b[2J\x1b]0;t\x07\u202e\u2066\u200b\ufeff\u2028\x85\x7f"


def test_no_command_lets_through_what_forges_a_line(phone: Phone, app: Flask, site: Site) -> None:
    people.add(site, people.NewPerson("mallory", "m@example.test", HOSTILE, (HOSTILE,)), ADA.password)
    agent = HOSTILE.replace("\r\n", "").encode().decode("latin-1")
    Browser(app, phone, agent=agent).open("/sign-in").fill(username=FORGED, password=FORGED)
    with site.database.writing() as connection:  # as a row that some other program wrote
        event.add(connection, **{**ROW, "at": now(), "user_id": None})
    for words in (["events", "show"], ["events", "verify"], ["user", "show", "mallory"], ["user", "list"]):
        done = app.test_cli_runner().invoke(args=words)
        assert done.exit_code == 0
        every = done.stdout.split("\n")
        assert all(line.replace("\t", "").isprintable() for line in every), words
        assert not [line for line in every if line.startswith("2026-11-22 14:00:07Z  sign_in.finished")]


def test_each_row_and_line_is_plain_whatever_is_typed(
    phone: Phone, app: Flask, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ssp")
    agent = HOSTILE.replace("\r\n", "").encode().decode("latin-1")
    web = Browser(app, phone, agent=agent)
    for username in (FORGED, HOSTILE, f"ada{HOSTILE}", "ada\u200b", "\u202eada", "ada\n"):
        web.open("/sign-in").fill(username=username, password=HOSTILE)
    set_up_text(web, ADA)
    for row in events(site):
        for text in (row.kind, row.subject, row.actor, row.address, row.agent, row.request_id, row.reason or ""):
            assert text.isprintable()
    for record in caplog.records:
        line = JsonLines().format(record)
        assert line.isascii()
        assert line.isprintable()


ROW = {
    "kind": HOSTILE[:20],
    "outcome": "done\r\n",
    "reason": "\x1b[31m",
    "subject": "\u202eada",
    "actor": "\u200b",
    "authenticator_type": "\x85",
    "authenticator_id": None,
    "address": "\u2028",
    "agent": HOSTILE,
    "request_id": "\x9b",
}
