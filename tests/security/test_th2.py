"""TH2: wrong codes add up over new codes, sign-ins, browsers, addresses, restarts, spellings and new set-ups."""

from collections.abc import Callable

from flask import Flask

from ssp.models import Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, password, set_up_text, sign_out, table, wrong


def wrong_codes(site: Site) -> int:
    return sum(each.count for each in table(site, Throttle) if each.key.startswith("second-factor:"))


def miss(browser: Browser, path: str = "/sign-in/code") -> None:
    browser.fill(path, code=wrong(browser.phone.text_code()))
    assert browser.page.status_int == 422


def test_nothing_sets_it_back(browser: Browser, make_app: Callable[..., Flask], site: Site, clock: Clock) -> None:
    app, phone = browser.app, browser.phone
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    miss(password(browser, ADA))
    clock.move(seconds=30)
    miss(browser.fill("/sign-in/code/send"))
    browser.fill("/sign-out")
    miss(password(browser, ADA))
    elsewhere = Browser(app, phone)
    elsewhere.web.extra_environ["REMOTE_ADDR"] = "198.51.100.9"
    miss(elsewhere.open("/sign-in").fill(username=" ADA", password=ADA.password))
    miss(password(Browser(make_app(), phone), ADA))
    assert wrong_codes(site) == 5
    clock.move(days=30)
    miss(password(Browser(app, phone), ADA))
    assert wrong_codes(site) == 6


def test_starting_a_set_up_anew_sets_nothing_back(browser: Browser, site: Site) -> None:
    password(browser, ADA).fill(type="text")
    miss(browser.fill(phone=ADA.mobile), "/set-up/text")
    miss(browser.open("/set-up/text?another=1").fill(phone=BEN.mobile), "/set-up/text")
    browser.fill("/sign-out")
    password(browser, ADA).fill(type="text")
    miss(browser.fill(phone=ADA.mobile), "/set-up/text")
    assert wrong_codes(site) == 3
