"""Where the provider calls back, whether it was the provider that called, and what it says."""

import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    add_port,
    get_signature_algorithm,
    remove_port,
)

from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.dictionary import id_of, reason_of
from ssp.infra.telephony.progress import News, Status
from ssp.settings import Settings

TEXT_PATH = "/provider/text/{}"
CALL_PATH = "/provider/call/{}"
KEY_PATH = "/provider/call/{}/key"
# Twilio and Somleng sign under the first name, SignalWire under the second; the digest is the same.
SIGNATURE_HEADERS = ("X-Twilio-Signature", "X-SignalWire-Signature")
# Names the algorithm, where the signature is not the old one (HMAC-SHA-1).
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"

_ALGORITHMS = frozenset({HMAC_SHA1, HMAC_SHA256})
_LONGEST_CODE = 9

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values (whatever waits was taken, too)
_TEXTS = {
    "accepted": Status.SENT,
    "scheduled": Status.SENT,
    "queued": Status.SENT,
    "sending": Status.SENT,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
# https://www.twilio.com/docs/voice/api/call-resource#call-status-values
_CALLS = {
    "queued": Status.SENT,
    "initiated": Status.SENT,
    "ringing": Status.RINGING,
    "in-progress": Status.ANSWERED,
    "completed": Status.HUNG_UP,
    "busy": Status.BUSY,
    "no-answer": Status.NO_ANSWER,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}

# The package says nothing of its types.
_new_validator: Callable[[str], Any] = RequestValidator
_add_port: Callable[[object], str] = add_port
_remove_port: Callable[[object], str] = remove_port
_algorithm: Callable[[str], str] = get_signature_algorithm


class Callbacks:
    """The addresses at which the provider calls back, below the public address whatever host a request names."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def text(self, delivery_id: str) -> str | None:
        """Return where the provider tells how a text goes on; None if it cannot."""
        return self._address(TEXT_PATH, delivery_id)

    def call(self, delivery_id: str) -> str | None:
        """Return where the provider tells how a call goes on; None if it cannot."""
        return self._address(CALL_PATH, delivery_id)

    def key(self, delivery_id: str) -> str | None:
        """Return where the provider tells that a key was pressed; None if it cannot, or calls go without."""
        return self._address(KEY_PATH, delivery_id) if self._settings.voice_press_key else None

    def genuine(self, path: str, form: Mapping[str, str], signature: str, said: str = "") -> bool:
        """Return whether the provider itself sent this form to this path, which has its query if there was one.

        `signature` is what came in one of SIGNATURE_HEADERS, `said` what came in SETTINGS_HEADER; empty for none.
        """
        key, algorithm = self._settings.signing_key, _algorithm(said).upper()
        if not self._settings.called_back or key is None or not signature or algorithm not in _ALGORITHMS:
            return False
        address = f"{self._settings.base_url}{path}"
        parts = urlsplit(address)
        sign = _new_validator(key.get_secret_value()).compute_signature
        # The provider may or may not name a port that goes without saying.
        good = [sign(each, form, algorithm) for each in (address, _add_port(parts), _remove_port(parts))]
        given = signature.encode("utf-8", "replace")
        return any([hmac.compare_digest(each.encode(), given) for each in good])  # noqa: C419  Each takes its time.

    def _address(self, path: str, delivery_id: str) -> str | None:
        return self._settings.base_url + path.format(delivery_id) if self._settings.called_back else None


def news_of_text(form: Mapping[str, str]) -> News | None:
    """Return what a callback says about a text; None for what makes no sense or is of no use."""
    return _news(
        form.get("MessageSid") or form.get("SmsSid"),
        _TEXTS.get(form.get("MessageStatus") or form.get("SmsStatus", "")),
        form,
    )


def news_of_call(form: Mapping[str, str]) -> News | None:
    """Return what a callback says about a call; None likewise."""
    return _news(form.get("CallSid"), _CALLS.get(form.get("CallStatus", "")), form)


def _news(named: str | None, status: Status | None, form: Mapping[str, str]) -> News | None:
    provider_id = id_of(named)
    if provider_id is None or status is None:
        return None
    return News(provider_id, status, _reason(form.get("ErrorCode", "")) if status is Status.FAILED else None)


def _reason(code: str) -> Reason:
    """Return why it failed; where no code comes, as with calls, all that is sure is that nobody was reached."""
    if not code:
        return Reason.UNREACHABLE
    number = int(code) if code.isascii() and code.isdecimal() and len(code) <= _LONGEST_CODE else None
    return reason_of(number) or Reason.REFUSED
