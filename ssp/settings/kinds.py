"""What values a setting can have, apart from plain numbers and words, and how each is written."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

ROOT = Path(__file__).parent.parent.parent
PREFIX = "SSP_"
FILE = "settings.toml"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
KNOWN_TYPES = ("text", "voice", "totp")


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


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a span of time; written `5/10m`, with m for minutes, h for hours and d for days."""

    most: int
    span: timedelta

    def __str__(self) -> str:
        """Return the rate as it is written in the settings."""
        seconds = int(self.span.total_seconds())
        unit = next(unit for unit, length in reversed(_UNITS.items()) if seconds % length == 0)
        return f"{self.most}/{seconds // _UNITS[unit]}{unit}"


_UNITS = {"m": 60, "h": 3600, "d": 86400}


def rates(value: object) -> tuple[Rate, ...]:
    """Read rates written as `5/10m, 20/1d`. Raises ValueError for anything else."""
    words = _words(value)
    if not isinstance(words, (tuple, list)) or not words:
        raise ValueError("needs a rate such as 5/10m")
    return tuple(word if isinstance(word, Rate) else _rate(str(word)) for word in words)


def _rate(word: str) -> Rate:
    match = re.fullmatch(r"([1-9]\d{0,6})/([1-9]\d{0,3})([mhd])", word)
    if match is None:
        raise ValueError(f"has {word!r}, which is no rate such as 5/10m")
    return Rate(int(match[1]), timedelta(seconds=int(match[2]) * _UNITS[match[3]]))


Rates = Annotated[tuple[Rate, ...], NoDecode, BeforeValidator(rates)]


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
