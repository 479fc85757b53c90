"""Sealed password hashes: opened for their person, kept from everybody else, and sealed where they are not yet."""

import pytest
from sqlalchemy import update

from ssp.flows import credentials, key_rotation, people
from ssp.flows.people import NewPerson
from ssp.flows.steps import Step
from ssp.infra.crypto import Key, KeyRing
from ssp.models import User, user
from ssp.web.portal import Site
from tests import rows
from tests.desk import Desk
from tests.keys import ONE, line
from tests.people import ADA, BEN

PHC = "$argon2id$v=19$m=19456,t=2,p=1$"


def person(site: Site, username: str = "ada") -> User:
    with site.database.reading() as connection:
        return people.find(connection, username)


def put(site: Site, username: str, held: str | None) -> User:
    with site.database.writing() as connection:
        connection.execute(update(User).where(User.username == username).values(password_hash=held))
    return person(site, username)


def test_a_hash_is_sealed_to_its_person_and_opens_there(site: Site) -> None:
    ada = person(site)
    held = credentials.sealed(site, ada.selector, PHC)
    assert held.startswith("k1.")
    assert "argon2" not in held
    assert credentials.stored(site, put(site, "ada", held)) == PHC


@pytest.mark.parametrize("held", [None, PHC, "$2y$04$ttj0hq6NcSoud7jEw5LfQu", "pbkdf2:sha256:1000$a$b"])
def test_none_and_those_from_before_are_as_they_are(site: Site, held: str | None) -> None:
    assert credentials.stored(site, put(site, "ada", held)) == held


@pytest.mark.parametrize("held", ["", "x" * 500, "k1.AAAA", "k9.AAAA"])
def test_what_does_not_open_is_none_and_said_without_the_value(
    site: Site, caplog: pytest.LogCaptureFixture, held: str
) -> None:
    ada = put(site, "ada", held)
    assert credentials.stored(site, ada) is None
    assert f"The password of the person with the selector {ada.selector} cannot be opened" in caplog.text
    assert "x" * 20 not in caplog.text


def test_anothers_hash_does_not_open(site: Site) -> None:
    assert credentials.stored(site, put(site, "ada", person(site, "ben").password_hash)) is None


def test_a_replaced_hash_is_sealed(site: Site) -> None:
    with site.database.writing() as connection:
        credentials.replace(connection, site, person(site), PHC)
    ada = person(site)
    assert ada.password_hash
    assert ada.password_hash.startswith("k1.")
    assert credentials.stored(site, ada) == PHC


def test_a_hash_is_the_same_whichever_key_sealed_it(site: Site) -> None:
    before = person(site)
    key_rotation.rotate(site)
    after = person(site)
    assert before.password_hash != after.password_hash
    assert credentials.same(site, before, after)
    assert credentials.same(site, after, after)
    assert not credentials.same(site, before, put(site, "ada", PHC))


def test_a_sign_in_seals_a_hash_from_before(site: Site) -> None:
    phc = credentials.stored(site, person(site))
    put(site, "ada", phc)
    assert Desk(site, ADA).password().step is Step.SET_UP
    ada = person(site)
    assert not site.keys.outdated(ada.password_hash or "")
    assert credentials.stored(site, ada) == phc
    Desk(site, ADA).password()
    assert person(site).password_hash == ada.password_hash, "sealed once"


def test_a_sign_in_seals_with_todays_key(site: Site) -> None:
    ben = person(site, "ben")
    stale = KeyRing([Key("k0", ONE)])
    path = site.settings.key_file
    path.write_text(path.read_text().replace("lookup ", f"{line('k0', ONE)}lookup "))
    put(site, "ben", credentials.seal(stale, ben.selector, credentials.stored(site, ben) or ""))
    assert Desk(site, BEN).password().step is Step.SET_UP
    assert (person(site, "ben").password_hash or "").startswith("k1.")


def test_what_does_not_open_is_not_replaced(site: Site) -> None:
    ada = put(site, "ada", "k9.AAAA")
    with site.database.writing() as connection:
        credentials.keep_sealed(connection, site, ada)
    assert person(site).password_hash == "k9.AAAA"


def test_an_unknown_name_is_checked_against_an_opened_hash(site: Site) -> None:
    with site.database.writing() as connection:
        everybody = {credentials.stored(site, each) for each in user.everybody(connection)}
        found = {credentials.stand_in(connection, site, f"nobody {number}") for number in range(20)}
        assert found <= everybody
        connection.execute(User.__table__.delete())  # type: ignore[attr-defined] # the table
        assert credentials.stand_in(connection, site, "nobody") is None
        rows.person(connection)
        assert credentials.stand_in(connection, site, "nobody") == "$argon2id$"


def test_what_everybody_knows_is_named(site: Site) -> None:
    known = credentials.context(site.settings, NewPerson("zoe", "z.vale@example.test", "Zoe Vale", ()))
    assert known == ("zoe", "Zoe Vale", "z.vale", "Secure Services Portal", "Example Mutual", "localhost")
