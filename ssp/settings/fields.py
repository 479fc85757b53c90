"""The settings, each documented where it is defined."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url

from ssp.settings.kinds import (
    DEMO_CONTACTS,
    DEMO_SERVICES,
    KNOWN_TYPES,
    LOOPBACK,
    PREFIX,
    ROOT,
    Contacts,
    Countries,
    Rates,
    Services,
    Words,
    rates,
)
from ssp.settings.rules import RULES


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
    setup_proof: Literal["password", "mail-code", "known-phone"] = Field(
        "password",
        description="what sets up a first MFA option: the `password` alone, a `mail-code` to the address on file "
        "besides, or codes to a `known-phone`, a number that came with the account",
    )
    text_digits: int = Field(6, ge=5, le=8, description="length of a texted code")
    voice_digits: int = Field(5, ge=5, le=8, description="length of a spoken code")
    code_minutes: int = Field(10, ge=2, le=10, description="life of a code and of a half-done sign-in")
    password_min: int = Field(15, ge=8, le=128, description="shortest new password, in characters")
    password_hash: str = Field("19456,2,1", description="Argon2id cost of new hashes: memory_kib,time,lanes")
    idle_minutes: int = Field(30, ge=5, le=60, description="a session ends after so long without a request")
    session_hours: int = Field(12, ge=1, le=24, description="a session ends after so long, whatever happens")
    countries: Countries = Field(("US", "CA"), description="countries where codes may be sent", min_length=1)
    voice_countries: Countries | None = Field(
        None, description="countries that may be called, if they are not the same ones", min_length=1
    )
    delivery: Literal["outbox", "twilio"] | None = Field(
        None, description="how codes leave; without it phone types are not offered"
    )
    twilio_account_sid: str | None = Field(None, description="the account at the provider")
    twilio_auth_token: SecretStr | None = Field(None, description="signs in to the provider")
    twilio_api_key: str | None = Field(None, description="signs in to the provider instead of the auth token")
    twilio_api_secret: SecretStr | None = Field(None, description="belongs to the API key")
    twilio_from: str | None = Field(None, description="the number that sends texts, and calls unless another one does")
    twilio_messaging_service_sid: str | None = Field(None, description="sends texts instead of the number")
    twilio_voice_from: str | None = Field(None, description="the number that calls, if it is not the one that texts")
    twilio_api_origin: str | None = Field(None, description="another service that speaks the same API")
    twilio_signing_key: SecretStr | None = Field(
        None, description="what the provider signs its callbacks with, if it is not the auth token"
    )
    callbacks: bool = Field(
        default=True, description="whether the provider can reach the portal at its public address, which must be https"
    )
    voice_press_key: bool = Field(
        default=True, description="calls say the code only after a key was pressed, so that no voicemail gets it"
    )
    sends_per_code: int = Field(3, ge=1, le=10, description="how often a code is sent for one sign-in and way")
    text_wait_seconds: int = Field(30, ge=10, le=600, description="wait before a second text; it doubles each time")
    voice_wait_seconds: int = Field(60, ge=10, le=600, description="wait before a second call; it doubles each time")
    limit_line: Rates = Field(rates("5/10m"), description="codes to one number and extension, such as 5/10m, 20/1d")
    limit_number: Rates = Field(rates("20/10m"), description="codes to all extensions of one number")
    limit_person: Rates = Field(rates("6/10m, 10/1d"), description="codes for one person")
    limit_address: Rates = Field(rates("20/1h"), description="codes asked for from one network address")
    limit_country: Rates = Field(rates("600/1h, 3000/1d"), description="codes to one country; more pause it")
    limit_texts: Rates = Field(rates("500/1h, 2500/1d"), description="texts in all; more pause them")
    limit_calls: Rates = Field(rates("300/1h, 1500/1d"), description="calls in all; more pause them")
    limit_site: Rates = Field(rates("1000/1h, 5000/1d"), description="codes in all; more pause texts and calls")
    limit_sign_ins: Rates = Field(
        rates("20/1m, 100/1h"), description="sign-ins begun from one network address, in browsers new to the person"
    )
    keep_events_days: int = Field(
        1826, ge=30, le=36500, description="how long the security log keeps events; five years unless set"
    )
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
        faults = [fault for rule in RULES for fault in rule(self)]
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
    def caller(self) -> str | None:
        """Return the number that calls."""
        return self.twilio_voice_from or self.twilio_from

    @property
    def signing_key(self) -> SecretStr | None:
        """Return what the provider signs its callbacks with."""
        return self.twilio_signing_key or self.twilio_auth_token

    @property
    def called_back(self) -> bool:
        """Return whether the provider tells the portal how texts and calls go on."""
        return self.delivery == "twilio" and self.callbacks and self.https and self.signing_key is not None

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
