"""What an operator wants to know before people rely on texts and calls: each finding in words, with its mend."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from ssp.flows import events
from ssp.flows.events import Kind, Outcome
from ssp.flows.findings import Finding, Mark, of_obstacle, of_reason
from ssp.flows.people import OPERATOR
from ssp.flows.portal import Portal
from ssp.infra import phones
from ssp.infra.articles.figures import country_name
from ssp.infra.phones import Line
from ssp.infra.telephony import wording
from ssp.infra.telephony.carrier import Accepted, Message, TextMessage, VoiceCall
from ssp.infra.telephony.inspection import Number, Obstacle, look_up
from ssp.infra.telephony.twilio import HOST
from ssp.settings import Settings

_NUMBER = re.compile(r"\+[1-9][0-9]+")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# Names that only a house, a machine or a test knows (RFC 6761, RFC 6762, RFC 8375, and what routers give out).
_PRIVATE = ("local", "localhost", "internal", "intranet", "lan", "home", "corp", "test", "invalid", "home.arpa")


def findings(portal: Portal) -> Iterator[Finding]:
    """Give all that can be said without sending anything. Asks the provider about the account's numbers."""
    settings = portal.settings
    yield _way(settings)
    if settings.delivery == "twilio":
        yield from _account(settings)
    for name in ("text", "voice"):
        if name in settings.offered:
            yield from _countries(settings, name)
    if settings.delivery == "twilio":
        yield from _callbacks(settings)


def read_number(settings: Settings, typed: str, extension: str, *, voice: bool) -> Line | str:
    """Return where a test is to go, or what is wrong with it in words."""
    countries = _allowed(settings, "voice" if voice else "text")
    if voice:
        found = phones.parse_line(typed, extension, countries)
    else:
        number = phones.parse(typed, countries, phones.Capability.TEXT)
        found = number if isinstance(number, phones.Fault) else Line(number, None)
    return phones.WORDS[found] if isinstance(found, phones.Fault) else found


def send_test(portal: Portal, line: Line, *, voice: bool) -> Finding:
    """Send one text, or make one call, that has no code; say what came of it."""
    kind, name = ("call", "voice") if voice else ("text", "text")
    if name not in portal.settings.offered:
        return Finding(Mark.BAD, f"No test {kind} was sent: people are not offered any.", _offering(portal.settings))
    receipt = portal.carrier.send(_test_message(portal.settings, line, voice=voice))
    outcome = Outcome.DONE if isinstance(receipt, Accepted) else Outcome.FAILED
    with portal.database.writing() as connection:
        events.record(connection, OPERATOR, Kind.DELIVERY_TESTED, outcome, reason=name)
    if isinstance(receipt, Accepted):
        where = "is in the outbox" if portal.settings.delivery == "outbox" else "was taken by the provider"
        return Finding(Mark.GOOD, f"One test {kind} {where}. Whether it arrives is for the phone to show.")
    return of_reason(receipt.reason, kind)


def _test_message(settings: Settings, line: Line, *, voice: bool) -> Message:
    words = f"This is a test message of {settings.portal_name}. Nothing needs to be done."
    if not voice:
        return TextMessage(line.number, wording.gsm7(words), settings.code_minutes * 60)
    # Twice, since a switchboard may still be connecting the first time.
    return VoiceCall(line.number, line.extension, wording.call_over(f"Hello. {words} Once more. {words}"))


def _way(settings: Settings) -> Finding:
    if settings.delivery is None:
        return Finding(Mark.NOTE, f"Codes do not leave, so people can use the app only: {_offering(settings)}.")
    if settings.delivery == "outbox":
        return Finding(Mark.GOOD, "Codes go to the outbox of demo mode, and to nobody's phone.")
    host = urlsplit(settings.twilio_api_origin or f"https://{HOST}").hostname
    return Finding(Mark.GOOD, f"Codes leave through the provider at {host}.")


def _offering(settings: Settings) -> str:
    if settings.delivery is None:
        return "to send codes by phone, set SSP_TWILIO_ACCOUNT_SID and what belongs to it"
    return "name the way in SSP_AUTHENTICATORS"


def _account(settings: Settings) -> Iterator[Finding]:
    """Say what the provider thinks of the credentials and of the senders."""
    texts = settings.twilio_from if "text" in settings.offered else None
    texts = texts if texts and _NUMBER.fullmatch(texts) else None
    calls = settings.caller if "voice" in settings.offered else None
    found: dict[str | None, Number | None] = {}
    numbers = dict.fromkeys(number for number in (texts, calls) if number)
    for number in numbers or (None,):
        told = look_up(settings, number)
        if isinstance(told, Obstacle):
            yield of_obstacle(told, elsewhere=settings.twilio_api_origin is not None)
            return
        found[number] = told
    yield Finding(Mark.GOOD, "The provider takes the credentials.")
    if "text" in settings.offered:
        yield _texter(settings, texts, found.get(texts))
    if calls:
        yield _caller(calls, found[calls])


def _texter(settings: Settings, number: str | None, found: Number | None) -> Finding:
    if settings.twilio_messaging_service_sid:
        return Finding(Mark.GOOD, "Texts leave by the messaging service; a test with --to proves its senders.")
    if number is None:
        return Finding(
            Mark.GOOD,
            "Texts come from a short code or a name; a test with --to proves it. Nobody can text START to a name.",
        )
    if found is None or not found.texts:
        fault = "is not a number of this account" if found is None else "cannot send texts"
        return Finding(
            Mark.BAD,
            f"The sender of texts, {phones.masked(number)}, {fault}.",
            "set SSP_TWILIO_FROM to a number of the account that can, or SSP_TWILIO_MESSAGING_SERVICE_SID instead",
        )
    return Finding(Mark.GOOD, f"Texts come from {phones.masked(number)}, a number of the account.")


def _caller(number: str, found: Number | None) -> Finding:
    if found is None:
        return Finding(
            Mark.NOTE,
            f"The number that calls, {phones.masked(number)}, is not one of the account; calls leave only if it is a "
            "verified caller id there. A test with --to and --voice proves it.",
        )
    if not found.calls:
        return Finding(
            Mark.BAD,
            f"The number that calls, {phones.masked(number)}, cannot make calls.",
            "set SSP_TWILIO_VOICE_FROM to a number of the account that can, or leave voice out of SSP_AUTHENTICATORS",
        )
    return Finding(Mark.GOOD, f"Calls come from {phones.masked(number)}, a number of the account.")


def _allowed(settings: Settings, name: str) -> tuple[str, ...]:
    return (settings.voice_countries or settings.countries) if name == "voice" else settings.countries


def _countries(settings: Settings, name: str) -> Iterator[Finding]:
    """Say where texts or calls may go, and whether their own sender's country is among those."""
    allowed = _allowed(settings, name)
    what, setting = ("Texts", "SSP_COUNTRIES") if name == "text" else ("Calls", "SSP_VOICE_COUNTRIES")
    yield Finding(Mark.GOOD, f"{what} may go to: {', '.join(map(country_name, allowed))}.")
    sender = settings.caller if name == "voice" else settings.twilio_from
    home = phones.country(sender) if sender and _NUMBER.fullmatch(sender) else "ZZ"
    if home != "ZZ" and home not in allowed:
        yield Finding(
            Mark.NOTE,
            f"{what} come from a number of {country_name(home)}, where none may go; is {setting} as you want it?",
        )


def _callbacks(settings: Settings) -> Iterator[Finding]:
    """Say whether the provider can tell the portal how texts and calls go on, and what follows from that."""
    without = "pages cannot say what became of a text or call, and calls read the code to whoever picks up"
    if not settings.callbacks:
        yield Finding(Mark.NOTE, f"Callbacks are switched off by SSP_CALLBACKS: {without}.")
    elif not settings.https:
        yield Finding(Mark.NOTE, f"The public address is not https, so the provider does not call back: {without}.")
    elif settings.signing_key is None:
        yield Finding(
            Mark.BAD,
            f"Nothing here can check the provider's signature, so callbacks stay closed: {without}.",
            "set SSP_TWILIO_AUTH_TOKEN beside the API key, or SSP_TWILIO_SIGNING_KEY; or set SSP_CALLBACKS=0",
        )
    elif not _public(settings.host):
        yield Finding(
            Mark.BAD,
            f"The provider cannot call back at {settings.host}, which is no public host name.",
            "give SSP_BASE_URL a name that the whole internet knows, without an underscore; or set SSP_CALLBACKS=0",
        )
    else:
        yield Finding(
            Mark.GOOD, f"The provider calls back at {settings.origin}/provider/: the code page shows how it goes on."
        )
        yield _key(settings)


def _key(settings: Settings) -> Finding:
    if settings.voice_press_key:
        return Finding(Mark.GOOD, "Calls say the code after somebody pressed 1, so that no voicemail keeps it.")
    return Finding(Mark.NOTE, "SSP_VOICE_PRESS_KEY is off: calls read the code to whoever picks up, voicemail too.")


def _public(host: str) -> bool:
    """Return whether a host name has the form of one that the whole internet knows."""
    try:
        ip_address(host)
    except ValueError:
        labels = host.split(".")
        private = any(host == name or host.endswith(f".{name}") for name in _PRIVATE)
        return len(labels) > 1 and not private and all(_LABEL.fullmatch(label) for label in labels)
    return False
