"""The checks of TwiML see what they are there to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from twilio.twiml.voice_response import VoiceResponse

from tests.contract.twiml import MOST_CHARACTERS, faults

if TYPE_CHECKING:
    from collections.abc import Callable

new_call: Callable[[], Any] = VoiceResponse  # which says nothing of its types
VOICE = 'voice="Polly.Joanna" language="en-US"'
ACTION = "https://portal.example.org/call"


def response(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'


@pytest.mark.parametrize(
    "inside",
    [
        "",
        f"<Say {VOICE}>Hello</Say>",
        f'<Say {VOICE} loop="2">Hello <break time="700ms"/><prosody rate="slow">0, <break/>4</prosody></Say>',
        f'<Gather numDigits="1" action="{ACTION}" actionOnEmptyResult="true"><Say {VOICE}>Press</Say><Pause/></Gather>',
        f'<Pause length="2"/>\n<Redirect method="POST">{ACTION}</Redirect>',
        '<Play digits="ww1"/><Hangup/>',
    ],
)
def test_what_the_provider_understands_is_let_through(inside: str) -> None:
    assert faults(response(inside)) == []


@pytest.mark.parametrize(
    "inside, fault",
    [
        pytest.param("<Shout>Hello</Shout>", "<Shout> cannot be in <Response>", id="no such verb"),
        pytest.param("<say>Hello</say>", "<say> cannot be in <Response>", id="small letters"),
        pytest.param("<Gather><Hangup/></Gather>", "<Hangup> cannot be in <Gather>", id="wrong parent"),
        pytest.param(f"<Say {VOICE}><Pause/></Say>", "<Pause> cannot be in <Say>", id="verb among words"),
        pytest.param('<break time="1s"/>', "<break> cannot be in <Response>", id="words' own outside of words"),
        pytest.param(f'<Say {VOICE} loops="2">Hello</Say>', "<Say> has no loops", id="no such attribute"),
        pytest.param('<Pause length="long"/>', "<Pause> has no length of 'long'", id="value"),
        pytest.param('<Gather numDigits="one"/>', "<Gather> has no numDigits of 'one'", id="number"),
        pytest.param("<Gather>Press 1</Gather>", "<Gather> holds words: 'Press 1'", id="words in between"),
        pytest.param("<Pause/>Hello", "<Response> holds words: 'Hello'", id="words behind"),
        pytest.param("<Say>Hello</Say>", "<Say> leaves voice and language to the account's own setting", id="no voice"),
        pytest.param(
            '<Gather action="/call"/>', "<Gather> goes on at '/call', which is no https address", id="relative"
        ),
        pytest.param(
            "<Redirect>http://portal.example.org/</Redirect>",
            "<Redirect> goes on at 'http://portal.example.org/', which is no https address",
            id="plain http",
        ),
    ],
)
def test_what_the_provider_would_stumble_over_is_found(inside: str, fault: str) -> None:
    assert faults(response(inside)) == [fault]


def test_what_is_no_document() -> None:
    assert faults("<Answer/>") == ["<Answer> is no <Response>"]
    assert faults("<Response><Say>cut")[0].startswith("not XML: ")
    assert faults("")[0].startswith("not XML: ")


def test_the_length_is_limited() -> None:
    room = MOST_CHARACTERS - len(response("<Pause/>"))
    assert faults(response("<Pause/>" + " " * room)) == []
    assert faults(response("<Pause/>" + " " * (room + 1))) == ["4001 characters, of 4000 at most"]


def test_the_builder_itself_lets_through_what_the_checks_find() -> None:
    call = new_call()
    call.say("Hello", loops=2, voice="Polly.Joanna", language="en-US")
    assert faults(str(call)) == ["<Say> has no loops"]
