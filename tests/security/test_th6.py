"""TH6: right answers clear only their own kind: a password no wrong codes, a code no wrong passwords or other ways."""

from ssp.models import Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, add_way, password, set_up_text, set_up_voice, sign_out, table, wrong
from tests.security.tools import choices, guess, passwords


def counts(site: Site) -> list[int]:
    return sorted(each.count for each in table(site, Throttle) if each.key.startswith("second-factor:"))


def test_each_way_has_its_own(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_voice(browser, ADA)
    clock.move(minutes=1)
    sign_out(add_way(browser, "text", phone=ADA.mobile))
    clock.move(minutes=9)
    for _ in range(3):
        password(browser, ADA).fill("/sign-in/code", code=wrong(browser.phone.spoken_code()))
        browser.fill("/sign-out")
    assert counts(site) == [3]
    password(browser, ADA)
    browser.open("/sign-in/choose").fill(authenticator=choices(browser)[1])
    browser.fill("/sign-in/code", code=wrong(browser.phone.text_code()))
    assert counts(site) == [1, 3]
    assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"
    assert counts(site) == [3]


def test_a_right_password_clears_wrong_passwords_and_no_wrong_codes(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=11)
    for number in range(1, 4):
        for _ in range(2):
            guess(browser)
        assert [each.count for each in passwords(site)] == [2]
        password(browser, ADA).fill("/sign-in/code", code=wrong(browser.phone.text_code(), number))
        assert passwords(site) == []
        assert counts(site) == [number]
        browser.fill("/sign-out")


def test_a_right_code_clears_no_wrong_passwords(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=11)
    password(browser, ADA)
    guess(other_browser)
    assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"
    assert [each.count for each in passwords(site)] == [1]
