"""LG2: no log line, event or error page holds a password, code, secret, token, key or full phone number."""

import logging
import re
from typing import NoReturn

import pytest
from flask import Flask
from sqlalchemy import create_engine, insert
from sqlalchemy.exc import IntegrityError, OperationalError

from ssp.flows import sealing
from ssp.infra.clock import now
from ssp.infra.logs import JsonLines
from ssp.models import Event, EventBlock, Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    let_mail_leave,
    make_codes,
    password,
    recover,
    replaced,
    set_up_app,
    set_up_text,
    set_up_voice,
    sign_out,
    table,
    wrong,
)

CANARY = "c4n4ry-8d1f0e55"


class Failing:
    """A part that fails and tells, in what it raises, what it was handed."""

    def __init__(self, kind: type[Exception]) -> None:
        self._kind = kind

    def check(self, stored: str, typed: str, **_more: object) -> NoReturn:
        if self._kind is OperationalError:
            raise OperationalError(f"SELECT {typed}", {"password": typed}, Exception("disk I/O error"))
        raise self._kind(f"{stored} {typed}")


class Quoting:
    """A part that fails as another one did."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def check(self, *_words: object, **_more: object) -> NoReturn:
        raise self._error


def everything(caplog: pytest.LogCaptureFixture, site: Site) -> str:
    lines = [JsonLines().format(each) + each.getMessage() for each in caplog.records]
    assert any("sign_in" in line for line in lines)
    return "\n".join(lines + [repr(each) for each in table(site, Event)])


def test_a_password_typed_into_any_field(browser: Browser, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ssp")
    browser.open("/sign-in").fill(username=CANARY, password=CANARY)
    browser.open("/sign-in").fill(username="ada", password=CANARY)
    browser.open(f"/sign-in?next=/{CANARY}")
    password(browser, ADA)
    for fields in ({"type": CANARY}, {"type": "text"}):
        browser.page = browser.post("/set-up", {"csrf_token": browser.csrf(), **fields})
    browser.open("/set-up/text").fill(phone=CANARY)
    browser.fill(phone=ADA.mobile)
    browser.fill(code=CANARY)
    browser.open("/set-up").fill(type="voice")
    browser.fill(phone=ADA.office, extension=CANARY)
    browser.open(f"/{CANARY}", status=404)
    browser.open(f"/help/?q={CANARY}")
    assert CANARY not in everything(caplog, site)


def test_recovery_codes(browser: Browser, site: Site, caplog: pytest.LogCaptureFixture, clock: Clock) -> None:
    caplog.set_level(logging.DEBUG, "ssp")
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    codes = make_codes(browser, ADA)
    browser.fill("/account/recovery-codes/download")
    clock.move(minutes=1)
    recover(sign_out(browser), ADA, codes[1][:2] + codes[0][2:])
    browser.fill(recovery_code=codes[0])
    assert browser.path == "/set-up"
    told = everything(caplog, site)
    for code in codes:
        for spelled in (code, code.replace("-", ""), code[3:], code[3:].replace("-", "")):
            assert spelled not in told.upper()


@pytest.mark.parametrize("kind", [ValueError, KeyError, OperationalError])
def test_what_goes_wrong_tells_nothing(
    browser: Browser, app: Flask, site: Site, caplog: pytest.LogCaptureFixture, kind: type[Exception]
) -> None:
    caplog.set_level(logging.DEBUG, "ssp")
    password(browser, BEN).fill("/sign-out")
    with replaced(app, passwords=Failing(kind)):
        browser.open("/sign-in").fill(username="ada", password=CANARY)
    assert browser.page.status_int in {500, 503}
    (line,) = [JsonLines().format(each) for each in caplog.records if each.name == "ssp.errors"]
    for text in (browser.page.text, line, everything(caplog, site)):
        assert CANARY not in text
        assert "$argon2id$" not in text


@pytest.mark.postgresql
def test_nor_does_a_database_that_quotes_the_row(
    browser: Browser, postgresql_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_engine(postgresql_url, hide_parameters=True)
    at = now()
    twice = [{"key": CANARY, "count": 1, "since": at, "updated_at": at}] * 2
    with pytest.raises(IntegrityError) as caught, engine.begin() as connection:
        connection.execute(insert(Throttle), twice)
    engine.dispose()
    assert CANARY in str(caught.value.orig)
    with replaced(browser.app, passwords=Quoting(caught.value)):
        assert password(browser, ADA).page.status_int == 503
    (line,) = [JsonLines().format(each) for each in caplog.records if each.name == "ssp.errors"]
    assert CANARY not in line
    assert "duplicate key value" in line


def test_a_whole_journey(browser: Browser, site: Site, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ssp")
    secrets = [ADA.password, BEN.password, ADA.mobile[2:], ADA.office[2:], "555-0123", "555-0145"]
    set_up_text(browser, ADA)
    secrets += browser.cookies.values()
    sign_out(browser)
    clock.move(minutes=1)
    password(browser, ADA)
    secrets += [browser.csrf(), browser.phone.text_code(), wrong(browser.phone.text_code())]
    browser.fill("/sign-in/code", code=wrong(browser.phone.text_code()))
    secrets += browser.cookies.values()
    browser.fill("/sign-in/code", code=browser.phone.text_code(), trust_device=True)
    secrets += browser.cookies.values()
    sign_out(browser)
    assert password(browser, ADA).path == "/"
    sign_out(browser)
    token = set_up_app(browser, BEN)
    secrets += [token.secret, token.code(), token.code(1)]
    sign_out(browser)
    secrets += [line.split()[1] for line in site.settings.key_file.read_text().splitlines()]
    seen = everything(caplog, site)
    secrets += [part for value in secrets for part in value.split(".") if len(part) > 20]
    assert len(secrets) > 20
    assert not [secret for secret in secrets if secret in seen]


def test_links_and_the_password_chosen_by_one(browser: Browser, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ssp")
    set_up_text(browser, ADA)
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me")).fill("/not-me")
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("password")).fill(new_password=CANARY)
    browser.open(f"/password/{CANARY}").open(f"/not-me/{CANARY}")
    browser.open(browser.phone.link("password")[:-1])
    seen = everything(caplog, site)
    for secret in (CANARY, *[browser.phone.link(page).rpartition("/")[2] for page in ("not-me", "password")]):
        assert secret not in seen
    assert "recovery.begun" in seen


@pytest.mark.usefixtures("clock")  # so that no microseconds look like a code
def test_a_spoken_code_and_its_line(browser: Browser, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ssp")
    set_up_voice(browser, ADA, "98765")
    seen = everything(caplog, site)
    assert not [each for each in (browser.phone.spoken_code(), ADA.office[2:], "98765") if each in seen]


def test_unknown_usernames_are_digests_that_need_the_key(browser: Browser, site: Site) -> None:
    for _ in range(2):
        browser.open("/sign-in").fill(username=CANARY, password="x")
    browser.open("/sign-in").fill(username=f"{CANARY}2", password="x")
    subjects = [each.subject for each in table(site, Event) if each.subject.startswith("unknown:")]
    assert len(subjects) == 3
    assert len(set(subjects)) == 2
    assert subjects[0] == f"unknown:{site.keys.mac('log', CANARY)[:16]}"


def test_what_commands_show_of_the_log_holds_none_either(browser: Browser, app: Flask, site: Site) -> None:
    browser.open("/sign-in").fill(username=CANARY, password=CANARY)
    token = set_up_app(browser, BEN)
    secrets = [CANARY, BEN.password, token.secret, token.code(), *browser.cookies.values()]
    secrets += [line.split()[1] for line in site.settings.key_file.read_text().splitlines()]
    runner = app.test_cli_runner()
    shown = [
        runner.invoke(args=["events", *words]).output
        for words in (["show", "--most", "1000"], ["seal"], ["verify"], ["list"], ["show", CANARY[:3]])
    ]
    assert "sign_in.password" in shown[0]
    assert not [secret for secret in secrets if any(secret in each for each in shown)]


def test_blocks_of_the_log_hold_digests_alone(browser: Browser, site: Site) -> None:
    browser.open("/sign-in").fill(username=CANARY, password=CANARY)
    set_up_text(browser, ADA)
    sealing.seal(site)
    (block,) = table(site, EventBlock)
    assert re.fullmatch(r"([0-9]+=[0-9a-f]{12} ?)+", block.marks)
    assert re.fullmatch(r"[0-9a-f]{64}", block.digest)
