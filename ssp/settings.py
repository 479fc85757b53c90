"""Every setting of the portal: one typed, frozen object that reads, checks and refuses.

Values come from the environment (`SSP_TRUST_DAYS=14`) or from `settings.toml` in the instance folder
(`trust_days = 14`); the environment wins. A name nobody knows and a value that makes no sense stop the start, each
with one line.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterable
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

import click
import phonenumbers
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).parent.parent
PREFIX = "SSP_"
FILE = "settings.toml"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# The drivers that the portal is installed with.
DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
KNOWN_TYPES = ("text", "voice", "totp")


class SettingsError(click.ClickException):
    """The settings make no sense. `lines` has one line for each fault: the setting, the fault and the mend."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines; commands then end with exit code 1."""
        click.echo(self.message, file=file, err=file is None)


def _words(value: object) -> object:
    """Read a list written as `a, b, c`; leave a real list alone."""
    if isinstance(value, str):
        return tuple(word for word in re.split(r"[,\s]+", value) if word)
    return value


def _upper(value: object) -> object:
    words = _words(value)
    return tuple(str(word).upper() for word in words) if isinstance(words, (tuple, list)) else words


def _json(value: object) -> object:
    """Read what the environment says about a list of entries; leave a real list alone."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("is not JSON") from None


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Countries = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_upper)]


class Service(BaseModel):
    """One entry of the services page; an empty `groups` means everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    address: str = Field(pattern=r"^(https?://|/)\S+$")
    words: str = ""
    groups: Words = ()


class Contact(BaseModel):
    """Who helps with what, for the page "Support & Service"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    words: str = ""
    email: str = ""
    phone: str = ""
    hours: str = ""


Services = Annotated[tuple[Service, ...], NoDecode, BeforeValidator(_json)]
Contacts = Annotated[tuple[Contact, ...], NoDecode, BeforeValidator(_json)]

DEMO_SERVICES = (
    Service(
        name="Policy desk",
        address="https://policies.example.test/",
        words="Quotes, policies and renewals of the people you look after.",
        groups=("agents", "employees"),
    ),
    Service(
        name="My coverage",
        address="https://coverage.example.test/",
        words="Your policies, certificates and bills.",
        groups=("policyholders", "insureds"),
    ),
    Service(
        name="Claims",
        address="https://claims.example.test/",
        words="Report a claim and see how far along it is.",
    ),
)
DEMO_CONTACTS = (
    Contact(
        name="Portal support",
        words="Signing in, access codes, usernames and passwords.",
        email="support@example.test",
        phone="205-555-0100",
        hours="Monday to Friday, 8 am to 5 pm Central",
    ),
    Contact(
        name="Customer service",
        words="Policies, bills, certificates and changes of address.",
        email="service@example.test",
        phone="205-555-0111",
        hours="Monday to Friday, 8 am to 6 pm Central",
    ),
    Contact(
        name="Risk management",
        words="Questions about a claim or an incident, and how to prevent the next one.",
        email="risk@example.test",
        phone="205-555-0122",
        hours="Monday to Friday, 9 am to 4 pm Central",
    ),
)


class Settings(BaseSettings):
    """The portal's settings, checked against each other. Times are in the unit that the name gives."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    instance: Path = Field(ROOT / "instance", description="folder of database, keys, settings, help overrides, outbox")
    base_url: str = Field(
        "", description="the public address; links, cookies, host check and text messages come from it"
    )
    database_url: SecretStr | None = Field(None, description="SQLAlchemy URL for SQLite or PostgreSQL")
    secret_key_file: Path | None = Field(None, description="the key list; made in the instance folder, mode 0600")
    demo: bool = Field(default=False, description="demo people, the demo phone, no message leaves; loopback only")
    authenticators: Words = Field(KNOWN_TYPES, description="types offered, in this order", min_length=1)
    trust_days: int = Field(30, ge=0, le=365, description="how long a trusted device skips the code; 0 hides the box")
    reconfirm_days: int = Field(
        90, ge=0, le=3650, description="how often a person confirms the MFA preference; 0 never"
    )
    mfa_required_from: date | None = Field(
        None, description="date from which a second factor is compulsory; none means now"
    )
    staff_groups: Words = Field(
        ("support", "admins"), description="groups that never postpone the second factor and never trust a device"
    )
    text_digits: int = Field(6, ge=5, le=8, description="length of a texted code")
    voice_digits: int = Field(5, ge=5, le=8, description="length of a spoken code")
    code_minutes: int = Field(10, ge=2, le=10, description="life of a code and of a half-done sign-in")
    password_min: int = Field(15, ge=8, le=128, description="shortest new password, in characters")
    password_hash: str = Field("19456,2,1", description="Argon2id cost of new hashes: memory_kib,time,lanes")
    idle_minutes: int = Field(30, ge=5, le=60, description="a session ends after so long without a request")
    session_hours: int = Field(12, ge=1, le=24, description="a session ends after so long, whatever happens")
    countries: Countries = Field(("US", "CA"), description="countries where codes may be sent", min_length=1)
    delivery: Literal["outbox", "twilio"] | None = Field(
        None, description="how codes leave; without it phone types are not offered"
    )
    twilio_account_sid: str | None = Field(None, description="the account at the provider")
    twilio_auth_token: SecretStr | None = Field(None, description="signs in to the provider")
    twilio_api_key: str | None = Field(None, description="signs in to the provider instead of the auth token")
    twilio_api_secret: SecretStr | None = Field(None, description="belongs to the API key")
    twilio_from: str | None = Field(None, description="the number that sends and calls")
    twilio_messaging_service_sid: str | None = Field(None, description="sends texts instead of the number")
    twilio_api_origin: str | None = Field(None, description="another service that speaks the same API")
    smtp_url: SecretStr | None = Field(None, description="smtp://, smtps:// or smtp+starttls:// server for mail")
    mail_from: str | None = Field(None, description="the sender of mail")
    organisation: str = Field("Example Mutual", description="who runs the portal", min_length=1, max_length=120)
    portal_name: str = Field(
        "Secure Services Portal",
        description="the portal's name on pages, in texts and calls",
        min_length=1,
        max_length=80,
    )
    logo: Path | None = Field(None, description="an SVG or PNG file shown beside the name")
    support_email: str = Field("support@example.test", description="Web Support's e-mail")
    support_phone: str = Field("205-555-0100", description="Web Support's phone")
    support_hours: str = Field("Monday to Friday, 8 am to 5 pm Central", description="Web Support's hours")
    timezone: str = Field("UTC", description="time zone of the times on pages, such as America/Chicago")
    trusted_proxies: Words = Field((), description="addresses of proxies whose X-Forwarded-For header counts")
    services: Services = Field((), description="the services page: name, address, words, groups")
    contacts: Contacts = Field((), description="who helps with what: name, words, email, phone")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first; `load` hands over what the file says."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Add the defaults that depend on other settings."""
        demo = str(values.get("demo", "")).strip().lower() in {"1", "true", "t", "yes", "y", "on"}
        if demo:
            values.setdefault("base_url", "http://localhost:8000")
            values.setdefault("delivery", "outbox")
            values.setdefault("services", DEMO_SERVICES)
            values.setdefault("contacts", DEMO_CONTACTS)
        elif values.get("twilio_account_sid"):
            values.setdefault("delivery", "twilio")
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Refuse what makes no sense together. Raises ValueError with one line per fault."""
        faults = [fault for rule in _RULES for fault in rule(self)]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def origin(self) -> str:
        """Return scheme, host and port of the public address, as a browser writes them in `Origin`."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """Return the public host name without a port."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def https(self) -> bool:
        """Return whether the public address is https, and so whether cookies carry `__Host-` and Secure."""
        return self.base_url.startswith("https://")

    @property
    def loopback(self) -> bool:
        """Return whether the public address is this machine alone."""
        return self.host in LOOPBACK

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone in which pages show times."""
        return ZoneInfo(self.timezone)

    @property
    def offered(self) -> tuple[str, ...]:
        """Return the authenticator types people can set up: phone types need a way for codes to leave."""
        return tuple(name for name in self.authenticators if self.delivery or name == "totp")

    @property
    def sqlalchemy_url(self) -> str:
        """Return the database's address; SQLite in the instance folder unless another one is set."""
        if self.database_url is None:
            return f"sqlite:///{self.instance.resolve() / 'ssp.db'}"
        url = make_url(self.database_url.get_secret_value())
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    @property
    def key_file(self) -> Path:
        """Return where the key list is."""
        return self.secret_key_file or self.instance / "keys.txt"

    def is_staff(self, groups: Iterable[str]) -> bool:
        """Return whether somebody in these groups is staff of the portal."""
        staff = {group.casefold() for group in self.staff_groups}
        return any(group.casefold() in staff for group in groups)


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
    unknown = [region for region in settings.countries if region not in phonenumbers.SUPPORTED_REGIONS]
    if unknown:
        yield f"SSP_COUNTRIES: unknown country {', '.join(unknown)}; use two-letter codes such as US,CA"


def _delivery_faults(settings: Settings) -> Iterable[str]:
    if settings.delivery == "outbox" and not settings.demo:
        yield "SSP_DELIVERY: outbox is for demo mode only, codes would never arrive; use twilio"
    if settings.delivery == "twilio":
        yield from _credential_faults(settings)
        yield from _sender_faults(settings)


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


def _sender_faults(settings: Settings) -> Iterable[str]:
    if not settings.twilio_from and not settings.twilio_messaging_service_sid:
        yield "SSP_TWILIO_FROM: is not set; give the number that sends, or SSP_TWILIO_MESSAGING_SERVICE_SID"
    if "voice" in settings.authenticators and not settings.twilio_from:
        yield "SSP_TWILIO_FROM: calls need a number to call from; set it, or leave voice out of SSP_AUTHENTICATORS"


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


_RULES = (_address_faults, _type_faults, _delivery_faults, _mail_faults, _database_faults, _other_faults)


def load() -> Settings:
    """Return the settings from the environment and the instance folder. Raises SettingsError."""
    instance = Path(os.environ.get("SSP_INSTANCE") or ROOT / "instance")
    unknown = [
        f"{name}: is not a setting of the portal; `flask settings` lists those there are"
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    ]
    if unknown:
        raise SettingsError(unknown)
    file = read_file(instance)
    if "instance" in file:
        raise SettingsError([f"SSP_INSTANCE: cannot be set in {instance / FILE}, which lies in it; set it outside"])
    try:
        return Settings(**file, instance=instance)
    except ValidationError as error:
        raise SettingsError(_lines(error)) from None


def read_file(instance: Path) -> dict[str, Any]:
    """Return what `settings.toml` in the instance folder says; nothing if there is none. Raises SettingsError."""
    path = instance / FILE
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError([f"{path}: cannot be read ({error}); mend the file or move it away"]) from None


def _lines(error: ValidationError) -> Iterable[str]:
    """Say each fault in one line: the setting, what is wrong with it, what would do."""
    for fault in error.errors(include_url=False, include_input=False):
        if not fault["loc"]:
            yield from str(fault["ctx"]["error"]).splitlines()
            continue
        name, *inner = fault["loc"]
        setting = f"{PREFIX}{str(name).upper()}" + "".join(f" [{part}]" for part in inner)
        if fault["type"] == "extra_forbidden":
            yield f"{setting}: is not a setting of the portal; `flask settings` lists those there are"
        else:
            message = fault["msg"].removeprefix("Value error, ")
            yield f"{setting}: {message[0].lower()}{message[1:]}; {_meaning(str(name))}"


def _meaning(name: str) -> str:
    """Say what a setting is for, so that the mend is plain."""
    field = Settings.model_fields[name]
    default = field.get_default()
    shown = ", ".join(map(str, default)) if isinstance(default, tuple) else default
    # Whole entries would fill the line; they are in the documentation.
    usual = "" if default is None or "name=" in str(shown) else f", {shown} unless you set it"
    return f"it is {field.description}{usual}"
