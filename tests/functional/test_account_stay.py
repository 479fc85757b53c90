"""The end of a session: said on every page, moved by a press, told to scripts that ask, explained at the sign-in."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import people
from ssp.models import user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, SAM, Browser, Human, Phone, one, set_up_text, sign_in_by_text, sign_out

LINE = "You stay signed in until {} UTC , and longer if you go on."


def line(browser: Browser) -> str:
    """Return what the page says of the session's end."""
    return " ".join(one(browser.page.html, ".until [role=status]").get_text(" ").split())


@pytest.fixture
def signed_in(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada signed in at 2:00:07."""
    clock.move(seconds=0)
    return set_up_text(browser, ADA)


@pytest.mark.parametrize(
    "path",
    ["/", "/account/", "/set-up/done", "/account/confirm/password"],
    ids=["services", "account", "done", "confirm"],
)
def test_each_page_says_until_when(signed_in: Browser, path: str) -> None:
    signed_in.open(path)
    assert line(signed_in) == LINE.format("2:30 pm")
    place = one(signed_in.page.html, ".until")
    assert (place["data-left"], place["data-warning"]) == ("1800", "180")


def test_pages_for_everybody_say_nothing(signed_in: Browser, clock: Clock) -> None:
    assert not signed_in.open("/help/").page.html.select(".until")
    clock.move(minutes=30)
    assert not signed_in.open("/").page.html.select(".until")


def test_a_press_moves_it_and_leads_back(signed_in: Browser, clock: Clock) -> None:
    signed_in.open("/account/")
    clock.move(minutes=28)
    signed_in.fill("/account/stay")
    assert signed_in.path == "/account/"
    assert line(signed_in) == LINE.format("2:58 pm")


def test_the_way_back_is_a_page_of_this_site(signed_in: Browser) -> None:
    token = signed_in.open("/").csrf()
    response = signed_in.post("/account/stay", {"csrf_token": token, "next": "//evil.example/"})
    assert response.headers["Location"] == "/"


def test_what_was_done_is_not_said_again(signed_in: Browser) -> None:
    assert signed_in.open("/account/?done=password").note.startswith("Your password is changed.")
    assert signed_in.fill("/account/stay").note == ""
    assert signed_in.open("/account/?done=fly").note == ""


def test_asking_moves_nothing(signed_in: Browser, clock: Clock) -> None:
    for _ in range(29):
        clock.move(minutes=1)
        signed_in.open("/account/stay?here=/account/")
    assert one(signed_in.page.html, ".until")["data-left"] == "60"
    assert line(signed_in) == LINE.format("2:30 pm")
    clock.move(minutes=1)
    response = signed_in.web.get("/account/stay?here=/account/")
    assert (response.status_int, response.headers["Location"]) == (303, "/sign-in?next=/account/")


def test_the_last_end_is_said_to_be_one(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    clock.move(seconds=0)
    browser = set_up_text(Browser(make_app(session_hours=1), phone), ADA)
    clock.move(minutes=25)
    browser.open("/")
    clock.move(minutes=15)
    browser.open("/")
    assert line(browser) == "You stay signed in until 3:00 pm UTC ."
    assert "for as long as is possible" in one(browser.page.html, ".until template").get_text()
    assert not browser.page.html.select(".until form")
    clock.move(minutes=20)
    assert browser.open("/").note == (
        "You were signed out because a session ends 1 hour after signing in. Please sign in again."
    )


@pytest.mark.parametrize("human, idle, hours", [(ADA, 30, 12), (SAM, 15, 8)], ids=["people", "staff"])
def test_the_sign_in_says_which_limit_it_was(
    browser: Browser, clock: Clock, human: Human, idle: int, hours: int
) -> None:
    set_up_text(browser, human)
    clock.move(minutes=idle)
    assert browser.open("/").note == (
        f"You were signed out because nothing happened here for {idle} minutes. Please sign in again."
    )
    sign_in_by_text(browser, human)
    for _ in range(hours * 60 // 10):
        clock.move(minutes=10)
        browser.open("/")
    assert browser.note == (
        f"You were signed out because a session ends {hours} hours after signing in. Please sign in again."
    )


def test_nothing_more_is_known_of_a_disabled_persons_session(signed_in: Browser, site: Site) -> None:
    people.disable(site, "ada")
    assert signed_in.open("/").note == "Your session is over. Please sign in again."
    people.enable(site, "ada")
    assert signed_in.carry({"ssp_session": f"s.{'A' * 43}"}).open("/").note == (
        "Your session is over. Please sign in again."
    )


def test_a_session_from_before_a_change_is_over(signed_in: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        user.raise_epoch(connection, people.find(connection, "ada").id)
    assert signed_in.open("/").note == "Your session is over. Please sign in again."


def test_the_sign_in_leads_back_to_the_page_that_was_asked_for(signed_in: Browser, clock: Clock) -> None:
    clock.move(minutes=30)
    assert signed_in.open("/account/confirm/password").path == "/sign-in"
    assert one(signed_in.page.html, "form")["action"] == "/sign-in?next=/account/confirm/password"
    signed_in.fill(username="ada", password=ADA.password).fill("/sign-in/code", code=signed_in.phone.text_code())
    assert signed_in.path == "/account/confirm/password"


def test_signing_out_leads_nowhere_in_particular(signed_in: Browser, clock: Clock) -> None:
    signed_in.open("/account/")
    sign_out(signed_in)
    clock.move(minutes=1)
    assert sign_in_by_text(signed_in, ADA).path == "/"
