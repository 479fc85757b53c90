"""TD5: the value changes with each use, and a spent one that comes back after ten seconds ends the device."""

from collections.abc import Callable

from flask import Flask

from ssp.models import Session, TrustedDevice
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, events, notices, password, set_up_text, sign_in_by_text, sign_out, table
from tests.security.tools import at_once, send


def trusted(browser: Browser, clock: Clock) -> dict[str, str]:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    return sign_out(sign_in_by_text(browser, ADA, trust=True)).devices


def test_a_replay_ends_it_for_everybody(browser: Browser, site: Site, clock: Clock) -> None:
    old = trusted(browser, clock)
    assert password(browser, ADA).path == "/"
    new = sign_out(browser).devices
    assert new != old
    clock.move(minutes=1)
    for cookies in (old, new):
        assert password(browser.carry(cookies), ADA).path == "/sign-in/code"
        browser.fill("/sign-out")
    assert [(each.subject, each.reason) for each in events(site, "device.revoked")] == [("ada", "replayed")]
    assert table(site, TrustedDevice)[0].revoked_because == "replayed"


def test_the_owner_hears_of_it_once(browser: Browser, site: Site, clock: Clock) -> None:
    old = trusted(browser, clock)
    sign_out(password(browser, ADA))
    clock.move(minutes=1)
    before = len(notices(site))
    for _ in range(2):
        password(browser.carry(old), ADA).fill("/sign-out")
    (told,) = notices(site)[before:]
    assert told.to == ADA.email
    assert "an old copy of a trusted device's cookie" in told.body


def test_tabs_at_once_all_sign_in_and_one_new_value_goes_out(
    browser: Browser, app: Flask, make_app: Callable[..., Flask], site: Site, clock: Clock
) -> None:
    old = trusted(browser, clock)
    apps = [app, make_app()]
    browser.open("/sign-in")
    fields = {"csrf_token": browser.csrf(), "username": "ada", "password": ADA.password}
    # Before one of them is through there are five tries.
    answers = at_once(5, lambda number: send(apps[number % 2], "/sign-in", fields, browser.cookies))
    assert [answer.headers["Location"] for answer in answers] == ["/"] * 5
    given = [line for answer in answers for line in answer.headers.getlist("Set-Cookie") if "ssp_device_" in line]
    assert len(given) == 5
    assert len({line.split(";")[0] for line in given}) == 1
    assert len([each for each in table(site, Session) if each.ended_at is None]) == 5
    assert table(site, TrustedDevice)[0].revoked_at is None
    assert old.keys() == browser.devices.keys()


def test_a_replay_ends_the_session_that_the_stolen_value_opened(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    stolen = trusted(browser, clock)
    assert password(other_browser.carry(stolen), ADA).path == "/"
    clock.move(minutes=1)
    assert password(browser, ADA).path == "/sign-in/code"
    assert other_browser.open("/").path == "/sign-in"
