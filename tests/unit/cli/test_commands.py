"""The other commands: prune, settings, journey; and how all of them end when something is wrong."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from ssp.app import create_app
from ssp.cli import journey
from ssp.flows.steps import Step
from ssp.settings import ROOT, Settings
from ssp.web.portal import Site
from tests import rows
from tests.conftest import Clock


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


# ---- prune ----


def test_pruning_says_what_it_dropped(app: Flask, site: Site, clock: Clock) -> None:
    with site.database.writing() as connection:
        rows.half_done(connection, rows.person(connection, "dora"), expires_at=clock.now())
    clock.move(days=2)
    done = run(app, "prune")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "       1 half-done sign-ins",
        "       0 sessions",
        "       0 trusted devices",
        "       0 known browsers",
        "       0 texts and calls",
        "       0 mailed links",
        "       0 sent mails",
        "       0 mails that never left",
        "       0 wishes for mail",
        "       0 counters",
        "       0 events",
    ]


# ---- settings ----


def shown(app: Flask) -> dict[str, tuple[str, str]]:
    """Return each setting's value and source, as shown."""
    done = run(app, "settings")
    assert done.exit_code == 0
    found = re.findall(r"^SSP_(\w+) = (.*)  \[(.*)\]\n    (.+)$", done.stdout, re.MULTILINE)
    for name, _, _, meaning in found:
        assert meaning == Settings.model_fields[name.lower()].description
    return {name: (value, source) for name, value, source, _ in found}


def test_every_setting_is_shown_with_its_source(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(trust_days=14, base_url="http://localhost:9000")
    (tmp_path / "instance" / "settings.toml").write_text("trust_days = 14\n")
    monkeypatch.setenv("SSP_BASE_URL", "http://localhost:9000")
    found = shown(app)
    assert [name.lower() for name in found] == list(Settings.model_fields)
    assert found["TRUST_DAYS"] == ("14", "settings.toml")
    assert found["BASE_URL"] == ("http://localhost:9000", "environment")
    assert found["RECONFIRM_DAYS"] == ("90", "default")
    assert found["AUTHENTICATORS"] == ("text, voice, totp", "default")
    assert found["SERVICES"] == ("Policy desk, My coverage, Claims", "default")
    assert found["TRUSTED_PROXIES"] == found["MFA_REQUIRED_FROM"] == found["LOGO"] == ("-", "default")
    assert found["DEMO"] == ("True", "default")


SECRETS = {
    "twilio_auth_token": "canary-1",
    "twilio_api_secret": "canary-2",
    "smtp_url": "smtps://me:canary-3@mail.example.org",
    "database_url": "postgresql://me:canary-4@127.0.0.1:1/ssp",
}


def test_secrets_are_hidden(make_app: Callable[..., Flask]) -> None:
    app = make_app(mail_from="a@example.org", twilio_api_key="SK0", **SECRETS)
    done = run(app, "settings")
    assert "canary" not in done.output
    assert {name for name in SECRETS if f"SSP_{name.upper()} = (hidden)" in done.stdout} == set(SECRETS)


@pytest.mark.parametrize("digits, said", [(5, True), (6, False)])
def test_short_spoken_codes_are_said_to_be_short(digits: int, said: bool, make_app: Callable[..., Flask]) -> None:  # noqa: FBT001 - the expectation
    done = run(make_app(voice_digits=digits), "settings")
    assert (f"spoken codes have {digits} digits, below the six" in done.stdout) is said


def test_the_table_of_the_documentation_is_this_one(app: Flask) -> None:
    done = run(app, "settings", "--markdown")
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert lines[:2] == ["| setting | default | meaning |", "|---|---|---|"]
    assert [re.match(r"\| `SSP_(\w+)` \| ", line)[1].lower() for line in lines[2:]] == list(Settings.model_fields)  # type: ignore[index] # every line is one
    assert "| `SSP_INSTANCE` | `instance/` |" in done.stdout
    assert "| `SSP_DEMO` | `0` |" in done.stdout
    assert "| `SSP_BASE_URL` | - |" in done.stdout
    assert all(line in (ROOT / "docs" / "settings.md").read_text("utf-8") for line in lines)


# ---- journey ----


def test_the_journey_is_drawn_the_same_each_time(app: Flask) -> None:
    first, second = (run(app, "journey") for _ in range(2))
    assert first.exit_code == 0
    assert first.stdout == second.stdout == journey.diagram()


def arrows() -> list[tuple[str, str, str]]:
    return re.findall(r"^    (\w+) --> (\w+): (.+)$", journey.diagram(), re.MULTILINE)


def test_it_has_every_step_and_leads_from_the_password_to_the_end() -> None:
    drawn = journey.diagram()
    assert drawn.startswith("stateDiagram-v2\n    [*] --> PASSWORD\n")
    assert drawn.endswith("    SIGNED_IN --> [*]\n")
    for step in Step:
        assert f"    {step.name}: {step.value}\n" in drawn
        assert step is Step.PASSWORD or any(end == step.name for _, end, _ in arrows())
        assert step is Step.SIGNED_IN or any(start == step.name for start, _, _ in arrows())
    assert all(first <= second for first, second in pairwise(arrows()))


def test_it_has_the_arrows_that_people_can_take_and_no_others() -> None:
    found = {(start, end): words for start, end, words in arrows()}
    assert found["PASSWORD", "SIGNED_IN"] == "right password", "on a trusted device"
    assert found["SET_UP", "SIGNED_IN"]
    assert {end for start, end, _ in arrows() if start == "CHALLENGE"} == {"CONFIRM_PREFERENCE", "SET_UP", "SIGNED_IN"}
    assert {end for start, end, _ in arrows() if start == "CHOOSE"} == {"CHALLENGE", "SET_UP"}
    assert {end for start, end, _ in arrows() if start == "CONFIRM_PREFERENCE"} == {"SET_UP", "SIGNED_IN"}
    for start, end, _ in arrows():
        assert end not in {"PASSWORD", start}
        assert start != "SIGNED_IN"


# ---- When something is wrong ----


@pytest.fixture
def empty(tmp_path: Path) -> Flask:
    """Give a portal without a schema."""
    return create_app(Settings.model_validate({"instance": tmp_path / "empty", "demo": True}))


@pytest.mark.parametrize("words", [("prune",), ("user", "list"), ("user", "show", "ada"), ("user", "unlock", "ada")])
def test_a_database_without_its_schema_is_one_line(words: tuple[str, ...], empty: Flask) -> None:
    done = run(empty, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(
        r"Error: the database says: no such table: \w+; an old schema needs `flask db upgrade`\n", done.stderr
    )


@pytest.mark.parametrize("words", [("prune",), ("user", "list"), ("serve",)])
def test_a_database_that_is_away_is_one_line(words: tuple[str, ...], make_app: Callable[..., Flask]) -> None:
    done = run(make_app(database_url="postgresql://me:canary@127.0.0.1:1/ssp"), *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(r"Error: the database says: connection failed: .+; an old schema needs .+\n", done.stderr)
    assert "canary" not in done.stderr


def flask(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as operators do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SSP_", "COV_"))}
    return subprocess.run(
        [sys.executable, "-m", "flask", *words],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_settings_that_make_no_sense_stop_every_command_with_their_lines_alone(tmp_path: Path) -> None:
    done = flask("user", "list", SSP_INSTANCE=str(tmp_path), SSP_DEMO="1", SSP_TRUST_DAYS="x", SSP_COUNTRIES=",")
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["SSP_TRUST_DAYS", "SSP_COUNTRIES"]


def test_a_key_list_that_others_can_read_stops_every_command(tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("k1 changeme\n")
    (tmp_path / "keys.txt").chmod(0o644)
    done = flask("prune", SSP_INSTANCE=str(tmp_path), SSP_DEMO="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("SSP_SECRET_KEY_FILE: ")
    assert done.stderr.count("\n") == 1
