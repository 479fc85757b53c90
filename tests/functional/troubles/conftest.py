"""Where many stories begin."""

import pytest

from tests.conftest import Clock
from tests.people import ADA, Browser, set_up_text, sign_out


@pytest.fixture
def has_text(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada set up texts and signed out, a minute ago."""
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    return browser
