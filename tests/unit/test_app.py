"""Putting the portal together: what it is made of under which settings, and what stops it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from ssp.app import create_app
from ssp.infra.telephony.outbox import OutboxCarrier
from ssp.infra.telephony.pool import BoundedSender
from ssp.infra.telephony.twilio import TwilioCarrier
from ssp.models import User
from ssp.settings import SettingsError
from ssp.web.portal import Site
from tests import rows
from tests.people import Browser, Phone

REAL: dict[str, object] = {"demo": False, "base_url": "https://portal.example.org"}
TWILIO: dict[str, object] = {
    "delivery": "twilio",
    "twilio_account_sid": f"AC{'0' * 32}",
    "twilio_auth_token": "token",
    "twilio_from": "+12055550100",
}


def refusal(make_app: Callable[..., Flask], **settings: object) -> tuple[str, ...]:
    """Return the lines with which the start is refused."""
    with pytest.raises(SettingsError) as refused:
        make_app(**settings)
    return refused.value.lines


def test_settings_are_read_where_none_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSP_INSTANCE", str(tmp_path))
    monkeypatch.setenv("SSP_DEMO", "1")
    monkeypatch.setenv("SSP_PORTAL_NAME", "Harbor Portal")
    site: Site = create_app().extensions["ssp"]
    assert (site.settings.instance, site.settings.portal_name) == (tmp_path, "Harbor Portal")
    assert (tmp_path / "keys.txt").exists()


@pytest.mark.parametrize(
    "settings, carrier",
    [({}, OutboxCarrier), ({**REAL, "authenticators": "totp"}, OutboxCarrier), ({**REAL, **TWILIO}, TwilioCarrier)],
)
def test_codes_leave_as_it_is_set(
    settings: dict[str, object], carrier: type[object], make_app: Callable[..., Flask]
) -> None:
    sender = make_app(**settings).extensions["ssp"].carrier
    assert isinstance(sender, BoundedSender)
    assert isinstance(sender._carrier, carrier)  # noqa: SLF001 - what it sends with


@pytest.mark.parametrize("settings, status", [({}, 200), ({**REAL, "authenticators": "totp"}, 404)])
def test_the_demo_phone_is_there_in_demo_mode_only(
    settings: dict[str, object], status: int, make_app: Callable[..., Flask], phone: Phone
) -> None:
    app = make_app(**settings)
    browser = Browser(app, phone)
    browser.web.extra_environ["HTTP_HOST"] = "portal.example.org" if settings else "localhost:8000"
    browser.open("/demo/phone", status=status)


def test_a_logo_is_served_beside_the_other_files(make_app: Callable[..., Flask], tmp_path: Path, phone: Phone) -> None:
    logo = tmp_path / "harbor.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    app = make_app(logo=logo)
    address = app.extensions["ssp"].assets.url("logo.svg")
    assert Browser(app, phone).web.get(address).content_type == "image/svg+xml"
    assert address in Browser(app, phone).open("/sign-in").page.text


@pytest.mark.parametrize("costs", ["", "19456", "1024,2,1", "19456,0,1", "much,2,1", "99999999,2,1"])
def test_a_hash_that_is_too_cheap_or_too_dear_stops_the_start(costs: str, make_app: Callable[..., Flask]) -> None:
    (line,) = refusal(make_app, password_hash=costs)
    assert line.startswith("SSP_PASSWORD_HASH: ")
    assert "\n" not in line


def test_a_weak_key_stops_the_start(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    (tmp_path / "instance" / "keys.txt").write_text("k1 changeme\n")
    (line,) = refusal(make_app)
    assert line.startswith(f"SSP_SECRET_KEY_FILE: {tmp_path / 'instance' / 'keys.txt'}: line 1 is no strong key")


def test_a_lost_key_list_is_made_anew_while_nothing_is_sealed(
    site: Site, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    with site.database.writing() as connection:
        connection.execute(delete(User))
        rows.person(connection)  # with a hash from elsewhere that nobody sealed yet
    keys = tmp_path / "instance" / "keys.txt"
    before = keys.read_text()
    keys.unlink()
    make_app()
    assert keys.read_text() != before


@pytest.mark.parametrize("sealed", ["a password", "an option"])
def test_a_lost_key_list_stops_the_start_once_something_is_sealed(
    site: Site, make_app: Callable[..., Flask], tmp_path: Path, sealed: str
) -> None:
    if sealed == "an option":
        with site.database.writing() as connection:
            connection.execute(delete(User))
            rows.option(connection, rows.person(connection))
    keys = tmp_path / "instance" / "keys.txt"
    kept = keys.read_text()
    keys.unlink()
    (line,) = refusal(make_app)
    assert line == f"SSP_SECRET_KEY_FILE: {keys} is missing and the database needs it; restore your backup"
    assert not keys.exists()
    keys.write_text(kept)
    keys.chmod(0o600)
    make_app()
