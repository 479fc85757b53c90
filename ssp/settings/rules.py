"""What settings must be beside each other: a line for each fault, with the setting, the fault and the mend."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ssp.settings.kinds import KNOWN_TYPES, LOOPBACK, PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable
    from urllib.parse import SplitResult

    from ssp.settings.fields import Settings

# The drivers that the portal is installed with.
DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
# What one text holds beside the code and the words that go with it, `wording.text_body`.
LONGEST_HOST = 90
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an address, or None if it cannot be one."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if named else None


def _as_browsers_write_it(parts: SplitResult) -> str:
    """Return scheme, host and port in small letters, without the port that goes without saying."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = None if parts.port == {"http": 80, "https": 443}.get(parts.scheme) else parts.port
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _address_faults(settings: Settings) -> Iterable[str]:
    parts = _parts(settings.base_url)
    if not settings.base_url:
        yield "SSP_BASE_URL: is not set; give the public address, such as https://portal.example.org"
    elif parts is None or parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.hostname or ""):
        yield "SSP_BASE_URL: is not a web address; write it like https://portal.example.org"
    elif parts.path or parts.query or parts.fragment or parts.username is not None:
        yield "SSP_BASE_URL: has more than scheme, host and port; leave out the path and the last slash"
    elif settings.base_url != _as_browsers_write_it(parts):
        # Host and Origin headers are compared with it, letter by letter.
        yield f"SSP_BASE_URL: is not as browsers write it; set it to {_as_browsers_write_it(parts)}"
    elif parts.scheme == "http" and not settings.loopback:
        yield "SSP_BASE_URL: plain http is for this machine only; use https, or http://localhost:8000 to try it"
    if settings.demo and (parts is None or parts.hostname not in LOOPBACK):
        yield "SSP_DEMO: demo mode shows everybody's codes, so it runs on localhost only; set SSP_DEMO=0"


def _type_faults(settings: Settings) -> Iterable[str]:
    for name in settings.authenticators:
        if name not in KNOWN_TYPES:
            yield f"SSP_AUTHENTICATORS: there is no type {name!r}; choose from {', '.join(KNOWN_TYPES)}"
    if len(set(settings.authenticators)) < len(settings.authenticators):
        yield "SSP_AUTHENTICATORS: a type is named twice; name each once"
    if not settings.offered:
        yield "SSP_AUTHENTICATORS: only phone types, but SSP_DELIVERY is not set; add totp or set up delivery"
    for name, regions in (("COUNTRIES", settings.countries), ("VOICE_COUNTRIES", settings.voice_countries or ())):
        unknown = [region for region in regions if region not in phonenumbers.SUPPORTED_REGIONS]
        if unknown:
            yield f"SSP_{name}: unknown country {', '.join(unknown)}; use two-letter codes such as US,CA"


def _delivery_faults(settings: Settings) -> Iterable[str]:
    if settings.delivery == "outbox" and not settings.demo:
        yield "SSP_DELIVERY: outbox is for demo mode only, codes would never arrive; use twilio"
    if settings.delivery == "twilio":
        yield from _credential_faults(settings)
        yield from _sender_faults(settings)
        yield from _room_faults(settings)


def _room_faults(settings: Settings) -> Iterable[str]:
    parts = _parts(settings.base_url)
    if "text" in settings.authenticators and parts and len(parts.hostname or "") > LONGEST_HOST:
        yield (
            f"SSP_BASE_URL: has a host name of more than {LONGEST_HOST} characters, which leaves no room in a text; "
            "use a shorter one, or leave text out of SSP_AUTHENTICATORS"
        )


def _credential_faults(settings: Settings) -> Iterable[str]:
    if not settings.twilio_account_sid:
        yield "SSP_TWILIO_ACCOUNT_SID: is not set; copy it from the provider's console"
    if bool(settings.twilio_api_key) != bool(settings.twilio_api_secret):
        yield "SSP_TWILIO_API_SECRET: API key and secret belong together; set both or neither"
    elif not settings.twilio_api_key and not settings.twilio_auth_token:
        yield "SSP_TWILIO_AUTH_TOKEN: is not set, nor an API key with its secret; set one of the two"
    origin = _parts(settings.twilio_api_origin or "https://api.twilio.com")
    if origin is None or (origin.scheme != "https" and origin.hostname not in LOOPBACK):
        yield "SSP_TWILIO_API_ORIGIN: is not https, so others could read codes and credentials; use https://"
    elif origin.username is not None or set("?#") & set(settings.twilio_api_origin or ""):
        yield (
            "SSP_TWILIO_API_ORIGIN: has more than scheme, host, port and path; leave out user, password and whatever "
            "begins with ? or # (the credentials are SSP_TWILIO_AUTH_TOKEN, or SSP_TWILIO_API_KEY and its secret)"
        )
    if settings.twilio_api_origin is None:
        yield from _form_faults(settings)


# Other services that speak the same API have ids of other forms.
_FORMS = {"twilio_account_sid": "AC", "twilio_api_key": "SK", "twilio_messaging_service_sid": "MG"}


def _form_faults(settings: Settings) -> Iterable[str]:
    for name, prefix in _FORMS.items():
        value = getattr(settings, name)
        if value and not re.fullmatch(rf"{prefix}[0-9a-f]{{32}}", value):
            yield (
                f"SSP_{name.upper()}: is not an id of Twilio's, {prefix} and 32 digits or letters a to f; copy it from "
                "the provider's console, or set SSP_TWILIO_API_ORIGIN for another service"
            )


_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# A short code, or a name of letters and digits: it can text, but nobody can be called from it.
_TEXT_SENDER = re.compile(r"[0-9]{5,6}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


def _sender_faults(settings: Settings) -> Iterable[str]:
    number, service, caller = settings.twilio_from, settings.twilio_messaging_service_sid, settings.caller
    if number and service:
        yield (
            "SSP_TWILIO_FROM: is set beside SSP_TWILIO_MESSAGING_SERVICE_SID, and texts have one sender; leave out "
            "one of them (the number that calls is SSP_TWILIO_VOICE_FROM)"
        )
    elif "text" in settings.authenticators and not number and not service:
        yield "SSP_TWILIO_FROM: is not set; give the number that sends, or SSP_TWILIO_MESSAGING_SERVICE_SID"
    elif number and not _E164.fullmatch(number) and not _TEXT_SENDER.fullmatch(number):
        yield "SSP_TWILIO_FROM: is not a sender; write a number like +12055550100"
    if "voice" not in settings.authenticators:
        return
    if not caller:
        yield (
            "SSP_TWILIO_VOICE_FROM: calls need a number to call from; set it, or leave voice out of SSP_AUTHENTICATORS"
        )
    elif not _E164.fullmatch(caller):
        yield "SSP_TWILIO_VOICE_FROM: is not a number that can call; write it like +12055550100"


def _mail_faults(settings: Settings) -> Iterable[str]:
    if settings.smtp_url is None:
        return
    parts = _parts(settings.smtp_url.get_secret_value())
    if parts is None or parts.scheme not in {"smtp", "smtps", "smtp+starttls"}:
        yield "SSP_SMTP_URL: is not a mail server; write it like smtp+starttls://user:password@mail.example.org:587"
    elif parts.scheme == "smtp" and parts.password and parts.hostname not in LOOPBACK:
        yield "SSP_SMTP_URL: would send the password in clear; write smtps:// or smtp+starttls://"
    if not settings.mail_from:
        yield "SSP_MAIL_FROM: is not set; give the address that mail comes from"


def _setup_faults(settings: Settings) -> Iterable[str]:
    if settings.setup_proof == "mail-code" and settings.smtp_url is None and not settings.demo:
        yield "SSP_SETUP_PROOF: mail-code needs mail, but SSP_SMTP_URL is not set; set it, or set up by password"
    if settings.setup_proof == "known-phone" and not {"text", "voice"} & set(settings.offered):
        yield (
            "SSP_SETUP_PROOF: known-phone needs texts or calls; offer them (SSP_DELIVERY, SSP_AUTHENTICATORS), or set "
            "up by password or mail-code"
        )


def _other_faults(settings: Settings) -> Iterable[str]:
    if settings.timezone not in available_timezones():
        yield f"SSP_TIMEZONE: there is no time zone {settings.timezone!r}; write one like America/Chicago"
    if settings.logo is not None and settings.logo.suffix.lower() not in {".svg", ".png"}:
        yield "SSP_LOGO: is neither .svg nor .png; give such a file"
    elif settings.logo is not None and not settings.logo.is_file():
        yield f"SSP_LOGO: there is no file {settings.logo}; correct the path"
    yield from (
        f"SSP_TRUSTED_PROXIES: {proxy!r} is no address; list addresses such as 10.0.0.5 or 2001:db8::5"
        for proxy in settings.trusted_proxies
        if not _is_address(proxy)
    )
    yield from (
        f"{PREFIX}{name.upper()}: holds a line end or another sign that nobody sees; write it in one line"
        for name in ("mail_from", "organisation", "portal_name", "support_email", "support_phone", "support_hours")
        if not (getattr(settings, name) or "").isprintable()
    )


def _is_address(text: str) -> bool:
    try:
        return str(ip_address(text)) == text
    except ValueError:
        return False


def _database_faults(settings: Settings) -> Iterable[str]:
    if settings.database_url is None:
        return
    try:
        url = make_url(settings.database_url.get_secret_value())
    except (ArgumentError, ValueError):
        yield "SSP_DATABASE_URL: is not a database's address; write it like postgresql://user:password@host/name"
        return
    if url.drivername not in DRIVERS:
        yield "SSP_DATABASE_URL: is neither SQLite nor PostgreSQL by psycopg; write it like postgresql://host/name"


RULES = (_address_faults, _type_faults, _delivery_faults, _mail_faults, _setup_faults, _database_faults, _other_faults)
