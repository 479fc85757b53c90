"""EN3: a proof belongs to one person, session, action and target, and is spent once, on whichever server."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from ssp.flows import account, email_change, further, new_password, sessions, step_up
from ssp.flows import options as options_
from ssp.models import Authenticator, MailedLink, StepUp, User
from ssp.models.session import SessionWithUser
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT
from tests.people import (
    ADA,
    BEN,
    Browser,
    add_way,
    add_way_later,
    options,
    prove,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

PASSWORDS = {"current_password": ADA.password, "new_password": "eleven quiet copper moons"}


@pytest.fixture
def held(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada is signed in, who has three ways to get codes."""
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    clock.move(minutes=2)
    add_way_later(browser, ADA, "text", phone="+12055550177")
    sign_out(browser)
    clock.move(minutes=15)
    return sign_in_by_text(browser, ADA)


def _held(site: Site) -> tuple[int, list[str | None], int]:
    links = [each for each in table(site, MailedLink) if each.purpose == "email"]
    return len(table(site, Authenticator)), [each.password_hash for each in table(site, User)], len(links)


def refused(browser: Browser, path: str, site: Site, **fields: str) -> bool:
    """Return whether a change asks for a code instead of happening."""
    before = _held(site)
    response = browser.post(path, {"csrf_token": browser.open("/account/").csrf(), **fields})
    assert _held(site) == before
    return response.headers["Location"].startswith("/account/confirm/")


def test_not_for_another_action(held: Browser, site: Site) -> None:
    first, *_ = options(held)
    prove(held, ADA, "password")
    assert refused(held, f"/account/options/{first}/remove", site)
    assert refused(held, "/account/email", site, email="ada@new.test")
    prove(held, ADA, f"remove:{first}")
    assert refused(held, "/account/email", site, email="ada@new.test")
    assert held.open("/account/password").path == "/account/password"
    held.fill(**PASSWORDS)
    assert refused(held, "/account/password", site, **PASSWORDS)


@pytest.mark.parametrize("proved", ["rename", "prefer", "replace", "remove"])
def test_none_of_what_is_done_with_an_option_proves_anything_else(held: Browser, site: Site, proved: str) -> None:
    *_, last = options(held)
    prove(held, ADA, f"{proved}:{last}")
    before = [(each.id, each.name, each.preference_confirmed_at) for each in table(site, Authenticator)]
    for deed in {"rename", "prefer", "replace", "remove"} - {proved}:
        assert refused(held, f"/account/options/{last}/{deed}", site, name="Mine")
    assert refused(held, "/set-up/another", site)
    assert [(each.id, each.name, each.preference_confirmed_at) for each in table(site, Authenticator)] == before


def test_a_code_for_the_address_changes_no_password(held: Browser, site: Site) -> None:
    prove(held, ADA, "email")
    assert refused(held, "/account/password", site, **PASSWORDS)
    assert held.open("/account/email").fill(email="ada@new.test").path == "/account/"
    assert refused(held, "/account/email", site, email="ada@third.test")


def test_not_for_another_target(held: Browser, site: Site) -> None:
    first, second, _ = options(held)
    prove(held, ADA, f"remove:{first}")
    assert refused(held, f"/account/options/{second}/remove", site)
    assert held.open(f"/account/options/{first}/remove").fill().path == "/account/"
    assert len(table(site, Authenticator)) == 2


def test_a_set_up_leaves_a_proof_for_one_further_option(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    (granted,) = table(site, StepUp)
    assert (granted.action, granted.spent_at) == ("add_option", None)
    add_way(browser, "voice", phone=ADA.office, extension="")
    assert browser.path == "/set-up/done"
    assert "Add a second way" not in browser.words
    assert [each.spent_at is None for each in table(site, StepUp)] == [False]
    assert refused(browser, "/set-up/another", site)


def test_whoever_keeps_what_they_have_spent_it_too(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA).fill("/set-up/another").fill("/set-up/later")
    assert refused(browser, "/set-up/another", site)


def test_a_set_ups_proof_removes_nothing_and_changes_no_password(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    assert refused(browser, "/account/password", site, **PASSWORDS)


def test_one_proof_adds_one_option_though_the_preferred_one_is_to_be_confirmed(
    browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    with site.database.writing() as connection:
        connection.execute(update(Authenticator).values(preference_confirmed_at=clock.now() - timedelta(days=91)))
    add_way(browser, "voice", phone=ADA.office, extension="")
    assert browser.path == "/set-up/done"
    assert browser.open("/confirm-preference").path == "/"
    assert refused(browser, "/set-up/another", site)


def test_not_by_another_session(held: Browser, other_browser: Browser, site: Site, clock: Clock) -> None:
    clock.move(minutes=3)
    sign_in_by_text(other_browser, ADA)
    prove(held, ADA, "password")
    assert refused(other_browser, "/account/password", site, **PASSWORDS)
    assert held.open("/account/password").path == "/account/password"


def test_not_by_another_person(held: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(other_browser, BEN)
    first, *_ = options(held)
    prove(held, ADA, f"remove:{first}")
    token = other_browser.open("/account/").csrf()
    response = other_browser.post(f"/account/options/{first}/remove", {"csrf_token": token})
    assert response.headers["Location"] == "/account/"
    assert len([each for each in table(site, Authenticator) if each.confirmed_at]) == 4


def test_a_code_for_one_errand_proves_no_other(held: Browser, clock: Clock) -> None:
    first, *_ = options(held)
    held.open(f"/account/confirm/remove:{first}").fill()
    code = held.phone.text_code(ADA.mobile)
    clock.move(minutes=1)
    held.open("/account/confirm/password").fill()
    own = held.phone.text_code(ADA.mobile)
    assert held.fill("/account/confirm/password", code=code if code != own else held.phone.wrong_code()).problem
    assert held.fill("/account/confirm/password", code=own).path == "/account/password"


def test_a_sign_ins_code_proves_no_errand(held: Browser, other_browser: Browser, clock: Clock) -> None:
    clock.move(minutes=5)
    other_browser.open("/sign-in").fill(username="ada", password=ADA.password)
    code = held.phone.text_code(ADA.mobile)
    held.open("/account/confirm/password").fill()
    own = held.phone.text_code(ADA.mobile)
    assert held.fill("/account/confirm/password", code=code if code != own else held.phone.wrong_code()).problem
    other_browser.fill("/sign-in/code", code=own if code != own else held.phone.wrong_code())
    assert other_browser.problem.startswith("That code is not right.")


def test_the_session_has_a_new_id_afterwards(held: Browser, other_browser: Browser) -> None:
    old = held.cookies["ssp_session"]
    prove(held, ADA, "password")
    assert held.cookies["ssp_session"] != old
    assert other_browser.carry({"ssp_session": old}).open("/").path == "/sign-in"


def test_no_token_opens_the_row_behind_it(held: Browser, site: Site) -> None:
    held.open("/account/confirm/password").fill()
    (begun,) = [each for each in table(site, StepUp) if each.proved_at is None]
    for forged in (begun.id, begun.pending_id, begun.session_id):
        assert held.carry({"ssp_session": f"p.{forged:A<43}"}).open("/sign-in/code").path == "/sign-in"


def opened(site: Site, browser: Browser) -> SessionWithUser:
    found = sessions.recognise(site, browser.cookies["ssp_session"].partition(".")[2])
    assert found
    return found


def test_what_was_proved_for_a_session_that_ended_meanwhile_is_worth_nothing(held: Browser, site: Site) -> None:
    first, *_ = options(held)
    prove(held, ADA, "password")
    row, visit = opened(site, held), VISIT
    before = len(table(site, StepUp))
    sign_out(held)
    assert new_password.change(site, visit, row, *PASSWORDS.values()).refusal is new_password.Refusal.NOT_PROVED
    for deed in (options_.remove, options_.prefer):
        assert deed(site, visit, row, first) == options_.Result(options_.Refusal.UNKNOWN)
    assert options_.rename(site, visit, row, first, "Mine").refusal is options_.Refusal.UNKNOWN
    assert options_.replace(site, visit, row, first, "/").refusal is options_.Refusal.UNKNOWN
    further.not_now(site, row)
    assert email_change.ask(site, visit, row, "ada@new.test") == (email_change.Answer.NOT_PROVED, "")
    assert not email_change.give_up(site, visit, row)
    assert not account.end_session(site, visit, row, "s" * 22)
    assert not account.end_other_sessions(site, visit, row, {})
    assert not account.revoke_device(site, visit, row, "t" * 22)
    assert not account.revoke_devices(site, visit, row)
    step_up.begin(site, visit, row, new_password.ERRAND)
    assert step_up.answer(site, visit, row, new_password.ERRAND, "123456") is None
    assert len(table(site, StepUp)) == before
