import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from ssp.extensions import Base
from ssp.flows.people_import import BATCH, Fault, bring
from ssp.infra.crypto import Key, KeyRing
from ssp.infra.database import Database
from ssp.infra.people_csv import BrokenFileError, PeopleFile
from ssp.models import Event, user
from ssp.models.columns import columns, rows
from ssp.settings import Settings

# Of the password "correct horse battery staple", by PHP 8.2.36.
HASH = "$2y$04$ttj0hq6NcSoud7jEw5LfQuC.lYPdHwD9cfzZ1kzN7SV/0CBHOyCoe"
HEADER = "username,email,name,groups,password_hash\n"
KEYS = KeyRing([Key("k1", bytes(range(100, 132)))])
SETTINGS = Settings(demo=True)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    engine = create_engine(f"sqlite:///{tmp_path / 'ssp.db'}")
    database = Database(engine)
    Base.metadata.create_all(engine)
    yield database
    engine.dispose()


def line(
    username: str = "ada", email: str = "a@example.test", name: str = "", groups: str = "", stored: str = HASH
) -> str:
    return f"{username},{email},{name},{groups},{stored}\n"


def run(database: Database, body: str | bytes, *, dry_run: bool = False) -> tuple[int, int, list[Fault]]:
    """Return how many were added and refused, and all faults."""
    content = HEADER.encode() + (body if isinstance(body, bytes) else body.encode())
    steps = list(bring(database, KEYS, SETTINGS, PeopleFile(io.BytesIO(content)), dry_run=dry_run))
    faults = [fault for step in steps for fault in step.faults]
    return sum(step.added for step in steps), sum(step.refused for step in steps), faults


def usernames(database: Database) -> list[str]:
    with database.reading() as connection:
        return [person.username for person in user.everybody(connection)]


def test_a_person_comes_with_everything(database: Database) -> None:
    body = line(" Ada ", " Ada@Example.test ", "Ade\u0301le L.", "agents; employees agents;", f" {HASH} ")
    assert run(database, body) == (1, 0, [])
    with database.reading() as connection:
        (person,) = user.everybody(connection)
        (event,) = rows(connection, columns(Event), Event)
    assert (person.username, person.email, person.name) == ("ada", "Ada@Example.test", "Ad\u00e9le L.")
    assert person.groups == ("agents", "employees")
    assert person.password_hash
    assert HASH not in person.password_hash
    assert KEYS.open("password", person.selector, person.password_hash) == HASH
    assert (person.security_epoch, person.disabled_at, len(person.selector)) == (1, None, 22)
    assert (event.kind, event.outcome, event.reason) == ("user.added", "done", "import")
    assert (event.user_id, event.subject, event.agent) == (person.id, "ada", "command line")


@pytest.mark.parametrize(
    "row, column, reason",
    [
        (line(username=""), "username", "is empty"),
        (line(username="a da"), "username", "is no username: 1 to 64 letters"),
        (line(username="\u0430da"), "username", "is no username"),  # the first letter is Cyrillic
        (line(username="a" * 65), "username", "is no username"),
        (line(username="a\0b"), "username", "control character"),
        (line(email=""), "email", "is empty"),
        (line(email="ada"), "email", "is no e-mail address"),
        (line(email="a@b@c"), "email", "is no e-mail address"),
        (line(email="Ada <a@example.test>"), "email", "is no e-mail address"),
        (line(email="a" * 250 + "@b.de"), "email", "is no e-mail address"),
        (line(email='"a@example.test\nBcc: b@example.test"'), "email", "line break"),
        (line(name="A" * 201), "name", "is longer than 200 characters"),
        (line(name='"Ada\nLovelace"'), "name", "line break"),
        (line(name="Ada\u2028Lovelace"), "name", "line break"),
        (line(name="Ada\x1b[2J"), "name", "control character"),
        (line(name="Ada \u202eecalevoL"), "name", "control character"),
        (line(groups="agents;<b>"), "groups", "holds what is no group"),
        (line(groups='"agents,employees"'), "groups", "holds what is no group"),
        (line(groups="a" * 65), "groups", "holds what is no group"),
        (line(stored=""), "password_hash", "is empty"),
        (line(stored="secret"), "password_hash", "is of an unknown format; known are Argon2"),
        (line(stored=HASH[:-1]), "password_hash", "looks like bcrypt, but is damaged or cut off"),
        (line(stored=HASH.replace("$04$", "$31$")), "password_hash", "asks for bcrypt cost 31"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_bad_row_is_named_and_leaves_the_others_alone(
    database: Database, row: str, column: str, reason: str, *, dry_run: bool
) -> None:
    added, refused, (fault,) = run(database, line("bob") + row + line("cleo"), dry_run=dry_run)
    assert (added, refused) == (2, 1)
    assert (fault.line, fault.column) == (3, column)
    assert reason in fault.reason
    assert str(fault) == f"line 3, column {column}: {fault.reason}"
    assert usernames(database) == ([] if dry_run else ["bob", "cleo"])


def test_a_row_in_another_encoding_is_named(database: Database) -> None:
    body = line("ada").encode() + line("bob", name="Zoë").encode("latin-1") + line("cleo", name="Zoë").encode()
    added, refused, (fault,) = run(database, body)
    assert (added, refused) == (2, 1)
    assert str(fault) == "line 3, column name: is not UTF-8; save the file in that encoding"


def test_every_fault_of_a_row_is_named_but_the_row_counts_once(database: Database) -> None:
    added, refused, faults = run(database, line("-", "-", "-", "-", "-") + "too,few\n")
    assert (added, refused) == (0, 2)
    assert [(fault.line, fault.column) for fault in faults] == [
        (2, "username"),
        (2, "email"),
        (2, "password_hash"),
        (3, None),
    ]
    assert str(faults[-1]) == "line 3: its number of fields is 2, not 5"


@pytest.mark.parametrize("dry_run", [False, True])
def test_nobody_comes_twice_however_the_name_is_spelled(database: Database, *, dry_run: bool) -> None:
    run(database, line("dee"))
    filler = "".join(line(f"filler{number}") for number in range(BATCH))
    body = (
        line("kim") + line("\u212aIM") + line("Dee") + line("\uff24ee", email="-") + filler + line("KIM ") + line("eve")
    )
    added, refused, faults = run(database, body, dry_run=dry_run)
    assert (added, refused) == (BATCH + 2, 4)
    assert [str(fault) for fault in faults] == [
        "line 3, column username: is on line 2 already",
        "line 4, column username: belongs to somebody already",
        "line 5, column email: is no e-mail address",
        "line 5, column username: is on line 4 already",
        f"line {BATCH + 6}, column username: is on line 2 already",
    ]
    assert usernames(database).count("kim") == (0 if dry_run else 1)


def test_a_second_run_brings_nobody_and_changes_nobody(database: Database) -> None:
    run(database, line("ada"))
    added, refused, (fault,) = run(database, line("ada", email="new@example.test"))
    assert (added, refused, fault.reason) == (0, 1, "belongs to somebody already")
    with database.reading() as connection:
        (person,) = user.everybody(connection)
    assert (person.name, person.email) == ("ada", "a@example.test")


def test_an_empty_list_brings_nobody(database: Database) -> None:
    assert run(database, "") == (0, 0, [])
    assert run(database, "\n\n") == (0, 0, [])


def test_a_file_that_breaks_leaves_whole_batches(database: Database) -> None:
    with pytest.raises(BrokenFileError):
        run(database, "".join(line(f"p{number}") for number in range(BATCH)) + 'ada,"')
    assert len(usernames(database)) == BATCH


def peak(database: Database, path: Path, people: int) -> int:
    """Return the most memory, in bytes, that an import of so many people, a tenth of them twice, takes at once."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        file.writelines(line(f"{path.stem}{number - (number % 10 == 9)}") for number in range(people))
    tracemalloc.start()
    refused = 0
    with path.open("rb") as stream:
        for step in bring(database, KEYS, SETTINGS, PeopleFile(stream), dry_run=False):
            refused += step.refused
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused == people // 10
    return most


def test_memory_does_not_grow_with_the_file(database: Database, tmp_path: Path) -> None:
    peak(database, tmp_path / "warm.csv", 1_500)  # what is made once: compiled statements, for instance
    small = peak(database, tmp_path / "small.csv", 1_500)
    large = peak(database, tmp_path / "large.csv", 15_000)
    assert large < 1.5 * small
    with database.reading() as connection:
        assert user.count(connection) == 16_200
