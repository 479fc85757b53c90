"""Settings: where they come from, what follows from them, and a plain line for each that makes no sense."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from ssp.settings import ROOT, Rate, Service, Settings, SettingsError, load, reading
from ssp.settings.kinds import DEMO_CONTACTS, DEMO_SERVICES

Load = Callable[..., Settings]
ACCOUNT, KEY, SERVICE = (f"{kind}{'0' * 32}" for kind in ("AC", "SK", "MG"))
TWILIO = {
    "SSP_TWILIO_ACCOUNT_SID": ACCOUNT,
    "SSP_TWILIO_AUTH_TOKEN": "token-of-the-account",
    "SSP_TWILIO_FROM": "+12055550100",
}


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    folder = tmp_path / "instance"
    folder.mkdir()
    return folder


@pytest.fixture
def loaded(instance: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Give `load`, with a file and an environment that has an address at least."""

    def load_with(toml: str | bytes = "", **environment: str) -> Settings:
        if toml:
            (instance / "settings.toml").write_bytes(toml if isinstance(toml, bytes) else toml.encode())
        values = {"SSP_INSTANCE": str(instance), "SSP_BASE_URL": "https://portal.example.org", **environment}
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return load()

    return load_with


def refused(loaded: Load, toml: str | bytes = "", **environment: str) -> tuple[str, ...]:
    """Return the lines with which the start is refused."""
    with pytest.raises(SettingsError) as refusal:
        loaded(toml, **environment)
    lines = refusal.value.lines
    assert str(refusal.value.message).split("\n") == list(lines)
    return lines


# ---- Where values come from ----


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(loaded: Load) -> None:
    found = loaded("trust_days = 14\nvoice_digits = 7\n", SSP_TRUST_DAYS="3")
    assert (found.trust_days, found.voice_digits, found.text_digits) == (3, 7, 6)


def test_an_empty_variable_counts_as_none(loaded: Load) -> None:
    assert loaded("trust_days = 14\n", SSP_TRUST_DAYS="", SSP_MFA_REQUIRED_FROM="").trust_days == 14


def test_without_a_file_the_defaults_hold(loaded: Load, instance: Path) -> None:
    found = loaded()
    assert not list(instance.iterdir())
    assert (found.trust_days, found.reconfirm_days, found.code_minutes, found.password_min) == (30, 90, 10, 15)
    assert (found.idle_minutes, found.session_hours, found.countries) == (30, 12, ("US", "CA"))
    assert (found.demo, found.delivery, found.mfa_required_from) == (False, None, None)
    assert (found.services, found.contacts) == ((), ())


def test_the_demo_has_services_and_contacts(loaded: Load) -> None:
    found = loaded(SSP_DEMO="1", SSP_BASE_URL="http://localhost:8000")
    assert (found.services, found.contacts) == (DEMO_SERVICES, DEMO_CONTACTS)


def test_the_instance_folder_is_ours_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def read_file(folder: Path) -> dict[str, str]:
        seen.append(folder)
        return {"base_url": "https://portal.example.org"}

    monkeypatch.setattr(reading, "read_file", read_file)
    assert load().instance == ROOT / "instance"
    assert seen == [ROOT / "instance"]


def test_lists_are_written_with_commas_or_spaces_or_as_lists(loaded: Load) -> None:
    found = loaded(
        "staff_groups = ['one', 'two']\ncountries = ['ca']\n",
        SSP_AUTHENTICATORS="totp",
        SSP_TRUSTED_PROXIES="::1, 10.0.0.5",
    )
    assert (found.staff_groups, found.countries) == (("one", "two"), ("CA",))
    assert (found.authenticators, found.trusted_proxies) == (("totp",), ("::1", "10.0.0.5"))
    assert loaded(SSP_COUNTRIES="us ca,gb").countries == ("US", "CA", "GB")


def test_rates_are_written_with_a_span(loaded: Load) -> None:
    found = loaded("limit_line = '7/90m'\nlimit_person = ['2/1h', '9/2d']\n", SSP_LIMIT_SITE="5/60m 9/24h")
    assert found.limit_line == (Rate(7, timedelta(minutes=90)),)
    assert found.limit_person == (Rate(2, timedelta(hours=1)), Rate(9, timedelta(days=2)))
    assert [str(rate) for rate in (*found.limit_line, *found.limit_site)] == ["7/90m", "5/1h", "9/1d"]


@pytest.mark.parametrize("rate", ["5", "0/10m", "5/0m", "5/10s", "-5/10m", "5/10m,x", "५/10m"])
def test_what_is_no_rate_is_refused(rate: str, loaded: Load) -> None:
    (line,) = refused(loaded, SSP_LIMIT_LINE=rate)
    assert "which is no rate such as 5/10m" in line


@pytest.mark.parametrize("nothing", ["[]", "7", "' '"])
def test_a_limit_needs_a_rate(nothing: str, loaded: Load) -> None:
    (line,) = refused(loaded, f"limit_site = {nothing}\n")
    assert line.startswith("SSP_LIMIT_SITE: needs a rate such as 5/10m")


def test_the_provider_calls_back_where_it_can_and_its_signature_can_be_checked(loaded: Load) -> None:
    key = {"SSP_TWILIO_AUTH_TOKEN": "", "SSP_TWILIO_API_KEY": KEY, "SSP_TWILIO_API_SECRET": "s"}
    assert loaded(**TWILIO).called_back
    assert not loaded(**TWILIO, SSP_BASE_URL="http://localhost:8000").called_back
    assert not loaded(**TWILIO | key).called_back
    assert loaded(**TWILIO | key, SSP_TWILIO_SIGNING_KEY="signs").called_back
    assert not loaded(SSP_CALLBACKS="0").called_back
    assert not loaded(SSP_DEMO="1", SSP_BASE_URL="https://localhost").called_back


def test_calls_may_come_from_a_number_of_their_own(loaded: Load) -> None:
    assert loaded(**TWILIO).caller == "+12055550100"
    assert loaded(**TWILIO, SSP_TWILIO_VOICE_FROM="+12055550199").caller == "+12055550199"


def test_services_and_contacts_are_tables_in_the_file(loaded: Load) -> None:
    found = loaded(
        "[[services]]\nname = 'Claims'\naddress = '/claims'\ngroups = 'agents insureds'\n"
        "[[contacts]]\nname = 'Desk'\nhours = 'always'\n"
    )
    assert found.services == (Service(name="Claims", address="/claims", groups=("agents", "insureds")),)
    assert [(contact.name, contact.hours) for contact in found.contacts] == [("Desk", "always")]


def test_services_and_contacts_are_json_in_the_environment(loaded: Load) -> None:
    found = loaded(SSP_SERVICES='[{"name": "Claims", "address": "https://claims.example"}]', SSP_CONTACTS="[]")
    assert [service.name for service in found.services] == ["Claims"]
    assert found.contacts == ()


def test_dates_come_from_both(loaded: Load) -> None:
    assert loaded("mfa_required_from = 2027-01-31\n").mfa_required_from == date(2027, 1, 31)
    assert loaded(SSP_MFA_REQUIRED_FROM="2027-02-01").mfa_required_from == date(2027, 2, 1)


def test_settings_do_not_change(loaded: Load) -> None:
    found = loaded()
    with pytest.raises(ValidationError):
        found.trust_days = 3  # type: ignore[misc] # this is what must not work


def test_secrets_do_not_show(loaded: Load) -> None:
    secrets = {
        "SSP_TWILIO_AUTH_TOKEN": "canary-token",
        "SSP_TWILIO_API_KEY": KEY,
        "SSP_TWILIO_API_SECRET": "canary-secret",
        "SSP_SMTP_URL": "smtps://portal:canary-mail@mail.example.org",
        "SSP_DATABASE_URL": "postgresql://portal:canary-database@db.example.org/ssp",
        "SSP_MAIL_FROM": "portal@example.org",
    }
    found = loaded(**TWILIO | secrets)
    assert "canary" not in repr(found) + str(found)
    assert found.sqlalchemy_url == "postgresql+psycopg://portal:canary-database@db.example.org/ssp"


# ---- What follows from them ----


@pytest.mark.parametrize("yes", ["1", "true", "True", "YES", "on", "y", "t"])
def test_demo_mode_needs_nothing_else(yes: str, loaded: Load) -> None:
    found = loaded(SSP_DEMO=yes, SSP_BASE_URL="")
    assert (found.demo, found.base_url, found.delivery) == (True, "http://localhost:8000", "outbox")
    assert found.offered == ("text", "voice", "totp")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9000", "http://[::1]:8000", "https://localhost", "http://localhost"]
)
def test_demo_mode_runs_at_any_address_of_this_machine(address: str, loaded: Load) -> None:
    found = loaded(SSP_DEMO="1", SSP_BASE_URL=address)
    assert found.loopback
    assert found.origin == address


def test_a_provider_account_is_enough_to_deliver(loaded: Load) -> None:
    found = loaded(**TWILIO)
    assert (found.delivery, found.offered) == ("twilio", ("text", "voice", "totp"))


def test_without_delivery_only_the_app_is_offered(loaded: Load) -> None:
    found = loaded(SSP_AUTHENTICATORS="voice,totp,text")
    assert (found.authenticators, found.offered) == (("voice", "totp", "text"), ("totp",))


def test_types_are_offered_in_the_order_of_the_setting(loaded: Load) -> None:
    assert loaded(**TWILIO, SSP_AUTHENTICATORS="totp,text").offered == ("totp", "text")


@pytest.mark.parametrize(
    "address, host, kind",
    [
        ("https://portal.example.org", "portal.example.org", "https"),
        ("https://portal.example.org:8443", "portal.example.org", "https"),
        ("https://203.0.113.7", "203.0.113.7", "https"),
        ("https://[2001:db8::7]:8443", "2001:db8::7", "https"),
        ("http://localhost:8000", "localhost", "loopback"),
        ("http://[::1]", "::1", "loopback"),
    ],
)
def test_parts_of_the_address(address: str, host: str, kind: str, loaded: Load) -> None:
    found = loaded(SSP_BASE_URL=address)
    assert (found.origin, found.host) == (address, host)
    assert (found.https, found.loopback) == (kind == "https", kind == "loopback")


def test_database_and_keys_are_in_the_instance_folder_unless_set(loaded: Load, instance: Path, tmp_path: Path) -> None:
    found = loaded()
    assert found.sqlalchemy_url == f"sqlite:///{instance.resolve()}/ssp.db"
    assert found.key_file == instance / "keys.txt"
    found = loaded(SSP_DATABASE_URL="sqlite:////var/lib/ssp.db", SSP_SECRET_KEY_FILE=str(tmp_path / "k"))
    assert (found.sqlalchemy_url, found.key_file) == ("sqlite:////var/lib/ssp.db", tmp_path / "k")


@pytest.mark.parametrize(
    "url, used",
    [
        ("postgresql://ssp@db/ssp?sslmode=verify-full", "postgresql+psycopg://ssp@db/ssp?sslmode=verify-full"),
        ("postgresql+psycopg://ssp@/ssp", "postgresql+psycopg://ssp@/ssp"),
        ("sqlite+pysqlite:////a.db", "sqlite+pysqlite:////a.db"),
    ],
)
def test_postgresql_is_reached_by_the_driver_that_is_installed(url: str, used: str, loaded: Load) -> None:
    assert loaded(SSP_DATABASE_URL=url).sqlalchemy_url == used


def test_staff_is_whoever_is_in_a_staff_group(loaded: Load) -> None:
    found = loaded(SSP_STAFF_GROUPS="support, admins")
    assert found.is_staff(["agents", "admins"])
    assert not found.is_staff(["agents"])
    assert not found.is_staff(())


def test_times_are_told_in_the_set_zone(loaded: Load) -> None:
    assert loaded().zone == ZoneInfo("UTC")
    assert loaded(SSP_TIMEZONE="America/Chicago").zone == ZoneInfo("America/Chicago")


# ---- What is refused ----

WEB_ADDRESS = "is not a web address; write it like https://portal.example.org"
MORE = "has more than scheme, host and port; leave out the path and the last slash"
MAIL_SERVER = "is not a mail server; write it like smtp+starttls://user:password@mail.example.org:587"
DATABASE = "is not a database's address; write it like postgresql://user:password@host/name"
DRIVER = "is neither SQLite nor PostgreSQL by psycopg; write it like postgresql://host/name"
ONE_LINE = "holds a line end or another sign that nobody sees; write it in one line"
NO_CALLER = "SSP_TWILIO_VOICE_FROM: is not a number that can call; write it like +12055550100"
CALLER = "SSP_TWILIO_VOICE_FROM: calls need a number to call from; set it, or leave voice out of SSP_AUTHENTICATORS"
FORM = (
    "and 32 digits or letters a to f; copy it from the provider's console, or set SSP_TWILIO_API_ORIGIN for another "
    "service"
)
MORE_THAN_ORIGIN = (
    "SSP_TWILIO_API_ORIGIN: has more than scheme, host, port and path; leave out user, password and whatever begins "
    "with ? or # (the credentials are SSP_TWILIO_AUTH_TOKEN, or SSP_TWILIO_API_KEY and its secret)"
)
LONG_HOST = f"{'a' * 60}.{'b' * 21}.example"
NO_ROOM = (
    "SSP_BASE_URL: has a host name of more than 90 characters, which leaves no room in a text; use a shorter one, or "
    "leave text out of SSP_AUTHENTICATORS"
)
HTTPS = "is not https, so others could read codes and credentials; use https://"

ONE_FAULT = [
    ("BASE_URL", "portal.example.org", WEB_ADDRESS),
    ("BASE_URL", "ftp://portal.example.org", WEB_ADDRESS),
    ("BASE_URL", "https://", WEB_ADDRESS),
    ("BASE_URL", "https://[::1", WEB_ADDRESS),
    ("BASE_URL", "https://portal.example.org:port", WEB_ADDRESS),
    ("BASE_URL", "https://portal.example.org:0", WEB_ADDRESS),
    ("BASE_URL", "https://portal.example.org:65536", WEB_ADDRESS),
    ("BASE_URL", "https://pörtal.example.org", WEB_ADDRESS),
    ("BASE_URL", "https://portal example.org", WEB_ADDRESS),
    ("BASE_URL", "https://me@portal.example.org", MORE),
    ("BASE_URL", "https://portal.example.org/", MORE),
    ("BASE_URL", "https://portal.example.org/portal", MORE),
    ("BASE_URL", "https://portal.example.org?a", MORE),
    ("BASE_URL", "https://portal.example.org#a", MORE),
    ("BASE_URL", "https://Portal.example.org", "is not as browsers write it; set it to https://portal.example.org"),
    ("BASE_URL", "HTTPS://portal.example.org", "is not as browsers write it; set it to https://portal.example.org"),
    ("BASE_URL", "https://portal.example.org:443", "is not as browsers write it; set it to https://portal.example.org"),
    ("BASE_URL", "http://localhost:80", "is not as browsers write it; set it to http://localhost"),
    (
        "BASE_URL",
        "https://portal.example.org:08443",
        "is not as browsers write it; set it to https://portal.example.org:8443",
    ),
    ("BASE_URL", "https://[2001:DB8::7]", "is not as browsers write it; set it to https://[2001:db8::7]"),
    (
        "BASE_URL",
        "http://portal.example.org",
        "plain http is for this machine only; use https, or http://localhost:8000 to try it",
    ),
    ("AUTHENTICATORS", "totp,fax", "there is no type 'fax'; choose from text, voice, totp"),
    ("AUTHENTICATORS", "totp,totp", "a type is named twice; name each once"),
    ("AUTHENTICATORS", "text,voice", "only phone types, but SSP_DELIVERY is not set; add totp or set up delivery"),
    ("COUNTRIES", "us,xx,yy", "unknown country XX, YY; use two-letter codes such as US,CA"),
    ("DELIVERY", "outbox", "outbox is for demo mode only, codes would never arrive; use twilio"),
    ("TIMEZONE", "Mars/Olympus", "there is no time zone 'Mars/Olympus'; write one like America/Chicago"),
    ("LOGO", "/logo.gif", "is neither .svg nor .png; give such a file"),
    ("LOGO", "/no/such/logo.svg", "there is no file /no/such/logo.svg; correct the path"),
    ("DATABASE_URL", "mysql://db/ssp", DRIVER),
    ("DATABASE_URL", "postgres://db/ssp", DRIVER),
    ("DATABASE_URL", "postgresql+psycopg2://db/ssp", DRIVER),
    ("DATABASE_URL", "ssp.db", DATABASE),
    ("DATABASE_URL", "postgresql://db:port/ssp", DATABASE),
    ("TRUSTED_PROXIES", "proxy", "'proxy' is no address; list addresses such as 10.0.0.5 or 2001:db8::5"),
    ("TRUSTED_PROXIES", "10.0.0.0/8", "'10.0.0.0/8' is no address; list addresses such as 10.0.0.5 or 2001:db8::5"),
    ("TRUSTED_PROXIES", "2001:DB8::5", "'2001:DB8::5' is no address; list addresses such as 10.0.0.5 or 2001:db8::5"),
    ("PORTAL_NAME", "Portal\r\nBcc: x", ONE_LINE),
    ("ORGANISATION", "a\u202eb", ONE_LINE),
    ("MAIL_FROM", "a@example.org\n", ONE_LINE),
    ("SUPPORT_EMAIL", "a\tb", ONE_LINE),
    ("SUPPORT_PHONE", "\x1b[1m", ONE_LINE),
    ("SUPPORT_HOURS", "a\u2028b", ONE_LINE),
]


@pytest.mark.parametrize("name, value, line", ONE_FAULT, ids=lambda value: repr(value)[:30])
def test_what_makes_no_sense_is_refused_in_one_line(name: str, value: str, line: str, loaded: Load) -> None:
    assert refused(loaded, **{f"SSP_{name}": value}) == (f"SSP_{name}: {line}",)


@pytest.mark.parametrize(
    "name, value, fault, meaning",
    [
        ("TRUST_DAYS", "a month", "input should be a valid integer", "30 unless you set it"),
        ("TRUST_DAYS", "-1", "greater than or equal to 0", "30 unless you set it"),
        ("TRUST_DAYS", "366", "less than or equal to 365", "30 unless you set it"),
        ("TRUST_DAYS", "30.5", "input should be a valid integer", "30 unless you set it"),
        ("RECONFIRM_DAYS", "-1", "greater than or equal to 0", "90 unless you set it"),
        ("TEXT_DIGITS", "4", "greater than or equal to 5", "length of a texted code"),
        ("TEXT_DIGITS", "9", "less than or equal to 8", "6 unless you set it"),
        ("VOICE_DIGITS", "4", "greater than or equal to 5", "5 unless you set it"),
        ("CODE_MINUTES", "11", "less than or equal to 10", "10 unless you set it"),
        ("CODE_MINUTES", "1", "greater than or equal to 2", "10 unless you set it"),
        ("PASSWORD_MIN", "7", "greater than or equal to 8", "15 unless you set it"),
        ("IDLE_MINUTES", "61", "less than or equal to 60", "30 unless you set it"),
        ("SESSION_HOURS", "25", "less than or equal to 24", "12 unless you set it"),
        ("DEMO", "maybe", "input should be a valid boolean", "loopback only, False unless you set it"),
        ("MFA_REQUIRED_FROM", "soon", "input should be a valid date", "none means now"),
        ("DELIVERY", "pigeon", "input should be 'outbox' or 'twilio'", "how codes leave"),
        (
            "AUTHENTICATORS",
            " , ",
            "at least 1 item",
            "types offered, in this order, text, voice, totp unless you set it",
        ),
        ("COUNTRIES", ",", "at least 1 item", "US, CA unless you set it"),
        ("SERVICES", "Claims", "is not JSON", "the services page: name, address, words, groups"),
        ("SERVICES", "{}", "input should be a valid tuple", "the services page"),
        ("CONTACTS", "[3]", "input should be a valid dictionary or instance of Contact", "who helps with what"),
    ],
)
def test_values_of_the_wrong_kind_are_told_with_what_the_setting_is(
    name: str, value: str, fault: str, meaning: str, loaded: Load
) -> None:
    (line,) = refused(loaded, **{f"SSP_{name}": value})
    assert re.match(rf"SSP_{name}(?: \[\w+\])*: ", line)
    assert fault in line
    assert meaning in line
    assert len(line) < 240


@pytest.mark.parametrize(
    "toml, beginning",
    [
        ("services = [{name = '', address = '/a'}]", "SSP_SERVICES [0] [name]: "),
        ("services = [{name = 'a'}]", "SSP_SERVICES [0] [address]: "),
        ("services = [{name = 'a', address = 'javascript:alert(1)'}]", "SSP_SERVICES [0] [address]: "),
        ("services = [{name = 'a', address = '/a', adress = '/b'}]", "SSP_SERVICES [0] [adress]: is not a setting"),
        ("contacts = [{}]", "SSP_CONTACTS [0] [name]: "),
        ("countries = 5", "SSP_COUNTRIES: "),
        ("organisation = ''", "SSP_ORGANISATION: string should have at least 1 character"),
        ("portal_name = ''", "SSP_PORTAL_NAME: string should have at least 1 character"),
        ("trust_day = 3", "SSP_TRUST_DAY: is not a setting of the portal; `flask settings` lists those there are"),
        ("SSP_DEMO = 1", "SSP_SSP_DEMO: is not a setting of the portal; `flask settings` lists those there are"),
        ("instance = '/tmp'", "SSP_INSTANCE: cannot be set in "),
    ],
)
def test_faults_of_the_file_name_their_place(toml: str, beginning: str, loaded: Load) -> None:
    (line,) = refused(loaded, toml)
    assert line.startswith(beginning)


def test_no_address_is_named(loaded: Load) -> None:
    lines = refused(loaded, SSP_BASE_URL="")
    assert lines == ("SSP_BASE_URL: is not set; give the public address, such as https://portal.example.org",)


@pytest.mark.parametrize("address", ["https://portal.example.org", "http://localhost.example.org", "https://10.0.0.5"])
def test_demo_mode_stays_on_this_machine(address: str, loaded: Load) -> None:
    lines = refused(loaded, SSP_DEMO="1", SSP_BASE_URL=address)
    assert lines[-1] == "SSP_DEMO: demo mode shows everybody's codes, so it runs on localhost only; set SSP_DEMO=0"


def test_demo_mode_does_without_no_address(loaded: Load) -> None:
    assert [line.split(":")[0] for line in refused(loaded, "demo = true\nbase_url = ''", SSP_BASE_URL="")] == [
        "SSP_BASE_URL",
        "SSP_DEMO",
    ]


def test_every_unknown_variable_is_named(loaded: Load) -> None:
    lines = refused(loaded, SSP_TRUSTDAYS="3", SSP_A="", SSP_MFA_REQUIRED_FORM="2027-01-01")
    expected = "is not a setting of the portal; `flask settings` lists those there are"
    assert lines == tuple(f"SSP_{name}: {expected}" for name in ("A", "MFA_REQUIRED_FORM", "TRUSTDAYS"))


def test_all_faults_are_told_at_once(loaded: Load) -> None:
    lines = refused(
        loaded,
        SSP_AUTHENTICATORS="fax,totp",
        SSP_COUNTRIES="ZZ",
        SSP_TIMEZONE="X",
        SSP_SMTP_URL="smtp://mail.example.org",
    )
    assert [line.split(":")[0] for line in lines] == [
        "SSP_AUTHENTICATORS",
        "SSP_COUNTRIES",
        "SSP_MAIL_FROM",
        "SSP_TIMEZONE",
    ]
    lines = refused(loaded, SSP_TRUST_DAYS="x", SSP_TEXT_DIGITS="4")
    assert [line.split(":")[0] for line in lines] == ["SSP_TRUST_DAYS", "SSP_TEXT_DIGITS"]


@pytest.mark.parametrize(
    "missing, lines",
    [
        (
            {"SSP_TWILIO_AUTH_TOKEN": ""},
            ["SSP_TWILIO_AUTH_TOKEN: is not set, nor an API key with its secret; set one of the two"],
        ),
        (
            {"SSP_TWILIO_API_KEY": KEY},
            ["SSP_TWILIO_API_SECRET: API key and secret belong together; set both or neither"],
        ),
        (
            {"SSP_TWILIO_API_SECRET": "s"},
            ["SSP_TWILIO_API_SECRET: API key and secret belong together; set both or neither"],
        ),
        ({"SSP_TWILIO_API_ORIGIN": "http://sms.example.org"}, [f"SSP_TWILIO_API_ORIGIN: {HTTPS}"]),
        ({"SSP_TWILIO_API_ORIGIN": "https://[::1"}, [f"SSP_TWILIO_API_ORIGIN: {HTTPS}"]),
        ({"SSP_TWILIO_API_ORIGIN": "https://ada:secret@sms.example.org"}, [MORE_THAN_ORIGIN]),
        ({"SSP_TWILIO_API_ORIGIN": "https://@sms.example.org/api"}, [MORE_THAN_ORIGIN]),
        ({"SSP_TWILIO_API_ORIGIN": "https://sms.example.org/api?key=1"}, [MORE_THAN_ORIGIN]),
        ({"SSP_TWILIO_API_ORIGIN": "https://sms.example.org/api#"}, [MORE_THAN_ORIGIN]),
        ({"SSP_BASE_URL": f"https://{LONG_HOST}x"}, [NO_ROOM]),
        (
            {"SSP_TWILIO_FROM": ""},
            [
                "SSP_TWILIO_FROM: is not set; give the number that sends, or SSP_TWILIO_MESSAGING_SERVICE_SID",
                CALLER,
            ],
        ),
        (
            {"SSP_TWILIO_FROM": "", "SSP_TWILIO_MESSAGING_SERVICE_SID": SERVICE},
            [CALLER],
        ),
        (
            {"SSP_TWILIO_ACCOUNT_SID": "", "SSP_DELIVERY": "twilio"},
            ["SSP_TWILIO_ACCOUNT_SID: is not set; copy it from the provider's console"],
        ),
        ({"SSP_TWILIO_ACCOUNT_SID": "AC0"}, [f"SSP_TWILIO_ACCOUNT_SID: is not an id of Twilio's, AC {FORM}"]),
        (
            {"SSP_TWILIO_API_KEY": "SK0", "SSP_TWILIO_API_SECRET": "s"},
            [f"SSP_TWILIO_API_KEY: is not an id of Twilio's, SK {FORM}"],
        ),
        (
            {"SSP_TWILIO_MESSAGING_SERVICE_SID": SERVICE},
            [
                (
                    "SSP_TWILIO_FROM: is set beside SSP_TWILIO_MESSAGING_SERVICE_SID, and texts have one sender; leave "
                    "out one of them (the number that calls is SSP_TWILIO_VOICE_FROM)"
                )
            ],
        ),
        (
            {"SSP_TWILIO_FROM": "205-555-0100"},
            ["SSP_TWILIO_FROM: is not a sender; write a number like +12055550100", NO_CALLER],
        ),
        ({"SSP_TWILIO_FROM": "Example Co"}, [NO_CALLER]),
        ({"SSP_TWILIO_FROM": "12345"}, [NO_CALLER]),
        ({"SSP_TWILIO_VOICE_FROM": "Example Co"}, [NO_CALLER]),
    ],
)
def test_a_provider_needs_all_of_its_settings(missing: dict[str, str], lines: list[str], loaded: Load) -> None:
    assert list(refused(loaded, **{**TWILIO, **missing})) == lines


@pytest.mark.parametrize(
    "enough",
    [
        {"SSP_TWILIO_AUTH_TOKEN": "", "SSP_TWILIO_API_KEY": KEY, "SSP_TWILIO_API_SECRET": "s"},
        {"SSP_TWILIO_FROM": "", "SSP_TWILIO_MESSAGING_SERVICE_SID": SERVICE, "SSP_AUTHENTICATORS": "text"},
        {"SSP_TWILIO_FROM": "", "SSP_TWILIO_MESSAGING_SERVICE_SID": SERVICE, "SSP_TWILIO_VOICE_FROM": "+12055550100"},
        {"SSP_TWILIO_FROM": "Example Co", "SSP_TWILIO_VOICE_FROM": "+12055550100"},
        {"SSP_TWILIO_FROM": "", "SSP_TWILIO_VOICE_FROM": "+12055550100", "SSP_AUTHENTICATORS": "voice,totp"},
        {"SSP_TWILIO_FROM": "12345", "SSP_AUTHENTICATORS": "text"},
        {"SSP_TWILIO_ACCOUNT_SID": "5a0c2c2e", "SSP_TWILIO_API_ORIGIN": "http://127.0.0.1:9009"},
        {"SSP_TWILIO_API_ORIGIN": "https://sms.example.org"},
        {"SSP_TWILIO_API_ORIGIN": "https://sms.example.org:8443/api/laml/"},
        {"SSP_BASE_URL": f"https://{LONG_HOST}"},
        {"SSP_BASE_URL": f"https://{LONG_HOST}x", "SSP_AUTHENTICATORS": "voice,totp"},
    ],
)
def test_a_provider_can_be_set_up_in_other_ways(enough: dict[str, str], loaded: Load) -> None:
    assert loaded(**{**TWILIO, **enough}).delivery == "twilio"


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://mail:port", "smtp://[::1"]
)
def test_a_mail_server_is_an_address_with_a_scheme(url: str, loaded: Load) -> None:
    assert refused(loaded, SSP_SMTP_URL=url, SSP_MAIL_FROM="a@example.org") == (f"SSP_SMTP_URL: {MAIL_SERVER}",)


@pytest.mark.parametrize(
    "url", ["smtp://localhost:25", "smtps://mail.example.org", "smtp+starttls://me:p%40@[::1]:587"]
)
def test_mail_servers_of_three_kinds_are_taken(url: str, loaded: Load) -> None:
    found = loaded(SSP_SMTP_URL=url, SSP_MAIL_FROM="a@example.org").smtp_url
    assert found
    assert found.get_secret_value() == url


def test_mail_needs_a_sender(loaded: Load) -> None:
    lines = refused(loaded, SSP_SMTP_URL="smtp://mail.example.org")
    assert lines == ("SSP_MAIL_FROM: is not set; give the address that mail comes from",)


@pytest.mark.parametrize("content", ["trust_days = [", b"trust_days = 3 # \xff", "trust_days = 3\ntrust_days = 4"])
def test_a_broken_file_is_named(content: str | bytes, loaded: Load, instance: Path) -> None:
    (line,) = refused(loaded, content)
    assert line.startswith(f"{instance / 'settings.toml'}: cannot be read (")
    assert line.endswith("); mend the file or move it away")


def test_a_file_that_is_a_folder_is_named(loaded: Load, instance: Path) -> None:
    (instance / "settings.toml").mkdir()
    (line,) = refused(loaded)
    assert line.startswith(f"{instance / 'settings.toml'}: cannot be read (")


def test_no_secret_stands_in_a_refusal(loaded: Load) -> None:
    lines = refused(
        loaded,
        SSP_DATABASE_URL="mysql://me:canary@db/ssp",
        SSP_SMTP_URL="http://me:canary@mail",
        SSP_TWILIO_API_SECRET="canary",
        SSP_DELIVERY="twilio",
    )
    assert len(lines) > 3
    assert "canary" not in "".join(lines)


def test_a_refusal_is_shown_as_its_lines_alone(
    loaded: Load, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refusal:
        loaded(SSP_COUNTRIES="ZZ", SSP_TIMEZONE="X")
    refusal.value.show()
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "\n".join(refusal.value.lines) + "\n")
    with (tmp_path / "shown").open("w") as file:
        refusal.value.show(file)
    assert (tmp_path / "shown").read_text() == shown.err
    assert refusal.value.exit_code == 1


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description == field.description.strip().rstrip("."), name


def test_mail_passwords_do_not_travel_in_clear(loaded: Load) -> None:
    lines = refused(loaded, SSP_SMTP_URL="smtp://me:canary@mail.example.org", SSP_MAIL_FROM="a@example.org")
    assert lines == ("SSP_SMTP_URL: would send the password in clear; write smtps:// or smtp+starttls://",)
    assert loaded(SSP_SMTP_URL="smtp://me:canary@localhost", SSP_MAIL_FROM="a@example.org").smtp_url


# ---- What sets up a first option ----


def test_the_password_alone_sets_up_a_first_option_unless_more_is_asked_for(loaded: Load) -> None:
    assert loaded().setup_proof == "password"
    assert "SSP_SETUP_PROOF" in refused(loaded, SSP_SETUP_PROOF="nothing")[0]


def test_a_mailed_code_needs_mail(loaded: Load) -> None:
    (line,) = refused(loaded, SSP_SETUP_PROOF="mail-code")
    assert line == ("SSP_SETUP_PROOF: mail-code needs mail, but SSP_SMTP_URL is not set; set it, or set up by password")
    mail = {"SSP_SMTP_URL": "smtp://mail.example.org", "SSP_MAIL_FROM": "a@example.org"}
    assert loaded(SSP_SETUP_PROOF="mail-code", **mail).setup_proof == "mail-code"
    assert loaded(SSP_SETUP_PROOF="mail-code", SSP_DEMO="1", SSP_BASE_URL="").demo


def test_a_number_on_file_needs_a_way_for_codes_to_leave(loaded: Load) -> None:
    (line,) = refused(loaded, SSP_SETUP_PROOF="known-phone")
    assert line.startswith("SSP_SETUP_PROOF: known-phone needs texts or calls; offer them ")
    assert loaded(SSP_SETUP_PROOF="known-phone", **TWILIO).setup_proof == "known-phone"
