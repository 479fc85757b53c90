"""Prism and our further demands see what they are there to see: each bad request is refused, and for its own reason."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from email.message import Message as Headers
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

import pytest

from tests.contract import demands
from tests.contract.prism import CALLS, FORM, TEXTS, fields_of, open_prism
from tests.people import ADA
from tests.provider import ACCOUNT, NUMBER, Asked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.contract.prism import Prism, Reply

pytestmark = pytest.mark.contract

SERVICE = "MG" + "0" * 32
CALLBACK = "https://portal.example.org/provider/call/1"
DOCUMENT = "<Response><Hangup/></Response>"
TEXT = {
    "To": ADA.mobile,
    "From": NUMBER,
    "Body": "Your code is 048291.\n\n@portal.example.org #048291",
    "ValidityPeriod": "600",
    "StatusCallback": CALLBACK,
}
CALL = {
    "To": ADA.office,
    "From": NUMBER,
    "Twiml": DOCUMENT,
    "SendDigits": "wwWW12#*",
    "Timeout": "60",
    "TimeLimit": "180",
    "StatusCallback": CALLBACK,
    "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
    "StatusCallbackMethod": "POST",
}
# What a sample changes of a good request; None takes a field away.
Changes = dict[str, str | list[str] | None]


def head(user: str = ACCOUNT, kind: str = FORM) -> dict[str, str]:
    return {"Content-Type": kind, "Authorization": f"Basic {base64.b64encode(f'{user}:secret'.encode()).decode()}"}


def body(path: str, changes: Changes) -> str:
    fields = {**(TEXT if path == TEXTS else CALL), **changes}
    return urlencode({name: value for name, value in fields.items() if value is not None}, doseq=True)


def prisms_answer(twilio: Prism, path: str, changes: Changes, headers: Mapping[str, str] | None = None) -> Reply:
    return twilio.ask("POST", path.format(AccountSid=ACCOUNT), body(path, changes), headers or head())


def our_faults(path: str, changes: Changes, headers: Mapping[str, str] | None = None) -> list[str]:
    given = Headers()
    for name, value in (headers or head()).items():
        given[name] = value
    asked = Asked(
        path.format(AccountSid=ACCOUNT),
        parse_qs(body(path, changes), keep_blank_values=True, strict_parsing=True),
        given,
    )
    return demands.faults(asked, fields_of(path))


@pytest.mark.parametrize("user", [ACCOUNT, "SK" + "0" * 32])
@pytest.mark.parametrize(
    "path, changes",
    [
        (TEXTS, {}),
        (TEXTS, {"StatusCallback": None}),
        (TEXTS, {"From": None, "MessagingServiceSid": SERVICE}),
        (TEXTS, {"From": "12345"}),
        (TEXTS, {"From": "Example 1"}),
        (TEXTS, {"ValidityPeriod": "1"}),
        (TEXTS, {"ValidityPeriod": "36000"}),
        (TEXTS, {"Body": "€" * 80}),
        (CALLS, {}),
        (CALLS, {"SendDigits": None, "MachineDetection": "Enable"}),
        (CALLS, {"Twiml": None, "Url": CALLBACK}),
        (CALLS, {"StatusCallbackEvent": "completed"}),
        (CALLS, {"Timeout": "600", "TimeLimit": "14400"}),
    ],
)
def test_good_requests_are_let_through(twilio: Prism, path: str, changes: Changes, user: str) -> None:
    reply = prisms_answer(twilio, path, changes, head(user))
    assert (reply.status, reply.refusal) == (201, None)
    assert our_faults(path, changes, head(user)) == []


@pytest.mark.parametrize(
    "path, changes, refusal",
    [
        (TEXTS, {"To": None}, "must have required property 'To'"),
        (TEXTS, {"ValidityPeriod": "soon"}, "ValidityPeriod must be integer"),
        (TEXTS, {"MessagingServiceSid": "MG1"}, 'MessagingServiceSid must match pattern "^MG'),
        (TEXTS, {"StatusCallback": "portal"}, 'StatusCallback must match format "uri"'),
        (TEXTS, {"RiskCheck": "perhaps"}, "RiskCheck must be equal to one of the allowed values"),
        (CALLS, {"From": None}, "must have required property 'From'"),
        (CALLS, {"Timeout": "long"}, "Timeout must be integer"),
        (CALLS, {"StatusCallbackMethod": "PUT"}, "StatusCallbackMethod must be equal to one of the allowed values"),
    ],
)
def test_prism_refuses_what_the_description_does_not_allow(
    twilio: Prism, path: str, changes: Changes, refusal: str
) -> None:
    reply = prisms_answer(twilio, path, changes)
    assert reply.status == 422
    assert refusal in (reply.refusal or "")


def test_prism_refuses_other_ways_to_ask(twilio: Prism) -> None:
    texts = TEXTS.format(AccountSid=ACCOUNT)
    assert "no path matched" in (twilio.ask("POST", "/2010-04-01/Letters.json", "", head()).refusal or "")
    assert "must match pattern" in (twilio.ask("POST", TEXTS.format(AccountSid="ada"), "To=1", head()).refusal or "")
    assert "Invalid content type" in (twilio.ask("POST", texts, "{}", head(kind="application/json")).refusal or "")
    assert "Invalid security scheme" in (twilio.ask("POST", texts, "To=1", {"Content-Type": FORM}).refusal or "")


BAD: list[tuple[str, Changes, str]] = [
    (TEXTS, {"To": "bob"}, "To cannot be 'bob'"),
    (TEXTS, {"To": "2055550123"}, "To cannot be '2055550123'"),
    (TEXTS, {"To": "+1 205 555 0123"}, "To cannot be '+1 205 555 0123'"),
    (TEXTS, {"To": "+12055550123\n"}, "To cannot be '+12055550123\\n'"),
    (TEXTS, {"From": None}, "a text has one sender, From or MessagingServiceSid"),
    (TEXTS, {"MessagingServiceSid": SERVICE}, "a text has one sender, From or MessagingServiceSid"),
    (TEXTS, {"From": "Example Mutual"}, "From cannot be 'Example Mutual'"),
    (TEXTS, {"Body": None}, "there is no Body"),
    (TEXTS, {"Body": "x" * 161}, f"Body cannot be '{'x' * 161}'"),
    (TEXTS, {"Body": "“Hello”"}, "Body cannot be '“Hello”'"),
    (
        TEXTS,
        {"ValidityPeriod": None},
        "a code would be delivered for hours after it has run out: there is no ValidityPeriod",
    ),
    (TEXTS, {"ValidityPeriod": "99999"}, "ValidityPeriod cannot be '99999'"),
    (TEXTS, {"ValidityPeriod": "0"}, "ValidityPeriod cannot be '0'"),
    (TEXTS, {"Priority": "high"}, "there is no field Priority"),
    (TEXTS, {"to": ADA.mobile}, "there is no field to"),
    (TEXTS, {"To": [ADA.mobile, ADA.office]}, "To is given 2 times"),
    (TEXTS, {"StatusCallback": "http://portal.example.org/"}, "StatusCallback cannot be 'http://portal.example.org/'"),
    (TEXTS, {"StatusCallback": "https://my_portal.example/"}, "StatusCallback cannot be 'https://my_portal.example/'"),
    (TEXTS, {"StatusCallback": "https://portal/"}, "StatusCallback cannot be 'https://portal/'"),
    (TEXTS, {"StatusCallback": "https://a:b@portal.test/"}, "StatusCallback cannot be 'https://a:b@portal.test/'"),
    (CALLS, {"From": "Example"}, "From cannot be 'Example'"),
    (CALLS, {"Twiml": "<Response><Say>cut off"}, "Twiml: not XML: no element found: line 1, column 22"),
    (CALLS, {"Twiml": "<Response><Shout/></Response>"}, "Twiml: <Shout> cannot be in <Response>"),
    (CALLS, {"Twiml": None}, "a call says one thing, Twiml, Url or ApplicationSid"),
    (CALLS, {"Url": CALLBACK}, "a call says one thing, Twiml, Url or ApplicationSid"),
    (CALLS, {"SendDigits": "hello"}, "SendDigits cannot be 'hello'"),
    (CALLS, {"SendDigits": "w" * 33}, f"SendDigits cannot be '{'w' * 33}'"),
    (CALLS, {"SendDigits": ""}, "SendDigits is empty"),
    (CALLS, {"SendDigits": None, "MachineDetection": "yes please"}, "MachineDetection cannot be 'yes please'"),
    (CALLS, {"MachineDetection": "Enable"}, "MachineDetection is passed over where there are SendDigits"),
    (CALLS, {"StatusCallbackEvent": ["answered", "sung"]}, "StatusCallbackEvent cannot be 'sung'"),
    (CALLS, {"Timeout": "601"}, "Timeout cannot be '601'"),
    (CALLS, {"TimeLimit": "0"}, "TimeLimit cannot be '0'"),
]


@pytest.mark.parametrize("path, changes, fault", BAD)
def test_what_prism_lets_through_is_refused_here(twilio: Prism, path: str, changes: Changes, fault: str) -> None:
    assert fault in our_faults(path, changes)
    assert prisms_answer(twilio, path, changes).refusal is None


def test_an_empty_form_lacks_everything(twilio: Prism) -> None:
    nothing: Changes = dict.fromkeys({*TEXT, *CALL})
    assert prisms_answer(twilio, CALLS, nothing).refusal is None
    assert our_faults(CALLS, nothing) == [
        "there is nobody to send to",
        "there is nobody who calls",
        "a call says one thing, Twiml, Url or ApplicationSid",
    ]


@pytest.mark.parametrize(
    "headers, fault",
    [
        (head(kind="application/json"), f"the body is application/json, not {FORM}"),
        ({"Authorization": head()["Authorization"]}, f"the body is of no kind, not {FORM}"),
        (head("ada"), "the credentials are neither an account's nor an API key's"),
        ({**head(), "Authorization": "Basic ###"}, "the credentials are neither an account's nor an API key's"),
        ({**head(), "Authorization": "Bearer 1"}, "the credentials are neither an account's nor an API key's"),
        ({"Content-Type": FORM}, "the credentials are neither an account's nor an API key's"),
    ],
)
def test_who_asks_and_in_which_form(headers: dict[str, str], fault: str) -> None:
    assert our_faults(TEXTS, {}, headers) == [fault]


def test_nothing_else_is_asked_for() -> None:
    letters = Asked("/2010-04-01/Letters.json", {}, Headers())
    assert demands.faults(letters, set()) == ["/2010-04-01/Letters.json sends nothing"]


def test_without_a_description_there_is_no_prism(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nowhere"), ExitStack() as stack:
        stack.enter_context(open_prism(tmp_path / "nowhere.json"))
