"""OT5: a quick resend repeats the code, a late one replaces it, and neither gives back tries."""

import pytest

from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_out, wrong


@pytest.fixture
def asked(browser: Browser, clock: Clock) -> Browser:
    """Give a browser at Ada's code page."""
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=20)
    return password(browser, ADA)


def test_before_half_its_life_it_is_the_same(asked: Browser, clock: Clock) -> None:
    first = asked.phone.text_code()
    clock.move(minutes=5, seconds=-1)
    asked.fill("/sign-in/code/send")
    assert asked.phone.text_code() == first
    assert asked.fill("/sign-in/code", code=first).path == "/"


def test_after_half_its_life_it_is_a_new_one_and_the_old_one_is_dead(
    asked: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asked.phone.text_code()
    monkeypatch.setattr("ssp.infra.tokens.numeric_code", lambda _digits: wrong(first, 7))
    clock.move(minutes=5)
    asked.fill("/sign-in/code/send")
    assert asked.phone.text_code() == wrong(first, 7)
    asked.fill("/sign-in/code", code=first)
    assert asked.problem.startswith("That code is not right. Check the newest code we sent")
    assert asked.fill("/sign-in/code", code=wrong(first, 7)).path == "/"


@pytest.mark.parametrize("minutes", [1, 6])
def test_no_send_gives_tries_back(asked: Browser, clock: Clock, minutes: int) -> None:
    for _ in range(3):
        asked.fill("/sign-in/code", code=wrong(asked.phone.text_code()))
    assert asked.problem.endswith("You have 2 tries left.")
    clock.move(minutes=minutes)
    asked.fill("/sign-in/code/send")
    assert asked.fill("/sign-in/code", code=wrong(asked.phone.text_code())).problem.endswith("You have 1 try left.")
