"""How a request goes on when its sign-in ended in the same moment."""

import pytest

from ssp.flows import set_up
from ssp.flows.attempts import Over
from tests.people import ADA, Browser, password


@pytest.mark.parametrize("over", Over)
def test_a_set_up_whose_sign_in_just_ended_leads_back(
    over: Over, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    password(browser, ADA).fill(type="text")
    monkeypatch.setattr(set_up, "begin", lambda *_: over)
    answer = browser.send(phone=ADA.mobile)
    assert (answer.status_int, answer.location) == (303, "/" if over is Over.ENDED else "/sign-in")
