"""TP3: the step before and the step after count as well, none further off, and by the server's clock alone."""

import pytest

from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_app, sign_out


@pytest.mark.parametrize("steps, accepted", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_either_way(browser: Browser, clock: Clock, steps: int, *, accepted: bool) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(hours=1)
    password(browser, ADA).fill("/sign-in/code", code=token.code(steps))
    assert (browser.path == "/") is accepted


def test_the_edges_of_a_step(browser: Browser, clock: Clock) -> None:
    token = set_up_app(browser, ADA)
    for late, accepted in ((59, True), (60, False)):
        sign_out(browser)
        clock.move(hours=1)
        clock.move(seconds=-(clock.now().timestamp() % 30))
        form = password(browser, ADA).form("/sign-in/code")
        form["code"] = token.code()
        clock.move(seconds=late)
        assert (form.submit(expect_errors=True).status_int == 303) is accepted


def test_what_a_request_says_of_the_time_counts_for_nothing(browser: Browser, clock: Clock) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(hours=1)
    password(browser, ADA)
    fields = {"csrf_token": browser.csrf(), "code": token.code(-3), "time": str(clock.now().timestamp() - 90)}
    assert browser.post("/sign-in/code", fields, Date="Sun, 22 Nov 2026 14:58:37 GMT").status_int == 422
