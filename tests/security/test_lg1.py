"""LG1: every action leaves one event: who, what, by which way, how it went and why, from where, which request."""

import json
import logging
from datetime import UTC, datetime

import pytest
from flask import Flask

from ssp.flows import people
from ssp.infra.logs import JsonLines
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, events, password, set_up_text, sign_in_by_text, sign_out, wrong

Line = tuple[str, str, str | None, str | None]


class Book:
    """The security log, read on from where it was read last."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._read = len(events(site))

    def new(self) -> list[Line]:
        """Return what came since: kind, outcome, reason and way; all came from this browser."""
        fresh = events(self._site)[self._read :]
        self._read += len(fresh)
        for each in fresh:
            assert (each.address, each.agent[:11]) == ("127.0.0.1", "Mozilla/5.0")
            assert len(each.request_id) == 10
            assert each.at.tzinfo is UTC
            assert bool(each.authenticator_id) is bool(each.authenticator_type)
        return [(each.kind, each.outcome, each.reason, each.authenticator_type) for each in fresh]


@pytest.fixture
def book(site: Site) -> Book:
    """Give the security log."""
    return Book(site)


def test_a_password(browser: Browser, book: Book, site: Site) -> None:
    for human, typed in (("ada", "no"), ("nobody", "no")):
        browser.open("/sign-in").fill(username=human, password=typed)
    assert book.new() == [
        ("sign_in.password", "refused", "wrong", None),
        ("sign_in.password", "refused", "unknown", None),
    ]
    first, second = events(site, "sign_in.password")
    assert (first.subject, first.user_id is None) == ("ada", False)
    assert (second.subject.startswith("unknown:"), second.user_id) == (True, None)
    password(browser, ADA)
    assert book.new() == [("sign_in.password", "done", None, None)]


def test_a_set_up(browser: Browser, book: Book) -> None:
    password(browser, ADA)
    book.new()
    browser.fill(type="text").fill(phone=ADA.mobile)
    assert book.new() == [
        ("authenticator.set_up_begun", "done", None, "text"),
        ("sign_in.code_sent", "done", None, "text"),
    ]
    browser.fill(code=wrong(browser.phone.text_code()))
    assert book.new() == [("sign_in.second_factor", "refused", "wrong", "text")]
    browser.fill(code=browser.phone.text_code())
    assert book.new() == [
        ("sign_in.second_factor", "done", "accepted", "text"),
        ("authenticator.set_up", "done", None, "text"),
        ("sign_in.finished", "done", "sms", None),
    ]
    browser.fill("/set-up/another")
    assert book.new() == [("session.signed_out", "done", "adding_authenticator", None)]
    browser.fill("/set-up/later")
    assert book.new() == [("sign_in.finished", "done", "sms", None)]
    sign_out(browser)
    assert book.new() == [("session.signed_out", "done", None, None)]


def test_a_sign_in_with_trust(browser: Browser, book: Book, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    book.new()
    password(browser, ADA)
    assert book.new() == [("sign_in.password", "done", None, None), ("sign_in.code_sent", "done", None, "text")]
    browser.fill("/sign-in/code", code=browser.phone.text_code(), trust_device=True)
    assert book.new() == [
        ("sign_in.second_factor", "done", "accepted", "text"),
        ("device.trusted", "done", None, None),
        ("sign_in.finished", "done", "sms", None),
    ]
    old = sign_out(browser).devices
    book.new()
    password(browser, ADA)
    assert book.new() == [
        ("sign_in.password", "done", None, None),
        ("device.used", "done", "trusted", None),
        ("sign_in.finished", "done", "device", None),
    ]
    sign_out(browser)
    clock.move(minutes=1)
    book.new()
    password(browser.carry(old), ADA)
    assert book.new() == [
        ("sign_in.password", "done", None, None),
        ("device.revoked", "refused", "replayed", None),
        ("sign_in.code_sent", "done", None, "text"),
    ]
    browser.fill("/sign-out")
    assert book.new() == [("sign_in.given_up", "done", None, None)]


def test_a_preference(browser: Browser, book: Book, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=90)
    sign_in_by_text(browser, ADA)
    book.new()
    form = browser.form()
    browser.page = form.submit("answer", value="change").follow()
    assert book.new() == [("authenticator.preference", "done", "change_wanted", None)]
    browser.fill("/set-up/later")
    assert book.new() == [
        ("authenticator.preference", "done", "kept", "text"),
        ("sign_in.finished", "done", "sms", None),
    ]


def test_what_operators_do(site: Site) -> None:
    for deed in (people.disable, people.enable, people.reset_mfa, people.unlock):
        deed(site, "ada")
    fresh = events(site)[-4:]
    assert [each.kind for each in fresh] == [
        "user.disabled",
        "user.enabled",
        "authenticator.removed",
        "authenticator.resumed",
    ]
    assert {(each.subject, each.agent) for each in fresh} == {("ada", "command line")}


def test_each_is_a_line_of_json_too(browser: Browser, app: Flask, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ssp")
    already = len(events(site))
    set_up_text(browser, ADA)
    lines = [json.loads(JsonLines().format(each)) for each in caplog.records if each.name == "ssp.events"]
    rows = events(site)[already:]
    assert [line["message"] for line in lines] == [row.kind for row in rows]
    for line, row in zip(lines, rows, strict=True):
        assert datetime.fromisoformat(line["at"]).utcoffset() == row.at.utcoffset()
        logged = line["event"]
        assert (logged["subject"], logged["outcome"], logged["reason"]) == (row.subject, row.outcome, row.reason)
        assert (logged["request_id"], logged["address"]) == (row.request_id, row.address)
    assert app.extensions["ssp"] is site
