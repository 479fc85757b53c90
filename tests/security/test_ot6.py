"""OT6: after five wrong answers, three for five digits, the code is dead: the right one no longer counts."""

import pytest

from ssp.models import Challenge
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, set_up_voice, sign_out, table, wrong


@pytest.mark.parametrize("kind, tries", [("text", 5), ("voice", 3)])
def test_the_right_code_comes_too_late(browser: Browser, site: Site, clock: Clock, kind: str, tries: int) -> None:
    set_up, read = {
        "text": (set_up_text, browser.phone.text_code),
        "voice": (set_up_voice, browser.phone.spoken_code),
    }[kind]
    sign_out(set_up(browser, ADA))
    clock.move(minutes=5)
    password(browser, ADA)
    for _ in range(tries):
        browser.fill("/sign-in/code", code=wrong(read()))
    for _ in range(2):
        assert browser.fill("/sign-in/code", code=read()).problem.startswith("That code can no longer be used.")
    (code,) = [each for each in table(site, Challenge) if each.purpose == "sign-in"]
    assert code.tries == tries
    assert browser.open("/").path == "/sign-in/code"


def test_the_last_try_counts(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    for _ in range(4):
        browser.fill("/sign-in/code", code=wrong(browser.phone.text_code()))
    assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"
