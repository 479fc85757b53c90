"""`flask serve` up to the moment at which it becomes the server."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from ssp.app import create_app
from ssp.cli import serve
from ssp.flows import demo_people, people
from ssp.settings import ROOT, Settings


class BecameServer(BaseException):
    """The process was replaced by another program."""

    def __init__(self, command: list[str], surroundings: dict[str, str]) -> None:
        self.command, self.surroundings = command, surroundings
        self.host, self.port, self.workers, self.threads = command[4:]


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def execve(path: str, command: list[str], surroundings: dict[str, str]) -> None:
        assert path == command[0]
        raise BecameServer(command, surroundings)

    monkeypatch.setattr(os, "execve", execve)


def run(app: Flask, *words: str) -> Result:
    """Run the command without a server."""
    return app.test_cli_runner().invoke(args=["serve", *words])


def become(app: Flask, *words: str) -> BecameServer:
    """Run the command; return what became of it."""
    with pytest.raises(BecameServer) as became:
        run(app, *words)
    return became.value


def test_the_server_runs_the_portal_with_this_python(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    became = become(app)
    assert became.command[:4] == [sys.executable, "-P", "-m", "ssp.cli.serving"]
    assert became.surroundings == {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}/elsewhere"}
    monkeypatch.delenv("PYTHONPATH")
    assert become(app).surroundings["PYTHONPATH"] == str(ROOT)


def test_it_starts_with_defaults_that_measured_well(app: Flask) -> None:
    became = become(app)
    assert (became.host, became.port) == ("127.0.0.1", "8000")
    assert (became.workers, became.threads) == (str(max(2, os.cpu_count() or 1)), "16")


@pytest.mark.parametrize(
    "bind, host, port",
    [
        ("127.0.0.1:1", "127.0.0.1", "1"),
        ("127.0.0.1:65535", "127.0.0.1", "65535"),
        ("[::1]:8443", "::1", "8443"),
        ("localhost:8000", "localhost", "8000"),
    ],
)
def test_address_processes_and_threads_are_options(bind: str, host: str, port: str, app: Flask) -> None:
    became = become(app, "--bind", bind, "--workers", "3", "--threads", "5")
    assert (became.host, became.port, became.workers, became.threads) == (host, port, "3", "5")


@pytest.mark.parametrize(
    "bind",
    [
        "8000",
        ":8000",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "a:\u00b2",
        "a:\u0661",
        "",
    ],
)
def test_an_address_without_host_or_port_is_wrong_usage(bind: str, app: Flask) -> None:
    done = run(app, "--bind", bind)
    assert done.exit_code == 2
    assert "write --bind as ADDRESS:PORT, such as 127.0.0.1:8000" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("--workers", "0"), ("--workers", "65"), ("--threads", "1"), ("--threads", "x"), ("--port", "1"), ("now",)],
)
def test_odd_numbers_and_words_are_wrong_usage(words: tuple[str, ...], app: Flask) -> None:
    done = run(app, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: ")


@pytest.mark.parametrize(
    "bind", ["0.0.0.0:8000", "[::]:8000", "192.0.2.7:8000", "portal.example.org:8000", "localhost.:8000"]
)
def test_demo_mode_serves_this_machine_only(bind: str, app: Flask) -> None:
    done = run(app, "--bind", bind)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "Error: demo mode shows everybody's codes, so it serves this machine only: bind 127.0.0.1\n"


@pytest.fixture
def real(make_app: Callable[..., Flask]) -> Flask:
    """Give a portal that is no demo."""
    return make_app(demo=False, base_url="https://portal.example.org", authenticators="totp")


def test_a_real_portal_serves_where_it_is_told_to(real: Flask) -> None:
    assert become(real, "--bind", "0.0.0.0:80").host == "0.0.0.0"  # noqa: S104 - the option's own value


def test_an_old_schema_stops_it(tmp_path: Path) -> None:
    app = create_app(Settings.model_validate({"instance": tmp_path / "empty", "demo": True}))
    done = run(app)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "Error: the database has an older schema; run `flask db upgrade` first\n"


def test_demo_mode_adds_its_people_and_says_who_they_are(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    serve._introduce(app.extensions["ssp"])  # noqa: SLF001 - its words, which the server would follow
    said = capsys.readouterr().out
    become(app)
    assert "http://localhost:8000" in said
    assert "http://localhost:8000/demo/phone" in said
    names = {person.username for person in people.everybody(app.extensions["ssp"])}
    for person in demo_people.PEOPLE:
        assert person.username in names
        assert person.password in said


def test_where_a_first_option_is_a_number_on_file_it_says_which(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    serve._introduce(make_app(setup_proof="known-phone").extensions["ssp"])  # noqa: SLF001 - as above
    said = capsys.readouterr().out
    assert all(person.phone in said for person in demo_people.PEOPLE)


def test_a_real_portal_has_no_demo_people_and_no_published_passwords(
    real: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    become(real)
    assert {person.username for person in people.everybody(real.extensions["ssp"])} == {"ada", "ben", "sam"}
    assert demo_people.PEOPLE[0].password not in capsys.readouterr().out


MAIL = "SSP_SMTP_URL is not set: notices to people wait in the database until it is."
PHONES = "SSP_AUTHENTICATORS has phone types only; offer totp too, which nobody can redirect."
PROXIES = "SSP_TRUSTED_PROXIES is not set: behind a proxy everybody has its address, and shares its limits."
EXAMPLE = "SSP_SUPPORT_EMAIL is still the example: every page shows people an address that nobody reads."


@pytest.mark.parametrize(
    "settings, said",
    [
        ({}, []),
        ({"authenticators": "text,voice"}, [PHONES]),
        ({"demo": False, "base_url": "https://portal.example.org", "authenticators": "totp"}, [PROXIES, EXAMPLE, MAIL]),
        (
            {
                "demo": False,
                "base_url": "https://portal.example.org",
                "authenticators": "totp",
                "trusted_proxies": "127.0.0.1",
                "support_email": "help@example.org",
                "smtp_url": "smtp://localhost",
                "mail_from": "portal@example.org",
            },
            [],
        ),
    ],
)
def test_what_is_worth_knowing_is_said_before_the_start(
    settings: dict[str, object], said: list[str], make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(**settings)
    serve._check(app.extensions["ssp"])  # noqa: SLF001 - its words, which the server would follow
    shown = capsys.readouterr()
    assert (shown.out, shown.err.splitlines()) == ("", said)
