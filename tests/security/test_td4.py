"""TD4: thirty days from the code, by the server's row; neither use nor an edited cookie makes them longer."""

from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_in_by_text, sign_out


def test_daily_use_does_not_prolong_it(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    for _ in range(29):
        clock.move(days=1)
        assert password(browser, ADA).path == "/"
        sign_out(browser)
    kept = browser.devices
    clock.move(days=1, seconds=1)
    browser.web.reset()
    browser.carry(kept)  # without an end of its own, as if somebody had edited it
    assert password(browser, ADA).path == "/sign-in/code"
