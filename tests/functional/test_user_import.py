import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import argon2
import bcrypt
import pytest
from click.testing import Result
from django.contrib.auth import hashers as django  # type: ignore[import-untyped] # Django ships no types
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import text
from werkzeug.security import generate_password_hash

from ssp.cli.user_import import CLEAR_LINE, _rate
from ssp.infra.people_csv import PeopleFile
from ssp.models import User
from tests.people import ADA, BEN, SAM, Browser, Human, Phone, hashes, password, table

PASSWORD = "correct horse battery staple"
RESIDENTS = {human.username for human in (ADA, BEN, SAM)}
HEADER = "username,email,name,groups,password_hash\n"

# Of that password, by PHP 8.2.36.
PHP = "$2y$04$ttj0hq6NcSoud7jEw5LfQuC.lYPdHwD9cfzZ1kzN7SV/0CBHOyCoe"
DORA = f"dora,dora@example.test,Dora,agents,{PHP}\n"
EMIL = f"emil,emil@example.test,Emil,,{PHP}\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        file = tmp_path / "people.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


def run(app: Flask, *args: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=["user", "import", *map(str, args)])


def accepted(app: Flask, phone: Phone, username: str, secret: str) -> bool:
    """Return whether a new browser gets past the sign-in page."""
    browser = password(Browser(app, phone), Human(username, secret))
    assert (browser.path, browser.page.status_int) in {("/set-up", 200), ("/sign-in", 422)}
    return browser.path == "/set-up"


def stored(app: Flask) -> dict[str, str | None]:
    """Return the password hash of everybody who was imported."""
    return {name: kept for name, kept in hashes(app.extensions["ssp"]).items() if name not in RESIDENTS}


def test_a_column_with_phone_numbers_may_be_there(app: Flask, write: Callable[[str | bytes], Path]) -> None:
    rows = (
        f"dora,dora@example.test,Dora,agents,{PHP},205-555-0177\n",
        f"emil,emil@example.test,Emil,,{PHP},\n",
        f"fay,fay@example.test,Fay,,{PHP},12-34\n",
        f'gus,gus@example.test,Gus,,{PHP},"205-555\n0177"\n',
        f"hal,hal@example.test,Hal,,{PHP}\n",
    )
    result = run(app, write(HEADER.strip() + ",phone\n" + "".join(rows)))
    assert result.stdout == "2 added, 3 refused\n"
    lines = result.stderr.splitlines()
    assert lines[0].startswith("line 4, column phone: ")
    assert lines[1] == "line 5, column phone: holds a line break, NUL or another control character"
    assert lines[2] == "line 7: its number of fields is 5, not 6"
    assert {person.username: person.phone is not None for person in table(app.extensions["ssp"], User)} == {
        **dict.fromkeys(RESIDENTS, False),
        "dora": True,
        "emil": False,
    }


ORIGINS: dict[str, Callable[[str], str]] = {
    "argon2-cffi": argon2.PasswordHasher().hash,
    "bcrypt": lambda password: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode(),
    "Django pbkdf2_sha256": lambda password: django.PBKDF2PasswordHasher().encode(password, "NaClNaClNaCl"),
    "Django scrypt": lambda password: django.ScryptPasswordHasher().encode(password, "NaClNaClNaCl"),
    "Django argon2": lambda password: django.Argon2PasswordHasher().encode(password, "NaClNaClNaCl"),
    "Django bcrypt_sha256": lambda password: django.BCryptSHA256PasswordHasher().encode(password, bcrypt.gensalt(4)),
    "Werkzeug scrypt": generate_password_hash,
    "Werkzeug pbkdf2": lambda password: generate_password_hash(password, "pbkdf2"),
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_people_sign_in_with_the_password_they_have(
    app: Flask, phone: Phone, write: Callable[[str | bytes], Path], origin: str
) -> None:
    brought = ORIGINS[origin](PASSWORD)
    result = run(app, write(HEADER + f'dora,dora@example.test,Dora,agents,"{brought}"\n'))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "1 added, 0 refused\n", "")

    assert not accepted(app, phone, "dora", PASSWORD + "!")
    assert stored(app) == {"dora": brought}

    assert accepted(app, phone, "Dora", PASSWORD)
    ours = stored(app)["dora"]
    assert ours is not None
    assert ours.startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    assert accepted(app, phone, "dora", PASSWORD)
    assert not accepted(app, phone, "dora", PASSWORD + "!")
    assert stored(app) == {"dora": ours}


def test_a_password_of_8_characters_and_one_of_80_keep_working(
    app: Flask, phone: Phone, write: Callable[[str | bytes], Path]
) -> None:
    hashes = [bcrypt.hashpw(password, bcrypt.gensalt(4)).decode() for password in (b"8 chars.", b"p" * 72)]
    people = [f"{name},{name}@example.test,,,{value}\n" for name, value in zip(("short", "long"), hashes, strict=True)]
    assert run(app, write(HEADER + "".join(people))).exit_code == 0
    assert accepted(app, phone, "short", "8 chars.")
    assert accepted(app, phone, "long", "p" * 80)  # the old system cut it after 72 bytes
    # A hash of ours would be of all that was typed, and what nobody has checked could be mistyped: it stays as it came.
    assert accepted(app, phone, "long", "p" * 79 + "q")
    assert not accepted(app, phone, "long", "p" * 71 + "q" * 9)
    assert stored(app)["long"] == hashes[1]


def test_good_rows_are_added_and_bad_ones_named(app: Flask, write: Callable[[str | bytes], Path]) -> None:
    bad = f"cleo,cleo,Cleo,,{PHP[:-2]}\nDee,dee@example.test\n\ndora,a@example.test,,,{PHP}\n"
    result = run(app, write(HEADER + DORA + bad + EMIL))
    assert result.exit_code == 1
    assert result.stdout == "2 added, 3 refused\n"
    assert result.stderr.splitlines() == [
        "line 3, column email: is no e-mail address",
        "line 3, column password_hash: looks like bcrypt, but is damaged or cut off",
        "line 4: its number of fields is 2, not 5",
        "line 6, column username: is on line 2 already",
        "Those who were added stay. Mend the other rows and import them in a file of their own.",
    ]
    assert set(stored(app)) == {"dora", "emil"}


def test_a_file_without_a_good_row_adds_nobody(app: Flask, write: Callable[[str | bytes], Path]) -> None:
    result = run(app, write(HEADER + "ada\n"))
    assert (result.exit_code, result.stdout) == (1, "0 added, 1 refused\n")
    assert result.stderr == "line 2: its number of fields is 1, not 5\n"


def test_a_dry_run_says_the_same_and_writes_nothing(app: Flask, write: Callable[[str | bytes], Path]) -> None:
    run(app, write(HEADER + DORA))
    file = write(HEADER + DORA + EMIL + EMIL.upper())
    dry = run(app, "--dry-run", file)
    assert (dry.exit_code, dry.stdout) == (1, "1 could be added, 2 refused\n")
    assert dry.stderr.splitlines() == [
        "line 2, column username: belongs to somebody already",
        (
            "line 4, column password_hash: is of an unknown format; known are Argon2, bcrypt, and the PBKDF2, scrypt, "
            "Argon2 and bcrypt forms of Django and Werkzeug"
        ),
        "line 4, column username: is on line 3 already",
    ]
    assert set(stored(app)) == {"dora"}
    wet = run(app, file)
    assert wet.stdout == "1 added, 2 refused\n"
    assert wet.stderr.startswith(dry.stderr)


def test_nothing_of_a_row_is_ever_shown(app: Flask, write: Callable[[str | bytes], Path]) -> None:
    canary = "c4n4ry"
    fields = [canary, f"{canary}@", f"{canary}\0", f"<{canary}>", f"$2y$04${canary}"]
    rows = [",".join(fields), canary, f'"{canary}\x1b[2J"' + "," * 4, f"{canary},,,,{PHP}"]
    for content in (HEADER + "\n".join(rows) + "\n", rows[0], HEADER + f'"{canary}'):
        result = run(app, write(content))
        assert result.exit_code in {1, 2}
        assert canary not in result.output
        assert "$2y$" not in result.output


@pytest.mark.parametrize(
    "content, reason",
    [
        ("", "the file is empty; its first line must name the columns username"),
        (HEADER.replace("name,groups", "groups"), "line 1 lacks the column name"),
        (HEADER.replace("name,groups", "name,name,groups"), "line 1 names the column name twice"),
        (HEADER.replace("groups", "roles"), "column 4 of line 1 is none of username"),
        ((HEADER + DORA).encode("utf-16"), "column 1 of line 1 is none of username"),
        (b"\0" * 1000, "column 1 of line 1 is none of username"),
    ],
)
def test_a_file_with_other_columns_is_wrong_usage(
    app: Flask, write: Callable[[str | bytes], Path], content: str | bytes, reason: str
) -> None:
    result = run(app, write(content))
    assert result.exit_code == 2
    assert f"Error: {reason}" in result.stderr
    assert stored(app) == {}


@pytest.mark.parametrize(
    "file, reason",
    [
        ("/nowhere/people.csv", "does not exist"),
        ("/tmp", "is a directory"),  # noqa: S108 - any folder does
        ("/dev/null", "/dev/null is no regular file"),
    ],
)
def test_what_is_no_file_is_wrong_usage(app: Flask, file: str, reason: str) -> None:
    result = run(app, file)
    assert result.exit_code == 2
    assert reason in result.stderr.splitlines()[-1]


def test_a_file_that_may_not_be_read_is_wrong_usage(
    app: Flask, write: Callable[[str | bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(
            13, "Permission denied"
        )  # in its own words: root, who runs tests in containers, may read all

    file = write(HEADER)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        result = run(app, file)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"Error: Invalid value: {file} can't be read: Permission denied"


@pytest.mark.parametrize("tail", [b'emil,"', b'emil,"B"ob",,,\n', b"x" * 1_000_000])
def test_a_file_with_broken_records_is_refused_whole(
    app: Flask, write: Callable[[str | bytes], Path], tail: bytes
) -> None:
    result = run(app, write((HEADER + DORA).encode() + tail))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: line 3: the ")
    assert result.stderr.endswith("; nothing was imported\n")
    assert result.stderr.count("\n") == 1
    assert stored(app) == {}


def test_a_file_that_changes_meanwhile_stops_the_import(
    app: Flask, write: Callable[[str | bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeopleFile, "survey", lambda _: 1)  # it was whole when it was looked through
    result = run(app, write(HEADER + DORA * 500 + '"'))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: stopped after 1 added, 499 refused: line 502: the quotes")


def test_a_database_that_fails_is_one_line(app: Flask, write: Callable[[str | bytes], Path]) -> None:
    with app.extensions["ssp"].database.writing() as connection:
        connection.execute(text("DROP TABLE user"))
    result = run(app, write(HEADER + DORA))
    assert result.exit_code == 1
    assert result.stderr == "Error: stopped after 0 added, 0 refused: no such table: user\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_terminal_shows_how_far_it_is_and_how_fast(
    app: Flask, write: Callable[[str | bytes], Path], monkeypatch: pytest.MonkeyPatch, *, dry_run: bool
) -> None:
    people = "".join(f"p{number},p@example.test,,,{PHP}\n" for number in range(999))
    terminal = Terminal()
    file = write(HEADER + people + "bad\n")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        with pytest.raises(SystemExit) as ending:
            app.cli.main(
                ["user", "import", *(["--dry-run"] if dry_run else []), str(file)],
                obj=ScriptInfo(create_app=lambda: app),
            )
    assert ending.value.code == 1
    shown = terminal.getvalue()
    assert ("Checking" if dry_run else "Importing") in shown
    assert "500/1000" in shown
    assert "1000/1000" in shown
    assert re.search(r"[0-9,]+ rows/s", shown)
    assert f"{CLEAR_LINE}line 1001: its number of fields is 1, not 5\n" in shown


def test_no_bar_where_nobody_looks(app: Flask, write: Callable[[str | bytes], Path]) -> None:
    assert run(app, write(HEADER + DORA)).output == "1 added, 0 refused\n"


def test_a_rate_needs_time() -> None:
    assert _rate(500, 0.0) == ""
    assert _rate(500, 0.25) == "2,000 rows/s"
