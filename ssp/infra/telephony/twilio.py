"""Twilio, or a service that speaks its API at another origin."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from twilio.base import values
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from ssp.infra.telephony.carrier import Accepted, Message, Reason, Receipt, Rejected, Unavailable, VoiceCall
from ssp.settings import Settings

HOST = "api.twilio.com"
CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0
# A switchboard picks up, then listens: without a pause of the person's own it gets two seconds.
SWITCHBOARD = "wwww"

_log = logging.getLogger(__name__)

# Twilio's error codes at the time of sending (https://www.twilio.com/docs/api/errors); unknown ones go by HTTP status.
_CODES = {
    Reason.INVALID_NUMBER: (21211, 21214, 21217, 21265, 21266),
    Reason.NOT_MOBILE: (21614, 21635),
    Reason.OPTED_OUT: (21610,),
    Reason.COUNTRY_NOT_ALLOWED: (21203, 21215, 21408),
    Reason.UNREACHABLE: (21612,),
    Reason.BLOCKED: (21202, 21216),
    Reason.TRIAL: (10002, 13805, 14111, 21219, 21608),
    Reason.BUSY: (20429, 21611),
    Reason.MISCONFIGURED: (10001, 20003, 20005, 21205, 21210, 21212, 21602, 21603, 21606, 21617),
}
_BY_CODE = {code: reason for reason, codes in _CODES.items() for code in codes}
_BY_STATUS = {
    401: Reason.MISCONFIGURED,
    403: Reason.MISCONFIGURED,
    404: Reason.MISCONFIGURED,
    429: Reason.BUSY,
}
_CLIENT_ERRORS = range(400, 500)
_NOT_THE_NUMBERS_FAULT = frozenset(
    {Reason.MISCONFIGURED, Reason.BUSY, Reason.TIMEOUT, Reason.PROVIDER_DOWN, Reason.NOT_CONNECTED}
)


# The package says nothing of its makers' types.
_new_client: Callable[..., Client] = Client


class TwilioCarrier:
    """Sends texts by the messaging service, or else by the number that also calls."""

    def __init__(self, settings: Settings, timeouts: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS)) -> None:
        # At DEBUG the HTTP package writes the path of each request, and with it the account.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
        self._caller = settings.caller or ""
        service = settings.twilio_messaging_service_sid
        self._text_sender = {"messaging_service_sid": service} if service else {"from_": settings.twilio_from}
        user, secret = settings.twilio_account_sid, settings.twilio_auth_token
        if settings.twilio_api_key and settings.twilio_api_secret:
            user, secret = settings.twilio_api_key, settings.twilio_api_secret
        self._client = _new_client(
            user,
            secret.get_secret_value() if secret else None,
            settings.twilio_account_sid,
            http_client=_Wire(settings.twilio_api_origin or f"https://{HOST}", timeouts),
            # An empty one would be replaced by the real environment, whose TWILIO_EDGE moves the host.
            environment={"TWILIO": ""},
        )

    def send(self, message: Message) -> Receipt:
        """Return Accepted with the provider's id, or why not. Sends once, and never raises."""
        try:
            provider_id = self._create(message)
        except TwilioException as error:
            return _refused(getattr(error, "status", None), getattr(error, "code", None))
        except requests.ReadTimeout:
            return _note(Reason.TIMEOUT, "no answer in time")
        except requests.ConnectionError as error:
            # Only where no connection came about is it certain that nothing left.
            unmade = isinstance(error, requests.ConnectTimeout) or _unmade(error)
            return _note(Reason.NOT_CONNECTED if unmade else Reason.PROVIDER_DOWN, type(error).__name__)
        except Exception as error:  # noqa: BLE001  The package lets through whatever odd answers do to it.
            return _note(Reason.PROVIDER_DOWN, type(error).__name__)
        return Accepted(provider_id) if provider_id else _note(Reason.PROVIDER_DOWN, "an answer without id")

    def _create(self, message: Message) -> str | None:
        if isinstance(message, VoiceCall):
            keys = _keys(message.extension) if message.extension else values.unset
            return self._client.calls.create(message.to, self._caller, twiml=message.twiml, send_digits=keys).sid
        seconds = values.unset if message.valid_seconds is None else message.valid_seconds
        return self._client.messages.create(
            message.to, body=message.body, validity_period=seconds, **self._text_sender
        ).sid


class _Wire(HttpClient):
    """Carries the package's requests to one origin.

    A fresh connection each time, no retry, no proxy, no netrc; nothing is logged, and nothing is kept.
    """

    def __init__(self, origin: str, timeouts: tuple[float, float]) -> None:
        super().__init__(_log, is_async=False)
        self._origin = origin.rstrip("/")
        self._timeouts = timeouts

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
        """Return the answer to one request. Raises requests.RequestException; ValueError for any host but the API's."""
        address = urlsplit(uri)
        if (address.scheme, address.netloc) != ("https", HOST):
            raise ValueError("not a request for the messaging API")
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method,
                self._origin + address.path,
                params=params,  # type: ignore[arg-type]  # The two packages name these types differently.
                data=data,
                headers=headers,
                auth=auth,
                timeout=timeout or self._timeouts,
                allow_redirects=allow_redirects,
            )
        return Response(answer.status_code, answer.content.decode("utf-8", "replace"), answer.headers)


def _unmade(error: requests.ConnectionError) -> bool:
    """Return whether the connection was refused or the host not found."""
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _keys(extension: str) -> str:
    return extension if extension.startswith("w") else SWITCHBOARD + extension


def _refused(status: object, code: object) -> Receipt:
    """Return the receipt for an error answer; whatever a server claims as status and code is looked at as a number."""
    number = status if isinstance(status, int) else 0
    known = _BY_CODE.get(code) if isinstance(code, int) else None
    reason = known or _BY_STATUS.get(number) or (Reason.REFUSED if number in _CLIENT_ERRORS else Reason.PROVIDER_DOWN)
    return _note(reason, f"status {number}, code {code if isinstance(code, int) else 'none'}")


def _note(reason: Reason, detail: str) -> Receipt:
    """Log why without number, code or account, and return the receipt."""
    _log.warning("the phone provider did not take a message: %s (%s)", reason, detail)
    return Unavailable(reason) if reason in _NOT_THE_NUMBERS_FAULT else Rejected(reason)
