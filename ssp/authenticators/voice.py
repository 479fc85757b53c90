"""Codes by an automated voice call, to a mobile or an office line with an extension."""

from collections.abc import Mapping
from datetime import timedelta

from ssp.authenticators.delivered import Delivered, Line, destination_of
from ssp.authenticators.protocol import Destination, Faults, Kit, with_name
from ssp.infra import phones
from ssp.infra.telephony import wording
from ssp.infra.telephony.carrier import Message, VoiceCall
from ssp.models import Authenticator, User

_EXTENSION_FAULTS = {phones.Fault.EXTENSION, phones.Fault.EXTENSION_TOO_LONG, phones.Fault.TWO_EXTENSIONS}


class Voice(Delivered):
    """A phone line that can be called."""

    name = "voice"
    title = "Phone line"
    amr = "tel"
    fields = ("phone", "extension")
    instead = ("text", "totp")
    capability = phones.Capability.VOICE

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.digits = kit.settings.voice_digits
        self.first_wait = timedelta(seconds=kit.settings.voice_wait_seconds)

    def destination(self, typed: Mapping[str, str], user: User) -> Destination | Faults:
        """Return the line that was typed, with its extension."""
        del user
        extension = typed.get("extension", "")
        line = phones.parse_line(typed.get("phone", ""), extension, self.countries)
        if isinstance(line, phones.Fault):
            faults = {"extension" if line in _EXTENSION_FAULTS else "phone": phones.WORDS[line]}
            # A wrong number is found first; both are said at once.
            alone = phones.parse_extension(extension)
            return Faults({"extension": phones.WORDS[alone], **faults} if isinstance(alone, phones.Fault) else faults)
        label = phones.masked(line.number)
        if line.extension:
            label = f"{label}, extension {phones.masked_extension(line.extension)}"
        return destination_of(label, Line(line.number, line.extension or ""))

    @property
    def countries(self) -> tuple[str, ...]:
        """Return which countries may be called, as two-letter codes."""
        return self._settings.voice_countries or self._settings.countries

    def message(self, line: Line, code: str, seconds: int, delivery_id: str, *, change: bool) -> Message:
        """Return the call: where the provider can ask us what comes next, a key must be pressed first."""
        del seconds
        name, key_url, inside = self._settings.portal_name, self._callbacks.key(delivery_id), bool(line.extension)
        if key_url:
            twiml = wording.call_greeting(name, key_url, inside=inside, change=change)
        else:
            twiml = wording.call_twiml(code, name, inside=inside, change=change)
        return VoiceCall(line.phone, line.extension or None, twiml, self._callbacks.call(delivery_id))

    def masked(self, authenticator: Authenticator) -> str:
        """Return the last digits of the line."""
        return with_name(f"automated voice call to {authenticator.label}", authenticator)


make = Voice
