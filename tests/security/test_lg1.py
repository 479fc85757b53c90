"""LG1: every action leaves one event: who, what, by which way, how it went and why, from where, which request."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ssp.flows import codes, delivery_check, links, people, set_up
from ssp.flows.attempts import Over
from ssp.flows.portal import Visit
from ssp.infra.account import account
from ssp.infra.logs import JsonLines
from ssp.infra.phones import Line as PhoneLine
from ssp.infra.telephony.carrier import Accepted, Reason, Rejected
from ssp.models import user
from ssp.settings import Rate
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.listener import call_back
from tests.people import (
    ADA,
    BEN,
    Browser,
    FakeCarrier,
    Human,
    Phone,
    events,
    join,
    let_mail_leave,
    password,
    replaced,
    set_up_text,
    sign_in_by_text,
    sign_out,
    wrong,
)
from tests.provider import ACCOUNT, NUMBER, settings_for

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
            assert (each.address, each.agent[:11], each.actor) == ("127.0.0.1", "Mozilla/5.0", "visitor")
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
    assert {(each.subject, each.agent, each.address) for each in fresh} == {("ada", "command line", "-")}
    assert {each.actor for each in fresh} == {f"operator:{account()}"}
    assert {each.request_id for each in fresh} == {people.OPERATOR.request_id}
    assert len(people.OPERATOR.request_id) == 22


def test_people_from_a_file(app: Flask, site: Site, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "username,email,name,groups,password_hash\n"
        "dora,dora@example.test,Dora,agents,$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy\n"
    )
    assert app.test_cli_runner().invoke(args=["user", "import", str(tmp_path / "people.csv")]).exit_code == 0
    added = events(site, "user.added")[-1]
    assert (added.subject, added.reason, added.actor) == ("dora", "import", people.OPERATOR.actor)
    assert added.request_id == people.OPERATOR.request_id


def test_a_test_text(app: Flask, site: Site) -> None:
    for receipt in (Accepted("SM1"), Rejected(Reason.TRIAL)):
        with replaced(app, carrier=FakeCarrier(receipt)):
            delivery_check.send_test(app.extensions["ssp"], PhoneLine(ADA.mobile, None), voice=False)
    found = events(site, "delivery.tested")
    assert [(each.outcome, each.reason, each.subject) for each in found] == [
        ("done", "text", "-"),
        ("failed", "text", "-"),
    ]
    assert {each.actor for each in found} == {people.OPERATOR.actor}


def test_a_right_password_of_an_account_that_is_disabled_meanwhile(browser: Browser, app: Flask, site: Site) -> None:
    class Slow:
        """A check of passwords that takes so long that an operator is faster."""

        def check(self, *given: Any, **more: Any) -> Any:  # noqa: ANN401 - as it is called
            people.disable(site, "ada")
            return site.passwords.check(*given, **more)

    with replaced(app, passwords=Slow()):
        password(browser, ADA)
    assert "do not match" in browser.problem
    found = events(site)[-1]
    assert (found.kind, found.outcome, found.reason) == ("sign_in.password", "refused", "changed_meanwhile")
    assert (found.subject, found.actor) == ("ada", "visitor")


def test_a_code_for_a_sign_in_that_is_over(browser: Browser, book: Book, clock: Clock, site: Site) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    token = browser.cookies["ssp_session"].partition(".")[2]
    book.new()
    people.disable(site, "ada")
    visit = Visit("127.0.0.1", "Mozilla/5.0", "REQUEST-10")
    assert codes.answer(site, visit, token, browser.phone.text_code(), trust=False) is Over.ENDED
    people.enable(site, "ada")
    clock.move(minutes=11)
    assert codes.answer(site, visit, "no such token", "123456", trust=False) is Over.NONE
    found = events(site)[-3:]
    assert [(each.kind, each.outcome, each.reason) for each in found] == [
        ("user.disabled", "done", None),
        ("sign_in.over", "refused", "ended"),
        ("user.enabled", "done", None),
    ]
    assert {each.subject for each in found} == {"ada"}


def test_a_code_that_comes_after_ten_minutes(browser: Browser, clock: Clock, site: Site) -> None:
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    token = browser.cookies["ssp_session"].partition(".")[2]
    clock.move(minutes=11)
    visit = Visit("127.0.0.1", "Mozilla/5.0", "REQUEST-10")
    assert set_up.confirm(site, visit, token, "text", browser.phone.text_code()) is Over.EXPIRED
    (late,) = events(site, "sign_in.over")
    assert (late.outcome, late.reason, late.subject, late.actor) == ("refused", "expired", "ada", "visitor")


@pytest.mark.parametrize("limit", ["line", "number", "person", "address"])
def test_which_limit_refused_a_code(limit: str, make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    app = make_app(**{f"limit_{limit}": (Rate(1, timedelta(hours=1)),)})
    browser = password(Browser(app, phone), ADA).fill(type="text").fill(phone=ADA.mobile)
    clock.move(minutes=2)
    browser.fill("/set-up/text/send")
    refused = events(app.extensions["ssp"], "sign_in.code_sent")[-1]
    assert (refused.outcome, refused.reason, refused.authenticator_type) == ("refused", f"too_many_{limit}", "text")


def test_a_number_that_others_have(browser: Browser, site: Site, app: Flask, phone: Phone) -> None:
    crowd = [Human(f"user{number}", ADA.password, mobile=ADA.mobile) for number in range(6)]
    join(site, *crowd)
    for human in crowd[:5]:
        set_up_text(Browser(app, phone), human)
    password(browser, crowd[5]).fill(type="text").fill(phone=ADA.mobile)
    refused = events(site)[-1]
    assert (refused.kind, refused.outcome, refused.reason) == ("authenticator.set_up_begun", "refused", "crowded")


def test_a_number_that_one_has_already(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    browser.fill("/set-up/another").fill(type="text").fill(phone=ADA.mobile)
    refused = events(site)[-1]
    assert (refused.kind, refused.outcome, refused.reason) == ("authenticator.set_up_begun", "refused", "held")


def test_a_trusted_device_that_makes_room(app: Flask, phone: Phone, clock: Clock, site: Site) -> None:
    sign_out(set_up_text(Browser(app, phone), ADA))
    for _ in range(11):
        clock.move(hours=3)
        sign_out(sign_in_by_text(Browser(app, phone), ADA, trust=True))
    (revoked,) = events(site, "device.revoked")
    assert (revoked.outcome, revoked.reason, revoked.subject) == ("done", "too_many", "ada")


def test_callbacks_that_nobody_signed(make_app: Callable[..., Flask], clock: Clock) -> None:
    app = make_app(demo=False, base_url="https://portal.example.org", **settings_for(None))
    site = app.extensions["ssp"]
    for token, seconds in (("wrong", 0), ("wrong", 59), ("wrong", 1), ("wrong", 30)):
        clock.move(seconds=seconds)
        answer = call_back(app, f"https://portal.example.org/provider/text/{'d' * 22}", {"a": "b"}, token=token)
        assert answer.status_int == 403
    found = events(site, "delivery.callback_refused")
    assert len(found) == 2, "one a minute, however many come"
    assert {(each.outcome, each.reason, each.subject) for each in found} == {("refused", "unsigned", "-")}
    assert {(each.actor, each.address) for each in found} == {("visitor", "203.0.113.5")}


@pytest.mark.usefixtures("clock")
def test_news_of_the_provider_are_its_own(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(demo=False, base_url="https://portal.example.org", **settings_for(None))
    carrier = FakeCarrier(Accepted("SM1"))
    with replaced(app, carrier=carrier):
        browser = Browser(app, phone, origin="https://portal.example.org")
        password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
        form = {"MessageSid": "SM1", "SmsSid": "SM1", "AccountSid": ACCOUNT, "From": NUMBER, "To": ADA.mobile}
        call_back(app, carrier.sent[0].status_url, {**form, "MessageStatus": "undelivered", "ErrorCode": "30003"})
    failed = events(app.extensions["ssp"], "sign_in.code_sent")[-1]
    assert (failed.outcome, failed.subject, failed.actor) == ("failed", "ada", "provider")


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


def test_what_is_over_is_told_once_an_hour(browser: Browser, other_browser: Browser, clock: Clock, site: Site) -> None:
    """Whoever has a used link, or the cookie of an old sign-in, pushes nothing else out of sight."""
    set_up_text(browser, ADA)
    let_mail_leave(browser.app)
    other_browser.open(other_browser.phone.link("not-me", ADA.email))
    pressed = other_browser.fields()
    other_browser.fill()
    sent_again = {"csrf_token": other_browser.csrf(), "link": pressed["link"]}
    let_mail_leave(browser.app)
    password(browser, BEN)
    token = browser.cookies["ssp_session"].partition(".")[2]
    sign_out(browser)

    def press() -> list[str]:
        before = len(events(site))
        for _ in range(5):
            other_browser.post("/not-me", pressed)
            other_browser.post("/not-me/send", sent_again)
            set_up.confirm(site, Visit("127.0.0.1", "Mozilla/5.0", "R"), token, "text", "123456")
        return sorted(each.kind for each in events(site)[before:] if each.outcome == "refused")

    told = ["notice.disowned", "recovery.begun", "sign_in.over"]
    assert press() == told
    assert press() == []
    clock.move(minutes=61)
    other_browser.open(other_browser.phone.link("not-me", ADA.email))
    assert press() == told


def test_a_used_link_to_a_new_password_is_told_once_an_hour(browser: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        url = links.make(connection, site, person, links.Purpose.PASSWORD)
    form = browser.open(url.removeprefix(site.settings.origin)).fields() | {"new_password": "a kettle sings to nobody"}
    browser.fill(new_password=form["new_password"])
    browser.open(url.removeprefix(site.settings.origin))
    for _ in range(5):
        browser.post("/password", form)
    assert [each.outcome for each in events(site, "recovery.finished")] == ["done", "refused"]
