"""Trusted devices: thirty days without a code, and all that ends them."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import people
from ssp.models import Session, TrustedDevice
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    SAM,
    Browser,
    Human,
    Phone,
    events,
    password,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)


def trust(browser: Browser, clock: Clock, human: Human = ADA) -> Browser:
    """Let somebody set up texts and trust this browser at the next sign-in; they are signed out again."""
    sign_out(set_up_text(browser, human))
    clock.move(minutes=1)
    return sign_out(sign_in_by_text(browser, human, trust=True))


def quiet(browser: Browser, human: Human = ADA) -> bool:
    """Say whether the password alone signs in; the browser is signed out again."""
    signed_in = password(browser, human).path == "/"
    if signed_in:
        sign_out(browser)
    else:
        assert browser.path == "/sign-in/code"
        browser.fill("/sign-out")
    return signed_in


@pytest.fixture
def trusting(browser: Browser, clock: Clock) -> Browser:
    """Give a browser that Ada trusts, signed out."""
    return trust(browser, clock)


class TestHowLong:
    def test_thirty_days_from_the_code_however_often_it_is_used(self, trusting: Browser, clock: Clock) -> None:
        for _ in range(29):
            clock.move(days=1)
            assert quiet(trusting)
        clock.move(days=1, seconds=-1)
        assert quiet(trusting)
        clock.move(seconds=2)
        assert not quiet(trusting)

    def test_the_end_is_fixed_to_the_second(self, trusting: Browser, clock: Clock) -> None:
        clock.move(days=30)
        assert not quiet(trusting)

    def test_a_code_and_a_tick_begin_it_anew(self, trusting: Browser, clock: Clock) -> None:
        clock.move(days=30)
        sign_out(sign_in_by_text(trusting, ADA, trust=True))
        clock.move(days=29)
        assert quiet(trusting)

    def test_without_the_tick_a_code_is_asked_every_time(self, browser: Browser, clock: Clock) -> None:
        sign_out(set_up_text(browser, ADA))
        for _ in range(2):
            clock.move(minutes=1)
            sign_out(sign_in_by_text(browser, ADA))
            assert browser.devices == {}
        assert not quiet(browser)

    def test_another_number_of_days(self, make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
        browser = Browser(make_app(trust_days=1), phone)
        sign_out(set_up_text(browser, ADA))
        assert "for the next 1 day Until" in password(browser, ADA).words
        clock.move(minutes=1)
        browser.fill("/sign-in/code", code=phone.text_code(), trust_device=True)
        sign_out(browser)
        clock.move(days=1, seconds=-1)
        assert quiet(browser)
        clock.move(seconds=1)
        assert not quiet(browser)


class TestRotation:
    def test_the_value_changes_with_each_use(self, trusting: Browser) -> None:
        seen = {*trusting.devices.values()}
        for _ in range(3):
            assert quiet(trusting)
            seen |= {*trusting.devices.values()}
        assert len(seen) == 4

    def test_two_tabs_at_once_both_work(self, trusting: Browser, clock: Clock, site: Site) -> None:
        old = trusting.devices
        assert quiet(trusting)
        new = trusting.devices
        clock.move(seconds=10)
        trusting.carry(old)
        assert quiet(trusting)
        assert trusting.devices == new, "both tabs are given the same value"
        clock.move(days=1)
        assert quiet(trusting)
        assert [each.reason for each in events(site, "device.used")] == ["trusted", "trusted_tab", "trusted"]

    def test_a_spent_value_ends_the_device_and_leaves_an_event(
        self, trusting: Browser, clock: Clock, site: Site
    ) -> None:
        old = trusting.devices
        assert quiet(trusting)
        new = trusting.devices
        clock.move(seconds=11)
        trusting.carry(old)
        assert not quiet(trusting)
        trusting.carry(new)
        assert not quiet(trusting)
        (ended,) = events(site, "device.revoked")
        assert (ended.subject, ended.reason, ended.outcome) == ("ada", "replayed", "refused")
        (device,) = table(site, TrustedDevice)
        assert device.revoked_because == "replayed"

    def test_a_stolen_value_that_is_used_first_locks_the_thief_out_too(
        self, trusting: Browser, other_browser: Browser, clock: Clock
    ) -> None:
        other_browser.carry(trusting.devices)
        assert quiet(other_browser)
        clock.move(minutes=1)
        assert not quiet(trusting)
        assert not quiet(other_browser)


class TestWhose:
    def test_two_people_on_one_browser_keep_their_own(self, browser: Browser, clock: Clock) -> None:
        trust(browser, clock, ADA)
        trust(browser, clock, BEN)
        assert len(browser.devices) == 2
        assert quiet(browser, ADA)
        assert quiet(browser, BEN)
        assert quiet(browser, ADA)

    def test_one_persons_trust_is_nobody_elses(self, trusting: Browser, other_browser: Browser, clock: Clock) -> None:
        sign_out(set_up_text(other_browser, BEN))
        clock.move(minutes=1)
        assert not quiet(trusting, BEN)

    @pytest.mark.usefixtures("clock")
    def test_staff_are_never_offered_it(self, browser: Browser, site: Site) -> None:
        sign_out(set_up_text(browser, SAM))
        password(browser, SAM)
        assert not browser.page.html.select("[name=trust_device]")
        fields = {"csrf_token": browser.csrf(), "code": browser.phone.text_code(), "trust_device": "yes"}
        assert browser.post("/sign-in/code", fields).status_int == 303
        assert browser.devices == {}
        assert table(site, TrustedDevice) == []

    def test_who_becomes_staff_loses_it(
        self, trusting: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        clock.move(minutes=1)
        later = Browser(make_app(staff_groups=("agents",)), phone)
        later.carry(trusting.devices)
        assert not quiet(later)
        assert not quiet(trusting), "it does not come back with the rule"


class TestSettings:
    def test_zero_hides_the_box_and_ignores_old_cookies(
        self, trusting: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        clock.move(minutes=1)
        without = Browser(make_app(trust_days=0), phone)
        without.carry(trusting.devices)
        password(without, ADA)
        assert without.path == "/sign-in/code"
        assert not without.page.html.select("[name=trust_device]")
        fields = {"csrf_token": without.csrf(), "code": phone.text_code(), "trust_device": "yes"}
        assert without.post("/sign-in/code", fields).status_int == 303
        assert without.devices == trusting.devices

    def test_a_lowered_setting_counts_at_once(
        self, trusting: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        clock.move(days=7)
        shorter = Browser(make_app(trust_days=7), phone)
        shorter.carry(trusting.devices)
        assert not quiet(shorter)
        assert not quiet(trusting), "it does not come back with the setting"

    def test_a_raised_setting_does_not_prolong_what_was_given(
        self, trusting: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        clock.move(days=30)
        longer = Browser(make_app(trust_days=90), phone)
        longer.carry(trusting.devices)
        assert not quiet(longer)


def test_ten_devices_are_the_most(app: Flask, phone: Phone, clock: Clock, site: Site) -> None:
    browsers = [Browser(app, phone, agent=f"Reader{number}bot/1.0") for number in range(11)]
    sign_out(set_up_text(browsers[0], ADA))
    for browser in browsers:
        clock.move(hours=3)
        sign_out(sign_in_by_text(browser, ADA, trust=True))
    devices = {each.label: each.revoked_because for each in table(site, TrustedDevice)}
    assert devices == {f"Reader{number}bot": None for number in range(1, 11)} | {"Reader0bot": "too_many"}
    assert not quiet(browsers[0])
    assert quiet(browsers[1])


class TestWhatItOpens:
    def test_the_session_says_that_no_second_factor_was_proved(self, trusting: Browser, site: Site) -> None:
        password(trusting, ADA)
        (session,) = [each for each in table(site, Session) if each.ended_at is None]
        (device,) = table(site, TrustedDevice)
        assert (session.amr, session.second_factor_at, session.device_id) == ("pwd", None, device.id)
        assert trusting.open("/set-up/done").path == "/"
        response = trusting.post("/set-up/another", {"csrf_token": trusting.open("/").csrf()})
        assert response.follow().request.path == "/account/confirm/add"
        sign_out(trusting)
        assert "on a trusted device" in password(trusting, ADA).words

    def test_a_wrong_password_gets_nothing_from_it(self, trusting: Browser, site: Site) -> None:
        before = trusting.devices
        trusting.open("/sign-in").fill(username="ada", password="not her password at all")
        assert trusting.page.status_int == 422
        assert trusting.devices == before
        assert events(site, "device.used") == []

    def test_a_new_option_ends_all_trust(self, trusting: Browser, site: Site, clock: Clock) -> None:
        people.reset_mfa(site, "ada")
        clock.move(minutes=20)
        set_up_text(trusting, ADA)
        clock.move(minutes=1)
        assert not quiet(sign_out(trusting))

    @pytest.mark.parametrize("value", ["", ".", "x", "x.y", "." * 200, "\u00e9.\u00e9", '"\\000.a"'])
    def test_a_forged_cookie_is_as_good_as_none(self, trusting: Browser, value: str) -> None:
        (name,) = trusting.devices
        form = trusting.open("/sign-in").form()
        form["username"], form["password"] = ADA.username, ADA.password
        cookies = f"ssp_session={trusting.cookies['ssp_session']}; {name}={value}"
        trusting.web.reset()
        response = form.submit(headers={"Cookie": cookies.encode().decode("latin-1")})
        assert response.headers["Location"] == "/sign-in/code"
