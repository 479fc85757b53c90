"""Somebody new: from the link that an operator hands on to a password, a way to get codes, and inside."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.people import Browser, Human, Phone, let_mail_leave, set_up_text

ORIGIN = "http://localhost:8000"
DORA = Human("dora", "an orchard above the sea")


@pytest.fixture
def link(app: Flask, clock: Clock) -> str:
    """Add Dora; give the path of her link."""
    del clock  # it stands still from before the link is made
    return invited(app)


def invited(app: Flask) -> str:
    """Add Dora; return the path of her link."""
    words = ["user", "add", "dora", "--email", DORA.email, "--name", "Dora Vale"]
    return str(app.test_cli_runner().invoke(args=words).stdout).strip().removeprefix(ORIGIN)


def test_the_whole_way(browser: Browser, link: str) -> None:
    browser.open(link)
    for words in ("Welcome, choose a password", "Your username is dora", "choose how you get access codes"):
        assert words in browser.words
    assert "new password" not in browser.words
    browser.fill(new_password="short")
    assert browser.problem
    browser.fill(new_password=DORA.password)
    assert (browser.path, browser.note) == (
        "/sign-in",
        "Your password is set. Sign in with it; then you choose how to get your access codes.",
    )
    assert set_up_text(browser, DORA).open("/").path == "/"
    let_mail_leave(browser.app)
    told = [each["body"].splitlines()[0] for each in browser.phone.messages("mail", DORA.email)]
    assert told == [
        "Your password for Secure Services Portal was chosen",
        "Your MFA option for Secure Services Portal was set up",
    ]


def test_the_notice_of_the_first_password_stops_it_like_any_other(browser: Browser, link: str) -> None:
    browser.open(link).fill(new_password=DORA.password)
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me", DORA.email))
    assert "the first password was chosen" in browser.words
    browser.fill("/not-me")
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("password", DORA.email))
    assert "Choose a new password" in browser.words


def test_a_link_that_was_used_says_what_to_do_next(browser: Browser, link: str) -> None:
    browser.open(link).fill(new_password=DORA.password)
    browser.open(link, status=410)
    assert "If you have chosen a password, sign in with it." in browser.words
    assert browser.page.html.select("main a[href='/sign-in'], main a[href='/forgot-password']")


def test_whoever_comes_too_late_gets_another_one_by_mail(browser: Browser, link: str, clock: Clock) -> None:
    clock.move(hours=24)
    browser.open(link, status=410)
    assert "Let us mail you a new one: all you need is your username." in browser.words
    browser.open("/forgot-password").fill(username="dora")
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("password", DORA.email))
    assert "Welcome, choose a password" in browser.words
    assert browser.fill(new_password=DORA.password).path == "/sign-in"


def test_without_a_mail_server_web_support_makes_it(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    app = make_app(demo=False, base_url=ORIGIN, authenticators="totp")
    link = invited(app)
    clock.move(hours=24)
    browser = Browser(app, phone).open(link, status=410)
    assert "Ask Web Support for a new one." in browser.words
    assert not browser.page.html.select("main a[href='/forgot-password']")


def test_the_help_of_the_command_says_so(app: Flask) -> None:
    said = " ".join(app.test_cli_runner().invoke(args=["user", "add", "--help"]).stdout.split())
    assert "print a link with which they choose one: it works once, for 24 hours" in said
    assert "where notices and links go" in said
