"""SE5: twelve hours after it began a session is over, whatever was done in it."""

from tests.conftest import Clock
from tests.people import ADA, Browser, set_up_text


def test_use_never_prolongs_it(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    for _ in range(35):
        clock.move(minutes=20)
        assert browser.open("/").path == "/"
    clock.move(minutes=19, seconds=59)
    assert browser.open("/").path == "/"
    clock.move(seconds=1)
    assert browser.open("/").path == "/sign-in"


def test_no_form_prolongs_it(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    for _ in range(36):
        clock.move(minutes=20)
        browser.open("/").post("/set-up/another", {"csrf_token": browser.csrf()})
    assert browser.open("/").path == "/sign-in"
