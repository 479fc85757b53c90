"""Changing the password: with the present one, a new one that will do, and a fresh code."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from ssp.infra.passwords import MOST_CHARACTERS, Busy, Check
from ssp.models import Session, StepUp, Throttle, User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    events,
    notices,
    one,
    password,
    prove,
    replaced,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

NEW = "eleven quiet copper moons"


@pytest.fixture
def at_form(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada proved that it is she, and may type the passwords."""
    clock.move(seconds=0)
    return prove(set_up_text(browser, ADA), ADA, "password")


def change(browser: Browser, current: str = ADA.password, wanted: str = NEW) -> Browser:
    """Type both passwords."""
    return browser.fill(current_password=current, new_password=wanted)


def test_a_code_comes_first(browser: Browser) -> None:
    set_up_text(browser, ADA)
    assert browser.open("/account/password").path == "/account/confirm/password"
    assert "First, an access code" in browser.words
    browser.fill()
    assert browser.words.startswith("Change your password · Step 1 of 2 Enter your access code")
    assert browser.note.startswith("This change protects your account")
    browser.fill(code=browser.phone.text_code())
    assert browser.path == "/account/password"
    assert "Your code is good for this until" in browser.words


def test_the_form_says_until_when_the_code_is_good(at_form: Browser) -> None:
    assert "good for this until 2:10 pm UTC" in at_form.words


def test_the_new_one_signs_in_and_the_old_one_does_not(at_form: Browser) -> None:
    change(at_form)
    assert at_form.path == "/account/"
    assert at_form.note.startswith("Your password is changed.")
    password(sign_out(at_form), ADA)
    assert at_form.problem.startswith("That username and password do not match.")
    at_form.fill(username="ada", password=NEW)
    assert at_form.path == "/sign-in/code"


def test_everything_else_ends_and_this_session_goes_on(
    browser: Browser, other_browser: Browser, clock: Clock, site: Site
) -> None:
    sign_out(set_up_text(other_browser, ADA))
    clock.move(minutes=1)
    sign_in_by_text(other_browser, ADA, trust=True)
    sign_in_by_text(browser, ADA)
    clock.move(minutes=5)
    before = browser.cookies["ssp_session"]
    change(prove(browser, ADA, "password"))
    assert browser.cookies["ssp_session"] != before
    assert browser.open("/account/").path == "/account/"
    assert other_browser.open("/").path == "/sign-in"
    assert other_browser.note == "Your password was changed, which ends all other sessions. Please sign in again."
    other_browser.fill(username="ada", password=NEW)
    assert other_browser.path == "/sign-in/code"
    assert sorted(each.ended_because or "-" for each in table(site, Session)) == ["-", "password_changed", "signed_out"]


def test_the_owner_is_told_and_the_log_knows(at_form: Browser, site: Site) -> None:
    change(at_form)
    mail = notices(site)[-1]
    assert (mail.to, mail.subject) == (ADA.email, "Your password for Secure Services Portal was changed")
    assert NEW not in mail.body
    (event,) = events(site, "user.password_changed")
    assert (event.subject, event.outcome) == ("ada", "done")


def test_a_wrong_present_one_is_refused_and_the_code_stays_good(at_form: Browser, site: Site) -> None:
    before = [each.password_hash for each in table(site, User)]
    change(at_form, current="not hers at all")
    assert at_form.page.status_int == 422
    assert at_form.problem == "That is not the password you have now. Check it. Capital letters matter."
    assert one(at_form.page.html, "title").get_text().startswith("Error: ")
    assert one(at_form.page.html, "#current-password").get("aria-invalid") == "true"
    assert not one(at_form.page.html, "#new-password").has_attr("aria-invalid")
    assert "not hers at all" not in at_form.page.text
    assert [each.password_hash for each in table(site, User)] == before
    assert events(site, "sign_in.password")[-1].reason == "wrong"
    assert change(at_form).path == "/account/"


@pytest.mark.parametrize(
    "wanted, problem",
    [
        ("fourteen signs", "That password is shorter than 15 characters."),
        ("Secure Services Portal1", "That password is made of your name"),
        ("x" * (MOST_CHARACTERS + 1), "That password is too long"),
        ("a moon\0and a copper bell", None),
        (ADA.password, "That is the password you have now."),
    ],
    ids=["short", "portal", "long", "NUL", "same"],
)
def test_a_new_one_that_will_not_do_says_why(at_form: Browser, wanted: str, problem: str | None) -> None:
    change(at_form, wanted=wanted)
    if problem is None:
        assert at_form.page.status_int == 400
        return
    assert at_form.page.status_int == 422
    assert at_form.problem.startswith(f"Choose another new password. {problem}")
    assert one(at_form.page.html, "#new-password").get("aria-invalid") == "true"


@pytest.mark.parametrize("fields", [("", NEW), (ADA.password, ""), ("", "")])
def test_an_empty_field_is_said(at_form: Browser, fields: tuple[str, str]) -> None:
    change(at_form, *fields)
    assert at_form.problem == "Something is missing. Enter the password you have now, and the one you want."


def test_the_code_is_good_for_one_change(at_form: Browser) -> None:
    change(at_form)
    assert at_form.open("/account/password").path == "/account/confirm/password"


def test_after_ten_minutes_it_is_asked_for_anew(at_form: Browser, clock: Clock, site: Site) -> None:
    clock.move(seconds=1)
    at_form.open("/account/password")
    clock.move(minutes=10)
    before = [each.password_hash for each in table(site, User)]
    assert change(at_form).path == "/account/confirm/password"
    assert [each.password_hash for each in table(site, User)] == before


def test_the_fields_are_for_password_managers(at_form: Browser) -> None:
    page = at_form.page.html
    assert one(page, "[name=username]")["autocomplete"] == "username"
    assert one(page, "[name=username]")["value"] == "ada"
    for name, kind in (("current_password", "current-password"), ("new_password", "new-password")):
        field = one(page, f"[name={name}]")
        assert (field["type"], field["autocomplete"]) == ("password", kind)
        assert field.has_attr("data-reveal")
        assert not field.has_attr("maxlength")


def test_wrong_present_ones_count_with_those_of_the_sign_in(at_form: Browser, clock: Clock, site: Site) -> None:
    for _ in range(4):
        change(at_form, current="not hers at all")
    change(at_form, current="not hers at all")
    assert at_form.problem.endswith("Check it. You can try again in 1 second.")
    change(at_form)
    assert at_form.page.status_int == 422
    assert at_form.problem.startswith("Too many passwords were wrong. This one was not checked, be it right or wrong.")
    assert [each.reason for each in events(site, "sign_in.held")] == ["waiting_known"]
    sign_out(at_form)
    at_form.fill(username="ada", password=ADA.password)
    assert at_form.problem.startswith("Too many passwords for this username were wrong.")
    clock.move(seconds=1)
    assert password(at_form, ADA).path == "/sign-in/code"


def test_after_the_last_one_web_support_helps(at_form: Browser, site: Site) -> None:
    change(at_form, current="not hers at all")
    with site.database.writing() as connection:
        connection.execute(
            update(Throttle).where(Throttle.key.startswith("password:")).values(count=99, known_count=99)
        )
    change(at_form, current="not hers at all")
    assert at_form.problem.endswith("No more passwords are checked for it before Web Support frees it.")
    assert [each.reason for each in events(site, "sign_in.stopped")] == ["known_100"]
    change(at_form)
    assert [each.reason for each in events(site, "sign_in.held")] == ["stopped_known"]


class Hasher:
    """The portal's own, but for what happens while it works."""

    def __init__(self, site: Site, meanwhile: Callable[[], None]) -> None:
        self._own, self._meanwhile = site.passwords, meanwhile

    def check(self, stored: str | None, typed: str, decoy: str | None = None, *, whose: str) -> Check:
        return self._own.check(stored, typed, decoy, whose=whose)

    def hash(self, typed: str, *, whose: str) -> str:
        self._meanwhile()
        return self._own.hash(typed, whose=whose)


class Full:
    """One that has no time."""

    def check(self, _stored: str | None, _typed: str, **_more: object) -> Check:
        raise Busy


def test_a_busy_portal_counts_nothing(at_form: Browser, app: Flask, site: Site) -> None:
    with replaced(app, passwords=Full()):
        change(at_form)
    assert at_form.page.status_int == 503
    assert [each.count for each in table(site, Throttle) if each.key.startswith("password:")] == [0]
    assert change(at_form.open("/account/password")).path == "/account/"


def test_a_password_that_changed_meanwhile_stays(at_form: Browser, app: Flask, site: Site) -> None:
    def reset() -> None:
        with site.database.writing() as connection:
            connection.execute(update(User).values(password_hash="$another$"))

    with replaced(app, passwords=Hasher(site, reset)):
        change(at_form)
    assert at_form.path == "/account/password", "the proof is not spent"
    assert {each.password_hash for each in table(site, User)} == {"$another$"}


def test_a_proof_that_was_spent_meanwhile_changes_nothing(at_form: Browser, app: Flask, site: Site) -> None:
    def spend() -> None:
        with site.database.writing() as connection:
            connection.execute(update(StepUp).values(spent_at=StepUp.proved_at))

    before = [each.password_hash for each in table(site, User)]
    with replaced(app, passwords=Hasher(site, spend)):
        change(at_form)
    assert at_form.path == "/account/confirm/password"
    assert [each.password_hash for each in table(site, User)] == before
