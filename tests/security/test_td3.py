"""TD3: trust belongs to one person; several people on one browser each have their own."""

from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, password, set_up_text, sign_in_by_text, sign_out


def test_adas_cookie_is_nothing_to_ben(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(other_browser, BEN))
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    sign_out(sign_in_by_text(other_browser, BEN, trust=True))
    ((of_ada, value),) = browser.devices.items()
    ((of_ben, _),) = other_browser.devices.items()
    assert of_ada != of_ben
    clock.move(minutes=1)
    # Under Ben's name, too, her value is none of his.
    browser.carry({of_ben: value})
    assert password(browser, BEN).path == "/sign-in/code"
    browser.fill("/sign-out")
    assert password(browser, ADA).path == "/"


def test_one_does_not_take_the_others_away(browser: Browser, clock: Clock) -> None:
    for human in (ADA, BEN):
        sign_out(set_up_text(browser, human))
        clock.move(minutes=1)
        sign_out(sign_in_by_text(browser, human, trust=True))
    for human in (ADA, BEN, ADA):
        assert password(browser, human).path == "/"
        sign_out(browser)
