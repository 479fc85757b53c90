"""Authenticator apps: clocks, entries that are gone, and entries that are too many."""

from collections.abc import Callable

import pytest

from tests.conftest import Clock
from tests.people import (
    ADA,
    App,
    Browser,
    add_way,
    answer,
    begin_change,
    follow,
    one,
    password,
    prove_change,
    scan,
    set_up_app,
    sign_out,
    use_another_way,
)
from tests.troubles import Trouble

WayIn = Callable[[Browser, Browser, Clock], App]


@Trouble(
    15,
    "The app's clock is off",
    heard="“Not one code of my app is accepted.” The page says that the phone's clock is off.",
    alone="They set the phone's date and time to automatic, wait for the next code, and type it.",
    say="Your app works out its codes from the time, and your phone's clock is wrong. Set date and time to automatic;"
    " the page My phone's clock is off says where. Do not set it by hand.",
)
def test_the_apps_clock_is_off(browser: Browser, clock: Clock) -> Browser:
    """Ada's phone is three minutes ahead. The page knows, leads to the help page, and takes the code after the mend."""
    app = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(minutes=1)
    password(browser, ADA).fill("/sign-in/code", code=app.code(steps=6))
    assert browser.problem.startswith("Your phone's clock is off.")
    assert "Let the phone set its clock by itself" in follow(browser, "My phone's clock may be off").words
    return browser.open("/sign-in").fill("/sign-in/code", code=app.code())


def by_another_way(browser: Browser, new_phone: Browser, clock: Clock) -> App:
    """Take a text, and put the app as it is now in the place of what it was."""
    set_up_app(browser, ADA)
    add_way(browser, "text", phone=ADA.mobile)
    clock.move(days=1)
    help_page = follow(password(new_phone, ADA), "My app has two entries for this portal, or none")
    assert "On the code page, choose Use another way" in help_page.words
    use_another_way(new_phone.open("/sign-in"), "Text message")
    new_phone.fill("/sign-in/code", code=new_phone.phone.text_code())
    clock.move(minutes=1)
    use_another_way(begin_change(new_phone, "Replace your authenticator app"), "Text message")
    return scan(prove_change(new_phone, new_phone.phone.text_code()).fill())


def by_recovery_code(browser: Browser, new_phone: Browser, clock: Clock) -> App:
    """Type a recovery code, connect the app anew, and remove the old entry."""
    app = set_up_app(browser, ADA)
    clock.move(minutes=1)
    prove_change(browser.open("/account/confirm/codes").fill(), app.code()).fill()
    code = one(browser.page.html, ".sheet code", first=True).get_text()
    clock.move(days=1)
    new = scan(follow(password(new_phone, ADA), "Use a recovery code").fill(recovery_code=code))
    clock.move(minutes=1)
    prove_change(begin_change(new_phone, "Remove your authenticator app"), new.code()).fill()
    assert "That MFA option is removed." in new_phone.note
    return new


@pytest.mark.parametrize("way_in", [by_another_way, by_recovery_code])
@Trouble(
    16,
    "The app was installed again",
    heard="“I have a new phone, and the app is empty.”",
    alone="With another way: **Use another way**, then **Account**, **Replace** below the app, and scan the new QR"
    " code. With a list: **Use a recovery code**, connect the app anew, then **Remove** the old entry.",
    say="The entries of an app do not always come along. Is there a backup in the app, or is the old phone still"
    " there? If you have another way, use it, then choose Account and Replace below the app. A recovery code does it,"
    " too. If you have neither: what is the reference at the end of the page?",
    support="With neither: `flask events show REFERENCE`, make sure who it is, then `flask user reset-mfa NAME`. They"
    " scan a new QR code at the next sign-in.",
)
def test_the_app_was_installed_again(browser: Browser, other_browser: Browser, clock: Clock, way_in: WayIn) -> Browser:
    """Ada's new phone has the app and no entry in it. She gets in otherwise, and connects the app once more."""
    new = way_in(browser, other_browser, clock)
    sign_out(other_browser)
    clock.move(minutes=1)
    return password(other_browser, ADA).fill("/sign-in/code", code=new.code())


@Trouble(
    17,
    "Two portal entries in the app",
    heard="“My app has two entries for the portal. Which one is it?”",
    alone="They take the one with the username that the code page names. If both have it, the newer one counts,"
    " mostly the lower one. They try it, then the other, and delete the one that does not work.",
    say="Each entry has the portal's name and a username. The page says which username you are signing in with. If"
    " both are the same, one is old: try the lower one first. Once you are in, delete the other.",
)
def test_two_portal_entries_in_the_app(browser: Browser, clock: Clock) -> Browser:
    """Ada connected the app anew at the periodic confirmation and kept the old entry. She tries both."""
    old = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(days=91)
    password(browser, ADA).fill("/sign-in/code", code=old.code())
    answer(browser, "change").fill(type="totp")
    new = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
    address = str(one(browser.page.html, "a[href^=otpauth]")["href"])
    assert address.startswith("otpauth://totp/Secure%20Services%20Portal:ada?"), "an entry says whose it is"
    sign_out(browser.fill(code=new.code()))
    clock.move(minutes=1)
    password(browser, ADA)
    assert "the code it shows for Secure Services Portal, username ada ." in browser.words
    browser.fill("/sign-in/code", code=old.code())
    assert browser.problem.startswith("That code is not right.")
    help_page = follow(browser, "My app has two entries for this portal, or none")
    assert "One of them is from an earlier set-up." in help_page.words
    return browser.open("/sign-in").fill("/sign-in/code", code=new.code())
