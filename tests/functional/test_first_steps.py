"""From the first sign-in to the quiet one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.people import ADA, BEN, SAM, password, set_up_app, set_up_text, set_up_voice, sign_in_by_text, sign_out

if TYPE_CHECKING:
    from tests.conftest import Clock
    from tests.people import Browser


def test_first_sign_in_sets_up_text_messages(browser: Browser) -> None:
    set_up_text(browser, ADA)
    assert browser.path == "/set-up/done"
    assert "You are signed in" in browser.words
    assert "Welcome, Ada" in browser.open("/").words


def test_first_sign_in_sets_up_voice_calls_with_an_extension(browser: Browser) -> None:
    set_up_voice(browser, BEN, "12,34")
    assert browser.path == "/set-up/done"
    sign_out(browser)
    password(browser, BEN)
    assert "extension" in browser.words
    assert len(browser.phone.spoken_code()) == 5


def test_first_sign_in_sets_up_an_app(browser: Browser, clock: Clock) -> None:
    app = set_up_app(browser, SAM)
    assert browser.path == "/set-up/done"
    sign_out(browser)
    password(browser, SAM)
    clock.move(seconds=60)
    browser.fill("/sign-in/code", code=app.code())
    assert "Welcome, Sam" in browser.words


def test_trusted_device_skips_the_code(browser: Browser) -> None:
    sign_out(set_up_text(browser, ADA))
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    password(browser, ADA)
    assert browser.path == "/"
    assert "Welcome, Ada" in browser.words
