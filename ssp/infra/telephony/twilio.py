"""Twilio, or a service that speaks its API at another origin."""

import base64
import logging
import re
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio.base import values
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from ssp.infra.telephony.carrier import (
    Accepted,
    Message,
    Reason,
    Receipt,
    Rejected,
    TextMessage,
    Unavailable,
    VoiceCall,
)
from ssp.infra.telephony.dictionary import id_of, reason_of
from ssp.infra.telephony.wire import Answer, NotConnectedError, Wire
from ssp.settings import Settings

HOST = "api.twilio.com"
CONNECT_SECONDS = 3.0
WHOLE_SECONDS = 8.0
# How long to wait before a message that came at a busy moment is handed over again.
BACKOFF = (0.5, 1.5)
# A switchboard picks up, then listens: without a pause of the person's own it gets two seconds.
SWITCHBOARD = "wwww"
RING_SECONDS = 60
CALL_SECONDS = 180
CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]

_log = logging.getLogger(__name__)

_KEYS = re.compile(r"[0-9A-D#*wW]{1,32}")
_TOO_MANY = 429
_BY_STATUS = {
    401: Reason.MISCONFIGURED,
    402: Reason.MISCONFIGURED,
    403: Reason.MISCONFIGURED,
    404: Reason.MISCONFIGURED,
    408: Reason.PROVIDER_DOWN,
    429: Reason.BUSY,
}
_CLIENT_ERRORS = range(400, 500)
_NOT_THE_NUMBERS_FAULT = frozenset(
    {Reason.MISCONFIGURED, Reason.BUSY, Reason.TIMEOUT, Reason.PROVIDER_DOWN, Reason.NOT_CONNECTED}
)


# The package says nothing of its makers' types.
_new_client: Callable[..., Client] = Client


def client(
    settings: Settings,
    timeouts: tuple[float, float] = (CONNECT_SECONDS, WHOLE_SECONDS),
    trust: ssl.SSLContext | None = None,
    wait: Callable[[float], object] = time.sleep,
) -> Client:
    """Return the package's client, bound to the provider that is set; `failure` knows what its exceptions mean.

    `timeouts` are the seconds for a connection and for everything, `trust` is the client's side of TLS, and `wait` is
    called with the seconds before something is asked again.
    """
    user, secret = settings.twilio_account_sid, settings.twilio_auth_token
    if settings.twilio_api_key and settings.twilio_api_secret:
        user, secret = settings.twilio_api_key, settings.twilio_api_secret
    connect_s, whole_s = timeouts
    wire = Wire(settings.twilio_api_origin or f"https://{HOST}", connect_s, trust)
    return _new_client(
        user,
        secret.get_secret_value() if secret else None,
        settings.twilio_account_sid,
        http_client=_Messenger(wire, whole_s, wait),
        # An empty one would be replaced by the real environment, whose TWILIO_EDGE moves the host.
        environment={"TWILIO": ""},
    )


def failure(error: Exception) -> tuple[Reason, str]:
    """Return why the client raised this, and a few words for the log that name neither number, code nor account."""
    if isinstance(error, TwilioException):
        # Where a list was asked for, the package tells no status but hands over the answer.
        listed = next((each.status_code for each in error.args if isinstance(each, Response)), None)
        return _refused(getattr(error, "status", listed), getattr(error, "code", None))
    if isinstance(error, NotConnectedError):
        return Reason.NOT_CONNECTED, str(error)
    return Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.PROVIDER_DOWN, type(error).__name__


class TwilioCarrier:
    """Sends texts by the messaging service, or else by the number that also calls. The rest is as for `client`."""

    def __init__(
        self,
        settings: Settings,
        timeouts: tuple[float, float] = (CONNECT_SECONDS, WHOLE_SECONDS),
        trust: ssl.SSLContext | None = None,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._caller = settings.caller or ""
        service = settings.twilio_messaging_service_sid
        self._text_sender = {"messaging_service_sid": service} if service else {"from_": settings.twilio_from}
        self._client = client(settings, timeouts, trust, wait)

    def send(self, message: Message) -> Receipt:
        """Return Accepted with the provider's id, or why not. Never raises, and never sends twice."""
        if message.extension and not _KEYS.fullmatch(_keys(message.extension)):
            return _note(Reason.REFUSED, "an extension that cannot be dialed")
        try:
            answer = self._call(message) if isinstance(message, VoiceCall) else self._text(message)
        except Exception as error:  # noqa: BLE001  The package lets through whatever odd answers do to it.
            return _note(*failure(error))
        provider_id = id_of(answer.sid)
        return Accepted(provider_id) if provider_id else _note(Reason.PROVIDER_DOWN, "an answer without id")

    def _text(self, message: TextMessage) -> Any:  # noqa: ANN401  As the package gives it.
        return self._client.messages.create(
            message.to,
            body=message.body,
            validity_period=values.unset if message.valid_seconds is None else message.valid_seconds,
            status_callback=message.status_url or values.unset,
            **self._text_sender,
        )

    def _call(self, message: VoiceCall) -> Any:  # noqa: ANN401  Likewise.
        told = {
            "status_callback": message.status_url,
            "status_callback_event": CALL_EVENTS,
            "status_callback_method": "POST",
        }
        return self._client.calls.create(
            message.to,
            self._caller,
            twiml=message.twiml,
            send_digits=_keys(message.extension) if message.extension else values.unset,
            timeout=RING_SECONDS,
            time_limit=CALL_SECONDS,
            **(told if message.status_url else {}),
        )


class _Messenger(HttpClient):
    """Carries the package's requests over the wire to one origin; nothing is logged, and nothing is kept.

    Only what the provider was too busy to look at (429) is handed over again, at most twice and within the same time.
    """

    def __init__(self, wire: Wire, whole_s: float, wait: Callable[[float], object]) -> None:
        super().__init__(_log, is_async=False)
        self._wire = wire
        self._whole_s = whole_s
        self._wait = wait

    def request(  # noqa: PLR0913, PLR0917  The package's own signature.
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002  Likewise.
    ) -> Response:
        """Return the answer to one request. Raises what the wire raises; ValueError for any host but the API's."""
        del timeout, allow_redirects
        address = urlsplit(uri)
        if (address.scheme, address.netloc) != ("https", HOST):
            raise ValueError("not a request for the messaging API")
        path = f"{address.path}?{urlencode(params, doseq=True)}" if params else address.path
        body = urlencode(data or {}, doseq=True).encode()
        ask = partial(
            self._wire.ask, method, path, body, {**(headers or {}), "Authorization": _basic(*(auth or ("", "")))}
        )
        answer = self._answer(ask)
        return Response(answer.status, answer.text, answer.headers)

    def _answer(self, ask: Callable[[float], Answer]) -> Answer:
        ends = time.monotonic() + self._whole_s
        answer = ask(ends)
        for shortest in BACKOFF:
            pause = max(shortest, _retry_after(answer))
            # The other half of the time is for the next answer.
            if answer.status != _TOO_MANY or pause > (ends - time.monotonic()) / 2:
                break
            self._wait(pause)
            answer = ask(ends)
        return answer


def _retry_after(answer: Answer) -> float:
    """Return for how many seconds the provider wants to be left alone; a date is always too far away."""
    said = answer.headers.get("Retry-After", "0")
    return float(said) if re.fullmatch("[0-9]{1,9}", said) else float("inf")


def _basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def _keys(extension: str) -> str:
    """Return the keys to press once somebody picks up."""
    return extension if extension.startswith("w") else SWITCHBOARD + extension


def _refused(status: object, code: object) -> tuple[Reason, str]:
    """Return what an error answer means; whatever a server claims as status and code is looked at as a number."""
    number = status if isinstance(status, int) else 0
    reason = (
        reason_of(code)
        or _BY_STATUS.get(number)
        or (Reason.REFUSED if number in _CLIENT_ERRORS else Reason.PROVIDER_DOWN)
    )
    return reason, f"status {number}, code {code if isinstance(code, int) else 'none'}"


def _note(reason: Reason, detail: str) -> Receipt:
    """Log why a message was not taken, and return the receipt."""
    _log.warning("the phone provider did not take a message: %s (%s)", reason, detail)
    return Unavailable(reason) if reason in _NOT_THE_NUMBERS_FAULT else Rejected(reason)
