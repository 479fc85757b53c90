"""People, and the one spelling of their names."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ssp.models import user
from ssp.models.user import canonical, mailbox
from tests import rows


@pytest.mark.parametrize(
    "typed",
    [
        "admin",
        "ADMIN",
        "Admin",
        "admin ",
        " admin",
        "\tadmin\r\n",
        "\u00a0admin\u3000",
        "\uff41\uff44\uff4d\uff49\uff4e",
        "\uff21DMIN",
        "\U0001d41a\U0001d41dmin",
        "\u24d0dmin",
        "\u1d43dmin",
    ],
)
def test_one_account_however_it_is_typed(typed: str) -> None:
    assert canonical(typed) == "admin"


@pytest.mark.parametrize(
    "typed, folded",
    [
        ("\u017fam", "sam"),  # the long s
        ("\u212aim", "kim"),  # the sign for kelvin
        ("\ufb01nn", "finn"),  # a ligature
        ("Stra\u00dfe", "strasse"),
        ("o'hara", "o'hara"),
        ("Ada.Lovelace+portal@Example.test", "ada.lovelace+portal@example.test"),
        ("a-b_c.d", "a-b_c.d"),
        ("4711", "4711"),
        ("\u00b2\u00b3", "23"),  # raised digits
        ("x" * 64, "x" * 64),
        ("\ufb01" * 32, "fi" * 32),
    ],
)
def test_spellings_of_the_same_letters(typed: str, folded: str) -> None:
    assert canonical(typed) == folded
    assert canonical(folded) == folded


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "x" * 65,
        "\ufb01" * 33,
        "adm\u0131n",  # without its dot
        "\u0130van",  # with a dot too many
        "\u0430dmin",  # Cyrillic
        "\u03b1dmin",  # Greek
        "ad\u0301min",
        "\u00e9mile",
        "ad min",
        "ad\u200bmin",
        "admin\u200b",
        "ad\u00admin",
        "\ufeffadmin",
        "ad\0min",
        "admin\0",
        "admin\x07",
        "admin\x7f",
        "admin\x1b[0m",
        "ad\nmin",
        "\u202eadmin",
        "admin\u2066",
        "\ud800",
        "_admin",
        ".admin",
        "-admin",
        "@admin",
        "'admin",
        "ad:min",
        "ad/min",
        "ad\\min",
        "ad<min",
        'ad"min',
        "ad;min",
        "ad,min",
        "ad%min",
        "ad*min",
        "ad(min)",
        "ad&min",
        "ad?min",
        "ad#min",
        "\u0661\u0662",
        "a" + "\u0315" * 4096,
    ],
)
def test_what_cannot_be_a_username(typed: str) -> None:
    assert canonical(typed) is None


def test_people_are_found_by_any_spelling(connection: Connection) -> None:
    number = rows.person(connection, "ada")
    for typed in ("ada", " ADA ", "\uff21da"):
        found = user.by_username(connection, typed)
        assert found
        assert found.id == number
    assert user.by_username(connection, "ben") is None
    assert user.by_username(connection, "a da") is None


@pytest.mark.parametrize("lock", [False, True])
def test_people_are_found_by_number(lock: bool, connection: Connection) -> None:  # noqa: FBT001 - both must work
    number = rows.person(connection)
    found = user.by_id(connection, number, lock=lock)
    assert found
    assert (found.username, found.groups, found.security_epoch, found.demo) == ("ada", ("agents",), 1, False)
    assert (found.created_at, found.disabled_at, found.last_signed_in_at) == (rows.AT, None, None)
    assert user.by_id(connection, number + 1, lock=lock) is None


def test_everybody_comes_by_name(connection: Connection) -> None:
    assert (user.count(connection), user.everybody(connection)) == (0, [])
    for name in ("cora", "ada", "ben"):
        rows.person(connection, name)
    assert [person.username for person in user.everybody(connection)] == ["ada", "ben", "cora"]
    assert user.count(connection) == 3


def test_a_name_belongs_to_one_person(connection: Connection) -> None:
    rows.person(connection)
    with pytest.raises(IntegrityError), connection.begin_nested():
        rows.person(connection)
    assert user.count(connection) == 1


def test_a_hash_is_replaced_for_one_person(connection: Connection) -> None:
    ada, ben = rows.person(connection, "ada", password_hash=None), rows.person(connection, "ben")
    user.replace_hash(connection, ada, "sealed")
    found = {person.id: person.password_hash for person in user.everybody(connection)}
    assert found == {ada: "sealed", ben: "$argon2id$"}


def test_epochs_go_up_one_by_one_and_for_one_person(connection: Connection) -> None:
    ada, ben = rows.person(connection, "ada"), rows.person(connection, "ben")
    assert [user.raise_epoch(connection, ada) for _ in range(3)] == [2, 3, 4]
    assert user.raise_epoch(connection, ben) == 2


def test_a_change_changes_one_person(connection: Connection) -> None:
    ada, ben = rows.person(connection, "ada"), rows.person(connection, "ben")
    user.change(connection, ada, disabled_at=rows.AT, name="Ada L.")
    found = {person.id: (person.name, person.disabled_at) for person in user.everybody(connection)}
    assert found == {ada: ("Ada L.", rows.AT), ben: ("Ben", None)}


def test_an_unknown_name_is_checked_against_somebodys_hash(connection: Connection) -> None:
    low, high = "00" * 32, "ff" * 32
    assert user.stand_in(connection, low) is None
    ada, ben = ("AAAAAAAAAAAAAAAAAAAAAA", "ada's"), ("MMMMMMMMMMMMMMMMMMMMMM", "ben's")
    rows.person(connection, "ada", selector=ada[0], password_hash=ada[1])
    rows.person(connection, "ben", selector=ben[0], password_hash=ben[1])
    rows.person(connection, "cora", selector="NNNNNNNNNNNNNNNNNNNNNN", password_hash=None)
    assert user.stand_in(connection, low) == user.stand_in(connection, low) == ada
    assert user.stand_in(connection, "04" * 32) == ben
    assert user.stand_in(connection, high) == ada, "behind the last one comes the first"


@pytest.mark.parametrize(
    "address, compared",
    [
        (" Ada@EXAMPLE.Test ", "ada@example.test"),
        ("a\u0308DA@x.test", "\u00e4da@x.test"),
        ("bob@stra\u00dfe.test", "bob@xn--strae-oqa.test"),
        ("bob@XN--STRAE-OQA.test", "bob@xn--strae-oqa.test"),
        ("bob@strasse.test", "bob@strasse.test"),
        ("bob@b\u00fccher.test", "bob@xn--bcher-kva.test"),
        ("stra\u00dfe@x.test", "stra\u00dfe@x.test"),
        ("x@a_B.test", "x@a_b.test"),  # no name of the name system; mail goes to some of them all the same
        ("Nobody", "nobody"),
    ],
)
def test_domains_are_compared_as_the_name_system_does_it(address: str, compared: str) -> None:
    assert mailbox(address) == compared
