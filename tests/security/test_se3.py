"""SE3: a half-done sign-in is no session: it reaches its own steps, for ten minutes, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_out
from tests.security.tools import addresses

OPEN = {"health.alive", "health.ready", "help.index", "help.article", "demo.phone"}
OPEN |= {"forgotten.password", "forgotten.username"}


def to_set_up(browser: Browser, _clock: Clock) -> Browser:
    return password(browser, ADA)


def to_code(browser: Browser, clock: Clock) -> Browser:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    return password(browser, ADA)


@dataclass(frozen=True)
class Place:
    """How to get there, where every other page leads back to, and the pages that show there."""

    get: Callable[[Browser, Clock], Browser]
    stands: str
    own: frozenset[str]


PLACES = [
    Place(to_set_up, "/set-up", frozenset({"mfa.options", "mfa.set_up"})),
    Place(to_code, "/sign-in/code", frozenset({"auth.code", "auth.choose", "auth.code_status"})),
]


@pytest.mark.parametrize("place", PLACES, ids=["at set-up", "at the code"])
def test_every_other_page_leads_back(browser: Browser, app: Flask, clock: Clock, place: Place) -> None:
    place.get(browser, clock)
    for endpoint, path in addresses(app, "GET"):
        if endpoint.startswith("recovery."):
            browser.open(path, status=404)  # there is no link
        elif endpoint in OPEN | place.own:
            assert browser.open(path).path == path
            assert browser.page.status_int in {200, 204}
            assert "Welcome" not in browser.page.text
        else:
            assert browser.open(path).path == place.stands, endpoint


@pytest.mark.parametrize("place", PLACES, ids=["at set-up", "at the code"])
def test_ten_minutes_later_it_is_over(browser: Browser, clock: Clock, place: Place) -> None:
    place.get(browser, clock)
    clock.move(minutes=10, seconds=-1)
    assert browser.open(place.stands).path == place.stands
    clock.move(seconds=1)
    assert browser.open(place.stands).path == "/sign-in"
    assert "Signing in took more than 10 minutes" in browser.note
