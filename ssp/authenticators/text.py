"""Codes by text message."""

from datetime import timedelta

from ssp.authenticators.delivered import Delivered, Line
from ssp.authenticators.protocol import Kit, with_name
from ssp.infra import phones
from ssp.infra.crypto import SealError
from ssp.infra.telephony import wording
from ssp.infra.telephony.carrier import Message, TextMessage
from ssp.models import Authenticator


class Text(Delivered):
    """A mobile phone that gets texts."""

    name = "text"
    title = "Mobile phone"
    amr = "sms"
    fields = ("phone",)
    instead = ("voice", "totp")
    capability = phones.Capability.TEXT

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.digits = kit.settings.text_digits
        self.first_wait = timedelta(seconds=kit.settings.text_wait_seconds)

    def message(self, line: Line, code: str, seconds: int, delivery_id: str, *, change: bool) -> Message:
        """Return the text that carries the code."""
        minutes, settings = max(round(seconds / 60), 1), self._settings
        body = wording.text_body(code, minutes, settings.portal_name, settings.host, change=change)
        return TextMessage(line.phone, body, seconds, self._callbacks.text(delivery_id))

    def masked(self, authenticator: Authenticator) -> str:
        """Return the last digits of the phone."""
        return with_name(f"text message to {authenticator.label}", authenticator)

    def farewell(self, authenticator: Authenticator) -> Message | None:
        """Return a text without a code."""
        try:
            line = self._line(authenticator)
        except SealError:
            return None  # its key is gone, and with it the number
        if self._disallowed(line):
            return None
        return TextMessage(line.phone, wording.farewell_body(self._settings.portal_name, self._settings.support_phone))


make = Text
