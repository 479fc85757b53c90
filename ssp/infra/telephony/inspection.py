"""What the provider says of the account and its numbers, asked without sending anything."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from twilio.http.response import Response

from ssp.infra.telephony import twilio
from ssp.infra.telephony.carrier import Reason
from ssp.settings import Settings

_PATH = "/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json"
# A number may be the beginning of another one, and the provider gives both.
_PAGE = 20
_OK, _DENIED, _FORBIDDEN, _MISSING, _OVERRUN = 200, 401, 403, 404, 429
_FAILED = range(500, 600)
_NOT_IMPLEMENTED = 501
# Account closed or suspended (https://www.twilio.com/docs/api/errors).
_CLOSED = frozenset({10001, 20005, 30002})


class Obstacle(Enum):
    """Why the provider told nothing about a number."""

    CREDENTIALS = auto()
    CLOSED = auto()
    NOT_ALLOWED = auto()
    NO_ACCOUNT = auto()
    BUSY = auto()
    DOWN = auto()
    SILENT = auto()
    NOT_CONNECTED = auto()
    UNREADABLE = auto()


_BY_STATUS = {
    _DENIED: Obstacle.CREDENTIALS,
    _FORBIDDEN: Obstacle.NOT_ALLOWED,
    _MISSING: Obstacle.NO_ACCOUNT,
    _OVERRUN: Obstacle.BUSY,
    **{status: Obstacle.DOWN for status in _FAILED if status != _NOT_IMPLEMENTED},
}
_BY_REASON = {Reason.NOT_CONNECTED: Obstacle.NOT_CONNECTED, Reason.TIMEOUT: Obstacle.SILENT}


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account, and whether it can send texts and make calls."""

    texts: bool
    calls: bool


def look_up(
    settings: Settings,
    number: str | None,
    timeouts: tuple[float, float] = (twilio.CONNECT_SECONDS, twilio.WHOLE_SECONDS),
    trust: ssl.SSLContext | None = None,
) -> Number | Obstacle | None:
    """Return what the account's number can do; None if it has no such number, or none was named.

    Every kind of API key may ask this, and whatever is not an Obstacle proves the credentials. `timeouts` and `trust`
    are as for `twilio.client`.
    """
    account = settings.twilio_account_sid
    wanted = {"PageSize": _PAGE, **({"PhoneNumber": number} if number else {})}
    try:
        answer = twilio.client(settings, timeouts, trust).request(
            "GET", f"https://{twilio.HOST}{_PATH.format(account)}", params=wanted
        )
    except Exception as error:  # noqa: BLE001 - the package lets through whatever odd answers do to it
        return _BY_REASON.get(twilio.failure(error)[0], Obstacle.UNREADABLE)
    return _find(_content(answer), number) if answer.status_code == _OK else _obstacle(answer)


def _obstacle(answer: Response) -> Obstacle:
    code = _content(answer).get("code")
    if isinstance(code, int) and code in _CLOSED:
        return Obstacle.CLOSED
    return _BY_STATUS.get(answer.status_code, Obstacle.UNREADABLE)


def _content(answer: Response) -> Mapping[str, object]:
    """Return the answer's JSON object; an empty one for anything else."""
    try:
        content = json.loads(answer.text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _find(content: Mapping[str, object], number: str | None) -> Number | Obstacle | None:
    """Return the number among those that were listed."""
    listed = content.get("incoming_phone_numbers")
    if not isinstance(listed, list):
        return Obstacle.UNREADABLE
    for each in listed:
        if isinstance(each, dict) and number and each.get("phone_number") == number:
            able = each.get("capabilities")
            # Services at other origins leave out what they have no word for.
            said = {str(name).lower(): bool(can) for name, can in able.items()} if isinstance(able, dict) else {}
            return Number(texts=said.get("sms", True), calls=said.get("voice", True))
    return None
