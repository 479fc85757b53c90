"""TD9: before the right password nobody sees whether a browser is trusted."""

from tests.conftest import Clock
from tests.people import ADA, Browser, set_up_text, sign_in_by_text, sign_out
from tests.security.tools import Costs, answer

WRONG = ("ada", "not her password at all")


def test_the_same_page_and_the_same_work(browser: Browser, other_browser: Browser, clock: Clock, hashed: Costs) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    before = len(hashed())
    with_cookie = answer(browser, *WRONG)
    (name,) = browser.devices
    assert answer(other_browser, *WRONG) == with_cookie
    assert answer(other_browser.carry({name: "forged.forged"}), *WRONG) == with_cookie
    assert hashed()[before:] == [(19456, 2, 1)] * 3
    assert "Set-Cookie" not in str(with_cookie[1])
