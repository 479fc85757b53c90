"""TH5: nobody locks anybody out of the browsers that they always use, neither by passwords nor by codes."""

import hashlib
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from ssp.flows import addresses, people, pruning
from ssp.models import KnownBrowser, Session, Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    App,
    Browser,
    events,
    notices,
    password,
    prove,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
    wrong,
)
from tests.security.tools import HELD, LOOKED_AT, answer, guess, on_disk, passwords


def use_up(browser: Browser, clock: Clock, times: int) -> None:
    """Type wrong passwords, each after the longest wait."""
    for _ in range(times):
        clock.move(minutes=15)
        assert guess(browser).startswith(LOOKED_AT)


def test_a_flood_from_elsewhere_holds_no_known_browser(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    use_up(other_browser, clock, 90)
    clock.move(days=1)
    assert guess(other_browser, typed=ADA.password).startswith(HELD)
    assert password(browser, ADA).path == "/sign-in/code"
    assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"
    sign_out(browser)
    (counter,) = passwords(site)
    assert (counter.count, counter.known_count) == (90, 0)
    assert guess(other_browser, typed=ADA.password).startswith(HELD), "her sign-ins give nobody else new tries"


def test_each_kind_of_browser_has_waits_of_its_own(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=1)
    for _ in range(5):
        guess(other_browser)
    assert guess(other_browser).startswith(HELD)
    for _ in range(5):
        assert guess(browser).startswith(LOOKED_AT)
    assert guess(browser).startswith(HELD)
    assert "A browser in which you signed in before" not in browser.problem
    clock.move(seconds=1)
    assert guess(other_browser).startswith(LOOKED_AT)
    assert guess(other_browser).startswith(HELD)
    assert password(browser, ADA).path == "/sign-in/code"
    assert guess(other_browser).startswith(HELD)


def test_a_new_browser_that_gets_in_ends_the_waits_of_new_ones(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    use_up(other_browser, clock, 20)
    guess(browser)
    clock.move(minutes=15)
    assert password(other_browser, ADA).path == "/sign-in/code"
    (counter,) = passwords(site)
    assert (counter.count, counter.known_count, counter.held_until) == (1, 1, None)


def test_codes_burned_by_a_thief_of_the_password_leave_the_owner_hers(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    looked_at = burn(other_browser, clock, token)
    assert looked_at == 20
    reasons = [each.reason for each in events(site, "authenticator.paused")]
    assert reasons == ["wrong_10_new_browser", "wrong_20_new_browser"]
    assert password(other_browser, ADA).fill("/sign-in/code", code=token.code()).problem.startswith("This way is tak")
    assert password(browser, ADA).fill("/sign-in/code", code=token.code()).path == "/"
    sign_out(browser)
    assert burn(browser, clock, token) == 10, "thirty in all"
    clock.move(days=1)
    assert password(browser, ADA).fill("/sign-in/code", code=token.code()).problem.startswith("This way is taking")


def test_nor_do_they_keep_her_from_a_change_of_her_account(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    assert burn(other_browser, clock, token) == 20
    assert password(browser, ADA).fill("/sign-in/code", code=token.code()).path == "/"
    clock.move(minutes=1)
    browser.open("/account/confirm/password").fill()
    assert browser.fill("/account/confirm/password", code=token.code()).path == "/account/password"


def burn(browser: Browser, clock: Clock, token: App) -> int:
    """Type wrong codes until none is looked at any more; return how many were."""
    looked_at = 0
    for _ in range(5):
        clock.move(minutes=15)
        password(browser, ADA)
        for _ in range(12):
            browser.fill("/sign-in/code", code=token.wrong())
            looked_at += browser.problem.startswith("That code is not right.")
        browser.fill("/sign-out")
    return looked_at


def test_a_copied_session_cookie_stops_no_option_of_its_owner(
    browser: Browser, other_browser: Browser, clock: Clock, site: Site
) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    thief = other_browser.carry({"ssp_session": browser.cookies["ssp_session"]})
    for errand in ("password", "email", "codes"):
        thief.open(f"/account/confirm/{errand}").fill()
        for _ in range(4):
            place = f"/account/confirm/{errand}"
            thief.post(place, {"csrf_token": thief.csrf(), "code": "12345"})
            thief.post(place, {"csrf_token": thief.csrf(), "code": thief.phone.wrong_code(ADA.mobile)})
    assert thief.open("/account/").path == "/sign-in"
    assert "You were signed out here because ten codes in a row were wrong." in thief.note
    assert [each.reason for each in events(site, "session.ended")] == ["wrong_codes"]
    assert len(events(site, "sign_in.second_factor")) == 11, "one was right, at the set-up"
    assert "10 wrong access codes were typed in a browser" in notices(site)[-1].body
    clock.move(minutes=15)
    assert sign_in_by_text(browser.open("/sign-in"), ADA).path == "/"


def test_a_right_code_before_a_change_forgets_the_wrong_ones(browser: Browser, clock: Clock, site: Site) -> None:
    set_up_text(browser, ADA)
    for _ in range(4):
        clock.move(minutes=11)
        browser.open("/account/confirm/password").fill()
        for _ in range(4):
            browser.fill("/account/confirm/password", code=browser.phone.wrong_code(ADA.mobile))
        browser.fill("/account/confirm/password", code=browser.phone.text_code(ADA.mobile))
        assert browser.path == "/account/password"
    assert events(site, "session.ended") == []


def test_no_text_goes_to_a_browser_whose_answers_are_not_taken(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=20)
    password(other_browser, ADA)
    for _ in range(10):
        other_browser.fill("/sign-in/code", code=wrong(browser.phone.text_code()))
    assert "taking a break" in other_browser.note
    clock.move(minutes=11)
    before = len(browser.phone.messages("text"))
    password(Browser(browser.app, browser.phone), ADA)
    assert len(browser.phone.messages("text")) == before
    assert sign_in_by_text(browser, ADA).path == "/"
    assert len(browser.phone.messages("text")) == before + 1


# ---- What makes a browser known ----


def test_only_a_finished_sign_in_does(browser: Browser, site: Site) -> None:
    guess(browser)
    password(browser, ADA).fill(type="text")
    browser.fill(phone=ADA.mobile)
    assert browser.known == {}
    assert table(site, KnownBrowser) == []
    browser.fill(code=browser.phone.text_code(ADA.mobile))
    assert len(browser.known) == len(table(site, KnownBrowser)) == 1


def test_its_cookie_is_closed_and_kept_for_long(public: Browser, clock: Clock) -> None:
    sign_out(set_up_text(public, ADA))
    clock.move(minutes=1)
    password(public, ADA)
    response = public.send("/sign-in/code", code=public.phone.text_code())
    (line,) = [each for each in response.headers.getall("Set-Cookie") if "ssp_known_" in each]
    ((name, cookie),) = SimpleCookie(line).items()
    assert name.startswith("__Host-ssp_known_")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", str(400 * 24 * 3600))
    assert public.known == {name: cookie.value}, "the value stays, its time begins anew"
    assert ADA.username not in line


def test_whoever_deletes_it_on_the_way_is_given_no_empty_one(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    other_browser.carry({"ssp_session": browser.cookies["ssp_session"]}).open("/sign-in/code")
    assert other_browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"
    assert other_browser.known == {}


def test_it_is_random_and_not_on_disk(browser: Browser, site: Site) -> None:
    sign_out(set_up_text(browser, ADA))
    ((_, value),) = browser.known.items()
    browser_id, verifier = value.split(".")
    assert verifier.encode() not in on_disk(site)
    (row,) = table(site, KnownBrowser)
    assert (row.id, row.verifier_hash) == (browser_id, hashlib.sha256(verifier.encode()).hexdigest())


def test_several_people_are_known_in_one_browser_and_signing_out_forgets_none(browser: Browser, site: Site) -> None:
    for human in (ADA, BEN):
        sign_out(set_up_text(browser, human))
    assert len(browser.known) == len(table(site, KnownBrowser)) == 2


def test_a_second_way_makes_no_second_browser_of_it(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA).fill("/set-up/another").fill("/set-up/later")
    assert len(table(site, KnownBrowser)) == 1
    assert events(site, "sign_in.new_browser") == []


def test_a_sign_in_with_a_new_browser_is_an_event_but_for_the_very_first(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    for _ in range(2):
        for each in (browser, other_browser):
            clock.move(minutes=11)
            sign_out(sign_in_by_text(each, ADA))
    browser.app.extensions["ssp.courier"].close()
    told = [mail["body"] for mail in browser.phone.messages("mail", ADA.email)]
    assert sum("a browser that we had not seen before" in body for body in told) == 1
    (event,) = events(site, "sign_in.new_browser")
    assert (event.subject, event.agent, event.outcome) == ("ada", other_browser.agent, "done")


def test_twenty_browsers_are_known_at_most_and_those_of_long_ago_are_not(
    browser: Browser, site: Site, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    for _ in range(20):
        clock.move(days=1)
        sign_out(sign_in_by_text(Browser(browser.app, browser.phone), ADA))
    rows = table(site, KnownBrowser)
    assert len(rows) == 20
    ((_, value),) = browser.known.items()
    assert value.partition(".")[0] not in {row.id for row in rows}, "the one that was seen least lately went"
    last = Browser(browser.app, browser.phone)
    sign_out(sign_in_by_text(last, ADA))
    clock.move(days=400)
    guess(last)
    assert [each.known_count for each in passwords(site)] == [0]


def test_the_browser_in_which_somebody_changes_the_account_stays_known(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    (session,) = table(site, Session)
    clock.move(minutes=1)
    sign_in_by_text(other_browser, ADA)
    assert len(table(site, KnownBrowser)) == 2
    for keep, left in ((session.id, 1), (None, 0)):
        with site.database.writing() as connection:
            person = people.find(connection, "ada", lock=True)
            people.end_everything(connection, person, "password_changed", keep=keep)
        assert len(table(site, KnownBrowser)) == left


def test_whoever_is_disabled_is_known_nowhere_any_more(browser: Browser, site: Site) -> None:
    sign_out(set_up_text(browser, ADA))
    people.disable(site, "ada")
    assert table(site, KnownBrowser) == []
    people.enable(site, "ada")
    guess(browser)
    assert [each.known_count for each in passwords(site)] == [0]


def test_before_the_right_password_nobody_sees_whether_a_browser_is_known(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=5)
    wrong = ("ada", "not the password of anybody")
    assert answer(browser, *wrong) == answer(other_browser, *wrong)
    assert guess(browser, "nobody") == guess(other_browser, "nobody")


def hashed(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Give what fills with each password that is compared from now on."""
    compared: list[object] = []
    check = site.passwords.check

    def counted(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - as the check has them
        compared.append(args)
        return check(*args, **kwargs)

    monkeypatch.setattr(site.passwords, "check", counted)
    return compared


def test_a_known_browser_costs_no_more_than_so_much(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen cookie, or a machine gone bad: past the limit nothing is computed, counted or written for a try."""
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=1)
    thief = other_browser.carry(browser.known)
    compared = hashed(site, monkeypatch)
    for _ in range(addresses.BROWSER.most):
        guess(thief)
    assert (thief.page.status_int, len(compared)) == (422, addresses.BROWSER.most)
    for typed in ("x", "x", ADA.password):
        assert guess(thief, typed=typed) == (
            "Too many sign-ins came from this browser. So this one was not checked, be it right or wrong. "
            "You can try again from 3:11 pm UTC ."
        )
        assert (thief.page.status_int, thief.page.headers["Retry-After"]) == (429, "600")
    assert len(compared) == addresses.BROWSER.most
    assert [each.reason for each in events(site, "sign_in.held")][-2:] == ["waiting_known", "browser_60/10m"]
    assert events(site, "sign_in.held")[-1].subject == "ada"
    (counter,) = passwords(site)
    assert counter.count + counter.turned_away == addresses.BROWSER.most
    clock.move(minutes=10)
    assert password(browser, ADA).path == "/sign-in/code"


def test_that_holds_nobody_elsewhere_and_no_other_person_here(browser: Browser, app: Flask, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=1)
    for _ in range(addresses.BROWSER.most + 1):
        guess(browser)
    assert browser.page.status_int == 429
    assert guess(browser, "ben").startswith(LOOKED_AT)
    assert password(Browser(app, browser.phone), ADA).path == "/sign-in/code"


@pytest.mark.parametrize("known", [True, False])
def test_nor_does_a_session_in_which_somebody_tries_present_passwords(
    browser: Browser,
    site: Site,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    known: bool,  # noqa: FBT001 - a table
) -> None:
    set_up_text(browser, ADA)
    sign_out(browser)
    clock.move(minutes=1)
    sign_in_by_text(browser, ADA)
    prove(browser, ADA, "password")
    if not known:
        with site.database.writing() as connection:
            connection.execute(delete(KnownBrowser))
    compared = hashed(site, monkeypatch)
    fields = {"current_password": "x", "new_password": "a kettle sings to nobody"}
    for _ in range(addresses.BROWSER.most + 2):
        browser.open("/account/password").fill(**fields)
    assert browser.page.status_int == 422
    assert browser.problem.startswith("Too many passwords were wrong. This one was not checked, be it right or wrong.")
    # The sign-in itself was one of them where the browser was known.
    assert len(compared) == addresses.BROWSER.most - known
    assert [each.reason for each in events(site, "sign_in.held") if each.reason].count("browser_60/10m") == 1
    assert events(site, "sign_in.held")[-1].reason == "browser_60/10m"


def test_what_a_browser_was_counted_by_is_dropped_later(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    guess(browser)
    clock.move(minutes=9)
    pruning.prune(site)
    assert [each.key for each in table(site, Throttle) if ":browser:" in each.key]
    clock.move(hours=2)
    pruning.prune(site)
    assert not [each.key for each in table(site, Throttle) if ":browser:" in each.key]
