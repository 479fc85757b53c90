"""TD9: before the right password nobody sees whether a browser is trusted."""

import re

from tests.conftest import Clock
from tests.people import ADA, Browser, set_up_text, sign_in_by_text, sign_out
from tests.security.tools import Costs


def refusal(browser: Browser) -> tuple[str, list[str]]:
    """Return page and headers of a wrong password, without what differs from page to page."""
    response = browser.open("/sign-in").send(username="ada", password="not her password at all")
    headers = [f"{name}: {value}" for name, value in response.headers.items() if name != "Content-Length"]
    return re.sub(r'name="csrf_token" value="[^"]+"', "", response.text), headers


def test_the_same_page_and_the_same_work(browser: Browser, other_browser: Browser, clock: Clock, hashed: Costs) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    before = len(hashed())
    with_cookie = refusal(browser)
    (name,) = browser.devices
    assert refusal(other_browser) == with_cookie
    assert refusal(other_browser.carry({name: "forged.forged"})) == with_cookie
    assert hashed()[before:] == [(19456, 2, 1)] * 3
    assert "Set-Cookie" not in str(with_cookie[1])
