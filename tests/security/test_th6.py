"""TH6: a right password clears no wrong codes, and a right code by one way clears none of another."""

from ssp.models import Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, add_way, password, set_up_voice, sign_out, table, wrong
from tests.security.tools import choices


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
