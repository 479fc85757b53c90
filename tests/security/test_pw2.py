"""PW2: long passwords work and none is cut; more than 256 characters are refused."""

import pytest

from ssp.infra.passwords import UnusablePasswordError
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import Browser, Human, join, password

LONG = "".join(chr(ord("a") + number % 26) for number in range(200))


def changed(text: str, place: int) -> str:
    return text[:place] + "#" + text[place + 1 :]


@pytest.mark.parametrize("typed", [LONG[:64], LONG, "\N{GRINNING FACE}" * 255 + "!", LONG + LONG[:56]])
def test_long_ones_count_to_the_last_character(browser: Browser, site: Site, clock: Clock, typed: str) -> None:
    join(site, Human("zoe", typed))
    for other in (changed(typed, len(typed) - 1), typed[:-1], f"{typed}x", changed(typed, 71), changed(typed, 72)):
        if other != typed and len(typed) > 71:
            assert password(browser, Human("zoe", other)).page.status_int == 422
    clock.move(minutes=1)  # after five wrong ones there are waits
    assert password(browser, Human("zoe", changed(typed, len(typed) - 1))).page.status_int == 422
    clock.move(minutes=1)
    assert password(browser, Human("zoe", typed)).path == "/set-up"


def test_more_than_256_are_refused_and_never_cut(browser: Browser, site: Site) -> None:
    join(site, Human("zoe", "x" * 256))
    assert password(browser, Human("zoe", "x" * 257)).page.status_int == 422
    with pytest.raises(UnusablePasswordError):
        join(site, Human("yan", "x" * 257))
