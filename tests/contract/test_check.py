"""What `flask delivery check` asks the provider for fits Twilio's own description, and it reads the answer right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssp.infra.telephony.inspection import Number, look_up
from tests.contract.senders import SETTINGS
from tests.provider import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.examiner import Examiner
    from tests.people import Browser

pytestmark = pytest.mark.contract

# The one that the description's own example of an account has.
EXAMPLE = "+18089255327"


def test_the_numbers_of_the_account_are_looked_up(visit: Callable[..., Browser], examiner: Examiner) -> None:
    settings = visit().app.extensions["ssp"].settings
    assert look_up(settings, EXAMPLE) == Number(texts=False, calls=True)
    assert look_up(settings, NUMBER) is None
    assert look_up(settings, None) is None
    asked = [each.path.rpartition("/")[2] for each in examiner.provider.asked]
    assert [each.partition("?")[0] for each in asked] == ["IncomingPhoneNumbers.json"] * 3


@pytest.mark.parametrize(
    "name", ["auth token and number", "API key alone", "messaging service", "short code", "long and odd words"]
)
def test_a_test_text_and_a_test_call(visit: Callable[..., Browser], examiner: Examiner, name: str) -> None:
    run = visit(**SETTINGS[name]).app.test_cli_runner().invoke
    text = run(args=["delivery", "check", "--to", "205-555-0123"])
    call = run(args=["delivery", "check", "--to", "205-555-0145", "--voice", "--extension", "1,2"])
    assert "One test text was taken by the provider." in text.output
    assert "One test call was taken by the provider." in call.output
    sent, rung = (each for each in examiner.provider.asked if each.fields)
    assert (sent.form["To"], sent.form["ValidityPeriod"]) == ("+12055550123", "600")
    assert (rung.form["To"], rung.form["SendDigits"]) == ("+12055550145", "wwww1wwww2")
