"""SK1: keys are strong and their owner's alone, and change while people sign in, without anybody's noticing."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, insert

from ssp.app import create_app
from ssp.flows import key_rotation
from ssp.infra.database import Database
from ssp.models import Authenticator, Challenge, TrustedDevice, User, columns
from ssp.settings import Settings, SettingsError
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.keys import ONE, line
from tests.people import (
    ADA,
    BEN,
    SAM,
    App,
    Browser,
    Phone,
    events,
    one,
    password,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)
from tests.security.tools import at_once, on_disk, send


def rotate(app: Flask) -> str:
    """Rotate as an operator does; return the new key's id."""
    done = app.test_cli_runner().invoke(args=["keys", "rotate"])
    assert done.exit_code == 0, done.output
    found = re.search(r"sealed with (\w+)", done.stdout)
    assert found
    return found[1]


def move(browser: Browser, app: Flask) -> Browser:
    """Send what the browser asks next to another process of the portal."""
    browser.web.app = app
    return browser


def sealing_keys(site: Site) -> set[str]:
    values = [person.password_hash for person in table(site, User)]
    values += [way.data for way in table(site, Authenticator)]
    values += [code.code for code in table(site, Challenge)]
    return {value.partition(".")[0] for value in values if value}


ORDERS = {"old, then new": (0, 1), "new, then old": (1, 0), "old alone": (0, 0), "new alone": (1, 1)}


@pytest.fixture(params=ORDERS)
def turns(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Give which of two processes, one older and one younger than the new key, answers first and which second."""
    return ORDERS[request.param]


def test_nobody_notices_a_rotation(
    make_app: Callable[..., Flask], phone: Phone, clock: Clock, turns: tuple[int, int]
) -> None:
    old = make_app()
    site: Site = old.extensions["ssp"]
    sign_out(set_up_text(browser := Browser(old, phone), ADA))
    clock.move(minutes=1)
    trusting = sign_in_by_text(Browser(old, phone), ADA, trust=True)
    signed_in = set_up_text(Browser(old, phone), SAM)
    clock.move(minutes=11)
    sign_out(trusting)
    waiting = password(browser, ADA)  # for a text
    setting_up = password(Browser(old, phone), BEN).fill(type="totp")
    secret = App(str(one(setting_up.page.html, "[data-totp-secret]")["data-totp-secret"]))
    form = Browser(old, phone).open("/sign-in")

    new_id = rotate(make_app())

    apps = (old, make_app())
    first, second = (apps[turn] for turn in turns)
    assert sealing_keys(site) == {new_id}
    # A form that was open is taken, and what follows.
    move(form, first).fill(username=BEN.username, password=BEN.password)
    assert form.path == "/set-up"
    # A session goes on.
    assert move(signed_in, first).open("/").path == "/"
    assert move(signed_in, second).open("/").path == "/"
    # A code that is on its way counts; a wrong one does not.
    move(waiting, first).fill("/sign-in/code", code=phone.wrong_code(ADA.mobile))
    assert waiting.path == "/sign-in/code"
    move(waiting, second).fill("/sign-in/code", code=phone.text_code(ADA.mobile))
    assert waiting.path == "/"
    # A set-up that was begun is finished, and its app signs in.
    move(setting_up, first).fill(code=secret.code())
    assert setting_up.path == "/set-up/done"
    clock.move(minutes=1)
    move(sign_out(setting_up), second)
    assert password(setting_up, BEN).fill("/sign-in/code", code=secret.code()).path == "/"
    # A trusted device skips the code, again and again.
    for app in (first, second, first):
        assert password(move(trusting, app), ADA).path == "/"
        sign_out(trusting)
    assert table(site, TrustedDevice)[0].revoked_at is None
    assert sealing_keys(site) == {new_id}
    assert events(site, "keys.rotated")[0].reason == new_id


def test_two_tabs_of_a_trusted_device_get_one_value_while_keys_change(
    make_app: Callable[..., Flask], phone: Phone, clock: Clock
) -> None:
    old = make_app()
    site: Site = old.extensions["ssp"]
    browser = Browser(old, phone)
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    spent = sign_out(sign_in_by_text(browser, ADA, trust=True)).devices
    password(browser, ADA)
    given = sign_out(browser).devices
    assert given != spent
    rotate(make_app())
    clock.move(seconds=5)
    for app in (old, make_app()):
        tab = move(browser, app).carry(spent)
        assert password(tab, ADA).path == "/"
        assert sign_out(tab).devices == given
    clock.move(minutes=1)
    assert password(browser, ADA).path == "/"
    assert sign_out(browser).devices != given
    assert table(site, TrustedDevice)[0].revoked_at is None


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_sign_ins_go_on_during_rotations(
    request: pytest.FixtureRequest, make_app: Callable[..., Flask], phone: Phone, kind: str
) -> None:
    settings = {}
    if kind == "postgresql":
        settings["database_url"] = url = request.getfixturevalue("postgresql_url")
        copy_people(make_app().extensions["ssp"], url)
    apps = [make_app(**settings), make_app(**settings)]
    browsers = [Browser(app, phone) for app in apps]
    for browser in browsers:
        browser.open("/sign-in")

    def deed(number: int) -> str | None:
        if number < 2:
            for _ in range(3):
                key_rotation.rotate(apps[number].extensions["ssp"])
            return None
        browser, human = browsers[number % 2], (ADA, BEN, SAM)[number % 3]
        fields = {"csrf_token": browser.csrf(), "username": human.username, "password": human.password}
        return send(apps[number % 2], "/sign-in", fields, browser.cookies).headers.get("Location")

    answers = at_once(10, deed)
    assert answers == [None] * 2 + ["/set-up"] * 8
    site: Site = apps[0].extensions["ssp"]
    assert not key_rotation.never_sealed(site)
    for human in (ADA, BEN, SAM):
        assert password(Browser(make_app(**settings), phone), human).path == "/set-up"


def copy_people(site: Site, url: str) -> None:
    database = Database(create_engine(url))
    with site.database.reading() as source, database.writing() as target:
        people = [dict(row._mapping) for row in source.execute(columns.columns(User))]  # noqa: SLF001 - SQLAlchemy's own way
        target.execute(insert(User), people)
    database.engine.dispose()


def test_the_dropped_key_opens_nothing_that_is_kept(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    old = make_app()
    site: Site = old.extensions["ssp"]
    sign_out(set_up_text(browser := Browser(old, phone), ADA))
    first = site.settings.key_file.read_text().splitlines()[0]
    rotate(make_app())
    clock.move(hours=2)
    assert make_app().test_cli_runner().invoke(args=["keys", "drop"]).output == "k1 is dropped\n"
    assert first not in site.settings.key_file.read_text()
    assert b"k1." not in on_disk(site)
    for app in (old, make_app()):
        clock.move(minutes=15)
        assert sign_in_by_text(move(browser, app), ADA).path == "/"
        sign_out(browser)


def test_an_older_database_comes_back_with_the_list_of_its_time(
    make_app: Callable[..., Flask], phone: Phone, clock: Clock
) -> None:
    app = make_app()
    site: Site = app.extensions["ssp"]
    sign_out(set_up_text(Browser(app, phone), ADA))
    path, kept = site.settings.key_file, site.settings.key_file.read_text()
    backup = {model: [dict(row._mapping) for row in rows_of(site, model)] for model in (User, Authenticator)}  # noqa: SLF001 - SQLAlchemy's own way
    rotate(make_app())
    clock.move(hours=2)
    assert make_app().test_cli_runner().invoke(args=["keys", "drop"]).exit_code == 0
    with site.database.writing() as connection:
        for model, rows in backup.items():
            connection.execute(delete(model))
            connection.execute(insert(model), rows)
    today = path.read_text().splitlines(keepends=True)
    path.write_text("".join([today[0], *kept.splitlines(keepends=True)]))
    new_id = rotate(make_app())
    assert sealing_keys(site) == {new_id}
    assert sign_in_by_text(Browser(make_app(), phone), ADA).path == "/"


def rows_of(site: Site, model: type) -> list[Any]:
    return list(table(site, model))


def test_purposes_share_no_key_and_the_file_is_nobody_elses(make_app: Callable[..., Flask]) -> None:
    site: Site = make_app().extensions["ssp"]
    rotate(make_app())
    path = site.settings.key_file
    assert path.stat().st_mode & 0o777 == 0o600
    keys = [base64.urlsafe_b64decode(text.split()[1]) for text in path.read_text().splitlines()]
    assert [len(key) for key in keys] == [32, 32, 32]
    derived = [site.keys.secret(purpose) for purpose in ("password", "code", "authenticator")]
    derived += [site.keys.lasting(purpose) for purpose in ("flask", "csrf", "decoy", "log")]
    assert len({*derived, *keys}) == len(derived) + len(keys)
    held = on_disk(site)
    assert not [key for key in (*keys, *derived) if key in held or base64.urlsafe_b64encode(key) in held]


STRONG = base64.urlsafe_b64encode(ONE).decode()
REFUSED = {
    "empty": "",
    "one line that is empty": "\n",
    "changeme": "k1 changeme\n",
    "changeme, long enough": f"k1 {('changeme' * 6)[:43]}\n",
    "dev": f"k1 {('dev' * 15)[:43]}\n",
    "zeros": line("k1", bytes(32)),
    "one byte": line("k1", b"\x5a" * 32),
    "two halves": line("k1", ONE[:16] * 2),
    "counting": line("k1", bytes(range(200, 232))),
    "a sentence": line("k1", b"this-is-a-very-secret-key-32-by!"),
    "hexadecimal": line("k1", b"9f86d081884c7d659a2feaa0c55ad015"),
    "half as long": f"k1 {STRONG[:22]}\n",
    "one id twice": line("k1", ONE) + line("k1", bytes(reversed(ONE))),
    "one key twice": line("k1", ONE) + line("k2", ONE),
    "an HTML page": "<!doctype html>\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_weak_empty_doubled_and_documented_keys_refuse_to_start(tmp_path: Path, name: str) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(REFUSED[name])
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="SSP_SECRET_KEY_FILE") as refused:
        create_app(Settings(instance=tmp_path, demo=True))
    assert "\n" not in str(refused.value)
    assert path.read_text() == REFUSED[name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_refuses_to_start(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(line("k1", ONE))
    path.chmod(mode)
    with pytest.raises(SettingsError, match="run chmod 600 on it"):
        create_app(Settings(instance=tmp_path, demo=True))
    path.chmod(0o600)
    create_app(Settings(instance=tmp_path, demo=True))
