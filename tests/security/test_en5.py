"""EN5: the owner hears of each change and of each sign-in that looks like somebody else's, at the stored address."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import links, notices, people, pruning, unfinished
from ssp.flows.people import NewPerson
from ssp.models import OutgoingMail, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT
from tests.people import (
    ADA,
    BEN,
    Browser,
    Human,
    Phone,
    add_way,
    full_width,
    let_mail_leave,
    letters,
    make_codes,
    options,
    password,
    prove,
    recover,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)


def subjects(site: Site) -> list[str]:
    """Return what was written to Ada, in short."""
    return [letter.subject.replace("Secure Services Portal", "P") for letter in letters(site)]


# ---- Changes ----


def test_each_change_of_options_is_told_once(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    add_way(browser, "voice", phone=ADA.office, extension="")
    assert subjects(site) == ["Your MFA option for P was set up", "An MFA option for P was added"]


def test_what_becomes_of_them_later_is_told_too_but_not_a_name(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    text, call = options(browser)
    for errand, fields in ((f"rename:{text}", {"name": "Mine"}), (f"prefer:{call}", {}), (f"remove:{call}", {})):
        clock.move(minutes=3)
        browser.open(f"/account/confirm/{errand}").fill()
        browser.open(f"/account/confirm/{errand}/choose").fill(authenticator=text)
        browser.fill(f"/account/confirm/{errand}", code=browser.phone.text_code()).fill(**fields)
    assert subjects(site)[2:] == ["Another MFA option for P comes first", "An MFA option for P was removed"]


def test_recovery_codes_are_told_when_they_are_made_and_when_one_is_used(
    browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    (code, *_) = make_codes(browser, ADA)
    clock.move(minutes=1)
    recover(sign_out(browser), ADA, code)
    assert subjects(site)[1:] == ["Recovery codes for P were made", "A recovery code for P was used"]
    made, used = letters(site)[1:]
    assert "Older recovery codes no longer work." in made.body
    assert "Codes left: 9." in used.body
    assert all("If it was not you" in each.body and code not in each.body for each in (made, used))


def test_the_first_one_says_that_the_password_was_enough(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    add_way(browser, "voice", phone=ADA.office, extension="")
    assert ["somebody who knows your password" in each.body for each in letters(site)] == [True, False]


@pytest.mark.parametrize(
    "act, words",
    [
        (people.disable, "Web Support disabled your account"),
        (people.reset_mfa, "Web Support removed your MFA options"),
        (people.unlock, "Web Support freed your account"),
    ],
)
def test_what_web_support_does_is_told(
    browser: Browser, site: Site, act: Callable[[Site, str], object], words: str, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA).fill("/sign-in/code", code=browser.phone.wrong_code())
    for _ in range(2):
        act(site, "ada")
        assert [words in each.body for each in letters(site)].count(True) == 1, "once, because there is nothing left"


def test_so_is_the_end_of_it(site: Site) -> None:
    people.enable(site, "ada")
    assert letters(site) == [], "it was enabled already"
    people.disable(site, "ada")
    people.enable(site, "ada")
    assert "enabled your account again" in letters(site)[-1].body


def test_it_goes_to_the_stored_address_whatever_was_typed(browser: Browser, site: Site) -> None:
    typed = Human(f"  {full_width('ADA')} ", ADA.password)
    password(browser, typed).fill(type="text")
    browser.fill(phone=ADA.mobile)
    browser.fill(code=browser.phone.text_code())
    let_mail_leave(browser.app)
    assert [each["to"] for each in browser.phone.messages("mail")] == [ADA.email]
    assert [letter.to for letter in letters(site)] == [ADA.email]


@pytest.mark.parametrize("agent", ["<a href=http://evil.example>call 900-555-0100", "{{7*7}}", "Ring 900-555-0100 now"])
def test_no_word_of_the_browser_gets_into_a_mail(app: Flask, phone: Phone, site: Site, agent: str) -> None:
    set_up_text(Browser(app, phone, agent=agent), ADA)
    (letter,) = letters(site)
    assert "900" not in letter.body
    assert "evil" not in letter.body
    assert "{{" not in letter.body


def test_a_name_makes_no_headers_and_no_lines(browser: Browser, site: Site) -> None:
    eve = Human("eve", "the words that eve types")
    name = "Eve\r\nBcc: mallory@example.test\r\n\r\nCall 900-555-0100"
    people.add(site, NewPerson("eve", "eve@example.test", name, ()), eve.password)
    set_up_text(browser, eve)
    (letter,) = letters(site)
    assert (letter.to, letter.subject) == ("eve@example.test", "Your MFA option for Secure Services Portal was set up")
    assert not [line for line in letter.body.splitlines() if line.startswith(("Bcc", "Call"))]


def test_every_mail_says_what_to_do_and_none_has_a_code(browser: Browser, site: Site) -> None:
    token = set_up_app(browser, ADA)
    let_mail_leave(browser.app)
    (mail,) = browser.phone.messages("mail")
    for words in ("If that was you", "If it was not you", "Web Support", "never ask for your password"):
        assert words in mail["body"]
    assert token.secret not in mail["body"]
    assert mail["body"].count("http") == 1
    assert browser.page.status_int == 200
    assert site.settings.origin in mail["body"]


def test_times_are_the_organisations(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    del clock
    app = make_app(timezone="America/Chicago")
    set_up_text(Browser(app, phone), ADA)
    assert "Sunday, November 22, 2026 at 08:00 CST" in letters(app.extensions["ssp"])[0].body


def test_a_change_of_the_address_is_told_where_it_was_and_asked_where_it_will_be(
    browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    prove(browser, ADA, "email").fill(email="ada@new.test")
    let_mail_leave(browser.app)
    clock.move(minutes=1)
    browser.open(browser.phone.link("email")).fill()
    assert [(each.to, each.subject.partition(" for ")[0]) for each in letters(site)[1:]] == [
        ("ada@new.test", "Is this your address? Confirm it"),
        (ADA.email, "Your e-mail address"),
        (ADA.email, "Your e-mail address"),
    ]
    assert "ada@new.test" not in "".join(each.body for each in letters(site)), "the old mailbox may be a thief's"


def test_no_flood_holds_the_way_back_of_an_address(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    with site.database.writing() as connection:
        person = user.by_id(connection, 1)
        assert person
        for _ in range(20):
            notices.password_changed(connection, site, VISIT, person)
        url = links.make(connection, site, person, links.Purpose.EMAIL, about={"email": "eve@evil.test"})
    clock.move(minutes=1)
    browser.open(url.removeprefix(site.settings.origin)).fill()
    let_mail_leave(browser.app)
    assert browser.open(browser.phone.link("undo-email", ADA.email)).path == "/undo-email"


# ---- Sign-ins that were not finished ----


@pytest.fixture
def stranger(browser: Browser, other_browser: Browser, clock: Clock) -> Browser:
    """Give somebody elsewhere who knows Ada's password and typed a wrong code."""
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    other_browser.web.extra_environ["REMOTE_ADDR"] = "203.0.113.9"
    password(other_browser, ADA).fill("/sign-in/code", code=other_browser.phone.wrong_code())
    return other_browser


def unfinished_ones(site: Site) -> list[OutgoingMail]:
    """Let the portal look; return what was written about sign-ins that were not finished."""
    unfinished.tell(site)
    return [letter for letter in letters(site) if "was not finished" in letter.subject]


@pytest.mark.usefixtures("stranger")
def test_one_that_ran_out_is_told(site: Site, clock: Clock) -> None:
    clock.move(minutes=9.9)
    assert unfinished_ones(site) == []
    clock.move(minutes=0.1)
    (letter,) = unfinished_ones(site)
    assert "203.0.113.9" in letter.body
    assert "Sunday, November 22, 2026 at 14:01 UTC" in letter.body, "when the code was typed"


def test_so_is_one_that_was_given_up(stranger: Browser, site: Site) -> None:
    stranger.open("/sign-in/code").fill("/sign-out")
    assert len(unfinished_ones(site)) == 1
    assert len(unfinished_ones(site)) == 1, "once"


def test_a_person_hears_of_one_a_day(stranger: Browser, site: Site, clock: Clock) -> None:
    for _ in range(3):
        stranger.open("/sign-in/code").fill("/sign-out")
        assert len(unfinished_ones(site)) == 1
        clock.move(minutes=5)
        password(stranger, ADA).fill("/sign-in/code", code=stranger.phone.wrong_code())
    clock.move(days=1)
    assert len(unfinished_ones(site)) == 2


def test_one_that_was_finished_after_all_is_not_told(stranger: Browser, site: Site, clock: Clock) -> None:
    stranger.fill("/sign-in/code", code=stranger.phone.text_code())
    assert stranger.path == "/"
    clock.move(minutes=11)
    assert unfinished_ones(site) == []


def test_nor_one_that_was_begun_anew_and_finished_from_the_same_place(
    stranger: Browser, site: Site, clock: Clock
) -> None:
    stranger.open("/sign-in/code").fill("/sign-out")
    clock.move(minutes=1)
    sign_in_by_text(stranger, ADA)
    assert stranger.path == "/"
    assert unfinished_ones(site) == []


def test_the_owner_elsewhere_hides_nobody(stranger: Browser, browser: Browser, site: Site, clock: Clock) -> None:
    stranger.open("/sign-in/code").fill("/sign-out")
    clock.move(minutes=1)
    sign_in_by_text(browser, ADA)
    assert browser.path == "/"
    assert len(unfinished_ones(site)) == 1


def click_twice(stranger: Browser) -> None:
    """Send the password once more, from the sign-in page as it was before."""
    fields = {"csrf_token": stranger.csrf(), "username": "ada", "password": ADA.password}
    assert stranger.post("/sign-in", fields).headers["Location"] == "/sign-in/code"


def test_a_double_click_carries_the_wrong_code_along(stranger: Browser, site: Site, clock: Clock) -> None:
    clock.move(seconds=30)
    click_twice(stranger)
    assert unfinished_ones(site) == []
    clock.move(minutes=10)
    (letter,) = unfinished_ones(site)
    assert "203.0.113.9" in letter.body
    assert "Sunday, November 22, 2026 at 14:01 UTC" in letter.body, "when the code was typed"


def test_no_code_at_all_is_told_to_nobody(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    browser.fill("/sign-in/code", code="12")
    clock.move(minutes=11)
    assert unfinished_ones(site) == []


def test_a_pause_was_told_already(stranger: Browser, site: Site, clock: Clock) -> None:
    for _ in range(9):
        stranger.fill("/sign-in/code", code=stranger.phone.wrong_code())
        clock.move(seconds=1)
    assert "Wrong access codes" in letters(site)[-1].subject
    click_twice(stranger)
    clock.move(minutes=11)
    assert unfinished_ones(site) == []


def test_a_first_set_up_that_ends_with_wrong_codes_is_told(browser: Browser, site: Site, clock: Clock) -> None:
    password(browser, BEN).fill(type="text")
    browser.fill(phone=BEN.mobile)
    browser.fill(code=browser.phone.wrong_code())
    clock.move(minutes=11)
    assert [letter.to for letter in unfinished_ones(site)] == [BEN.email]


def test_pruning_looks_before_it_forgets(stranger: Browser, site: Site, clock: Clock) -> None:
    del stranger
    clock.move(days=3)
    assert pruning.prune(site).dropped["half-done sign-ins"] > 0
    assert len(unfinished_ones(site)) == 1


@pytest.mark.usefixtures("stranger")
def test_somebody_who_is_gone_hears_nothing(site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.move(minutes=11)
    monkeypatch.setattr(user, "by_id", lambda *_args, **_more: None)
    assert unfinished.tell(site) == 0
    assert len(table(site, OutgoingMail)) == 1
