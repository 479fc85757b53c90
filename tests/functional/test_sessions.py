"""How long a session lasts: half an hour without a page, twelve hours whatever happens."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import people
from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, Phone, set_up_text, table


@pytest.fixture
def signed_in(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada just signed in."""
    clock.move(seconds=0)
    return set_up_text(browser, ADA)


def over(browser: Browser) -> bool:
    return browser.open("/").path == "/sign-in"


def test_an_idle_session_ends_to_the_second(signed_in: Browser, clock: Clock) -> None:
    clock.move(minutes=30, seconds=-1)
    assert not over(signed_in)
    clock.move(minutes=30)
    assert over(signed_in)
    assert signed_in.note == ("You were signed out because nothing happened here for 30 minutes. Please sign in again.")


def test_use_keeps_it_alive(signed_in: Browser, clock: Clock) -> None:
    for _ in range(4):
        clock.move(minutes=29)
        assert not over(signed_in)


def test_a_use_is_noted_at_most_once_a_minute(signed_in: Browser, clock: Clock, site: Site) -> None:
    (opened,) = table(site, Session)
    clock.move(seconds=59)
    signed_in.open("/")
    assert table(site, Session)[0].last_seen_at == opened.last_seen_at
    clock.move(seconds=1)
    signed_in.open("/")
    assert table(site, Session)[0].last_seen_at == clock.now()


def test_twelve_hours_are_the_most(signed_in: Browser, clock: Clock) -> None:
    for _ in range(25):
        clock.move(minutes=28)
        assert not over(signed_in)
    clock.move(minutes=20, seconds=-1)
    assert not over(signed_in)
    clock.move(seconds=1)
    assert over(signed_in)


def test_the_limits_are_settings(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    browser = set_up_text(Browser(make_app(idle_minutes=5, session_hours=1), phone), ADA)
    clock.move(minutes=4, seconds=59)
    assert not over(browser)
    clock.move(minutes=5)
    assert over(browser)
    clock.move(minutes=10)
    browser.fill(username="ada", password=ADA.password).fill("/sign-in/code", code=phone.text_code())
    for _ in range(14):
        clock.move(minutes=4)
        assert not over(browser)
    clock.move(minutes=4)
    assert over(browser)


def test_a_disabled_person_is_out_at_once(signed_in: Browser, site: Site) -> None:
    people.disable(site, "ada")
    assert over(signed_in)
    people.enable(site, "ada")
    assert over(signed_in)


def test_an_operator_who_frees_somebody_ends_their_sessions(signed_in: Browser, site: Site) -> None:
    people.reset_mfa(site, "ada")
    assert over(signed_in)


def test_a_session_outlives_a_restart(signed_in: Browser, make_app: Callable[..., Flask], phone: Phone) -> None:
    assert not over(Browser(make_app(), phone).carry(signed_in.cookies))


def test_pages_without_a_person_leave_the_session_alone(signed_in: Browser, clock: Clock) -> None:
    clock.move(minutes=20)
    for path in ("/help/", "/sign-in", "/set-up/done", "/healthz"):
        signed_in.open(path)
    clock.move(minutes=10)
    assert signed_in.open("/help/").path == "/help/"
