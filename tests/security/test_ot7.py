"""OT7: how many codes may leave for one sign-in, number, person, address and the whole site, by text and call alike."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from ssp.authenticators import limits
from ssp.authenticators.protocol import Bearer
from ssp.infra.clock import now
from ssp.infra.telephony.carrier import Reason, Receipt, Rejected, Unavailable
from ssp.models import Authenticator, PendingSignIn, Throttle, User, throttle
from ssp.settings import Rate
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    SAM,
    Browser,
    FakeCarrier,
    Phone,
    add_way,
    events,
    password,
    replaced,
    set_up_text,
    sign_out,
    table,
)
from tests.security.tools import at_once, choices, send


def sent(phone: Phone) -> int:
    return len(phone.messages("text")) + len(phone.messages("voice"))


def test_three_for_one_sign_in_with_growing_waits(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=1)
    password(browser, ADA)
    before, token = sent(browser.phone), browser.csrf()
    waits: list[int] = []
    for seconds in range(10, 301, 10):
        clock.move(seconds=10)
        browser.post("/sign-in/code/send", {"csrf_token": token})
        if sent(browser.phone) > before:
            before = sent(browser.phone)
            waits.append(seconds)
    assert waits == [30, 90]


def test_presses_at_once_send_one(browser: Browser, app: Flask, make_app: Callable[..., Flask], clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=1)
    password(browser, ADA)
    clock.move(minutes=1)
    apps, before = [app, make_app()], sent(browser.phone)
    fields = {"csrf_token": browser.csrf()}
    answers = at_once(10, lambda number: send(apps[number % 2], "/sign-in/code/send", fields, browser.cookies))
    assert sorted(answer.status_code for answer in answers) == [303] + [422] * 9
    assert sent(browser.phone) == before + 1


def test_a_few_in_ten_minutes_to_one_person_however_they_are_asked_for(app: Flask, phone: Phone, clock: Clock) -> None:
    sign_out(set_up_text(Browser(app, phone), ADA))
    clock.move(hours=1)
    before = sent(phone)
    for _ in range(12):
        clock.move(seconds=40)
        assert password(Browser(app, phone), ADA).path == "/sign-in/code"
    assert sent(phone) - before == 5
    assert "Too many codes were asked for lately." in password(Browser(app, phone), ADA).words


def test_texts_and_calls_share_the_limit_of_a_day(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_out(add_way(browser, "voice", phone=ADA.office, extension=""))
    clock.move(days=1)
    before = sent(browser.phone)
    for _ in range(8):
        clock.move(minutes=11)
        other = password(browser, ADA)
        other.fill(authenticator=choices(browser)[1])
        browser.fill("/sign-out")
    assert sent(browser.phone) - before == 10
    clock.move(days=1)
    password(browser, ADA)
    assert sent(browser.phone) - before == 10 + 1


# ---- What the provider does not take ----


def counted(site: Site, name: str) -> set[int]:
    """Return what the counters of one limit say."""
    return {each.count for each in table(site, Throttle) if each.key.startswith(f"send:{name}:")}


def asked_for(app: Flask, phone: Phone, clock: Clock, receipt: Receipt, *, times: int) -> int:
    """Let Ada ask for so many codes over hours, and the carrier answer so; return how many it was handed."""
    carrier = FakeCarrier(receipt)
    with replaced(app, carrier=carrier):
        for _ in range(times):
            clock.move(minutes=31)
            password(Browser(app, phone), ADA)
    return len(carrier.sent)


@pytest.fixture
def a_later_day(app: Flask, site: Site, phone: Phone, clock: Clock) -> Flask:
    """Give a portal at which Ada set up texts some days ago, and nothing is counted any more."""
    sign_out(set_up_text(Browser(app, phone), ADA))
    clock.move(days=3)
    with site.database.writing() as connection:
        throttle.forget_before(connection, now())
    return app


def test_numbers_at_fault_use_up_the_persons_own_day_and_nothing_that_others_share(
    a_later_day: Flask, site: Site, phone: Phone, clock: Clock
) -> None:
    assert asked_for(a_later_day, phone, clock, Rejected(Reason.INVALID_NUMBER), times=14) == 10
    assert counted(site, "person:1d") == {10}
    for shared in ("line", "number", "country", "site"):
        assert counted(site, shared) == {0}
    assert "Too many codes were asked for lately." in password(Browser(a_later_day, phone), ADA).words


@pytest.mark.parametrize(
    "reason", [Reason.NOT_CONNECTED, Reason.BUSY, Reason.STORAGE, Reason.MISCONFIGURED], ids=lambda reason: reason.value
)
def test_faults_of_our_own_use_up_nobodys_day(
    a_later_day: Flask, site: Site, phone: Phone, clock: Clock, reason: Reason
) -> None:
    assert asked_for(a_later_day, phone, clock, Unavailable(reason), times=14) == 14
    for name in ("line", "number", "person:1d", "country", "site"):
        assert counted(site, name) == {0}
    # The pace is kept all the same: who asks again and again is a load.
    assert counted(site, "person:10m") == {1}


@pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.PROVIDER_DOWN], ids=lambda reason: reason.value)
def test_what_may_have_left_counts_as_if_it_had(
    a_later_day: Flask, site: Site, phone: Phone, clock: Clock, reason: Reason
) -> None:
    assert asked_for(a_later_day, phone, clock, Unavailable(reason), times=14) == 10
    assert counted(site, "person:1d") == {10}
    assert counted(site, "site:1d") == {10}


@pytest.fixture
def count(site: Site, browser: Browser) -> Callable[[int, str, str], bool]:
    """Give what counts one send: for a person, from an address, to a number."""
    password(browser, ADA)
    (pending,) = table(site, PendingSignIn)

    def one(number: int, address: str, phone: str) -> bool:
        bearer, target = Bearer(User(id=number), pending, address), limits.Target("text", phone, "", "US", proven=True)
        with site.database.writing() as connection:
            found = limits.count_send(connection, site.settings, site.keys, bearer, target, now())
        return not isinstance(found, limits.Refused)

    return one


def test_twenty_an_hour_from_one_address(count: Callable[[int, str, str], bool], clock: Clock) -> None:
    counted = [count(number, "198.51.100.7", f"+1205555{number:04d}") for number in range(30)]
    assert counted == [True] * 20 + [False] * 10
    assert count(99, "198.51.100.8", "+12055559999")
    clock.move(hours=1)
    assert count(99, "198.51.100.7", "+12055559999")


def test_what_is_refused_counts_for_nothing(count: Callable[[int, str, str], bool], site: Site) -> None:
    for number in range(40):
        count(number, "198.51.100.7", f"+1205555{number:04d}")
    counters = {each.key: each.count for each in table(site, Throttle)}
    assert {value for key, value in counters.items() if key.startswith("send:site")} == {20}
    assert "send:person:10m:39" not in counters


def test_a_budget_of_the_whole_site_pauses_texts_and_calls_and_tells_the_operator_once(
    make_app: Callable[..., Flask], phone: Phone, clock: Clock
) -> None:
    app = make_app(limit_site=(Rate(2, timedelta(hours=1)),))
    others = [make_app(limit_site=(Rate(2, timedelta(hours=1)),)), app]
    for human in (ADA, BEN):
        set_up_text(Browser(app, phone), human)
    clock.move(minutes=1)
    for number, kind in enumerate(("text", "voice")):
        browser = Browser(others[number], phone)
        password(browser, SAM).fill(type=kind).fill(phone=SAM.mobile)
        assert "No codes leave" in browser.words
        assert "totp" in str(browser.page.html) or browser.open("/set-up").page.html.select("[value=totp]")
    assert sent(phone) == 2
    (paused,) = events(app.extensions["ssp"], "delivery.paused")
    assert (paused.reason, paused.outcome) == ("site_2/1h", "refused")
    clock.move(hours=1)
    set_up_text(Browser(app, phone), SAM)
    assert sent(phone) == 3


def test_a_country_of_its_own_pauses_without_the_others(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(limit_country=(Rate(1, timedelta(hours=1)),))
    set_up_text(Browser(app, phone), ADA)
    password(Browser(app, phone), BEN).fill(type="text").fill(phone=BEN.mobile)
    abroad = Browser(app, phone)
    password(abroad, SAM).fill(type="text").fill(phone="+1 416 555 0123")
    assert [each["to"] for each in phone.messages("text")] == [ADA.mobile, "+14165550123"]
    (paused,) = events(app.extensions["ssp"], "delivery.paused")
    assert paused.reason == "country_US_1/1h"


def test_sends_and_waits_are_the_operators(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    browser = Browser(make_app(sends_per_code=2, text_wait_seconds=10), phone)
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    for moved in (9, 1, 500):
        clock.move(seconds=moved)
        browser.open("/set-up/text")
        browser.post("/set-up/text/send", {"csrf_token": browser.csrf()})
    assert sent(phone) == 2


def test_counters_name_no_number_and_no_address(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    keys = " ".join(each.key for each in table(site, Throttle))
    assert "send:" in keys
    assert ADA.mobile not in keys
    assert "127.0.0.1" not in keys
    assert [each.label for each in table(site, Authenticator)] == ["••• ••23"]
