"""Known browsers: what proves that somebody signed in there before."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from ssp.authenticators.protocol import Verdict
from ssp.flows import browsers, people
from ssp.models import known_browser
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import Desk
from tests.people import ADA, BEN, Phone


@pytest.fixture
def site(make_app: Callable[..., Flask]) -> Site:
    """Give a portal in which people may stay away for long and are asked for nothing but a code."""
    found: Site = make_app(reconfirm_days=0).extensions["ssp"]
    return found


@pytest.fixture
def home(site: Site, phone: Phone, clock: Clock) -> Desk:
    """Give Ada at the browser in which she set up texts just now."""
    del clock
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    assert desk.confirm("text", phone.text_code()) is Verdict.ACCEPTED
    return desk


def is_known(desk: Desk, clock: Clock, username: str = "ada", cookies: dict[str, str] | None = None) -> bool:
    with desk.site.database.reading() as connection:
        person = people.find(connection, username)
        carried = desk.known if cookies is None else cookies
        return browsers.recognise(connection, person, carried, clock.now()) is not None


def test_a_browser_is_known_by_its_cookie_alone(home: Desk, clock: Clock) -> None:
    assert is_known(home, clock)
    assert not is_known(home.leave(), clock)
    ((selector, value),) = home.known.items()
    browser_id, _, verifier = value.partition(".")
    for forged in ("", ".", value[:-1], browser_id, f".{verifier}", f"other.{verifier}", f"{browser_id}.other"):
        assert not is_known(home, clock, cookies={selector: forged}), forged


def test_it_is_known_to_its_own_person_alone(home: Desk, clock: Clock) -> None:
    (value,) = home.known.values()
    with home.site.database.reading() as connection:
        ben = people.find(connection, BEN.username)
        assert not browsers.recognise(connection, ben, {ben.selector: value}, clock.now())
        assert not browsers.recognise(connection, None, {"": value, **home.known}, clock.now())


def test_it_is_known_for_four_hundred_days_after_the_last_sign_in(home: Desk, clock: Clock) -> None:
    clock.move(days=399)
    assert is_known(home, clock)
    clock.move(days=1)
    assert not is_known(home, clock)


def test_a_sign_in_notes_that_it_was_seen_and_knows_it_again_if_it_was_forgotten(
    home: Desk, site: Site, phone: Phone, clock: Clock
) -> None:
    before = dict(home.known)
    clock.move(days=300)
    home.password()
    assert home.answer(phone.text_code()) is Verdict.ACCEPTED
    assert home.known == before
    clock.move(days=300)
    assert is_known(home, clock)
    home.password()
    with site.database.writing() as connection:
        assert browsers.forget(connection, people.find(connection, "ada")) == 1
    assert home.answer(phone.text_code()) is Verdict.ACCEPTED
    assert home.known != before
    assert is_known(home, clock)


def test_those_seen_last_are_kept(home: Desk, site: Site, clock: Clock) -> None:
    with site.database.writing() as connection:
        ada = people.find(connection, "ada")
        for number in range(browsers.MOST + 4):
            at = clock.now() + timedelta(seconds=1 + number)
            known_browser.add(
                connection, id=f"b{number}", user_id=ada.id, verifier_hash="-", created_at=at, last_seen_at=at
            )
        assert known_browser.keep_newest(connection, ada.id, browsers.MOST) == 5
        assert known_browser.by_selector(connection, ada.id, "b3") is None
        assert known_browser.by_selector(connection, ada.id, "b4")
        assert known_browser.keep_newest(connection, ada.id, browsers.MOST) == 0
    assert not is_known(home, clock)
