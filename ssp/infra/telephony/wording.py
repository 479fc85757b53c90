"""What texts and calls say."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from twilio.twiml.voice_response import VoiceResponse

from ssp.settings import ROOT

SEGMENT = 160
NAME_ENOUGH = 12
PHONE_ENOUGH = 40
CALL_NAME = 80
READINGS = ("Your access code is:", "Again, your access code is:", "One last time, your access code is:")
# What a call says where it has no code to say, each with what to do.
USED = "This access code was used already. If you still need one, ask for a new code on the sign-in page."
EXPIRED = "This access code is not good any more. Please ask for a new code on the sign-in page."
OVER = "This call cannot say a code any more. Please ask for a new code on the sign-in page."
# How often a call asks for the key. Behind a switchboard it speaks while the extension still rings, so it asks longer.
ASKED = 3
ASKED_INSIDE = 5
KEY_SECONDS = 6
FIRST_PAUSE = 1
FIRST_PAUSE_INSIDE = 2
# Voice and language always go together: a pair that does not fit makes the whole sentence fail.
_VOICE = {"voice": "Polly.Joanna", "language": "en-US"}

# GSM 03.38: the basic table, and the signs that take two places (https://www.3gpp.org/dynareport/23038.htm).
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_NEAREST = str.maketrans({
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Œ": "OE", "œ": "oe",
})  # fmt: skip

# The builder says nothing of its types.
_new_call: Callable[[], Any] = VoiceResponse

_templates = Environment(
    loader=FileSystemLoader(ROOT / "templates" / "text"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
)


def text_body(code: str, minutes: int, portal_name: str, host: str, *, change: bool = False) -> str:
    """Return the text that brings a code: one segment of GSM-7, its last line `@host #code` for phones to fill in.

    A long name is cut and a long host makes the words brief; code and last line always stay whole. The settings refuse
    a host that leaves no room. `change` is for a code that allows a change of the account.
    """
    # https://wicg.github.io/sms-one-time-codes/: the last line holds this alone, with one space.
    last = f"\n\n@{host} #{code}"
    name = gsm7(portal_name)
    values = {"code": code, "minutes": minutes, "brief": False, "change": change}
    room = SEGMENT - septets(_words(name="", **values) + last)
    if room < min(septets(f"{name}: "), NAME_ENOUGH):
        values["brief"] = True
        room = SEGMENT - septets(_words(name="", **values) + last)
    return _words(name=_cut(name, room - len(": ")), **values) + last


def farewell_body(portal_name: str, support_phone: str) -> str:
    """Return the text for a phone that gets no more codes: one segment of GSM-7, without code, link or number."""
    phone = gsm7(support_phone)
    text, words = _templates.get_template("replaced.txt"), {"phone": phone}
    if not phone or septets(phone) > PHONE_ENOUGH:
        words["phone"] = "Web Support"
    name = _cut(gsm7(portal_name), SEGMENT - septets(text.render(name="", **words)))
    return text.render(name=name, **words)


def call_twiml(code: str, portal_name: str, *, inside: bool = False, change: bool = False) -> str:
    """Return the TwiML of a call that says a code slowly, digit by digit, three times; at most 4000 characters.

    `inside` is for a call to an extension, `change` for a code that allows a change of the account.
    """
    call = _begin(portal_name, inside=inside)
    what = "a change of your account" if change else "signing in"
    call.say(f"It brings your access code for {what}. Nobody from support will ever ask you for it.", **_VOICE)
    for reading in READINGS:
        _read(call, reading, code)
    return _goodbye(call)


def call_greeting(portal_name: str, key_url: str, *, inside: bool = False, change: bool = False) -> str:
    """Return the TwiML with which a call begins; at most 4000 characters.

    It holds no code: that comes from `key_url` when somebody pressed 1, so that no voicemail keeps it. `inside` is for
    a call to an extension, `change` for a code that allows a change of the account.
    """
    call = _begin(portal_name, inside=inside)
    what = "changing your account" if change else "signing in"
    call.say(f"If you are not {what} just now, please hang up.", **_VOICE)
    # Who picks up late has missed the greeting.
    asking = f"This is {_speakable(portal_name)}. To hear your access code, press 1."
    return _asking(call, key_url, asking, ASKED_INSIDE if inside else ASKED)


def call_asking(key_url: str) -> str:
    """Return the TwiML for a key that is not the one to press."""
    return _asking(_new_call(), key_url, "To hear your access code, press 1.", ASKED)


def call_trouble(key_url: str) -> str:
    """Return the TwiML for a moment at which the portal cannot look the code up."""
    call = _new_call()
    call.say("We are sorry. We cannot say your access code at this moment.", **_VOICE)
    return _asking(call, key_url, "To try again, press 1.", ASKED)


def call_code(code: str, key_url: str) -> str:
    """Return the TwiML that says a code twice, and again when the star key is pressed."""
    call = _new_call()
    again = _gather(call, key_url)
    again.say("Nobody from support will ever ask you for this code.", **_VOICE)
    for reading in READINGS[:2]:
        _read(again, reading, code)
    again.say("To hear it again, press star.", **_VOICE)
    return _goodbye(call)


def call_over(why: str) -> str:
    """Return the TwiML of a call that has no code to say."""
    call = _new_call()
    call.say(why, **_VOICE)
    return _goodbye(call)


def _begin(portal_name: str, *, inside: bool) -> Any:  # noqa: ANN401 - the builder's own
    call = _new_call()
    call.pause(length=FIRST_PAUSE_INSIDE if inside else FIRST_PAUSE)
    call.say(f"Hello. This is an automated call from {_speakable(portal_name)}.", **_VOICE)
    return call


def _asking(call: Any, key_url: str, words: str, times: int) -> str:  # noqa: ANN401 - likewise
    # One that listens all the time hears a key also while it speaks.
    listening = _gather(call, key_url)
    for turn in range(times):
        if turn:
            listening.pause(length=KEY_SECONDS)
        listening.say(words, **_VOICE)
    return _goodbye(call)


def _gather(call: Any, key_url: str) -> Any:  # noqa: ANN401 - likewise
    # Without a finishing key, # and * are keys like any other.
    return call.gather(input="dtmf", num_digits=1, timeout=KEY_SECONDS, finish_on_key="", action=key_url, method="POST")


def _read(call: Any, reading: str, code: str) -> None:  # noqa: ANN401 - likewise
    call.say(reading, **_VOICE)
    # The commas keep digits apart even for a voice that knows no breaks.
    slow = call.say(**_VOICE).prosody("", rate="slow")
    for digit in code[:-1]:
        slow.append(f"{digit},")
        slow.break_(time="700ms")
    slow.append(f"{code[-1]}.")
    call.pause(length=1)


def _goodbye(call: Any) -> str:  # noqa: ANN401 - likewise
    call.say("Goodbye.", **_VOICE)
    call.hangup()
    return str(call)


def spoken(twiml: str) -> list[str]:
    """Return what a call says, in order; digits read like "4, 0, 7, 1, 2.". Nothing for what is not XML."""
    try:
        # Our own document from our own file; expat itself bounds what entities expand to.
        root = ET.fromstring(twiml)  # noqa: S314
    except (ET.ParseError, ValueError):
        return []
    said = (" ".join(" ".join(say.itertext()).split()) for say in root.iter("Say"))
    return [words for words in said if words]


def code_in_text(body: str) -> str | None:
    """Return the code that a text's last line binds to its host; None if there is no such line."""
    match = re.fullmatch(r"@\S+ #(\S+)", body.rsplit("\n", 1)[-1])
    return match[1] if match else None


def code_in_speech(sentence: str) -> str | None:
    """Return the code that a sentence of a call spells; None if it spells none."""
    return re.sub(r"\D", "", sentence) if re.fullmatch(r"\d(?:, \d)+\.", sentence) else None


def septets(text: str) -> int:
    """Return how many places of a segment the text takes. Raises ValueError for signs that GSM-7 lacks."""
    foreign = set(text) - _BASIC - _EXTENDED
    if foreign:
        raise ValueError(f"not in GSM-7: {sorted(foreign)}")
    return sum(2 if sign in _EXTENDED else 1 for sign in text)


def gsm7(text: str) -> str:
    """Return one line of text in signs that GSM-7 has: the nearest ones where there are any, none for the rest."""
    signs = (sign if sign in _BASIC else unicodedata.normalize("NFKD", sign) for sign in text.translate(_NEAREST))
    return " ".join("".join(sign for sign in "".join(signs) if sign in _BASIC or sign in _EXTENDED).split())


def _words(**values: object) -> str:
    return _templates.get_template("access_code.txt").render(values)


def _cut(text: str, room: int) -> str:
    """Cut a name behind its last whole word that fits, or within the first one."""
    whole = text
    while text and septets(text) > room:
        text = text.rpartition(" ")[0]
    while not text and whole and septets(whole) > max(room, 0):
        whole = whole[:-1]
    return (text or whole).rstrip(" -,;:&")


def _speakable(name: str) -> str:
    """Return a name without signs that XML forbids; the builder escapes the others."""
    return "".join(sign if sign.isprintable() else " " for sign in name[:CALL_NAME])
