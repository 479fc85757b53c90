"""The account page: trusted devices, and ending the trust in them."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.models import TrustedDevice
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.functional.test_account_sessions import rows
from tests.people import (
    ADA,
    SAM,
    Browser,
    Phone,
    a_generation_on,
    events,
    notices,
    password,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)


def trust(browser: Browser, clock: Clock) -> Browser:
    """Sign in and trust this browser."""
    clock.move(minutes=1)
    return sign_in_by_text(browser, ADA, trust=True)


@pytest.fixture
def laptop(browser: Browser, clock: Clock) -> Browser:
    """Give a browser that Ada trusts, and where she is signed in."""
    return trust(sign_out(set_up_text(browser, ADA)), clock)


def test_each_device_says_until_when_and_which_one_is_this(
    laptop: Browser, other_browser: Browser, clock: Clock
) -> None:
    clock.move(days=2)
    trust(other_browser, clock)
    other, this = rows(other_browser, "devices")
    assert other.startswith("Chrome on Windows This device Skips the code until December 24, 2026")
    assert this.startswith("Firefox on Linux Skips the code until December 22, 2026 Trusted on November 22, 2026")
    password(laptop, ADA)
    assert "This device" in rows(laptop, "devices")[0]


def test_one_of_an_earlier_generation_is_not_listed(laptop: Browser, site: Site, clock: Clock) -> None:
    assert len(rows(laptop, "devices")) == 1
    a_generation_on(site, ADA)
    clock.move(minutes=1)
    assert rows(sign_in_by_text(laptop, ADA), "devices") == []


def test_ending_the_trust_in_one_asks_it_for_a_code(
    laptop: Browser, other_browser: Browser, clock: Clock, site: Site
) -> None:
    trust(other_browser, clock)
    (first,) = [each for each in table(site, TrustedDevice) if each.label == "Firefox on Linux"]
    other_browser.open("/account/").fill(f"/account/devices/{first.id}/revoke")
    assert other_browser.note == "That device is no longer trusted."
    assert len(rows(other_browser, "devices")) == 1
    assert password(sign_out(laptop), ADA).path == "/sign-in/code"
    assert laptop.note == "You ended the trust in this device on your account page. So we ask for a code again today."
    assert password(sign_out(other_browser), ADA).path == "/"
    (event,) = events(site, "device.revoked")
    assert (event.subject, event.reason) == ("ada", "by_owner")
    assert notices(site)[-1].subject.startswith("A device is no longer trusted")


def test_what_rests_on_it_ends_with_it_but_not_this_session(
    laptop: Browser, other_browser: Browser, clock: Clock
) -> None:
    password(sign_out(laptop), ADA)
    trust(other_browser, clock)
    for _ in range(2):
        action = rows_action(other_browser)
        other_browser.fill(action)
    assert laptop.open("/").path == "/sign-in"
    assert other_browser.open("/account/").path == "/account/"
    assert "None. Each sign-in asks for a code." in other_browser.words


def rows_action(browser: Browser) -> str:
    """Return the address of the last button that ends the trust in a device."""
    return str(browser.open("/account/").page.html.select("form[action$='/revoke']")[-1]["action"])


def test_all_at_once(laptop: Browser, other_browser: Browser, clock: Clock, site: Site) -> None:
    password(sign_out(laptop), ADA)
    trust(other_browser, clock)
    other_browser.open("/account/").fill("/account/devices/revoke-all")
    assert other_browser.note == "None of your devices is trusted any longer."
    assert {each.revoked_because for each in table(site, TrustedDevice)} == {"by_owner"}
    assert laptop.open("/").path == "/sign-in"
    assert password(sign_out(other_browser), ADA).path == "/sign-in/code"
    assert [each.reason for each in events(site, "device.revoked")] == ["all_by_owner"]


def test_a_second_press_tells_nobody_again(laptop: Browser, site: Site) -> None:
    form = laptop.open("/account/").form(rows_action(laptop))
    for _ in range(2):
        assert form.submit().status_int == 303
    token = laptop.open("/account/").csrf()
    assert laptop.post("/account/devices/revoke-all", {"csrf_token": token}).headers["Location"] == "/account/"
    assert len(events(site, "device.revoked")) == 1


def test_a_lowered_setting_shows_at_once(laptop: Browser, make_app: Callable[..., Flask], phone: Phone) -> None:
    shorter = Browser(make_app(trust_days=7), phone).carry(laptop.cookies)
    assert "Skips the code until November 29, 2026" in rows(shorter, "devices")[0]
    none = Browser(make_app(trust_days=0), phone).carry(laptop.cookies)
    assert "Trusted devices" not in none.open("/account/").words


def test_staff_have_no_such_section(browser: Browser) -> None:
    assert "Trusted devices" not in set_up_text(browser, SAM).open("/account/").words
