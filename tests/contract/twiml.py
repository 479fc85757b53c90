"""What TwiML may hold, read back from Twilio's own builder: nobody publishes a schema of today's documents.

The builder writes down whatever it is told, so `say("…", loops=2)` becomes an attribute that nothing knows. Which verbs
and attributes there are is said by its methods, each of which makes one element inside another.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from twilio.twiml import TwiML
from twilio.twiml.voice_response import VoiceResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The builder says nothing of its types.
_new_call: Callable[[], TwiML] = VoiceResponse

# What was read back already, by kind of element.
_read: dict[type[TwiML], dict[str, TwiML]] = {}

# https://www.twilio.com/docs/voice/api/call-resource: the most that a call takes along.
MOST_CHARACTERS = 4000

_SECONDS = re.compile(r"[1-9][0-9]?")
_METHOD = re.compile("GET|POST")
_FLAG = re.compile("true|false")
# The builder knows names, not values; these are the ones of which a wrong value would be passed over in silence.
_VALUES = {
    ("Pause", "length"): _SECONDS,
    ("Gather", "actionOnEmptyResult"): _FLAG,
    ("Gather", "finishOnKey"): re.compile(r"[0-9*#]*"),
    ("Gather", "input"): re.compile("dtmf"),
    ("Gather", "method"): _METHOD,
    ("Gather", "numDigits"): re.compile(r"[1-9][0-9]?"),
    ("Gather", "timeout"): _SECONDS,
    ("Redirect", "method"): _METHOD,
    ("Say", "language"): re.compile(r"[a-z]{2}-[A-Z]{2}"),
    ("Say", "loop"): re.compile(r"[1-9]"),
    ("Say", "voice"): re.compile(r"(?:Polly|Google)\.[A-Za-z0-9-]+"),
    ("break", "time"): re.compile(r"[1-9][0-9]{0,3}ms|[1-9]s|10s"),
    ("prosody", "rate"): re.compile(r"x-slow|slow|medium|fast|x-fast|[1-9][0-9]{1,2}%"),
}


def faults(document: str) -> list[str]:
    """Return what is wrong with a TwiML document for a call: a sentence each, nothing for a good one."""
    try:
        # Our own document; expat itself bounds what entities expand to.
        root = ET.fromstring(document)  # noqa: S314
    except ET.ParseError as error:
        return [f"not XML: {error}"]
    found = list(_faults_in(root, _new_call())) if root.tag == "Response" else [f"<{root.tag}> is no <Response>"]
    if len(document) > MOST_CHARACTERS:
        found.append(f"{len(document)} characters, of {MOST_CHARACTERS} at most")
    return found


def _faults_in(element: ET.Element, known: TwiML) -> Iterator[str]:
    yield from _attribute_faults(element, known)
    if known.value is None:
        words = "".join([element.text or "", *(child.tail or "" for child in element)])
        if words.strip():
            yield f"<{element.tag}> holds words: {words.strip()!r}"
    children = _children(known)
    for child in element:
        if child.tag in children:
            yield from _faults_in(child, children[child.tag])
        else:
            yield f"<{child.tag}> cannot be in <{element.tag}>"


def _attribute_faults(element: ET.Element, known: TwiML) -> Iterator[str]:
    for name, value in element.items():
        form = _VALUES.get((element.tag, name))
        if name not in known.attrs:
            yield f"<{element.tag}> has no {name}"
        elif form and not form.fullmatch(value):
            yield f"<{element.tag}> has no {name} of {value!r}"
    if element.tag == "Say" and not {"voice", "language"} <= set(element.keys()):
        yield "<Say> leaves voice and language to the account's own setting"
    address = element.get("action") or (element.text if element.tag == "Redirect" else None)
    # A document that comes with the call has no address that others could be relative to.
    if address is not None and (urlsplit(address).scheme != "https" or not urlsplit(address).hostname):
        yield f"<{element.tag}> goes on at {address!r}, which is no https address"


def _children(parent: TwiML) -> dict[str, TwiML]:
    """Return what fits into an element, by name: each with every attribute it can have, and words if it takes any."""
    if type(parent) not in _read:
        _read[type(parent)] = {child.name: child for child in _every_child(parent)}
    return _read[type(parent)]


def _every_child(parent: TwiML) -> Iterator[TwiML]:
    for name, make in inspect.getmembers(type(parent), inspect.isfunction):
        if not hasattr(TwiML, name):
            takes = inspect.signature(make).parameters.values()
            settable = [each.name for each in takes if each.kind is not each.VAR_KEYWORD]
            yield make(parent, **dict.fromkeys(settable[1:], "x"))
