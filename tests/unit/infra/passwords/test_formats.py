"""Hashes made by the programs that people come from, checked by us."""

from collections.abc import Callable

import argon2
import bcrypt
import pytest
from argon2.low_level import Type, hash_secret
from django.contrib.auth import hashers as django  # type: ignore[import-untyped] # Django ships no types
from werkzeug.security import generate_password_hash

from ssp.infra.passwords import Format, recognise

PASSWORD = "correct horse battery staple"
UMLAUTS = "Grüße aus Köln"


def matches(stored: str, password: str | bytes) -> bool:
    found = recognise(stored)
    assert isinstance(found, Format), found
    return found.matches(password if isinstance(password, bytes) else password.encode())


def _argon2(kind: Type, password: str) -> str:
    return argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=2, type=kind).hash(password)


def _argon2_of_2015(password: str) -> str:
    """Return a hash in the first notation, which did not name its version."""
    stored = hash_secret(password.encode(), b"saltsalt", 1, 64, 1, 16, Type.I, version=16).decode()
    assert "$v=16" in stored
    return stored.replace("$v=16", "")


def _bcrypt(kind: str, password: str) -> str:
    # Cut by hand, because bcrypt 5 refuses what its older versions cut by themselves.
    stored = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4, b"2a" if kind == "2a" else b"2b")).decode()
    return stored.replace("$2b$", f"${kind}$")


def _django_bcrypt(password: str) -> str:
    hasher = django.BCryptPasswordHasher()
    return str(hasher.encode(password.encode()[:72].decode(), bcrypt.gensalt(4)))


class CheapArgon2(django.Argon2PasswordHasher):  # type: ignore[misc] # Django ships no types
    time_cost = 1
    memory_cost = 64
    parallelism = 1


WHOLE: dict[str, Callable[[str], str]] = {
    "argon2id": lambda password: _argon2(Type.ID, password),
    "argon2i": lambda password: _argon2(Type.I, password),
    "argon2d": lambda password: _argon2(Type.D, password),
    "argon2i without version": _argon2_of_2015,
    "Django pbkdf2_sha256": lambda password: django.PBKDF2PasswordHasher().encode(password, "NaClNaClNaCl", 1000),
    "Django pbkdf2_sha1": lambda password: django.PBKDF2SHA1PasswordHasher().encode(password, "NaClNaClNaCl", 1000),
    "Django scrypt": lambda password: django.ScryptPasswordHasher().encode(password, "NaCl", n=16),
    "Django argon2": lambda password: CheapArgon2().encode(password, "NaClNaClNaCl"),
    "Django bcrypt_sha256": lambda password: django.BCryptSHA256PasswordHasher().encode(password, bcrypt.gensalt(4)),
    "Werkzeug pbkdf2 sha1": lambda password: generate_password_hash(password, "pbkdf2:sha1:1000"),
    "Werkzeug pbkdf2 sha224": lambda password: generate_password_hash(password, "pbkdf2:sha224:1000"),
    "Werkzeug pbkdf2 sha256": lambda password: generate_password_hash(password, "pbkdf2:sha256:1000"),
    "Werkzeug pbkdf2 sha384": lambda password: generate_password_hash(password, "pbkdf2:sha384:1000"),
    "Werkzeug pbkdf2 sha512": lambda password: generate_password_hash(password, "pbkdf2:sha512:1000", 64),
    "Werkzeug scrypt": lambda password: generate_password_hash(password, "scrypt:1024:8:1"),
}
CUT: dict[str, Callable[[str], str]] = {
    "bcrypt 2a": lambda password: _bcrypt("2a", password),
    "bcrypt 2b": lambda password: _bcrypt("2b", password),
    "bcrypt 2y": lambda password: _bcrypt("2y", password),
    "Django bcrypt": _django_bcrypt,
}
ALL = WHOLE | CUT

# What the makers' own defaults cost today; a check of each must still be allowed.
DEFAULTS: dict[str, Callable[[], str]] = {
    "argon2-cffi": lambda: argon2.PasswordHasher().hash(PASSWORD),
    "bcrypt": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt()).decode(),
    "Django pbkdf2_sha256": lambda: django.PBKDF2PasswordHasher().encode(PASSWORD, "NaClNaClNaCl"),
    "Django scrypt": lambda: django.ScryptPasswordHasher().encode(PASSWORD, "NaClNaClNaCl"),
    "Django argon2": lambda: django.Argon2PasswordHasher().encode(PASSWORD, "NaClNaClNaCl"),
    "Werkzeug scrypt": lambda: generate_password_hash(PASSWORD),
    "Werkzeug pbkdf2 sha256": lambda: generate_password_hash(PASSWORD, "pbkdf2"),
    "Werkzeug pbkdf2 sha512": lambda: generate_password_hash(PASSWORD, "pbkdf2:sha512"),
}


@pytest.mark.parametrize("origin", ALL)
@pytest.mark.parametrize("password", [PASSWORD, UMLAUTS, "\U0001f511" * 15, " ", "x" * 72])
def test_only_the_right_password_matches(origin: str, password: str) -> None:
    stored = ALL[origin](password)
    assert matches(stored, password)
    assert not matches(stored, password[:-1])
    assert not matches(stored, password[:-1] + "?")
    assert not matches(stored, password.swapcase() + "?")
    assert not matches(stored, "")


@pytest.mark.parametrize("origin", ALL)
def test_the_empty_password_is_one_like_any_other(origin: str) -> None:
    stored = ALL[origin]("")
    assert matches(stored, "")
    assert not matches(stored, "x")


@pytest.mark.parametrize("origin", WHOLE)
@pytest.mark.parametrize("length", [71, 72, 73, 200])
def test_every_character_counts_where_the_origin_counted_it(origin: str, length: int) -> None:
    password = "p" * length
    stored = WHOLE[origin](password)
    assert matches(stored, password)
    assert not matches(stored, password[:-1] + "q")
    assert not matches(stored, password + "p")


@pytest.mark.parametrize("origin", CUT)
def test_bcrypt_counts_72_bytes_and_no_more(origin: str) -> None:
    stored = CUT[origin]("p" * 80)
    assert matches(stored, "p" * 80)
    assert matches(stored, "p" * 72)
    assert matches(stored, "p" * 72 + "different")
    assert not matches(stored, "p" * 71)
    assert not matches(stored, "p" * 71 + "q" + "p" * 8)


@pytest.mark.parametrize("origin", DEFAULTS)
def test_the_makers_own_defaults_are_not_too_dear(origin: str) -> None:
    assert matches(DEFAULTS[origin](), PASSWORD)


# Made by `password_hash` of PHP 8.2.36, with cost 4 and with m=1024, t=2 and one lane.
PHP_BCRYPT = "$2y$04$ttj0hq6NcSoud7jEw5LfQuC.lYPdHwD9cfzZ1kzN7SV/0CBHOyCoe"
PHP_BCRYPT_UMLAUTS = "$2y$04$bc4x09pU6lcbBf5TkqIMF.TbPXCQvbh1aIRozAXMrG4xXpV81K/KW"
PHP_BCRYPT_CUT_IN_A_LETTER = "$2y$04$EVzRuFORtgchx8cYjw2xVOskXoXLJIz7ipMF0bRE8VEYNkRe..dSC"  # 71 a, then ézz
PHP_ARGON2ID = "$argon2id$v=19$m=1024,t=2,p=1$OVFxenhoQTZDSDFDVEcxNQ$0o1nNgefqFhu0FoTAKWeXE3NoUwu1rq8LuK8LdyRcL8"
PHP_ARGON2I = "$argon2i$v=19$m=1024,t=2,p=1$cS9DQVk5c1ZkNHdSVnJPRw$SN70/1zTJ6ba1S0sItw9N3qcUvT+9J4GAuHyNGO+Xt0"

# Made by `generate_password_hash` of Werkzeug 0.16.1, 2.0.3 and 2.3.8: eight letters of salt at first, then sixteen.
WERKZEUG_0_16 = "pbkdf2:sha256:1000$bd0hVK90$bd214875690974ee55bbd56174301d648bc8a5110fb751aab1a0e51cb5822840"
WERKZEUG_0_16_SHA1 = "pbkdf2:sha1:150000$yy0MSpZS$7db3671144074352a7847ba56cf784e344d1df13"
WERKZEUG_2_0 = "pbkdf2:sha256:1000$Jqyv1VcDelDCFwQv$60c806a6f7de0ca0426cf1c01143a30e3eec1653a6ef2d19eeeb543272225381"
WERKZEUG_2_3 = "pbkdf2:sha256:1000$3qBitGMu3AAJVthV$7d65558ccaa86fdfba279c30f507a51f552da1100a6d832fe1d347b1e3a544ba"


@pytest.mark.parametrize(
    "stored",
    [PHP_BCRYPT, PHP_ARGON2ID, PHP_ARGON2I, WERKZEUG_0_16, WERKZEUG_0_16_SHA1, WERKZEUG_2_0, WERKZEUG_2_3],
)
def test_hashes_of_other_programs_match(stored: str) -> None:
    assert matches(stored, PASSWORD)
    assert not matches(stored, PASSWORD + "!")


def test_php_hashes_bytes_and_may_cut_inside_a_letter() -> None:
    assert matches(PHP_BCRYPT_UMLAUTS, UMLAUTS)
    assert not matches(PHP_BCRYPT_UMLAUTS, "Grusse aus Koln")
    assert matches(PHP_BCRYPT_CUT_IN_A_LETTER, "a" * 71 + "ézz")
    assert matches(PHP_BCRYPT_CUT_IN_A_LETTER, b"a" * 71 + b"\xc3")
    assert not matches(PHP_BCRYPT_CUT_IN_A_LETTER, "a" * 71)
    assert not matches(PHP_BCRYPT_CUT_IN_A_LETTER, "a" * 71 + "e\u0301zz")
