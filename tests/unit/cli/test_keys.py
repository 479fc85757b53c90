"""`flask keys …`: what operators see of a rotation, and how it ends."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update

from ssp.flows import key_rotation
from ssp.flows.key_rotation import Outcome
from ssp.infra.crypto import Key
from ssp.models import User
from ssp.web.portal import Site
from tests.conftest import Clock


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["keys", *words])


def ids(site: Site) -> list[str]:
    return [line.split()[0] for line in site.settings.key_file.read_text().splitlines()]


def secrets(site: Site) -> list[str]:
    return [line.split()[1] for line in site.settings.key_file.read_text().splitlines()]


def test_a_rotation_from_the_first_key_to_the_next(app: Flask, site: Site, clock: Clock) -> None:
    assert run(app, "list").stdout == f"{'k1':9} {'seals':35} passwords: 3\n"
    done = run(app, "rotate")
    new = ids(site)[0]
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"       3 passwords sealed with {new}",
        f"       0 MFA options sealed with {new}",
        f"       0 codes on their way sealed with {new}",
        f"       0 links in mails that wait sealed with {new}",
        f"       0 codes by mail sealed with {new}",
        f"       0 phone numbers on file sealed with {new}",
        f"       0 wishes for mail sealed with {new}",
        f"Back up {site.settings.key_file} now. Keep the old list for as long as backups of the database.",
    ]
    assert [" ".join(line.split()) for line in run(app, "list").stdout.splitlines()] == [
        f"{new} seals, rotated 2026-11-22T14:00:07Z passwords: 3",
        "k1 opens nothing",
    ]
    early = run(app, "drop")
    assert (early.exit_code, early.stdout) == (1, "")
    assert early.stderr == "Error: the first key is too new; old ones can be dropped from 15:00 UTC on\n"
    clock.move(minutes=61)
    done = run(app, "drop")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "k1 is dropped\n", "")
    assert ids(site) == [new, "lookup"]
    assert run(app, "drop").stdout == "There is no old key\n"


def test_no_key_is_ever_shown(app: Flask, site: Site) -> None:
    shown = "".join(run(app, word).output for word in ("list", "prepare", "list", "rotate", "list", "drop"))
    assert not [secret for secret in secrets(site) if secret[:12] in shown]


def test_a_prepared_key_is_told_where_to_go(app: Flask, site: Site) -> None:
    done = run(app, "prepare")
    new = ids(site)[1]
    said = f"{new} is in {site.settings.key_file}; copy that to every machine before `flask keys rotate`\n"
    assert (done.exit_code, done.stdout) == (0, said)
    assert [" ".join(line.split()) for line in run(app, "list").stdout.splitlines()] == [
        "k1 seals passwords: 3",
        f"{new} opens; seals from the next rotation nothing",
    ]
    assert run(app, "rotate").exit_code == 0
    assert ids(site) == [new, "k1", "lookup"]


def test_what_could_not_be_opened_is_said(app: Flask, site: Site) -> None:
    with site.database.writing() as connection:
        connection.execute(update(User).where(User.username == "ben").values(password_hash="k1.AAAA"))
        connection.execute(update(User).where(User.username == "sam").values(password_hash="$argon2id$"))
    assert run(app, "list").stdout.splitlines()[1] == (
        "passwords: 1 sealed with no key of this list; `flask keys rotate` seals what is not yet"
    )
    done = run(app, "rotate")
    assert done.exit_code == 1
    assert done.stderr.startswith("1 passwords could not be opened: they were altered, or their key is missing in the")
    assert "Back up" in done.stdout


def test_what_was_busy_is_said(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Key("k2", b"")
    monkeypatch.setattr(key_rotation, "rotate", lambda _portal: (key, (Outcome("passwords", 2, 0, 1),)))
    done = run(app, "rotate")
    assert (done.exit_code, done.stdout) == (1, "       2 passwords sealed with k2\n")
    assert done.stderr == "Error: some values were busy all the time; run `flask keys rotate` again to finish\n"


def test_an_unfinished_rotation_is_seen_and_goes_on(app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise key_rotation.RotationError("the disk is full")

    with monkeypatch.context() as full:
        full.setattr(key_rotation, "_seal_anew", stop)
        assert run(app, "rotate").stderr == "Error: the disk is full\n"
    new = ids(site)[0]
    assert "seals; its rotation is not finished" in run(app, "list").stdout.splitlines()[0]
    assert run(app, "drop").stderr == "Error: a rotation is not finished; run `flask keys rotate` first\n"
    assert run(app, "rotate").exit_code == 0
    assert ids(site) == [new, "k1", "lookup"]


def test_a_key_that_has_to_stay_is_named_with_what_needs_it(
    app: Flask, site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = (key_rotation.KeyUser("the old book", lambda _: {"k1"}),)
    monkeypatch.setattr(key_rotation, "KEY_USERS", users)
    run(app, "rotate")
    clock.move(hours=2)
    done = run(app, "drop")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "k1 stays, it is needed by the old book\n"
    assert "k1" in ids(site)


@pytest.mark.parametrize("word", ["list", "prepare", "rotate", "drop"])
def test_a_list_that_went_bad_ends_every_command_with_one_line(
    app: Flask, site: Site, word: str, make_app: Callable[..., Flask]
) -> None:
    path = site.settings.key_file
    text = path.read_text()
    path.write_text("k1 changeme\n")
    done = run(app, word)
    assert done.exit_code == 1
    assert "line 1 is no strong key" in done.stderr
    assert done.stderr.count("\n") == 1
    path.write_text(text)
    assert run(make_app(), word).exit_code == 0
