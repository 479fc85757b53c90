"""The demo phone: the texts, calls and mails that would have left. Registered in demo mode only."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask import Blueprint, render_template, request

from ssp.infra import phones
from ssp.infra.clock import now
from ssp.infra.telephony import outbox, wording
from ssp.web.dates import Reader, reader
from ssp.web.portal import portal

NEWEST = 50
ADDRESSES_FROM = 200

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message, and the code that it shows, if it shows one."""

    words: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the page shows it. `key` stays the same when the page is loaded again."""

    key: str
    channel: str
    to: str
    shown_to: str
    at: datetime
    shown_at: str
    parts: list[Part]


@blueprint.get("/phone")
def phone() -> str:
    """Show the newest messages, all or those to one number or address."""
    settings = portal().settings
    path = settings.instance / outbox.FILE
    to = _address(request.args.get("to", ""))
    addresses = {entry.to: phones.pretty(entry.to) for entry in outbox.read(path, ADDRESSES_FROM)}
    messages = [_message(entry, reader()) for entry in outbox.read(path, NEWEST, to or None)]
    return render_template("demo/phone.html", messages=messages, addresses=addresses, to=to)


def _address(asked: str) -> str:
    """Return the address asked for; a + that a query turned into a space is put back."""
    address = asked.strip()
    return f"+{address}" if address.isdecimal() else address


def _message(entry: outbox.Entry, reads: Reader) -> Message:
    key = sha256(f"{entry.at} {entry.channel} {entry.to} {entry.body}".encode()).hexdigest()[:16]
    extension = f", extension {phones.pretty_extension(entry.extension)}" if entry.extension else ""
    return Message(
        key=key,
        channel=entry.channel,
        to=entry.to,
        shown_to=phones.pretty(entry.to) + extension,
        at=entry.at,
        shown_at=_time(entry.at, reads),
        parts=_PARTS[entry.channel](entry.body),
    )


def _time(moment: datetime, reads: Reader) -> str:
    day, time = reads.day(moment), reads.clock(moment)
    return time if day == reads.day(now()) else f"{day}, {time}"


def _text_parts(body: str) -> list[Part]:
    code = wording.code_in_text(body)
    if code is None:
        return [Part(body)]
    before, _, after = body.partition(code)
    return [Part(before), Part(code, code), Part(after)]


def _call_parts(body: str) -> list[Part]:
    return [Part(sentence, wording.code_in_speech(sentence)) for sentence in wording.spoken(body)]


def _mail_parts(body: str) -> list[Part]:
    return [Part(body)]


_PARTS = {"text": _text_parts, "voice": _call_parts, "mail": _mail_parts}
