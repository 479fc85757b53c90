"""TH7: a hold tells nothing: right and wrong passwords get one answer and cost one hash, and so do names of nobody."""

import pytest
from flask import Flask

from ssp.flows import people
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, SAM, Browser, Phone, events, set_up_text, sign_out
from tests.security.tools import HELD, Costs, answer, guess, passwords

GUESS = "not the password of anybody"


NAMES = {"sam": SAM.password, "ada": ADA.password, "ben": BEN.password, "nobody": "x", "%$ /\\": "x", "x" * 90: "x"}


@pytest.fixture
def everybody(app: Flask, phone: Phone, site: Site, clock: Clock) -> None:
    """Let Ada have an MFA option and a known browser elsewhere, and Ben be disabled."""
    del clock
    sign_out(set_up_text(Browser(app, phone), ADA))
    people.disable(site, "ben")


@pytest.mark.usefixtures("everybody")
def test_nobody_sees_at_any_try_who_exists(browser: Browser, site: Site, clock: Clock, hashed: Costs) -> None:
    for number, wait in enumerate((0, 0, 0, 0, 0, 1, 2, 4, 8, 16)):
        clock.move(seconds=wait)
        browser.web.extra_environ["REMOTE_ADDR"] = f"198.51.100.{number}"
        before = len(hashed())
        answers = {name: answer(browser, name, GUESS) for name in NAMES}
        assert all(given == answers["nobody"] for given in answers.values()), wait
        assert hashed()[before:] == [(19456, 2, 1)] * len(NAMES)
    assert {each.count for each in passwords(site)} == {10}


@pytest.mark.usefixtures("everybody")
def test_while_held_the_right_password_gets_the_answer_of_a_wrong_one(
    browser: Browser, site: Site, clock: Clock, hashed: Costs
) -> None:
    del clock
    for number, name in enumerate(NAMES):
        browser.web.extra_environ["REMOTE_ADDR"] = f"198.51.100.{number}"
        for _ in range(5):
            guess(browser, name)
    browser.web.extra_environ["REMOTE_ADDR"] = "198.51.100.99"
    before = len(hashed())
    answers = [answer(browser, name, typed) for name, right in NAMES.items() for typed in (right, GUESS)]
    assert answers == [answers[0]] * len(answers)
    assert answers[0][0] == 422
    assert HELD in answers[0][2]
    assert "Set-Cookie" not in str(answers[0][1])
    assert hashed()[before:] == [(19456, 2, 1)] * len(answers)
    held = events(site, "sign_in.held")
    assert {(each.reason, each.outcome) for each in held} == {("waiting_new", "refused")}
    assert [each.subject for each in held if each.user_id] == ["sam", "sam", "ada", "ada", "ben", "ben"]
    assert all(each.subject.startswith("unknown:") for each in held if not each.user_id)


@pytest.mark.usefixtures("everybody")
def test_nor_is_the_end_of_all_tries_an_oracle(browser: Browser, site: Site, clock: Clock) -> None:
    for _ in range(90):
        clock.move(minutes=15)
        for name in ("sam", "nobody"):
            guess(browser, name)
    clock.move(days=100)
    answers = [answer(browser, *typed) for typed in (("sam", SAM.password), ("sam", GUESS), ("nobody", GUESS))]
    assert answers == [answers[0]] * 3
    assert "before Web Support frees it" in answers[0][2]
    assert [each.reason for each in events(site, "sign_in.stopped")] == ["new_90"] * 2
