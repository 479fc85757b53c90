"""PW9: the database, or a backup of it, lets nobody guess: hashes are sealed, each to its person, under a named key."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import create_engine, text, update

from ssp.flows import key_rotation
from ssp.infra.database import Database
from ssp.infra.passwords import PasswordHasher, recognise
from ssp.models import User
from ssp.web.portal import Site
from tests.people import ADA, BEN, SAM, Browser, hashes, join, password, table
from tests.security.tools import Costs, on_disk

# What every known form of a hash begins with, and the sealed one.
PLAIN = re.compile(rb"\$argon2|\$2[aby]\$|pbkdf2|scrypt|bcrypt")
SEALED = re.compile(r"k[a-z0-9]+\.[A-Za-z0-9_-]{160,}=*")


def held(site: Site) -> dict[str, str]:
    return {person.username: str(person.password_hash) for person in table(site, User)}


def test_an_offline_guess_of_a_known_password_fails(site: Site) -> None:
    hasher = PasswordHasher(site.passwords.parameters, threads=1, queue=1)
    for human in (ADA, BEN, SAM):
        assert hasher.check(hashes(site)[human.username], human.password).matched
        assert SEALED.fullmatch(held(site)[human.username])
        assert isinstance(recognise(held(site)[human.username]), str)
        assert not hasher.check(held(site)[human.username], human.password).matched
    hasher.close()
    assert not PLAIN.search(on_disk(site))


def test_hashes_that_came_along_are_sealed_as_they_come(
    app: Flask, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("csv") / "people.csv"
    brought = "$2y$04$ttj0hq6NcSoud7jEw5LfQuC.lYPdHwD9cfzZ1kzN7SV/0CBHOyCoe"
    file.write_text(f"username,email,name,groups,password_hash\ndora,d@example.test,Dora,,{brought}\n")
    assert app.test_cli_runner().invoke(args=["user", "import", str(file)]).exit_code == 0
    assert hashes(site)["dora"] == brought
    assert not PLAIN.search(on_disk(site))


@pytest.mark.postgresql
def test_a_dump_of_postgresql_holds_no_hash_either(make_app: Callable[..., Flask], postgresql_url: str) -> None:
    site: Site = make_app(database_url=postgresql_url).extensions["ssp"]
    join(site, ADA)
    database = Database(create_engine(postgresql_url))
    with database.reading() as connection:
        dump = connection.execute(text('SELECT "user"::text FROM "user"')).scalar_one()
    database.engine.dispose()
    assert "ada" in dump
    assert not PLAIN.search(dump.encode())


def test_anothers_hash_opens_nothing(browser: Browser, site: Site, hashed: Costs) -> None:
    ada, ben = held(site)["ada"], held(site)["ben"]
    with site.database.writing() as connection:
        connection.execute(update(User).where(User.username == "ada").values(password_hash=ben))
        connection.execute(update(User).where(User.username == "ben").values(password_hash=ada))
    for username in ("ada", "ben"):
        for typed in (ADA.password, BEN.password):
            assert browser.open("/sign-in").fill(username=username, password=typed).page.status_int == 422
            assert browser.problem.startswith("That username and password do not match.")
    assert hashed() == [(19456, 2, 1)] * 4, "the work of a decoy"


def test_one_altered_letter_opens_nothing(browser: Browser, site: Site) -> None:
    value = held(site)["ada"]
    place = len(value) // 2
    altered = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
    with site.database.writing() as connection:
        connection.execute(update(User).where(User.username == "ada").values(password_hash=altered))
    assert password(browser, ADA).page.status_int == 422


def test_a_rotation_needs_no_password(browser: Browser, site: Site) -> None:
    before, opened = held(site), hashes(site)
    key, _ = key_rotation.rotate(site)
    after = held(site)
    assert {value.partition(".")[0] for value in after.values()} == {key.id}
    assert not set(before.values()) & set(after.values())
    assert hashes(site) == opened
    assert password(browser, ADA).path == "/set-up"


def test_those_from_before_are_sealed_at_the_next_sign_in(browser: Browser, site: Site, hashed: Costs) -> None:
    plain = hashes(site)
    with site.database.writing() as connection:
        for username, phc in plain.items():
            connection.execute(update(User).where(User.username == username).values(password_hash=phc))
    assert password(browser, ADA).path == "/set-up"
    assert hashed() == [(19456, 2, 1)]
    assert SEALED.fullmatch(held(site)["ada"])
    assert held(site)["ben"] == plain["ben"]
    key_rotation.rotate(site)
    assert all(SEALED.fullmatch(value) for value in held(site).values())
    assert hashes(site) == plain
