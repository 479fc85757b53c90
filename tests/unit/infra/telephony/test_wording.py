"""What texts and calls say, read as a phone reads them."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp.infra.telephony import wording
from ssp.settings.rules import LONGEST_HOST

NAME = "Secure Services Portal"
HOST = "portal.example.org"
KEY_URL = "https://portal.example.org/provider/call/0123456789abcdefghijkl/key"
LONG_HOST = "sign-in.portal.services.example-mutual-insurance-company.org"
# The GSM 7-bit alphabet in its own order, one row of sixteen after another; the gap is the escape to the second table.
GSM_TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
names = st.text(max_size=300)
codes = st.from_regex(r"[0-9]{5,8}", fullmatch=True)


def places(body: str) -> int:
    """Count as a phone network does: one place a sign, two behind an escape."""
    return sum(1 if sign in GSM_TABLE.replace("\x1b", "") else 2 for sign in body)


def marked_token(line: str, position: int, marker: str) -> tuple[str, int]:
    """Follow "extract a marked token" of https://wicg.github.io/sms-one-time-codes/#parsing."""
    assert line[position : position + 1] == marker
    end = position + 1
    while end < len(line) and line[end] not in "\t\n\f\r ":
        end += 1
    assert end > position + 1
    return line[position + 1 : end], end


def bound_code(message: str) -> tuple[str, str]:
    """Return host and code as a browser reads them out of a text."""
    line = message.replace("\r\n", "\n").replace("\r", "\n").split("\n")[-1]
    host, position = marked_token(line, 0, "@")
    assert line[position] == " "
    code, position = marked_token(line, position + 1, "#")
    assert position == len(line)
    return host, code


def test_the_text_names_the_portal_and_binds_the_code_to_its_host() -> None:
    body = wording.text_body("048291", 10, NAME, HOST)
    assert body == (
        "Secure Services Portal: 048291 is your access code to sign in, good for 10 minutes."
        " Our staff never ask for it.\n\n@portal.example.org #048291"
    )
    assert bound_code(body) == (HOST, "048291")


def test_one_minute_is_no_plural() -> None:
    assert "good for 1 minute." in wording.text_body("048291", 1, NAME, "localhost")


LONGEST = f"{'a' * 60}.{'b' * 60}"[:LONGEST_HOST]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", HOST, LONG_HOST, LONGEST])
@given(name=names, code=codes, minutes=st.integers(1, 10), change=st.booleans())
def test_a_text_is_one_segment_whatever_the_portal_is_called(
    host: str, name: str, code: str, minutes: int, *, change: bool
) -> None:
    body = wording.text_body(code, minutes, name, host, change=change)
    assert places(body) <= 160
    assert set(body) <= set(GSM_TABLE + "^{}\\[~]|€")
    assert bound_code(body) == (host, code)
    assert body.count(code) >= 2
    assert "never ask" in body


def test_the_longest_host_that_the_settings_take_leaves_no_place_free() -> None:
    assert places(wording.text_body("12345678", 10, NAME, LONGEST)) == 160


@pytest.mark.parametrize(
    "name, host, start",
    [
        pytest.param("Ünion “Mutual” \N{EN DASH} Łódź", HOST, 'Ünion "Mutual" - Lodz: 12345678 is', id="nearest signs"),
        pytest.param("Portal of the Example Mutual Insurance Company", HOST, "Portal of the Example", id="whole words"),
        pytest.param("P" * 200, HOST, "P" * 20, id="one endless word"),
        pytest.param("門戶", HOST, "12345678 is", id="no sign in common"),
        pytest.param("", HOST, "12345678 is", id="no name"),
        pytest.param("Portal\n@evil.test #1\n", HOST, "Portal @evil.test #1: 12345678 is", id="lines of its own"),
        pytest.param("Portal\x00\x1b\u202e", HOST, "Portal: 12345678 is", id="control signs"),
        pytest.param(NAME, LONG_HOST, f"{NAME}: 12345678 is your access code. Our", id="long host"),
        pytest.param(NAME, "a." * 60 + "test", "12345678 is your access code. Our", id="endless host"),
    ],
)
def test_the_name_makes_room_for_the_code(name: str, host: str, start: str) -> None:
    body = wording.text_body("12345678", 10, name, host)
    assert body.startswith(start)
    assert bound_code(body) == (host, "12345678")


def test_places_of_a_segment_are_counted_as_networks_do() -> None:
    assert wording.septets(GSM_TABLE.replace("\x1b", "")) == 127
    assert wording.septets("€{}[]~|^\\") == 18
    with pytest.raises(ValueError, match="not in GSM-7"):
        wording.septets("“")


def test_a_call_greets_spells_the_code_three_times_and_says_goodbye() -> None:
    assert wording.spoken(wording.call_twiml("04071", NAME)) == [
        "Hello. This is an automated call from Secure Services Portal.",
        "It brings your access code for signing in. Nobody from support will ever ask you for it.",
        "Your access code is:",
        "0, 4, 0, 7, 1.",
        "Again, your access code is:",
        "0, 4, 0, 7, 1.",
        "One last time, your access code is:",
        "0, 4, 0, 7, 1.",
        "Goodbye.",
    ]


def test_a_call_is_slow_names_its_voice_and_hangs_up() -> None:
    root = ET.fromstring(wording.call_twiml("04071", NAME))  # noqa: S314  Our own document.
    assert root.tag == "Response"
    assert root[-1].tag == "Hangup"
    assert {(say.get("voice"), say.get("language")) for say in root.iter("Say")} == {("Polly.Joanna", "en-US")}
    assert [slow.get("rate") for slow in root.iter("prosody")] == ["slow"] * 3
    assert len(list(root.iter("break"))) == 3 * 4


def gathers(twiml: str) -> list[ET.Element]:
    """Return where a call listens for keys."""
    return list(ET.fromstring(twiml).iter("Gather"))  # noqa: S314  Our own document.


def first_pause(twiml: str) -> str | None:
    """Return how long a call waits before it says anything."""
    first = ET.fromstring(twiml)[0]  # noqa: S314  Our own document.
    return first.get("length") if first.tag == "Pause" else None


@pytest.mark.parametrize("inside, pause", [(False, "1"), (True, "2")])
def test_behind_a_switchboard_a_call_waits_longer_before_it_speaks(*, inside: bool, pause: str) -> None:
    assert first_pause(wording.call_twiml("04071", NAME, inside=inside)) == pause
    assert first_pause(wording.call_greeting(NAME, KEY_URL, inside=inside)) == pause


def test_messages_for_a_change_say_what_the_code_is_for() -> None:
    text = wording.text_body("123456", 10, NAME, "portal.example.org", change=True)
    assert "123456 is your access code to change your account, good for 10 minutes." in text
    assert wording.septets(text) <= wording.SEGMENT
    assert "If you are not changing your account just now, please hang up." in wording.spoken(
        wording.call_greeting(NAME, KEY_URL, change=True)
    )
    said = wording.spoken(wording.call_twiml("04071", NAME, change=True))
    assert "It brings your access code for a change of your account." in " ".join(said)


@pytest.mark.parametrize("inside, times", [(False, 3), (True, 5)])
def test_a_greeting_says_who_calls_and_asks_for_a_key_again_and_again(*, inside: bool, times: int) -> None:
    twiml = wording.call_greeting(NAME, KEY_URL, inside=inside)
    hello, doubt, *asking, goodbye = wording.spoken(twiml)
    assert hello == "Hello. This is an automated call from Secure Services Portal."
    assert doubt == "If you are not signing in just now, please hang up."
    assert asking == ["This is Secure Services Portal. To hear your access code, press 1."] * times
    assert goodbye == "Goodbye."
    (listening,) = gathers(twiml)
    assert [part.get("length") for part in listening.iter("Pause")] == ["6"] * (times - 1)


@pytest.mark.parametrize(
    "twiml",
    [
        wording.call_greeting(NAME, KEY_URL),
        wording.call_asking(KEY_URL),
        wording.call_trouble(KEY_URL),
        wording.call_code("04071", KEY_URL),
    ],
)
def test_any_one_key_goes_to_the_portal_and_silence_ends_the_call(twiml: str) -> None:
    (listening,) = gathers(twiml)
    # An empty finishing key makes a key of # as well; numDigits ends at the first.
    assert listening.attrib == {
        "input": "dtmf",
        "numDigits": "1",
        "finishOnKey": "",
        "timeout": "6",
        "action": KEY_URL,
        "method": "POST",
    }
    *_, goodbye, end = ET.fromstring(twiml)  # noqa: S314  Our own document.
    assert (goodbye.text, end.tag) == ("Goodbye.", "Hangup")


def test_another_key_and_trouble_ask_again() -> None:
    assert wording.spoken(wording.call_asking(KEY_URL)) == ["To hear your access code, press 1."] * 3 + ["Goodbye."]
    sorry, *asking, goodbye = wording.spoken(wording.call_trouble(KEY_URL))
    assert sorry == "We are sorry. We cannot say your access code at this moment."
    assert asking == ["To try again, press 1."] * 3
    assert goodbye == "Goodbye."


def test_after_the_key_a_code_is_spelled_twice_slowly_and_can_be_heard_again() -> None:
    twiml = wording.call_code("04071", KEY_URL)
    assert wording.spoken(twiml) == [
        "Nobody from support will ever ask you for this code.",
        "Your access code is:",
        "0, 4, 0, 7, 1.",
        "Again, your access code is:",
        "0, 4, 0, 7, 1.",
        "To hear it again, press star.",
        "Goodbye.",
    ]
    slow = list(ET.fromstring(twiml).iter("prosody"))  # noqa: S314  Our own document.
    assert [part.get("rate") for part in slow] == ["slow", "slow"]
    assert {len(part.findall("break")) for part in slow} == {4}


@pytest.mark.parametrize("why", [wording.USED, wording.EXPIRED, wording.OVER])
def test_a_call_without_a_code_says_why_what_to_do_and_goodbye(why: str) -> None:
    twiml = wording.call_over(why)
    assert wording.spoken(twiml) == [why, "Goodbye."]
    assert "ask for a new code on the sign-in page." in why
    assert gathers(twiml) == []


@pytest.mark.parametrize(
    "name", ["</Say><Dial>+19005550123</Dial>", "A & B", "'\"<&>" * 100, "Portal\x00\x0b\ud800\uffff", "門戶 ñ 😀"]
)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    twiml = wording.call_twiml("04071234", name)
    assert len(twiml) <= 4000
    tags = {element.tag for element in ET.fromstring(twiml).iter()}  # noqa: S314  Our own document.
    assert tags == {"Response", "Pause", "Say", "prosody", "break", "Hangup"}
    assert wording.spoken(twiml).count("0, 4, 0, 7, 1, 2, 3, 4.") == 3
    greeting = wording.call_greeting(name, KEY_URL, inside=True)
    assert {element.tag for element in ET.fromstring(greeting).iter()} == {  # noqa: S314  Our own document.
        "Response", "Pause", "Say", "Gather", "Hangup"
    }  # fmt: skip


@given(names, codes)
def test_any_name_makes_a_call_that_can_be_placed(name: str, code: str) -> None:
    twiml = wording.call_twiml(code, name, inside=True)
    assert len(twiml) <= 4000
    assert {wording.code_in_speech(words) for words in wording.spoken(twiml)} == {None, code}


@pytest.mark.parametrize("sign", ["&", "<", "門", "😀"])
def test_a_greeting_can_be_placed_whatever_the_name_and_the_address(sign: str) -> None:
    # The longest name that the settings take, and the longest host that the net has.
    key_url = f"https://{'h' * 253}:65535/provider/call/{'i' * 22}/key"
    assert len(wording.call_greeting(sign * 80, key_url, inside=True)) <= 4000


@pytest.mark.parametrize(
    "twiml", ["", "hello", "<Response><Say>cut off", "\x00", "<Response/>", "<Response><Say/></Response>"]
)
def test_what_is_no_call_says_nothing(twiml: str) -> None:
    assert wording.spoken(twiml) == []


def test_the_code_is_found_where_a_phone_looks() -> None:
    assert wording.code_in_text("Your code is 048291.\n\n@localhost #048291") == "048291"
    assert wording.code_in_text("Your code is 048291.") is None
    assert wording.code_in_text("call @localhost #048291") is None
    assert wording.code_in_speech("0, 4, 0.") == "040"
    assert wording.code_in_speech("We are open 24, 7.") is None


def test_no_text_template_holds_what_a_phone_would_make_a_link() -> None:
    body = wording.text_body("048291", 10, "", HOST)
    assert not re.search(r"https?:|www\.", body)


# ---- A phone that gets no more codes ----


@pytest.mark.parametrize(
    "name, phone, expected",
    [
        ("Harbor", "205-555-0100", "Harbor: access codes go elsewhere from now on, not to this phone."),
        ("Harbor", "205-555-0100", "Was that not you? Call 205-555-0100."),
        ("Harbor", "", "Call Web Support."),
        ("Harbor", "1" * 41, "Call Web Support."),
        ("Hafen Straße \N{SNOWMAN}", "205\N{EN DASH}555", "Hafen Straße: access codes"),
    ],
)
def test_a_farewell_is_one_segment_without_a_code(name: str, phone: str, expected: str) -> None:
    body = wording.farewell_body(name, phone)
    assert expected in body
    assert wording.septets(wording.farewell_body("A long name " * 20, phone)) <= wording.SEGMENT
    assert wording.code_in_text(body) is None
