"""A phone that is new, has a new number, or is gone."""

from collections.abc import Callable

import pytest

from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    add_app_later,
    begin_change,
    follow,
    make_codes,
    password,
    prove_change,
    set_up_text,
    sign_in_by_text,
    sign_out,
    use_another_way,
)
from tests.troubles import Ending, Trouble, call_web_support

NEW_NUMBER = "+12055550171"


@Trouble(
    1,
    "New phone, same number",
    heard="“I have a new phone. Do I have to set it up again?” Or the new phone is asked for a code, and the old one"
    " was not.",
    alone="Nothing. Texts and calls follow the number, so the code comes to the new phone.",
    say="Your number is the same, so nothing has to be changed. The new phone counts as a new device: it needs one"
    " code, and you may tick the box there. If your codes come from an app, they do not move by themselves.",
    support="Nothing. For an app see trouble 16.",
    chromium=True,
)
def test_new_phone_same_number(browser: Browser, other_browser: Browser, clock: Clock) -> Browser:
    """Ben trusted his old phone. The new one has the same number, asks for a code, and gets it."""
    sign_out(set_up_text(browser, BEN))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, BEN, trust=True))
    clock.move(days=2)
    new_phone = password(other_browser, BEN)
    assert "Another browser, a private window or deleted cookies make it a new one." in new_phone.note
    new_phone.fill("/sign-in/code", code=new_phone.phone.text_code(BEN.mobile), trust_device=True)
    sign_out(new_phone)
    assert password(new_phone, BEN).path == "/"
    return new_phone


@Trouble(
    2,
    "New number, old phone still there",
    heard="“I get a new number next week.” The old number still gets codes.",
    alone="They choose **Account**, then **Replace** below the old number, type a code that comes to it, and set up"
    " the new one. The old one works until the new one does.",
    say="Change it while the old number still works: choose Account, then Replace below it. The first code comes to"
    " the old phone, the second one to the new phone. If you stop in between, nothing has changed.",
    support="Nothing. If the old number is gone already, see trouble 4.",
    chromium=True,
)
def test_new_number_old_phone_still_there(browser: Browser, clock: Clock) -> Browser:
    """Ben puts the new number in the place of the old one, with a code to each, and signs in with the new one."""
    set_up_text(browser, BEN)
    clock.move(minutes=15)
    begin_change(browser, "Replace text message to ••• ••67")
    prove_change(browser, browser.phone.text_code(BEN.mobile)).fill()
    assert "It then takes the place of text message to ••• ••67 ; until then, everything stays" in browser.words
    set_up_new_number(browser)
    assert "••• ••67" not in browser.open("/account/").words
    sign_out(browser)
    clock.move(minutes=1)
    password(browser, BEN).fill("/sign-in/code", code=browser.phone.text_code(NEW_NUMBER))
    return browser


def set_up_new_number(browser: Browser) -> Browser:
    """Set up texts to the new number on the options screen."""
    browser.fill(type="text").fill(phone=NEW_NUMBER)
    return browser.fill(code=browser.phone.text_code(NEW_NUMBER))


@Trouble(
    3,
    "Lost phone, another way set up",
    heard="“My phone is gone. I also have the app on my tablet.”",
    alone="On the code page they choose **Use another way**. Signed in, they choose **Account**, then **Remove** below"
    " the lost one; or **Replace**, if the new phone is there already.",
    say="Choose Use another way on the page that asks for the code. Then open Account and remove the phone you lost,"
    " so that nobody gets codes there. If you have a new one already, choose Replace instead.",
    support="Only if they are in a hurry: `flask user sign-out NAME` ends all sessions and trust, on the lost phone,"
    " too.",
)
def test_lost_phone_another_way_set_up(browser: Browser, other_browser: Browser, clock: Clock) -> Browser:
    """Ada gets texts and has an app on her tablet. The app lets her in, and she removes the lost phone."""
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    app = add_app_later(browser, ADA)
    clock.move(days=1)
    at_home = use_another_way(password(other_browser, ADA), "Authenticator app")
    at_home.fill("/sign-in/code", code=app.code())
    clock.move(minutes=1)
    use_another_way(begin_change(at_home, "Remove text message to ••• ••23"), "Authenticator app")
    prove_change(at_home, app.code()).fill()
    assert "That MFA option is removed." in at_home.note
    assert browser.open("/").path == "/sign-in", "the lost phone was signed in, too"
    return at_home


def at_a_computer(browser: Browser, _clock: Clock) -> Browser:
    """Come to the page that asks for the code."""
    return password(browser, ADA)


def at_a_trusted_device(browser: Browser, clock: Clock) -> Browser:
    """Get in without a code, and come from a change that takes one to the page that asks for it."""
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    clock.move(minutes=1)
    password(browser, ADA).open("/account/").fill("/set-up/another").fill("/account/recover")
    assert browser.note.startswith("To use a recovery code, start with your password.")
    return password(browser, ADA)


@pytest.mark.parametrize("come", [at_a_computer, at_a_trusted_device])
@Trouble(
    4,
    "Lost phone, recovery codes",
    heard="“My phone is gone. I have the list with the recovery codes.”",
    alone="On the code page they choose **Use a recovery code**, type one from the list, and set up what they have at"
    " hand. Then **Remove it from your account** leads to the lost one. On a trusted device, which asks for no code,"
    " any change leads there with **No codes any more? Sign in with a recovery code**.",
    say="Choose Use a recovery code on the page that asks for the code, and type any one from your list. Do not read"
    " it to me. Then set up a phone or an app that you have now, and remove the lost one. Cross the code out.",
    support="Nothing. If no code of the list is taken, it is an older list, or all are used up: `flask user show NAME`"
    " says how many are left. Then see trouble 5.",
    chromium=True,
)
def test_lost_phone_recovery_codes(
    browser: Browser, other_browser: Browser, clock: Clock, come: Callable[[Browser, Clock], Browser]
) -> Browser:
    """Ada's list is in the drawer. One code leads to setting up a new number; then she removes the lost one."""
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    codes = make_codes(browser, ADA)
    clock.move(days=1)
    at_home = follow(come(other_browser, clock), "Use a recovery code")
    at_home.fill(recovery_code=codes[6].lower().replace("-", " "))
    assert at_home.note.startswith("Your recovery code was right, and is used up.")
    set_up_new_number(at_home)
    assert "Lost the old one? It still counts." in at_home.note
    assert browser.open("/").path == "/sign-in", "the lost phone was signed in, too"
    clock.move(minutes=1)
    begin_change(at_home, "Remove text message to ••• ••23")
    prove_change(at_home, at_home.phone.text_code(NEW_NUMBER)).fill()
    assert "That MFA option is removed." in at_home.note
    assert "9 of 10 left" in at_home.open("/account/").words
    return at_home


@pytest.mark.parametrize("days", [3, 91], ids=["soon", "at the confirmation"])
@Trouble(
    5,
    "Lost everything",
    heard="“My phone was stolen, and I have nothing else.” They are at the code page and cannot go on.",
    alone="They call. The page leads to **I have another phone or number now**, or to **I do not have my phone**; both"
    " name the ways that there are, and show a reference.",
    say="Is there another way, or a list of recovery codes? Then you do not need me. If not: what is the reference at"
    " the end of the page? I first make sure that it is you. Then I clear the lost phone, and at your next sign-in you"
    " set up a new one. I will not ask for your password or a code. Have your phone company block the SIM card.",
    support="`flask events show REFERENCE` says whose sign-in it is, from which browser, and what came before. Make"
    " sure who is calling: call back at a number you know, or ask their office. Then `flask user reset-mfa NAME`. It"
    " forgets all their options and ends all sessions and trust; the person gets a mail about it.",
    ending=Ending.WITH_HELP,
)
def test_lost_everything(browser: Browser, clock: Clock, days: int) -> Browser:
    """Ben's bag is gone, with his only phone in it. Web Support clears it, and he sets up a new one."""
    sign_out(set_up_text(browser, BEN))
    clock.move(days=days)
    follow(password(browser, BEN), "I have another phone or number now")
    call_web_support(browser, BEN, "A username and a password were typed.", "user", "reset-mfa")
    return set_up_new_number(password(browser, BEN))
