"""Bodies: whole, in time, within limits."""

import asyncio

import pytest

from ssp.web.forms import LARGEST_FORM
from ssp.web.server import bodies
from tests.unit.web.server.granian import Line

HALF = b"x" * (LARGEST_FORM // 2)


def read(declared: int | None, *parts: bytes | None) -> bytes | int:
    return asyncio.run(bodies.read(Line(list(parts)), declared))


@pytest.mark.parametrize(
    "declared, parts, found",
    [
        (3, [b"abc", b""], b"abc"),
        (3, [b"a", b"bc"], b"abc"),
        (None, [b"a", b"bc", b""], b"abc"),
        (None, [b""], b""),
        (None, [HALF, HALF, b""], HALF + HALF),
    ],
)
def test_whole_ones(declared: int | None, parts: list[bytes], found: bytes) -> None:
    assert read(declared, *parts) == found


@pytest.mark.parametrize("declared, parts", [(4, [b"abc", b""]), (3, [b"abc", b"", b""]), (None, [b"abc", b"", b""])])
def test_broken_ones(declared: int | None, parts: list[bytes]) -> None:
    assert read(declared, *parts) == 400


def test_one_that_is_too_large_is_not_read() -> None:
    assert read(LARGEST_FORM + 1, None) == 413
    assert read(None, HALF, HALF, b"x", None) == 413


def test_one_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01)
    assert read(3, b"ab", None) == 408
