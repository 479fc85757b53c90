"""PW3: what is too long to be a password is refused before any hashing."""

import pytest

from tests.people import ADA, Browser
from tests.security.tools import Costs


@pytest.mark.parametrize("length, status", [(257, 422), (5_000, 422), (60_000, 422), (1_000_000, 413)])
def test_no_hash_is_computed(browser: Browser, hashed: Costs, length: int, status: int) -> None:
    for username in ("ada", "nobody"):
        browser.open("/sign-in").fill(username=username, password="x" * length)
        assert browser.page.status_int == status
    assert hashed() == []
    browser.open("/sign-in").fill(username="ada", password=ADA.password)
    assert len(hashed()) == 1
