"""TD6: what ends trust: other options, a recovery code, support, a disabled account, staff, and a lowered setting."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import people
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    Phone,
    add_way_later,
    make_codes,
    one,
    options,
    password,
    prove,
    recover,
    set_up_text,
    sign_in_by_text,
    sign_out,
)


@pytest.fixture
def trusting(browser: Browser, clock: Clock) -> Browser:
    """Give a browser that Ada trusts, signed out."""
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    clock.move(minutes=1)
    return browser


def challenged(browser: Browser) -> bool:
    return password(browser, ADA).path in {"/sign-in/code", "/set-up"}


def test_nothing_happened_and_it_holds(trusting: Browser) -> None:
    assert not challenged(trusting)


def test_a_further_option(trusting: Browser, other_browser: Browser) -> None:
    sign_in_by_text(other_browser, ADA)
    add_way_later(other_browser, ADA, "voice", phone=ADA.office, extension="")
    assert challenged(trusting)


def test_one_in_the_place_of_another(trusting: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_in_by_text(other_browser, ADA).open("/account/")
    target = str(one(other_browser.page.html, "a[href$='/replace']")["href"]).split("/")[3]
    clock.move(minutes=2)
    prove(other_browser, ADA, f"replace:{target}").fill().fill(type="voice").fill(phone=ADA.office, extension="")
    other_browser.fill(code=other_browser.phone.spoken_code())
    assert other_browser.path == "/set-up/done"
    assert challenged(trusting)


def test_another_name_and_another_order_are_no_such_change(
    trusting: Browser, other_browser: Browser, clock: Clock
) -> None:
    sign_in_by_text(other_browser, ADA)
    add_way_later(other_browser, ADA, "voice", phone=ADA.office, extension="")
    clock.move(minutes=15)
    sign_in_by_text(sign_out(trusting) if trusting.path == "/" else trusting, ADA, trust=True)
    clock.move(minutes=2)
    text, call = options(trusting)
    prove(trusting, ADA, f"rename:{text}").fill(name="Mine")
    clock.move(minutes=2)
    prove(trusting, ADA, f"prefer:{call}").fill()
    assert not challenged(sign_out(trusting))


def test_another_option_on_this_very_browser(trusting: Browser, site: Site, clock: Clock) -> None:
    people.reset_mfa(site, "ada")
    kept = trusting.devices
    sign_out(set_up_text(trusting, ADA))
    clock.move(minutes=1)
    assert challenged(trusting)
    assert trusting.devices == kept


def test_support_that_frees_somebody(trusting: Browser, site: Site) -> None:
    people.reset_mfa(site, "ada")
    assert challenged(trusting)


def test_a_recovery_code(trusting: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_in_by_text(other_browser, ADA)
    clock.move(minutes=1)
    (code, *_) = make_codes(other_browser, ADA)
    clock.move(minutes=1)
    assert not challenged(trusting)  # making them ends nothing
    recover(sign_out(other_browser), ADA, code)
    assert challenged(trusting)


def test_a_disabled_account(trusting: Browser, site: Site) -> None:
    people.disable(site, "ada")
    people.enable(site, "ada")
    assert challenged(trusting)


@pytest.mark.parametrize("changed", [{"trust_days": 0}, {"trust_days": 1}, {"staff_groups": ("agents",)}])
def test_other_rules(
    trusting: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock, changed: dict[str, object]
) -> None:
    clock.move(days=1)
    assert challenged(Browser(make_app(**changed), phone).carry(trusting.devices))


def test_signing_out_everywhere_else_ends_a_device_whose_value_somebody_else_holds(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_in_by_text(browser, ADA, trust=True)
    clock.move(minutes=1)
    assert password(other_browser.carry(browser.devices), ADA).path == "/"
    clock.move(minutes=1)
    browser.open("/account/").fill("/account/sessions/end-others")
    other_browser.open("/")
    assert password(other_browser, ADA).path == "/sign-in/code"


def test_it_ends_half_done_sign_ins_too(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    assert password(other_browser, ADA).path == "/sign-in/code"
    fields = {"csrf_token": browser.open("/account/").csrf()}
    assert browser.post("/account/sessions/end-others", fields).status_int == 303
    assert other_browser.open("/sign-in/code").path == "/sign-in"
