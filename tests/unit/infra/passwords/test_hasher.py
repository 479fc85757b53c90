import re
from collections.abc import Iterator
from typing import Any

import argon2
import bcrypt
import pytest
from argon2.exceptions import HashingError
from argon2.low_level import hash_secret_raw
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from ssp.infra.passwords import Check, Parameters, PasswordHasher, UnusablePasswordError, argon
from ssp.infra.passwords.pool import Busy

PASSWORD = "correct horse battery staple"
CHEAP = Parameters(64, 1, 1)
COMPOSED = "caf\u00e9 au lait, s'il vous pla\u00eet"
DECOMPOSED = "cafe\u0301 au lait, s'il vous plai\u0302t"

MATCHED = Check(matched=True)
MATCHED_OLD = Check(matched=True, needs_rehash=True)
MISSED = Check(matched=False)


@pytest.fixture(scope="module")
def hasher() -> Iterator[PasswordHasher]:
    hasher = PasswordHasher(CHEAP, threads=1, queue=4)
    yield hasher
    hasher.close()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Note what every Argon2 computation costs."""
    noted: list[tuple[Any, ...]] = []

    def note(secret: bytes, salt: bytes, **cost: Any) -> bytes:  # noqa: ANN401 - passes on whatever it is given
        noted.append((len(salt), *sorted(cost.items())))
        return hash_secret_raw(secret, salt, **cost)

    monkeypatch.setattr(argon, "hash_secret_raw", note)
    return noted


def test_a_hash_describes_itself_and_has_its_own_salt(hasher: PasswordHasher) -> None:
    hashes = {hasher.hash(PASSWORD) for _ in range(3)}
    assert len(hashes) == 3
    pattern = r"\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}"  # 16 and 32 bytes
    assert all(re.fullmatch(pattern, stored) for stored in hashes)
    assert all(argon2.PasswordHasher().verify(stored, PASSWORD) for stored in hashes)


def test_the_right_password_matches_and_no_other(hasher: PasswordHasher) -> None:
    stored = hasher.hash(PASSWORD)
    assert hasher.check(stored, PASSWORD) == MATCHED
    assert hasher.check(stored, PASSWORD + " ") == MISSED
    assert hasher.check(stored, PASSWORD.title()) == MISSED
    assert hasher.check(stored, "") == MISSED


@pytest.mark.parametrize("length", [64, 71, 72, 73, 200, 256])
def test_every_character_of_a_long_password_counts(hasher: PasswordHasher, length: int) -> None:
    stored = hasher.hash("p" * length)
    assert hasher.check(stored, "p" * length) == MATCHED
    assert hasher.check(stored, "p" * (length - 1) + "q") == MISSED
    assert hasher.check(stored, "p" * (length - 1)) == MISSED


def test_both_spellings_of_an_accent_are_one_password(hasher: PasswordHasher) -> None:
    for given_as, typed in ((COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)):
        assert hasher.check(hasher.hash(given_as), typed) == MATCHED


def test_an_imported_hash_is_of_what_was_typed_there(hasher: PasswordHasher) -> None:
    for there in (COMPOSED, DECOMPOSED):
        stored = bcrypt.hashpw(there.encode(), bcrypt.gensalt(4)).decode()
        assert hasher.check(stored, there) == MATCHED_OLD
    # Set on a phone, typed on a Mac: the normal form is what the old system hashed.
    assert hasher.check(bcrypt.hashpw(COMPOSED.encode(), bcrypt.gensalt(4)).decode(), DECOMPOSED) == MATCHED_OLD


def test_our_own_form_is_hashed_again_when_it_holds_another_spelling(hasher: PasswordHasher) -> None:
    stored = argon.encode(CHEAP, DECOMPOSED.encode())
    assert hasher.check(stored, DECOMPOSED) == MATCHED_OLD


OTHERS = {
    "bcrypt": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "scrypt": lambda: generate_password_hash(PASSWORD, "scrypt:1024:8:1"),
    "Argon2i": lambda: argon2.PasswordHasher(1, 64, 1, type=argon2.Type.I).hash(PASSWORD),
    "shorter tag": lambda: argon2.PasswordHasher(1, 64, 1, hash_len=16).hash(PASSWORD),
    "shorter salt": lambda: argon2.PasswordHasher(1, 64, 1, salt_len=8).hash(PASSWORD),
    "less memory": lambda: argon.encode(Parameters(32, 1, 1), PASSWORD.encode()),
    "more passes": lambda: argon.encode(Parameters(64, 2, 1), PASSWORD.encode()),
    "more lanes": lambda: argon.encode(Parameters(64, 1, 2), PASSWORD.encode()),
}


@pytest.mark.parametrize("other", OTHERS)
def test_every_other_form_and_cost_is_hashed_again(hasher: PasswordHasher, other: str) -> None:
    stored = OTHERS[other]()
    assert hasher.check(stored, PASSWORD) == MATCHED_OLD
    assert hasher.check(stored, PASSWORD + "!") == MISSED


def test_an_over_long_password_is_refused_without_any_hashing(
    hasher: PasswordHasher, work: list[tuple[Any, ...]]
) -> None:
    stored = argon.encode(CHEAP, b"x" * 257)
    work.clear()
    for password in ("x" * 257, "x" * 2**20, "nul\0", "half \ud800 a pair"):
        with pytest.raises(UnusablePasswordError):
            hasher.hash(password)
        assert hasher.check(stored, password) == MISSED
        assert hasher.check(None, password) == MISSED
    assert work == []


def test_a_decoy_does_the_work_of_a_real_check_and_never_matches(
    hasher: PasswordHasher, work: list[tuple[Any, ...]]
) -> None:
    stored = hasher.hash(PASSWORD)
    hasher.check(stored, "wrong")
    real = work.pop()
    work.clear()
    dear = "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$c2FsdHNhbHRzYWx0c2FsdA"
    for nothing in (None, "", "!", "garbage", "$2y$04$short", dear, "\udcff", "$2y$31$" + "." * 53):
        assert hasher.check(nothing, PASSWORD) == MISSED
        assert hasher.check(nothing, PASSWORD, decoy="garbage") == MISSED
    assert work == [real] * 16


def test_a_second_spelling_is_tried_for_nobody_as_for_somebody(
    hasher: PasswordHasher, work: list[tuple[Any, ...]]
) -> None:
    stored = hasher.hash(COMPOSED)
    for someone in (stored, None):
        work.clear()
        hasher.check(someone, DECOMPOSED)
        assert len(work) == 2


def test_a_stand_in_lends_its_cost_but_not_its_password(hasher: PasswordHasher, work: list[tuple[Any, ...]]) -> None:
    stand_in = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    assert hasher.check(None, PASSWORD, decoy=stand_in) == MISSED
    assert work == []  # bcrypt's work instead
    disabled = argon.encode(Parameters(128, 1, 1), PASSWORD.encode())
    assert hasher.check(None, PASSWORD, decoy=disabled) == MISSED
    assert ("memory_cost", 128) in work[-1]


def test_a_machine_without_memory_is_busy_and_nobodys_fault(
    hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = hasher.hash(PASSWORD)

    def fail(*_: object, **__: object) -> bytes:
        raise HashingError("Memory allocation error")

    monkeypatch.setattr(argon, "hash_secret_raw", fail)
    with pytest.raises(Busy):
        hasher.check(stored, PASSWORD)
    with pytest.raises(Busy):
        hasher.hash(PASSWORD)


def test_a_full_queue_is_busy_for_both() -> None:
    hasher = PasswordHasher(CHEAP, threads=1, queue=-1)  # no place at all
    with pytest.raises(Busy):
        hasher.hash(PASSWORD)
    with pytest.raises(Busy):
        hasher.check(None, PASSWORD)
    hasher.close()


@given(stored=st.none() | st.text(st.characters(), max_size=100), password=st.text(st.characters(), max_size=300))
def test_a_check_of_anything_is_a_miss_and_never_raises(
    hasher: PasswordHasher, stored: str | None, password: str
) -> None:
    assert hasher.check(stored, password) == MISSED


@given(at=st.integers(0, 100), put=st.text(st.characters(exclude_categories=["Nd"]), min_size=1, max_size=2))
@pytest.mark.parametrize("other", ["bcrypt", "scrypt", "Argon2i", "more passes"])
def test_a_damaged_hash_never_raises(hasher: PasswordHasher, other: str, at: int, put: str) -> None:
    stored = OTHERS[other]()
    damaged = stored[:at] + put + stored[at + len(put) :]
    assert isinstance(hasher.check(damaged, PASSWORD), Check)
