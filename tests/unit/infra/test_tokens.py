"""Random values: long enough, each one new, and codes of which none is likelier than another."""

import hashlib
import re
import secrets
from collections.abc import Callable

import pytest

from ssp.infra import tokens


@pytest.mark.parametrize("make, length", [(tokens.new_token, 43), (tokens.new_id, 22)])
def test_tokens_and_ids_are_url_safe_and_new_each_time(make: Callable[[], str], length: int) -> None:
    made = {make() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(rf"[A-Za-z0-9_-]{{{length}}}", each) for each in made)


def test_a_digest_is_sha_256() -> None:
    assert tokens.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert tokens.digest("é") == hashlib.sha256("é".encode()).hexdigest()


def test_each_chance_makes_a_code_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    chances, bounds = iter(range(100_000)), set()

    def randbelow(bound: int) -> int:
        bounds.add(bound)
        return next(chances)

    monkeypatch.setattr(secrets, "randbelow", randbelow)
    codes = [tokens.numeric_code(5) for _ in range(100_000)]
    assert bounds == {100_000}
    assert len(set(codes)) == 100_000
    assert {len(code) for code in codes} == {5}
    assert (codes[0], codes[7], codes[-1]) == ("00000", "00007", "99999")


@pytest.mark.parametrize("digits", [5, 6, 7, 8])
def test_codes_have_their_length_and_one_in_ten_begins_with_zero(digits: int) -> None:
    codes = [tokens.numeric_code(digits) for _ in range(2000)]
    assert all(re.fullmatch(rf"[0-9]{{{digits}}}", code) for code in codes)
    # 200 are expected with a deviation of 13.4: ten deviations away lies nothing that ever happens.
    for digit in "0123456789":
        for place in (0, digits - 1):
            assert 66 < sum(code[place] == digit for code in codes) < 334
