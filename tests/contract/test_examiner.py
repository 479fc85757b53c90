"""The examiner sees what it is there to see, and tells it in words that help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssp.infra.telephony.carrier import Accepted, Reason, Rejected, TextMessage, VoiceCall
from ssp.infra.telephony.twilio import TwilioCarrier
from tests.people import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.examiner import Examiner
    from tests.people import Browser

pytestmark = pytest.mark.contract


def told(examiner: Examiner) -> list[str]:
    """Return the faults that were found, which are none of this test's own."""
    faults = examiner.faults.copy()
    examiner.faults.clear()
    return faults


def carrier_for(visit: Callable[..., Browser], **settings: object) -> TwilioCarrier:
    return TwilioCarrier(visit(**settings).app.extensions["ssp"].settings)


def test_what_prism_lets_through_is_a_fault(visit: Callable[..., Browser], examiner: Examiner) -> None:
    carrier = carrier_for(visit)
    assert carrier.send(TextMessage("bob", "Hello", 99_999)) == Accepted("SM" + "1".zfill(32))
    assert told(examiner) == ["To cannot be 'bob'", "ValidityPeriod cannot be '99999'"]
    assert carrier.send(VoiceCall(ADA.mobile, None, "<Response><Shout/></Response>")) == Accepted("CA" + "2".zfill(32))
    assert told(examiner) == ["Twiml: <Shout> cannot be in <Response>"]


def test_what_prism_refuses_is_a_fault_and_reaches_the_portal(
    visit: Callable[..., Browser], examiner: Examiner
) -> None:
    carrier = carrier_for(visit, twilio_from=None, twilio_messaging_service_sid="MG1", twilio_voice_from=ADA.office)
    assert carrier.send(TextMessage(ADA.mobile, "Hello", 600)) == Rejected(Reason.REFUSED)
    (fault,) = told(examiner)
    assert fault.startswith("Prism: body.MessagingServiceSid: ")
    assert 'must match pattern "^MG' in fault


def test_credentials_are_looked_at(visit: Callable[..., Browser], examiner: Examiner) -> None:
    carrier = carrier_for(visit, twilio_api_key="key", twilio_api_secret="secret")
    assert isinstance(carrier.send(TextMessage(ADA.mobile, "Hello", 600)), Accepted)
    assert told(examiner) == ["the credentials are neither an account's nor an API key's"]
