"""EN2: passwords, MFA options, recovery codes, addresses change with a fresh second factor, for one action, here."""

import pytest

from ssp.models import Authenticator, MailedLink, PendingSignIn, RecoveryCode, User, pending
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    add_way,
    make_codes,
    options,
    prove,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

NEW = {"current_password": ADA.password, "new_password": "eleven quiet copper moons"}


@pytest.fixture
def later(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada, with texts and calls, proved her second factor a quarter of an hour ago."""
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    sign_out(browser)
    clock.move(minutes=15)
    sign_in_by_text(browser, ADA)
    clock.move(minutes=15)
    return browser


def held(site: Site) -> tuple[list[str], list[str | None], list[str], list[str | None]]:
    """Return what could have changed."""
    ways = [each for each in table(site, Authenticator) if each.confirmed_at]
    options = sorted(f"{each.id} {each.name} {each.preference_confirmed_at}" for each in ways)
    codes = [each.id for each in table(site, RecoveryCode)]
    addresses = [*(each.email for each in table(site, MailedLink)), *(each.email for each in table(site, User))]
    return options, [each.password_hash for each in table(site, User)], codes, addresses


def changes(browser: Browser) -> dict[str, dict[str, str]]:
    """Return every address that changes something, with what it wants."""
    return {
        "/account/password": NEW,
        f"/account/options/{options(browser)[0]}/remove": {},
        f"/account/options/{options(browser)[0]}/replace": {},
        f"/account/options/{options(browser)[0]}/rename": {"name": "Mine"},
        f"/account/options/{options(browser)[1]}/prefer": {},
        "/set-up/another": {},
        "/account/recovery-codes": {},
        "/account/email": {"email": "ada@new.test"},
    }


def test_nothing_changes_without_a_fresh_code(later: Browser, site: Site) -> None:
    before = held(site)
    for path, fields in changes(later).items():
        response = later.post(path, {"csrf_token": later.csrf(), **fields})
        assert response.headers["Location"].startswith("/account/confirm/"), path
    assert held(site) == before
    assert later.open("/account/").path == "/account/"


def test_the_sign_ins_own_code_changes_nothing(later: Browser, site: Site) -> None:
    sign_in_by_text(sign_out(later), ADA)
    before = held(site)
    for path, fields in changes(later).items():
        response = later.post(path, {"csrf_token": later.csrf(), **fields})
        assert response.headers["Location"].startswith("/account/confirm/"), path
    assert held(site) == before


def test_a_session_cookie_copied_after_a_sign_in_adds_no_option(
    later: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    sign_in_by_text(sign_out(later), ADA)
    before = held(site)
    clock.move(minutes=8)
    thief = other_browser.carry({"ssp_session": later.cookies["ssp_session"]})
    assert "Add a second way" not in thief.open("/set-up/done").words
    response = thief.post("/set-up/another", {"csrf_token": thief.open("/").csrf()})
    assert response.headers["Location"] == "/account/confirm/add"
    assert thief.open("/set-up").path == "/"
    assert held(site) == before


@pytest.mark.parametrize("seconds, changed", [(599, True), (600, False)], ids=["in time", "too late"])
def test_it_is_good_for_ten_minutes(later: Browser, site: Site, clock: Clock, *, seconds: int, changed: bool) -> None:
    prove(later, ADA, "password")
    before, token = held(site), later.csrf()
    clock.move(seconds=seconds)
    later.post("/account/password", {"csrf_token": token, **NEW})
    assert (held(site) != before) is changed


def test_a_code_proves_nothing_once_what_it_was_asked_for_is_over(later: Browser, site: Site, clock: Clock) -> None:
    later.open("/account/confirm/password").fill()
    code = later.phone.text_code(ADA.mobile)
    begun = [each.id for each in table(site, PendingSignIn)]
    with site.database.writing() as connection:
        for each in begun:
            pending.end(connection, each, clock.now())
    assert "First, an access code" in later.fill(code=code).words
    assert later.open("/account/password").path == "/account/confirm/password"


def test_one_code_is_good_for_one_action(later: Browser, site: Site) -> None:
    prove(later, ADA, "password")
    later.fill(**NEW)
    before = held(site)
    again = {"current_password": NEW["new_password"], "new_password": "twelve quiet copper moons"}
    response = later.post("/account/password", {"csrf_token": later.open("/account/").csrf(), **again})
    assert response.headers["Location"] == "/account/confirm/password"
    assert held(site) == before


def test_recovery_codes_that_there_are_stay_without_a_fresh_code(later: Browser, site: Site, clock: Clock) -> None:
    make_codes(later, ADA)
    before = held(site)
    response = later.post("/account/recovery-codes", {"csrf_token": later.csrf()})
    assert response.headers["Location"] == "/account/recovery-codes"
    clock.move(minutes=1)
    prove(later, ADA, "password")
    later.post("/account/recovery-codes", {"csrf_token": later.open("/account/").csrf()})
    assert held(site) == before


def test_a_code_asked_for_before_the_change_proves_nothing_after_it(later: Browser, clock: Clock) -> None:
    path = f"/account/confirm/remove:{options(later)[0]}"
    later.open(path).fill()
    code = later.phone.text_code(ADA.mobile)
    clock.move(minutes=1)
    prove(later, ADA, "password").fill(**NEW)
    response = later.post(path, {"csrf_token": later.csrf(), "code": code})
    assert response.headers["Location"] == path
    assert "First, an access code" in later.open(path).words
