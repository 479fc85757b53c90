"""What the provider asks of a request beyond its description, and what Prism lets through in spite of it.

Prism looks at types, patterns and required fields. It knows no phone numbers, takes any credentials, passes over fields
that it does not know, and does not mind a wholly empty form.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.contract import twiml
from tests.contract.bound_code import segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.provider import Asked

    Fields = Mapping[str, list[str]]

FORM = "application/x-www-form-urlencoded"
_PATH = re.compile(r"/2010-04-01/Accounts/AC[0-9a-f]{32}/(Messages|Calls)\.json")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# A short code, or a name, of which at least one sign is a letter; neither can call.
_TEXT_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{5,6}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_SEND_DIGITS = re.compile(r"[0-9A-D#*wW]{1,32}")
_CREDENTIALS = re.compile(r"(?:AC|SK)[0-9a-f]{32}:.+")
_EVENTS = {"initiated", "ringing", "answered", "completed"}
# Seconds, as https://www.twilio.com/docs/messaging/api/message-resource and .../voice/api/call-resource have them.
_SECONDS = {"ValidityPeriod": range(1, 36_001), "Timeout": range(1, 601), "TimeLimit": range(1, 14_401)}


def faults(asked: Asked, known: set[str]) -> list[str]:
    """Return what is wrong with a request that sends: a sentence each. `known` are the fields of the description."""
    found = _PATH.fullmatch(asked.path)
    if not found:
        return [f"{asked.path} sends nothing"]
    own = _text_faults if found[1] == "Messages" else _call_faults
    return [
        *_kind_faults(asked),
        *credential_faults(asked),
        *(f"there is no field {name}" for name in asked.fields if name not in known),
        *_common_faults(asked.fields),
        *own(asked.fields),
    ]


def credential_faults(asked: Asked) -> Iterator[str]:
    """Give what is wrong with who asks; that is all there is to a request that only looks something up."""
    scheme, _, secret = asked.headers.get("Authorization", "").partition(" ")
    try:
        known = scheme == "Basic" and _CREDENTIALS.fullmatch(base64.b64decode(secret, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        known = None
    if not known:
        yield "the credentials are neither an account's nor an API key's"


def _kind_faults(asked: Asked) -> Iterator[str]:
    kind = asked.headers.get("Content-Type", "").partition(";")[0]
    if kind != FORM:
        yield f"the body is {kind or 'of no kind'}, not {FORM}"


def _common_faults(fields: Fields) -> Iterator[str]:
    for name, values in fields.items():
        if len(values) > 1 and name != "StatusCallbackEvent":
            yield f"{name} is given {len(values)} times"
        if "" in values:
            yield f"{name} is empty"
    yield from _value_faults(fields, "To", _matches(_E164))
    yield from _value_faults(fields, "StatusCallback", _is_callback)
    yield from _value_faults(fields, "StatusCallbackEvent", _EVENTS.__contains__)
    for name, allowed in _SECONDS.items():
        yield from _value_faults(fields, name, _number_in(allowed))
    if "To" not in fields:
        yield "there is nobody to send to"


def _text_faults(fields: Fields) -> Iterator[str]:
    if len({"From", "MessagingServiceSid"} & fields.keys()) != 1:
        yield "a text has one sender, From or MessagingServiceSid"
    yield from _value_faults(fields, "From", _matches(_TEXT_SENDER))
    if "ValidityPeriod" not in fields:
        yield "a code would be delivered for hours after it has run out: there is no ValidityPeriod"
    if "Body" not in fields:
        yield "there is no Body"
    yield from _value_faults(fields, "Body", _is_one_message)


def _call_faults(fields: Fields) -> Iterator[str]:
    yield from _value_faults(fields, "From", _matches(_E164))
    if "From" not in fields:
        yield "there is nobody who calls"
    if len({"Twiml", "Url", "ApplicationSid"} & fields.keys()) != 1:
        yield "a call says one thing, Twiml, Url or ApplicationSid"
    for document in fields.get("Twiml", []):
        yield from (f"Twiml: {fault}" for fault in twiml.faults(document))
    yield from _value_faults(fields, "Url", _is_callback)
    yield from _value_faults(fields, "SendDigits", _matches(_SEND_DIGITS))
    yield from _value_faults(fields, "MachineDetection", {"Enable", "DetectMessageEnd"}.__contains__)
    if {"SendDigits", "MachineDetection"} <= fields.keys():
        yield "MachineDetection is passed over where there are SendDigits"


def _value_faults(fields: Fields, name: str, is_good: Callable[[str], object]) -> Iterator[str]:
    for value in fields.get(name, []):
        if not is_good(value):
            yield f"{name} cannot be {value!r}"


def _matches(form: re.Pattern[str]) -> Callable[[str], object]:
    return form.fullmatch


def _number_in(allowed: range) -> Callable[[str], object]:
    return lambda text: text.isdecimal() and int(text) in allowed


def _is_callback(address: str) -> bool:
    """Return whether the provider would call back there; it has never liked names with underscores."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return parts.scheme == "https" and "." in host and "_" not in host and parts.username is None


def _is_one_message(body: str) -> bool:
    try:
        return segments(body) == 1
    except KeyError:
        return False
