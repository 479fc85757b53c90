"""TH4: one network address begins so many sign-ins, whatever the usernames; only its proxy is believed about it."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.models import Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, SAM, Browser, Phone, events, one, password, set_up_text, sign_out, table
from tests.security.tools import CROWDED, LOOKED_AT, guess


def flood(browser: Browser, times: int) -> None:
    """Try usernames, one after the other."""
    for number in range(times):
        assert guess(browser, f"nobody{number}").startswith(LOOKED_AT)


def from_address(browser: Browser, address: str) -> Browser:
    browser.web.extra_environ["REMOTE_ADDR"] = address
    return browser


def test_twenty_in_a_minute(browser: Browser, clock: Clock) -> None:
    flood(browser, 19)
    clock.move(seconds=13)
    flood(browser, 1)
    for username, typed in (("nobody", "x"), ("ada", "x"), ("ada", ADA.password)):
        assert guess(browser, username, typed) == (
            f"{CROWDED} So this one was not checked, be it right or wrong. You can try again in 47 seconds. "
            "A browser in which you signed in before may not have to wait."
        )
        assert (browser.page.status_int, browser.page.headers["Retry-After"]) == (429, "47")
    assert one(browser.page.html, 'main a[href="/help/wrong-password"]')
    clock.move(seconds=46)
    assert guess(browser).startswith(CROWDED)
    clock.move(seconds=1)
    assert guess(browser, typed=ADA.password) == ""
    assert browser.path == "/set-up"


def test_a_hundred_in_an_hour(browser: Browser, clock: Clock) -> None:
    for _ in range(5):
        flood(browser, 20)
        assert guess(browser).startswith(CROWDED)
        clock.move(minutes=1)
    assert guess(browser).startswith(CROWDED)
    assert "You can try again from 3:01 pm UTC ." in browser.problem
    assert browser.page.headers["Retry-After"] == "3300"
    clock.move(minutes=55)
    flood(browser, 1)


def test_what_is_not_checked_costs_nothing(browser: Browser, site: Site, clock: Clock) -> None:
    del clock
    flood(browser, 20)
    before = len(events(site)), len(table(site, Throttle))
    for _ in range(30):
        assert guess(browser, "ada").startswith(CROWDED)
    assert (len(events(site)), len(table(site, Throttle))) == (before[0] + 1, before[1]), "it is said once"
    (held,) = events(site, "sign_in.held")
    assert (held.reason, held.subject, held.address, held.outcome) == ("address_20/1m", "-", "127.0.0.1", "refused")


def test_other_addresses_go_on(browser: Browser, clock: Clock) -> None:
    del clock
    flood(browser, 20)
    assert guess(from_address(browser, "198.51.100.9")).startswith(LOOKED_AT)


@pytest.mark.usefixtures("clock")
def test_a_network_of_ipv6_is_one_address(browser: Browser) -> None:
    for number in range(20):
        assert guess(from_address(browser, f"2001:db8:0:1:{number:x}::7"), f"no{number}").startswith(LOOKED_AT)
    assert guess(from_address(browser, "2001:db8:0:1:ffff::1")).startswith(CROWDED)
    assert guess(from_address(browser, "2001:db8:0:2::1")).startswith(LOOKED_AT)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "Client-IP"])
def test_nobody_gets_another_address_by_saying_so(browser: Browser, header: str) -> None:
    name = f"HTTP_{header.upper().replace('-', '_')}"
    for number in range(20):
        browser.web.extra_environ[name] = f"{'for=' if header == 'Forwarded' else ''}198.51.100.{number}"
        assert guess(browser, f"nobody{number}").startswith(LOOKED_AT)
    browser.web.extra_environ[name] = "198.51.100.99"
    assert guess(browser).startswith(CROWDED)


@pytest.mark.usefixtures("clock")
def test_behind_a_proxy_it_is_the_address_that_the_proxy_saw(make_app: Callable[..., Flask], phone: Phone) -> None:
    browser = Browser(make_app(trusted_proxies="127.0.0.1"), phone)
    for number in range(20):
        browser.web.extra_environ["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}, 198.51.100.7"
        assert guess(browser, f"nobody{number}").startswith(LOOKED_AT)
    assert guess(browser).startswith(CROWDED)
    browser.web.extra_environ["HTTP_X_FORWARDED_FOR"] = "198.51.100.8"
    assert guess(browser).startswith(LOOKED_AT)


@pytest.mark.usefixtures("clock")
def test_an_office_behind_one_address_signs_in_all_the_same(browser: Browser, other_browser: Browser) -> None:
    sign_out(set_up_text(browser, ADA))
    flood(other_browser, 19)
    assert guess(other_browser, "ben", BEN.password).startswith(CROWDED)
    assert guess(browser, "ada", "not hers").startswith(LOOKED_AT)
    assert password(browser, ADA).path == "/sign-in/code", "hers is a known browser"
    browser.fill("/sign-out")
    assert guess(browser, "sam", SAM.password).startswith(CROWDED), "but only to her"


@pytest.mark.usefixtures("clock")
def test_known_browsers_use_up_nothing_for_others(browser: Browser, other_browser: Browser) -> None:
    sign_out(set_up_text(browser, ADA))
    for _ in range(30):
        assert password(browser, ADA).path == "/sign-in/code"
        browser.fill("/sign-out")
    assert guess(other_browser).startswith(LOOKED_AT)


def test_the_numbers_are_a_setting(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    browser = Browser(make_app(limit_sign_ins="4/1h, 2/5m"), phone)
    flood(browser, 2)
    assert guess(browser).startswith(CROWDED)
    assert browser.page.headers["Retry-After"] == "300"
    clock.move(minutes=5)
    flood(browser, 2)
    clock.move(minutes=5)
    assert guess(browser).startswith(CROWDED)
    assert browser.page.headers["Retry-After"] == "3000"
