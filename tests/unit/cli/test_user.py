"""`flask user …`: what it says, and how it ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask

from ssp.authenticators.protocol import Verdict
from ssp.flows.steps import Step
from ssp.infra.passwords.policy import WORDS, Fault
from ssp.models import user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import Desk, settle_chance
from tests.people import ADA, Human, Phone

SECRET = "four tall blue windows"


def run(app: Flask, *words: str, typed: str | bytes = "") -> Result:
    return app.test_cli_runner().invoke(args=["user", *words], input=typed)


def add(app: Flask, *words: str, typed: str | bytes = f"{SECRET}\n") -> Result:
    return run(app, "add", *words, "--password-stdin", typed=typed)


@pytest.fixture
def member(site: Site, phone: Phone, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give Ada, who gets texts and is signed in."""
    settle_chance(monkeypatch)
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    assert desk.confirm("text", phone.text_code()) is Verdict.ACCEPTED
    clock.move(minutes=1)
    return desk


# ---- add ----


def test_somebody_is_added(app: Flask, site: Site) -> None:
    done = add(
        app, "Dora", "--email", "dora@example.test", "--name", "Dora Vale", "--group", "agents", "--group", "staff"
    )
    assert (done.exit_code, done.stdout, done.stderr) == (0, "Dora was added\n", "")
    with site.database.reading() as connection:
        dora = user.by_username(connection, "dora")
    assert dora
    assert (dora.email, dora.name, dora.groups) == ("dora@example.test", "Dora Vale", ("agents", "staff"))
    assert Desk(site, Human("dora", SECRET)).password().step is Step.SET_UP


def test_a_number_comes_with_somebody_or_later_or_goes(app: Flask) -> None:
    assert add(app, "dora", "--email", "dora@example.test", "--phone", "205-555-0177").exit_code == 0
    assert "phone on file:   yes\n" in run(app, "show", "dora").stdout
    assert run(app, "phone", "dora").stdout == "dora: the number on file is removed\n"
    assert "phone on file:   no\n" in run(app, "show", "dora").stdout
    assert run(app, "phone", "dora", "205-555-0177").stdout == "dora: the number on file is changed\n"


def test_another_address_is_kept_on_file(app: Flask) -> None:
    done = run(app, "email", "ada", "ada@office.test")
    assert (done.exit_code, done.stdout) == (0, "ada: the address on file is changed; both addresses were told\n")
    assert "email:           ada@office.test\n" in run(app, "show", "ada").stdout
    for words in (("ada", "Ada@office.test"), ("ada", "office"), ("nobody", "nobody@office.test")):
        done = run(app, "email", *words)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: ")


@pytest.mark.parametrize(
    "words", [("add", "eve", "--email", "eve@example.test", "--phone", "12-34"), ("phone", "ada", "12-34")]
)
def test_what_is_no_number_is_refused(app: Flask, words: tuple[str, ...]) -> None:
    done = run(app, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the phone number cannot be used: ")
    assert "eve" not in run(app, "list").stdout


def test_a_name_is_the_username_unless_given(app: Flask, site: Site) -> None:
    assert add(app, "dora", "--email", "dora@example.test").exit_code == 0
    with site.database.reading() as connection:
        dora = user.by_username(connection, "dora")
    assert dora
    assert (dora.name, dora.groups) == ("dora", ())


@pytest.mark.parametrize("end", ["\n", "\r\n", "", "\nsecond line\n"])
def test_the_password_is_the_first_line_as_it_is(end: str, app: Flask, site: Site) -> None:
    secret = f"  {SECRET} \u00e9\t"
    assert add(app, "dora", "--email", "d@example.test", typed=f"{secret}{end}").exit_code == 0
    assert Desk(site, Human("dora", secret)).password().step is Step.SET_UP


@pytest.mark.parametrize("typed", ["", "\n", "fourteen signs\n"])
def test_a_short_password_is_refused(typed: str, app: Flask) -> None:
    done = add(app, "dora", "--email", "d@example.test", typed=typed)
    assert (done.exit_code, done.stdout) == (1, "")
    said = "Error: That password is shorter than 15 characters. Several words make a good one that is easy to type.\n"
    assert done.stderr == said


def test_how_short_is_a_setting(make_app: Callable[..., Flask]) -> None:
    app = make_app(password_min=8)
    assert add(app, "dora", "--email", "d@example.test", typed="1234567").exit_code == 1
    assert add(app, "dora", "--email", "d@example.test", typed="vqjzkxwp").exit_code == 0


@pytest.mark.parametrize(
    "typed, fault",
    [
        ("x" * 257, Fault.LONG),
        (f"{SECRET}\0", Fault.SIGNS),
        (SECRET.encode() + b"\xff", Fault.SIGNS),
        ("password1234567", Fault.COMMON),
        ("dora vale 1985-03-12", Fault.PERSONAL),
        ("vq vq vq vq vq vq", Fault.PATTERN),
    ],
)
def test_an_unusable_password_is_refused_with_the_reason(typed: str | bytes, fault: Fault, app: Flask) -> None:
    done = add(app, "dora", "--email", "d@example.test", "--name", "Dora Vale", typed=typed)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"Error: {WORDS[fault]}\n"


@pytest.mark.parametrize(
    "username, line",
    [
        ("ADA", "Error: there is a ada already\n"),
        ("a b", "Error: 'a b' cannot be a username: use letters, digits and . _ - @ + ', at most 64\n"),
        ("a\x1b[2J\n", "Error: 'a\\x1b[2J\\n' cannot be a username: use letters, digits and . _ - @ + ', at most 64\n"),
    ],
)
def test_a_name_that_cannot_be_had_is_refused_in_one_line(username: str, line: str, app: Flask) -> None:
    done = add(app, username, "--email", "d@example.test")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", line)


@pytest.mark.parametrize(
    "words",
    [
        ("add", "dora"),
        ("add", "--email", "d@example.test", "--password-stdin"),
        ("add", "dora", "--email", "d@example.test", "--password-stdin", "--password", SECRET),
        ("show",),
        ("show", "ada", "ben"),
        ("disable",),
        ("list", "ada"),
        ("remove", "ada"),
        ("--wrong",),
    ],
)
def test_wrong_usage_is_told_apart(words: tuple[str, ...], app: Flask) -> None:
    done = run(app, *words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Usage: ")


# ---- list and show ----


def test_everybody_is_listed(app: Flask) -> None:
    run(app, "disable", "ben")
    done = run(app, "list")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == ["ada\tAda\tagents", "ben\tBen\tpolicyholders\tdisabled", "sam\tSam\tsupport"]


def test_somebody_is_shown(member: Desk, app: Flask, clock: Clock) -> None:
    done = run(app, "show", "ADA")
    lines = dict(line.split(":", 1) for line in done.stdout.splitlines())
    assert done.exit_code == 0
    assert {name: value.strip() for name, value in lines.items() if name != "added"} == {
        "username": "ada",
        "name": "Ada",
        "email": "ada@example.test",
        "groups": "agents",
        "phone on file": "no",
        "disabled": "no",
        "last signed in": f"{clock.now() - timedelta(minutes=1):%Y-%m-%d %H:%M} UTC",
        "trusted devices": "0",
        "recovery codes": "none",
        "recovery": "no",
        "MFA option": "text message to ••• ••23",
    }
    assert "argon2" not in done.stdout
    assert member.human.mobile not in done.stdout


# ---- disable, enable, reset-mfa, unlock ----


def test_somebody_is_locked_out_and_let_in_again(member: Desk, app: Flask) -> None:
    done = run(app, "disable", "ada")
    assert (done.exit_code, done.stdout) == (0, "ada is disabled, and signed out everywhere\n")
    assert member.session is None
    done = run(app, "enable", "ada")
    assert (done.exit_code, done.stdout) == (0, "ada is enabled\n")
    assert member.leave().password().step is Step.CHALLENGE


def test_options_are_forgotten(member: Desk, app: Flask) -> None:
    done = run(app, "reset-mfa", "ada")
    assert done.exit_code == 0
    assert done.stdout == "ada: 1 MFA option(s) removed; the next sign-in sets one up\n"
    assert member.leave().password().step is Step.SET_UP


def test_counters_are_cleared(member: Desk, app: Flask) -> None:
    desk = member.leave()
    desk.password()
    desk.answer("000000")
    done = run(app, "unlock", "ada")
    assert (done.exit_code, done.stdout) == (0, "ada: 1 counter(s) cleared\n")


@pytest.mark.parametrize("verb", ["show", "disable", "enable", "reset-mfa", "unlock"])
def test_nobody_of_that_name(verb: str, app: Flask) -> None:
    done = run(app, verb, "nobody")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "Error: there is nobody called nobody\n")


def test_every_command_says_what_it_is_for(app: Flask) -> None:
    done = run(app, "--help")
    assert done.exit_code == 0
    for verb in ("add", "list", "show", "disable", "enable", "import", "reset-mfa", "unlock"):
        assert f"\n  {verb} " in done.stdout
        assert run(app, verb, "--help").exit_code == 0
