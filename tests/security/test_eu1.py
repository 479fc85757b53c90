"""EU1: unknown, wrong, disabled, without a password, paused: one answer, to the byte and in its work."""

import pytest
from flask import Flask
from sqlalchemy import update

from ssp.flows import people
from ssp.infra.clock import now
from ssp.models import User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, Human, Phone, join, password, set_up_text, sign_out, wrong
from tests.security.tools import Costs, answer

GUESS = "not the password of anybody"
CASES = {
    "unknown": ("nobody", GUESS),
    "no username at all": ("%$ /\\", GUESS),
    "wrong": ("sam", GUESS),
    "wrong, with an option": ("ada", GUESS),
    "wrong, with a paused option": ("ben", GUESS),
    "called stolen, wrong": ("xia", GUESS),
    "called stolen, right": ("xia", "a window in the rain"),
    "disabled, wrong": ("zoe", GUESS),
    "disabled, right": ("zoe", "the words that zoe types"),
    "no password yet": ("yan", GUESS),
}


@pytest.fixture
def everybody(app: Flask, phone: Phone, site: Site, clock: Clock) -> None:
    """Let people be in all the states that there are."""
    join(site, Human("zoe", "the words that zoe types"), Human("yan", "words that nobody knows"))
    join(site, Human("xia", "a window in the rain"))
    people.disable(site, "zoe")
    with site.database.writing() as connection:
        connection.execute(update(User).where(User.username == "yan").values(password_hash=None))
        connection.execute(update(User).where(User.username == "xia").values(password_compromised_at=now()))
    for human in (ADA, BEN):
        sign_out(set_up_text(Browser(app, phone), human))
    clock.move(minutes=20)
    browser = password(Browser(app, phone), BEN)
    for _ in range(10):
        browser.fill("/sign-in/code", code=wrong(phone.text_code(BEN.mobile)))
    assert "taking a break" in browser.note


@pytest.mark.usefixtures("everybody")
def test_one_answer_and_one_hash_for_all(browser: Browser, hashed: Costs) -> None:
    before = len(hashed())
    answers = {name: answer(browser, *typed) for name, typed in CASES.items()}
    expected = answers["unknown"]
    assert expected[0] == 422
    for name, given in answers.items():
        assert given == expected, name
    assert hashed()[before:] == [(19456, 2, 1)] * len(CASES)


@pytest.mark.usefixtures("everybody")
def test_not_even_where_too_much_is_typed(browser: Browser, hashed: Costs) -> None:
    before = len(hashed())
    answers = [answer(browser, username, "x" * 300) for username, _ in CASES.values()]
    assert answers == [answers[0]] * len(answers)
    assert len(hashed()) == before
