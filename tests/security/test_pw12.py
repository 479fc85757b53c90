"""PW12: first passwords come by a random link that works once, for a day; nobody chooses or learns somebody else's."""

import pytest
from click.testing import Result
from flask import Flask

from ssp.models import User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, SAM, Browser, Human, events, hashes, let_mail_leave, password, set_up_text, table
from tests.security.tools import addresses, on_disk

ORIGIN = "http://localhost:8000"
DORA = Human("dora", "an orchard above the sea")
# A person types their own password here, and nowhere else.
OWN = ("/sign-in", "/account/", "/password")


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["user", *words])


def invited(app: Flask, *words: str) -> str:
    """Add Dora; return the path of her link."""
    done = run(app, "add", "Dora", "--email", "dora@example.test", *words)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout.strip().removeprefix(ORIGIN)


def test_somebody_new_chooses_the_password(app: Flask, browser: Browser, site: Site) -> None:
    path = invited(app, "--name", "Dora Vale", "--group", "agents")
    assert [(row.name, row.password_hash) for row in table(site, User) if row.username == "dora"] == [
        ("Dora Vale", None)
    ]
    assert browser.open(path).path == "/password"
    assert "Your username is dora" in browser.words
    browser.fill(new_password=DORA.password)
    assert set_up_text(browser, DORA).open("/").path == "/"
    assert path.rpartition("/")[2].encode() not in on_disk(site)


@pytest.mark.parametrize("hours, status", [(23.9, 200), (24, 410)])
def test_the_link_holds_for_a_day(app: Flask, browser: Browser, clock: Clock, hours: float, status: int) -> None:
    path = invited(app)
    clock.move(hours=hours)
    browser.open(path, status=status)


def test_it_works_once(app: Flask, browser: Browser, other_browser: Browser) -> None:
    path = invited(app)
    browser.open(path).fill(new_password=DORA.password)
    other_browser.open(path, status=410)


def test_without_it_nothing_opens(app: Flask, browser: Browser) -> None:
    token = invited(app).rpartition("/")[2]
    for guess in ("", token, "dora", "Dora"):
        browser.open("/sign-in").fill(username="dora", password=guess)
        assert browser.path == "/sign-in"
        assert browser.problem


def test_a_name_that_is_taken_or_cannot_be_one(app: Flask) -> None:
    for name, words in (("ada", "Error: there is a ada already\n"), ("a b", "cannot be a username")):
        done = run(app, "add", name, "--email", "a@example.test")
        assert (done.exit_code, done.stdout) == (1, "")
        assert words in done.stderr
    done = run(app, "add", "dora", "--email", "nowhere")
    assert (done.exit_code, done.stderr) == (1, "Error: 'nowhere' is no e-mail address\n")


def test_an_operator_helps_where_the_mail_is_lost(app: Flask, browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    let_mail_leave(app)
    browser.open(browser.phone.link("not-me")).fill("/not-me")
    assert "no new password yet" in run(app, "show", "ada").stdout
    done = run(app, "password-link", "ada")
    assert (done.exit_code, done.stderr) == (0, "")
    browser.open(done.stdout.strip().removeprefix(ORIGIN)).fill(new_password=DORA.password)
    assert password(browser, Human("ada", DORA.password)).path == "/set-up"
    assert "recovery:        no" in run(app, "show", "ada").stdout
    assert [each.reason for each in events(site, "recovery.begun")] == [None, "by_operator"]
    let_mail_leave(app)
    told = [each["body"] for each in browser.phone.messages("mail", ADA.email)]
    assert any("Web Support made a link for you" in body for body in told)


def test_nobody_gets_a_link_for_nobody(app: Flask) -> None:
    done = run(app, "password-link", "nobody")
    assert (done.exit_code, done.stderr) == (1, "Error: there is nobody called nobody\n")


def test_no_command_and_no_page_takes_a_password_for_somebody_else(app: Flask) -> None:
    """But for adding people with one from a file or a script, which is how whole organisations move in."""
    takers = [rule.rule for rule in app.url_map.iter_rules() if "password" in rule.rule]
    own = ["/account/password", "/account/password"]
    asked = ["/forgot-password", "/forgot-password"]  # it takes a username
    assert sorted(takers) == [*own, *asked, "/password", "/password", "/password/<token>"]


def test_no_page_asks_staff_for_somebodys_password(app: Flask, browser: Browser) -> None:
    set_up_text(browser, SAM)
    for _, path in addresses(app, "GET"):
        page = browser.web.get(path, expect_errors=True)
        if page.content_type == "text/html" and not path.startswith(OWN):
            assert not page.html.select("input[type=password], input[autocomplete$=password]"), path


@pytest.mark.parametrize("word", ["show", "disable", "enable", "reset-mfa", "unlock"])
def test_no_command_shows_or_changes_a_password(app: Flask, site: Site, word: str) -> None:
    before = hashes(site)
    done = app.test_cli_runner().invoke(args=["user", word, "ada"])
    assert done.exit_code == 0
    assert hashes(site) == before
    for kept in (before["ada"], "argon2", "password"):
        assert str(kept) not in done.output


def test_a_command_line_takes_no_password(app: Flask) -> None:
    arguments = ["user", "add", "zoe", "--email", "zoe@example.test", "--password-stdin", "four tall blue windows"]
    assert app.test_cli_runner().invoke(args=arguments, input="").exit_code == 2
