"""The sign-in page: what it asks, what it says, and that every refusal looks the same."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import demo_people, people
from ssp.infra import references
from ssp.models import PendingSignIn, Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    Human,
    Phone,
    events,
    full_width,
    one,
    password,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

CSRF = re.compile(r'name="csrf_token" value="[^"]+"')


def refused(browser: Browser, username: str, typed: str) -> str:
    """Return the page of a refused sign-in, without the values that differ from page to page."""
    browser.open("/sign-in").fill(username=username, password=typed)
    assert browser.page.status_int == 422
    reference = references.shown(browser.reference)
    return CSRF.sub("", browser.page.text).replace(f'value="{username}"', "").replace(f">{reference}<", "")


def test_a_newcomer_sees_one_form_and_where_help_is(browser: Browser) -> None:
    browser.open("/", status=200)
    assert browser.path == "/sign-in"
    page = browser.page.html
    assert one(page, "h1").get_text() == "Sign in"
    assert [link["href"] for link in page.select("main a")] == [
        "/forgot-password",
        "/forgot-username",
        "/help/",
        "/help/why-mfa",
    ]
    footer = one(page, "footer").get_text(" ")
    assert "support@example.test" in footer
    assert "205-555-0100" in footer
    assert browser.problem == browser.note == ""


def test_password_managers_know_the_fields(browser: Browser) -> None:
    page = browser.open("/sign-in").page.html
    username, typed = one(page, "#username"), one(page, "#password")
    assert (username["autocomplete"], username["autocapitalize"]) == ("username", "none")
    assert (typed["type"], typed["autocomplete"]) == ("password", "current-password")
    assert {label["for"] for label in page.select("main label")} == {"username", "password"}
    assert "onpaste" not in browser.page.text


def test_every_refusal_is_the_same_page(browser: Browser, site: Site) -> None:
    people.disable(site, "ben")
    wrong = refused(browser, "ada", "not her password at all")
    assert "That username and password do not match." in wrong
    assert refused(browser, "nobody.here", "not her password at all") == wrong
    assert refused(browser, "ben", BEN.password) == wrong
    assert refused(browser, "not a name / ?", "x") == wrong
    assert refused(browser, "ada", "x" * 60_000) == wrong
    assert table(site, PendingSignIn) == []


def test_a_refusal_keeps_the_username_and_forgets_the_password(browser: Browser) -> None:
    browser.open("/sign-in").fill(username=" ADA", password="my secret phrase here")
    assert one(browser.page.html, "#username")["value"] == " ADA"
    assert not one(browser.page.html, "#password").has_attr("value")
    assert "my secret phrase" not in browser.page.text
    assert one(browser.page.html, "[role=alert]").has_attr("autofocus")
    assert one(browser.page.html, "title").get_text().startswith("Error: Sign in")


@pytest.mark.parametrize("typed", [("", ""), ("ada", ""), ("", "x"), ("  ", "x")])
def test_nothing_typed_is_said_so(browser: Browser, site: Site, typed: tuple[str, str]) -> None:
    browser.open("/sign-in").fill(username=typed[0], password=typed[1])
    assert browser.page.status_int == 422
    assert browser.problem.startswith("Enter your username and your password.")
    assert one(browser.page.html, "#password")["aria-invalid"] == "true"
    assert events(site, "sign_in.password") == []


@pytest.mark.parametrize("spelled", ["ADA", " ada ", full_width("Ada"), "AdA"])
def test_a_username_can_be_spelled_in_any_way(browser: Browser, spelled: str) -> None:
    browser.open("/sign-in").fill(username=spelled, password=ADA.password)
    assert browser.path == "/set-up"


def test_the_password_counts_as_typed(browser: Browser) -> None:
    for typed in (ADA.password.upper(), f"{ADA.password} ", f" {ADA.password}", ADA.password[:-1]):
        browser.open("/sign-in").fill(username="ada", password=typed)
        assert browser.page.status_int == 422


def test_the_person_lands_where_they_wanted_to_go(browser: Browser) -> None:
    password(browser, ADA, "/sign-in?next=/help/mfa%3Fprint%3D1").fill(type="text")
    browser.fill(phone=ADA.mobile).fill(code=browser.phone.text_code())
    assert one(browser.page.html, "a.button")["href"] == "/help/mfa?print=1"
    sign_out(browser)
    password(browser, ADA, "/sign-in?next=/help/mfa").fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.path == "/help/mfa"


def test_whoever_is_signed_in_needs_no_sign_in_page(browser: Browser) -> None:
    set_up_text(browser, ADA)
    assert browser.open("/sign-in").path == "/"


def test_whoever_is_half_way_goes_on_from_there(browser: Browser) -> None:
    password(browser, ADA)
    assert browser.open("/sign-in").path == "/set-up"
    assert browser.open("/").path == "/set-up"


def test_too_slow_a_sign_in_starts_over_and_says_why(browser: Browser, clock: Clock) -> None:
    password(browser, ADA)
    clock.move(minutes=10, seconds=-1)
    assert browser.open("/set-up").path == "/set-up"
    clock.move(seconds=1)
    assert browser.open("/set-up").path == "/sign-in"
    assert browser.note.startswith("Signing in took more than 10 minutes")
    assert browser.fill(username="ada", password=ADA.password).path == "/set-up"


def test_starting_over_lets_somebody_else_in(browser: Browser, site: Site) -> None:
    sign_out(set_up_text(browser, ADA))
    password(browser, ADA).fill("/sign-out")
    assert browser.path == "/sign-in"
    assert browser.note == "You are signed out."
    assert events(site, "sign_in.given_up")[0].subject == "ada"
    assert password(browser, BEN).path == "/set-up"


def test_the_same_form_sent_twice_sends_one_text_and_signs_in(browser: Browser) -> None:
    sign_out(set_up_text(browser, ADA))
    texts = len(browser.phone.messages("text"))
    form = browser.open("/sign-in").form()
    form["username"], form["password"] = ADA.username, ADA.password
    visitor = browser.cookies
    first = form.submit()
    browser.web.set_cookie("ssp_session", visitor["ssp_session"])
    second = form.submit()
    assert (first.status_int, second.status_int) == (303, 303)
    assert len(browser.phone.messages("text")) == texts + 1
    browser.open("/sign-in/code").fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.path == "/"


def test_the_older_reply_of_a_double_click_is_over(browser: Browser) -> None:
    sign_out(set_up_text(browser, ADA))
    form = browser.open("/sign-in").form()
    form["username"], form["password"] = ADA.username, ADA.password
    visitor = browser.cookies["ssp_session"]
    form.submit()
    older = browser.cookies["ssp_session"]
    browser.web.set_cookie("ssp_session", visitor)
    form.submit()
    browser.web.set_cookie("ssp_session", older)
    assert browser.open("/sign-in/code").path == "/sign-in"


def test_demo_people_are_nobody_outside_demo_mode(make_app: Callable[..., Flask], phone: Phone) -> None:
    demo = make_app()
    with demo.app_context():
        demo_people.add_missing(demo.extensions["ssp"])
    cora = Human("cora", "slow train through maples")
    signed_in = set_up_text(Browser(demo, phone), cora)
    real = make_app(demo=False, base_url="http://localhost:8000")
    browser = Browser(real, phone)
    assert "do not match" in password(browser, cora).words
    browser.web.set_cookie("ssp_session", signed_in.cookies["ssp_session"])
    assert browser.open("/").path == "/sign-in"


def test_an_account_disabled_under_way_starts_over(app: Flask, phone: Phone, site: Site) -> None:
    browser = Browser(app, phone)
    set_up_text(browser, ADA)
    password(browser := Browser(app, phone), ADA)
    people.disable(site, "ada")
    assert browser.open("/sign-in/code").path == "/sign-in"
    people.enable(site, "ada")
    assert browser.open("/sign-in/code").path == "/sign-in"
    assert sign_in_by_text(Browser(app, phone), ADA).path == "/"


def test_whoever_signs_in_over_a_session_ends_it(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    token = browser.open("/").csrf()
    fields = {"csrf_token": token, "username": BEN.username, "password": BEN.password}
    assert browser.post("/sign-in", fields).headers["Location"] == "/set-up"
    assert [each.ended_because for each in table(site, Session)] == ["signed_out"]
