"""The text that brings a code: a phone finds host and code in its last line, and it is one message."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssp.infra.telephony import wording
from tests.contract.bound_code import BoundCode, parse, segments, septets

EXPLANATION = "747723 is your ExampleCo authentication code.\n\n"
# What a text says at its briefest leaves this much for the host, beside a code of eight digits.
LONGEST_HOST = 90
LABEL = st.from_regex(r"[a-z0-9](?:[a-z0-9_-]{0,14}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABEL, min_size=1, max_size=6).map(".".join).filter(lambda host: len(host) <= LONGEST_HOST)
NAMES = st.text(max_size=120) | st.text("@#% \n\r\t.0abc", max_size=80)
CODES = st.text("0123456789", min_size=5, max_size=8)


@pytest.mark.parametrize(
    "message, found",
    [
        (f"{EXPLANATION}@example.com #747723", BoundCode("example.com", "747723")),
        (
            f"{EXPLANATION}@example.com #747723 %ecommerce.example",
            BoundCode("example.com", "747723", "ecommerce.example"),
        ),
        ("@example.com #747723 %ecommerce.example $future", BoundCode("example.com", "747723", "ecommerce.example")),
        ("@example.com #747723 $future %ecommerce.example", BoundCode("example.com", "747723")),
        ("@example.com #747723 ", BoundCode("example.com", "747723")),
        ("@example.com #747723\tand so on", BoundCode("example.com", "747723")),
        ("@evil.example #1\r\n@example.com #747723", BoundCode("example.com", "747723")),
        ("@evil.example #1\r@example.com #747723", BoundCode("example.com", "747723")),
        ("something @example.com #747723", None),
        (" @example.com #747723", None),
        ("#747723 %ecommerce.example @example.com", None),
        ("@example.com code #747723", None),
        ("@example.com  #747723", None),
        ("@example.com\t#747723", None),
        ("@example.com#747723", None),
        ("@example.com", None),
        ("@example.com ", None),
        ("@example.com #", None),
        ("@ #747723", None),
        ("@example.com #747723\n", None),
        ("", None),
    ],
)
def test_the_specifications_own_examples_and_their_edges(message: str, found: BoundCode | None) -> None:
    assert parse(message) == found


def test_septets_are_those_of_the_alphabet() -> None:
    assert septets("@ Aa\n€[") == [0x00, 0x20, 0x41, 0x61, 0x0A, 0x1B, 0x65, 0x1B, 0x3C]
    assert septets("Çà§") == [0x09, 0x7F, 0x5F]
    for sign in "ç“門\x1b`":
        with pytest.raises(KeyError):
            septets(sign)


def test_a_text_is_one_message_up_to_160_septets() -> None:
    assert segments("") == 1
    assert segments("a" * 160) == 1
    assert segments("a" * 159 + "€") == 2
    assert segments("a" * 306) == 2
    assert segments("a" * 307) == 3


@example(name="x" * 120, host="portal.example.org", code="048291", minutes=10)  # fills the message to its last place
@given(name=NAMES, host=HOSTS, code=CODES, minutes=st.integers(1, 10))
def test_any_text_is_one_message_that_binds_its_code_to_the_host(name: str, host: str, code: str, minutes: int) -> None:
    body = wording.text_body(code, minutes, name, host)
    assert parse(body) == BoundCode(host, code)
    assert body.split("\n")[1:] == ["", f"@{host} #{code}"]
    assert segments(body) == 1


@given(st.text(max_size=40))
def test_the_portal_counts_places_as_the_alphabet_does(text: str) -> None:
    plain = wording.gsm7(text)
    assert wording.septets(plain) == len(septets(plain))
