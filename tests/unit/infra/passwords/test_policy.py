"""Which texts may be new passwords, and what people are told of the others."""

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp.infra.passwords import policy
from ssp.infra.passwords.policy import WORDS, Fault

CONTEXT = ("ada", "Ada Marsh", "ada.marsh42", "Secure Services Portal", "Example Mutual", "portal.example.org")


def fault(password: str, minimum: int = 15) -> Fault | None:
    return policy.fault(password, minimum, CONTEXT)


@pytest.mark.parametrize(
    "password",
    [
        "lantern over quiet harbor",
        "seven green paper boats",
        "qzxwvkjhgfdsapl",
        "8372910465738291",
        "ключ от дома моего",
        "".join(map(chr, range(0x1F600, 0x1F609))) + "abcxyz",
        "!#%&(;{]<abcxyz",
        "  spaces around it  ",
    ],
)
def test_what_nobody_tries_is_accepted(password: str) -> None:
    assert fault(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "my password is kept in a drawer",
        "the portal stands by the harbor",
        "ada sings in the rain at noon",
        "qwerty lantern over the bay",
        "marsh lights 1234567 and frogs",
        "sunshine on copper kettles",
    ],
)
def test_a_phrase_may_hold_what_is_listed_or_known(password: str) -> None:
    assert fault(password) is None


@pytest.mark.parametrize("password", ["x" * 14, "", "\N{GRINNING FACE}" * 14, "e\u0301" * 14])
def test_length_counts_characters_in_their_normal_form(password: str) -> None:
    assert fault(password) is Fault.SHORT


def test_the_minimum_is_the_callers() -> None:
    assert fault("vqjzkxwp", 8) is None
    assert fault("vqjzkxwp", 9) is Fault.SHORT


@pytest.mark.parametrize("password", ["q" * 257, "\N{GRINNING FACE}" * 257, "x" * 1_000_000, "e\u0301" * 257])
def test_too_long_is_said_before_anything_else(password: str) -> None:
    begun = time.perf_counter()
    assert fault(password) is Fault.LONG
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("password", ["four tall blue windows\0", "four tall blue windows\udc80"])
def test_signs_that_no_keyboard_types_are_named(password: str) -> None:
    assert fault(password) is Fault.SIGNS


@pytest.mark.parametrize(
    "password",
    [
        "mailcreated5240",  # listed
        "MailCreated5240",
        "".join(chr(ord(sign) + 0xFEE0) for sign in "MailCreated5240"),
        "mail-created-5240",
        "mail.created-52_40!",  # four kinds of decoration
        "password1234567",  # listed, with digits behind
        "Password 2024!!!",
        "!!! 1 sunshine 1990",
        "sunshine 1999-12-31",
        "sunshine12345678901234567890",
        "sunshine987654321123456789",  # a long number, but one that everybody tries
        "sunshine741852963",  # listed itself, though no pattern
        "sunshine9494949494949",  # a pattern, though not listed
        "P@$$w0rd20242024",  # read as letters
        "passw0rdpassw0rd",
        "sunshinesunshine",  # twice
        "sunshinesunshinesun",
        "enihsnus12345678"[::-1],
        "0425detaercliam",  # backwards
        "drowssapdrowssap",
        "Correct Horse Battery Staple",
    ],
)
def test_what_is_listed_is_refused_with_its_simple_variations(password: str) -> None:
    assert fault(password) is Fault.COMMON


@pytest.mark.parametrize(
    "password",
    [
        "adaadaadaadaada",
        "ada-marsh-19850312",
        "AdaMarsh!!!!!!!!!!",
        "ada.marsh42ada.marsh42",
        "marsh1985ada2024",
        "marsh12ada34marsh56",
        "1marsh2marsh3marsh4ada",
        "Ada Marsh's password"[:9] + " password",
        "secureservicesportal1",
        "Secure Services Portal 2024",
        "examplemutualpassword1",
        "Ex@mp1e Mutu4l 2024",
        "latropsecivreseruces",
        "welcome to Example Mutual",
        "portal.example.org",
    ],
)
def test_what_is_made_of_known_names_is_refused(password: str) -> None:
    assert fault(password) is Fault.PERSONAL


@pytest.mark.parametrize(
    "password",
    [
        "\N{GRINNING FACE}" * 15,
        " " * 15,
        "vq vq vq vq vq vq",
        "river-lamp river-lamp",
        "vqzvqzvqzvqzvqzv!",
        "aabbccddeeffggzz",
        "fghjklvbnmqsdf7890987",
        "gfedcba-hgfedcba-9",
        "3edc4rfv-zaq1xsw2cde",
    ],
)
def test_what_is_shorter_than_it_looks_is_refused(password: str) -> None:
    assert fault(password) is Fault.PATTERN


def test_a_phrase_that_is_long_enough_once_may_stand_twice() -> None:
    assert fault("river lamp violin " * 2) is None
    assert fault("river lamp violin") is None


def test_names_that_are_short_or_empty_refuse_nothing() -> None:
    assert policy.fault("jo sings to the moonlit bay", 15, ("jo", "", "Jo Li", "  ")) is None
    assert policy.fault("lantern over quiet harbor", 15, ()) is None


@pytest.mark.parametrize("each", Fault)
def test_every_fault_has_a_plain_sentence(each: Fault) -> None:
    assert WORDS[each].endswith(".")
    assert WORDS[each].startswith("That password")
    assert len(WORDS[each]) < 170
    assert policy.words(each, 15) == (WORDS[each] if each is not Fault.SHORT else policy.words(Fault.SHORT, 15))


def test_the_minimum_is_said_where_it_is_missed() -> None:
    assert policy.words(Fault.SHORT, 12).startswith("That password is shorter than 12 characters. Several words ")


def test_random_letters_are_not_refused() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        assert fault("".join(chance.choices(string.ascii_lowercase, k=15))) is None


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(password: str) -> None:
    assert fault(password) in {None, *Fault}
