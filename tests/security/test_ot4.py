"""OT4: a code belongs to one person, one browser, one purpose and one phone."""

from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, add_way, password, set_up_text, sign_out, wrong
from tests.security.tools import choices


def refused(browser: Browser, path: str, code: str, right: str) -> None:
    """Check that a code does not count here; where chance made both codes the same, another wrong one stands in."""
    browser.fill(path, code=code if code != right else wrong(right))
    assert browser.page.status_int == 422
    assert browser.problem.startswith("That code is not right.")
    assert browser.fill(path, code=right).page.status_int == 200


def test_not_in_another_browser(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    first = browser.phone.text_code()
    password(other_browser, ADA)
    refused(other_browser, "/sign-in/code", first, browser.phone.text_code())


def test_not_for_another_person(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    sign_out(set_up_text(other_browser, BEN))
    clock.move(minutes=1)
    password(browser, ADA)
    password(other_browser, BEN)
    refused(other_browser, "/sign-in/code", browser.phone.text_code(ADA.mobile), browser.phone.text_code(BEN.mobile))


def test_not_for_another_purpose(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    password(other_browser, ADA)
    of_sign_in = browser.phone.text_code()
    browser.fill("/set-up/another").fill(type="text")
    browser.fill(phone=BEN.mobile)
    refused(browser, "/set-up/text", of_sign_in, browser.phone.text_code(BEN.mobile))


def test_not_by_another_way(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_out(add_way(browser, "text", phone=BEN.mobile))
    clock.move(minutes=1)
    password(browser, ADA)
    newest = browser.phone.text_code(ADA.mobile)
    browser.fill(authenticator=choices(browser)[1])
    refused(browser, "/sign-in/code", newest, browser.phone.text_code(BEN.mobile))


def test_not_after_starting_over(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    old = password(browser, ADA).phone.text_code()
    browser.fill("/sign-out")
    clock.move(minutes=1)
    password(browser, ADA)
    refused(browser, "/sign-in/code", old, browser.phone.text_code())


def test_not_for_an_earlier_number(browser: Browser) -> None:
    password(browser, ADA).fill(type="text")
    old = browser.fill(phone=ADA.mobile).phone.text_code()
    browser.open("/set-up/text?another=1").fill(phone=BEN.mobile)
    refused(browser, "/set-up/text", old, browser.phone.text_code(BEN.mobile))
