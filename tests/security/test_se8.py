"""SE8: disabling somebody, or changing how they get codes, ends their sessions with the next request."""

from flask import Flask

from ssp.flows import people
from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    a_generation_on,
    add_way,
    events,
    let_mail_leave,
    password,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)


def test_a_disabled_person_is_out_everywhere(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_in_by_text(other_browser, ADA)
    people.disable(site, "ada")
    for each in (browser, other_browser):
        assert each.open("/").path == "/sign-in"
    people.enable(site, "ada")
    for each in (browser, other_browser):
        assert each.open("/").path == "/sign-in"
    assert {each.ended_because for each in table(site, Session)} == {"disabled"}


def test_what_is_of_an_earlier_generation_opens_nothing_though_nobody_ended_it(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    a_generation_on(site, ADA)
    assert browser.open("/").path == "/sign-in"
    (row,) = table(site, Session)
    assert row.ended_at is None


def test_nor_does_a_half_done_sign_in_of_an_earlier_generation_go_on(browser: Browser, site: Site) -> None:
    sign_out(set_up_text(browser, ADA))
    password(browser, ADA)
    code = browser.phone.text_code(ADA.mobile)
    a_generation_on(site, ADA)
    assert browser.fill(code=code).path == "/sign-in"
    assert all(each.ended_at for each in table(site, Session))


def test_a_half_done_sign_in_ends_too(browser: Browser, site: Site) -> None:
    password(browser, ADA)
    people.disable(site, "ada")
    assert browser.open("/set-up").path == "/sign-in"
    people.enable(site, "ada")
    assert browser.open("/set-up").path == "/sign-in"


def test_a_new_option_ends_the_other_sessions(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_in_by_text(other_browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    assert other_browser.open("/").path == "/sign-in"
    assert browser.open("/").path == "/"


def test_an_operator_signs_somebody_out_everywhere(
    browser: Browser, other_browser: Browser, app: Flask, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_in_by_text(other_browser, ADA, trust=True)
    done = app.test_cli_runner().invoke(args=["user", "sign-out", "ada"])
    assert (done.exit_code, done.stderr) == (0, "")
    for each in (browser, other_browser):
        assert each.open("/").path == "/sign-in"
    assert [(each.reason, each.actor.partition(":")[0]) for each in events(site, "session.ended")] == [
        ("by_operator", "operator")
    ]
    let_mail_leave(app)
    assert "signed you out everywhere" in browser.phone.messages("mail", ADA.email)[-1]["body"]
    clock.move(minutes=10)
    assert password(other_browser, ADA).path == "/sign-in/code"


def test_nobody_elses(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    set_up_text(other_browser, BEN)
    people.reset_mfa(site, "ada")
    assert browser.open("/").path == "/sign-in"
    assert other_browser.open("/").path == "/"
