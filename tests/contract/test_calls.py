"""Every call that the portal asks the provider for fits Twilio's own description, and so does all that it says."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp.infra.telephony import wording
from ssp.infra.telephony.carrier import VoiceCall
from tests.contract import twiml
from tests.contract.senders import SETTINGS, waits_for_a_key
from tests.listener import Listener
from tests.people import ADA, password, sign_out
from tests.provider import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Clock
    from tests.contract.examiner import Examiner
    from tests.people import Browser

pytestmark = pytest.mark.contract

# What is typed as an extension, and the keys that are pressed for it; the widest fills the field to its last place.
LINES = {
    "": None,
    "12": "wwww12",
    "ww12w3": "ww12w3",
    "1,,2,,3,,4": "wwww1wwwwwwww2wwwwwwww3wwwwwwww4",
}
PLAIN = [
    ("not called back", ""),
    ("not called back", "1,,2,,3,,4"),
    ("no key to press", "12"),
    ("API key alone", "ww12w3"),
]
# The longest name of a portal, full of signs that XML writes with five others, and the longest address that there is.
DOCUMENTS = [make for name, make in inspect.getmembers(wording, inspect.isfunction) if name.startswith("call_")]
NAMES = st.text(max_size=80) | st.text("&<>\"'/ ", min_size=60, max_size=80)
WORDS = st.fixed_dictionaries(
    {
        "code": st.text("0123456789", min_size=5, max_size=8),
        "portal_name": NAMES,
        "key_url": st.integers(1, 253).map(lambda size: f"https://{'a' * size}/provider/call/{'x' * 22}/key"),
        "why": st.sampled_from([wording.USED, wording.EXPIRED, wording.OVER]),
        "inside": st.booleans(),
        "change": st.booleans(),
    }
)


class Inspector(Listener):
    """Picks up a call, and looks at each document with which it goes on."""

    def press(self, key: str, url: str) -> str:
        """Press a key, and return the TwiML with which the call goes on."""
        document = super().press(key, url)
        assert twiml.faults(document) == []
        return document


def pick_up(browser: Browser, examiner: Examiner, *keys: str | None) -> str:
    """Pick up the newest call, and return the digits that it says."""
    form = examiner.provider.asked[-1].form
    call = VoiceCall(form["To"], form.get("SendDigits"), form["Twiml"], form.get("StatusCallback"))
    listener = Inspector(browser.app, call, examiner.ids[-1]).pick_up(*keys)
    return listener.code if listener.codes else ""


@pytest.mark.parametrize("settings, extension", PLAIN)
def test_calls_that_say_the_code_at_once(
    visit: Callable[..., Browser], examiner: Examiner, clock: Clock, settings: str, extension: str
) -> None:
    browser = visit(**SETTINGS[settings])
    password(browser, ADA).fill(type="voice").fill(phone=ADA.office, extension=extension)
    clock.move(seconds=60)
    browser.fill("/set-up/voice/send")
    browser.fill(code=pick_up(browser, examiner))
    assert browser.path == "/set-up/done"
    sign_out(browser)
    clock.move(minutes=10)
    password(browser, ADA).fill("/sign-in/code", code=pick_up(browser, examiner))
    assert browser.path == "/"
    assert [each.form.get("SendDigits") for each in examiner.provider.asked] == [LINES[extension]] * 3


@pytest.mark.parametrize("name", [name for name, each in SETTINGS.items() if waits_for_a_key(each)])
def test_calls_that_wait_for_a_key(visit: Callable[..., Browser], examiner: Examiner, clock: Clock, name: str) -> None:
    settings = SETTINGS[name]
    browser = visit(**settings)
    password(browser, ADA).fill(type="voice").fill(phone=ADA.office, extension="12")
    assert pick_up(browser, examiner) == ""
    clock.move(seconds=60)
    browser.fill("/set-up/voice/send")
    first = pick_up(browser, examiner, "2", "1", "*")
    assert browser.fill(code=first).path == "/set-up/done"
    assert pick_up(browser, examiner, "1") == ""
    sign_out(browser)
    clock.move(minutes=10)
    password(browser, ADA)
    clock.move(seconds=60)
    browser.fill("/sign-in/code/send")
    second = pick_up(browser, examiner, "1")
    assert browser.fill("/sign-in/code", code=second).path == "/"
    every = examiner.provider.asked
    assert {each.form["From"] for each in every} == {settings.get("twilio_voice_from", NUMBER)}
    told = " ".join(each.form["Twiml"] + each.form["StatusCallback"] for each in every)
    assert first not in told
    assert second not in told
    assert len(every) == 4


@pytest.mark.parametrize("make", DOCUMENTS)
@given(words=WORDS)
def test_any_document_is_one_that_the_provider_understands(make: Callable[..., str], words: dict[str, object]) -> None:
    takes = inspect.signature(make).parameters
    assert twiml.faults(make(**{name: words[name] for name in takes})) == []
