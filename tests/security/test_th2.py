"""TH2: wrong passwords and codes add up over sign-ins, browsers, addresses, restarts, spellings, ways and set-ups."""

from collections.abc import Callable

from flask import Flask

from ssp.models import Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, add_way, full_width, password, set_up_text, sign_out, table, wrong
from tests.security.tools import HELD, LOOKED_AT, choices, guess, passwords


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


def test_switching_between_ways_sets_nothing_back(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_out(add_way(browser, "voice", phone=ADA.office))
    clock.move(minutes=9)
    password(browser, ADA)
    text, voice = choices(browser)
    for way, code in ((text, browser.phone.text_code), (voice, browser.phone.spoken_code)) * 2:
        browser.open("/sign-in/choose").fill(authenticator=way)
        browser.fill("/sign-in/code", code=wrong(code()))
    counted = {each.key.rpartition(":")[2]: each.count for each in table(site, Throttle) if "factor" in each.key}
    assert counted == {text: 2, voice: 2}


def test_nothing_sets_passwords_back(
    browser: Browser, make_app: Callable[..., Flask], site: Site, clock: Clock
) -> None:
    app, phone = browser.app, browser.phone
    assert guess(browser).startswith(LOOKED_AT)
    browser.web.reset()
    assert guess(browser).startswith(LOOKED_AT)
    elsewhere = Browser(app, phone, agent="curl/8")
    elsewhere.web.extra_environ["REMOTE_ADDR"] = "198.51.100.9"
    assert guess(elsewhere, " ADA").startswith(LOOKED_AT)
    restarted = Browser(make_app(), phone)
    assert guess(restarted, full_width("ada")).startswith(LOOKED_AT)
    clock.move(days=300)
    assert guess(restarted, "Ada\u3000").startswith(LOOKED_AT)
    for each in (browser, elsewhere, restarted, Browser(make_app(), phone)):
        assert guess(each, typed=ADA.password).startswith(HELD)
    (counter,) = passwords(site)
    assert (counter.count, counter.turned_away) == (5, 4)


def test_no_cookie_of_somebody_else_or_of_nobody_makes_a_browser_known(
    browser: Browser, site: Site, clock: Clock
) -> None:
    sign_out(set_up_text(browser, BEN))
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=1)
    (ben, his), (ada, hers) = browser.known.items()
    for value in (his, hers[:-1], hers.partition(".")[0], "", ".", f"{hers.partition('.')[0]}.", hers.upper()):
        stranger = Browser(browser.app, browser.phone).carry({ada: value, ben: his})
        guess(stranger)
        clock.move(minutes=15)
    (counter,) = passwords(site)
    assert (counter.count, counter.known_count) == (7, 0)
