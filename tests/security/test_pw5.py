"""PW5: no rules about kinds of characters, and no password that grows old."""

from flask import Flask

from tests.conftest import Clock
from tests.people import ADA, Browser, Human, password


def test_fifteen_small_letters_are_enough(app: Flask, browser: Browser) -> None:
    arguments = ["user", "add", "zoe", "--email", "zoe@example.test", "--password-stdin"]
    assert app.test_cli_runner().invoke(args=arguments, input="qzxwvkjhgfdsapl\n").exit_code == 0
    assert password(browser, Human("zoe", "qzxwvkjhgfdsapl")).path == "/set-up"


def test_nothing_is_asked_of_the_kinds_of_signs(app: Flask) -> None:
    for number, typed in enumerate(("zaunkonigimgras", "83729104657382916", "!#%&(;{]<?=)*'^")):
        arguments = ["user", "add", f"zoe{number}", "--email", "zoe@example.test", "--password-stdin"]
        assert app.test_cli_runner().invoke(args=arguments, input=f"{typed}\n").exit_code == 0, typed


def test_four_hundred_days_later_it_still_counts(browser: Browser, clock: Clock) -> None:
    clock.move(days=400)
    assert password(browser, ADA).path == "/set-up"


def test_nobody_is_asked_for_a_hint_or_a_secret_answer(browser: Browser) -> None:
    text = browser.open("/sign-in").page.text.lower()
    assert "hint" not in text
    assert "security question" not in text
