import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp.infra.passwords import LONGEST_STORED, Format, Parameters, recognise
from ssp.infra.passwords.argon import encode

B64_16 = "c2FsdHNhbHRzYWx0c2FsdA"
B64_32 = B64_16 + "c2FsdHNhbHRzYWx0c2FsdA"[:21]
KEY_32 = "6yyCTqmHKWN2JjqwIyd+OfAEXGwzI1JYs3CdZ75S/mE="
KEY_64 = "54UwHpeuZ8mcaDH11LNdhEhZrT1H3OTTHw1cxDg8OnWFn9L+1UIjqjiKBo1+3o6Rt5b+DE+Mkp2fByGyJwlxmA=="
BCRYPT = "OmMhyiC9Am1nk7W7RZUBO.HirLvGyFznvEHvEFxXwaTThmgDMyXCa"
HEX_32 = "60c806a6f7de0ca0426cf1c01143a30e3eec1653a6ef2d19eeeb543272225381"

GOOD = {
    f"$argon2id$v=19$m=19456,t=2,p=1${B64_16}${B64_32}": "Argon2id",
    f"$argon2d$m=8,t=1,p=1${B64_16}${B64_16}": "Argon2d",
    f"$2y$14${BCRYPT}": "bcrypt",
    f"pbkdf2_sha256$2000000$salt${KEY_32}": "Django PBKDF2",
    "pbkdf2_sha1$1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAA=": "Django PBKDF2",
    f"scrypt$131072$salt$8$2${KEY_64}": "Django scrypt",
    f"argon2$argon2i$v=19$m=512,t=2,p=2${B64_16}${B64_16}": "Django Argon2",
    f"bcrypt$$2b$12${BCRYPT}": "Django bcrypt",
    f"bcrypt_sha256$$2b$12${BCRYPT}": "Django bcrypt with SHA-256",
    f"pbkdf2:sha256:1000000$salt${HEX_32}": "Werkzeug PBKDF2",
    f"scrypt:32768:8:1$salt${HEX_32}{HEX_32}": "Werkzeug scrypt",
}

TOO_DEAR = {
    f"$argon2id$v=19$m=4194304,t=1,p=1${B64_16}${B64_32}": "4194304 KiB of memory",
    f"$argon2id$v=19$m=262144,t=5,p=1${B64_16}${B64_32}": "would take seconds",
    f"$argon2id$v=19$m=1024,t=65,p=1${B64_16}${B64_32}": "would take seconds",
    f"$argon2id$v=19$m=1024,t=1,p=17${B64_16}${B64_32}": "17 lanes",
    f"argon2$argon2id$v=19$m=999999999,t=1,p=1${B64_16}${B64_32}": "999999999 KiB of memory",
    f"$2b$15${BCRYPT}": "bcrypt cost 15",
    f"$2y$31${BCRYPT}": "bcrypt cost 31",
    f"bcrypt_sha256$$2b$15${BCRYPT}": "bcrypt cost 15",
    f"pbkdf2_sha256$2000001$salt${KEY_32}": "2000001 rounds",
    f"pbkdf2:sha512:1000001$salt${HEX_32}{HEX_32}": "1000001 rounds",
    f"pbkdf2:sha256:9999999999$salt${HEX_32}": "9999999999 rounds",
    f"scrypt$262144$salt$8$1${KEY_64}": "256 MiB of memory",
    f"scrypt:1048576:8:1$salt${HEX_32}{HEX_32}": "1024 MiB of memory",
    f"scrypt:2:1:2097152$salt${HEX_32}{HEX_32}": "256 MiB of memory",
    f"scrypt:32768:8:9$salt${HEX_32}{HEX_32}": "would take seconds",
}

DAMAGED = {
    f"$argon2id$v=19$m=19456,t=2,p=1${B64_16}${B64_32}$": "looks like Argon2, but is damaged",
    f"$argon2id$v=18$m=19456,t=2,p=1${B64_16}${B64_32}": "looks like Argon2, but is damaged",
    f"$argon2id$v=19$m=019456,t=2,p=1${B64_16}${B64_32}": "looks like Argon2, but is damaged",
    f"$argon2id$v=19$m=0,t=2,p=1${B64_16}${B64_32}": "looks like Argon2, but is damaged",
    f"$argon2id$v=19$m=١٩,t=2,p=1${B64_16}${B64_32}": "looks like Argon2, but is damaged",
    f"$argon2id$v=19$m=19456,t=2,p=1${B64_16}${'A' * 45}": "is damaged or cut off",
    f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 13}${B64_32}": "is damaged or cut off",
    f"$argon2id$v=19$m=15,t=2,p=2${B64_16}${B64_32}": "less memory than Argon2 needs",
    f"$argon2id$v=19$m=19456,t=2,p=1${B64_16}${B64_32}\n": "looks like Argon2, but is damaged",
    f"$2y$04${BCRYPT[:-1]}": "looks like bcrypt, but is damaged",
    f"$2y$04${BCRYPT}x": "looks like bcrypt, but is damaged",
    f"$2y$04${BCRYPT[:-1]}b": "looks like bcrypt, but is damaged",
    f"$2y$04${BCRYPT[:21]}P{BCRYPT[22:]}": "looks like bcrypt, but is damaged",
    f"$2y$03${BCRYPT}": "looks like bcrypt, but is damaged",
    f"$2y$32${BCRYPT}": "looks like bcrypt, but is damaged",
    f"$2x$04${BCRYPT}": "unknown format",
    f"pbkdf2_sha256$0$salt${KEY_32}": "looks like Django PBKDF2, but is damaged",
    f"pbkdf2_sha256$-1$salt${KEY_32}": "looks like Django PBKDF2, but is damaged",
    f"pbkdf2_sha256$1$$${KEY_32}": "looks like Django PBKDF2, but is damaged",
    f"pbkdf2_sha1$1$salt${KEY_32}": "is damaged or cut off",
    f"pbkdf2_sha256$1$salt${KEY_32[:-2]}": "looks like Django PBKDF2, but is damaged",
    "pbkdf2_sha256$1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAA=": "is damaged or cut off",
    "pbkdf2_sha256$1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAA=": "looks like Django PBKDF2, but is damaged or cut off",
    f"scrypt$15$salt$8$1${KEY_64}": "no power of two",
    f"scrypt$1$salt$8$1${KEY_64}": "no power of two",
    f"scrypt:65536:1:1$salt${HEX_32}{HEX_32}": "too large for its r",
    f"scrypt:16:8:1$salt${HEX_32}": "is damaged or cut off",
    f"pbkdf2:sha256:1000$salt${HEX_32[:-2]}": "is damaged or cut off",
    f"pbkdf2:md5:1000$salt${HEX_32}": "looks like Werkzeug PBKDF2, but is damaged",
    f"pbkdf2:sha256:1000$salt${HEX_32.upper()}": "looks like Werkzeug PBKDF2, but is damaged",
    f"pbkdf2:sha256$salt${HEX_32}": "does not say how many rounds",
    f"pbkdf2$salt${HEX_32}": "does not say how many rounds",
}

UNKNOWN = [
    "secret",
    "sha1$salt$0123456789012345678901234567890123456789",
    "md5$salt$01234567890123456789012345678901",
    "{SSHA}c2FsdHNhbHRzYWx0c2FsdA==",
    "$6$salt$hash",
    "$P$Babcdefgh",
    f" $2y$04${BCRYPT}",
    "plain$$secret",
    "\0",
    "\udcff",
]


@pytest.mark.parametrize("stored, name", GOOD.items())
def test_known_forms_are_named(stored: str, name: str) -> None:
    found = recognise(stored)
    assert isinstance(found, Format)
    assert found.name == name
    assert not re.search(r"c2Fsd|salt|OmMh", repr(found))


@pytest.mark.parametrize("stored, reason", [*TOO_DEAR.items(), *DAMAGED.items()])
def test_what_is_of_no_use_has_a_reason(stored: str, reason: str) -> None:
    found = recognise(stored)
    assert isinstance(found, str)
    assert reason in found


@pytest.mark.parametrize("stored", UNKNOWN)
def test_unknown_forms_are_told_which_are_known(stored: str) -> None:
    assert recognise(stored) == (
        "is of an unknown format; known are Argon2, bcrypt, and the PBKDF2, scrypt, Argon2 and bcrypt forms "
        "of Django and Werkzeug"
    )


def test_no_hash_at_all_has_a_reason_too() -> None:
    assert recognise("") == "is empty"
    assert recognise("!" + "x" * 40) == "is Django's mark for an account without a password"
    assert recognise("$2y$" + "x" * LONGEST_STORED) == "is longer than 255 characters"


def test_only_our_own_form_carries_its_parameters() -> None:
    ours = Parameters(64, 1, 1)
    found = recognise(encode(ours, b"password"))
    assert isinstance(found, Format)
    assert found.parameters == ours
    for stored in list(GOOD)[1:]:
        other = recognise(stored)
        assert isinstance(other, Format)
        assert other.parameters is None


@given(st.text(st.characters(), max_size=300))
def test_any_text_is_read_or_has_a_reason(stored: str) -> None:
    assert isinstance(recognise(stored), (Format, str))


@given(st.sampled_from(list(GOOD)), st.integers(0, 200), st.integers(0, 3), st.text(st.characters(), max_size=3))
def test_any_damage_is_read_or_has_a_reason_without_the_hash(stored: str, at: int, cut: int, put: str) -> None:
    damaged = stored[:at] + put + stored[at + cut :]
    found = recognise(damaged)
    assert isinstance(found, Format) or not re.search(r"[A-Za-z0-9+/]{22}", found)
