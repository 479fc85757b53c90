"""SE4: without a page for half an hour, a quarter for staff, a session is over."""

import pytest

from tests.conftest import Clock
from tests.people import ADA, SAM, Browser, Human, set_up_text


@pytest.mark.parametrize("human, minutes", [(ADA, 30), (SAM, 15)], ids=["people", "staff"])
def test_it_ends_to_the_second(browser: Browser, clock: Clock, human: Human, minutes: int) -> None:
    set_up_text(browser, human)
    for _ in range(3):
        clock.move(minutes=minutes, seconds=-1)
        assert browser.open("/").path == "/"
    clock.move(minutes=minutes)
    assert browser.open("/").path == "/sign-in"


def test_pages_for_everybody_do_not_keep_it_alive(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    for _ in range(3):
        clock.move(minutes=10)
        browser.open("/help/").open("/healthz").open("/demo/phone")
    assert browser.open("/").path == "/sign-in"
