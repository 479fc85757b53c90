"""The reference on each page of trouble: whoever reads it out to Web Support is told what happened, and to whom."""

import re
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update

from ssp.flows import forgotten
from ssp.infra import references
from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    Phone,
    events,
    gone,
    make_codes,
    password,
    prove,
    recover,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    wrong,
)

AGENT = "Firefox on Linux, from 127.0.0.1"


def ask(app: Flask, *said: str) -> Result:
    return app.test_cli_runner().invoke(args=["events", "show", *said])


def told(app: Flask, browser: Browser) -> str:
    """Return what Web Support is told of the page that shows."""
    assert browser.reference
    done = ask(app, browser.reference)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Reference {references.shown(browser.reference)}\n")
    return done.stdout


@pytest.fixture
def member(browser: Browser, clock: Clock) -> Browser:
    """Give a browser in which Ada signed in and out."""
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=20)
    return browser


# ---- Signing in ----


def test_a_wrong_password_leads_to_the_person_and_the_try(app: Flask, browser: Browser, clock: Clock) -> None:
    browser.open("/sign-in").fill(username="ada", password="not hers")
    clock.move(hours=2)
    assert told(app, browser).splitlines()[1:] == [
        "When:   Sunday, November 22, 2026, 14:00:07 UTC",
        "Who:    ada (Ada, ada@example.test); `flask user show ada` has the rest",
        f"Where:  {AGENT}",
        "",
        "What happened there:",
        "  14:00:07  A username and a password were typed. Refused: the password was wrong.",
        "",
        "In the 30 minutes before:",
        *[line for line in told(app, browser).splitlines() if "An account was added" in line],
    ]


def test_a_username_that_nobody_has(app: Flask, browser: Browser) -> None:
    browser.open("/sign-in").fill(username="adda", password=ADA.password)
    said = told(app, browser)
    assert "Who:    a username that nobody has\n" in said
    assert "Refused: nobody has this username." in said
    assert "adda" not in said


def test_a_held_password(app: Flask, browser: Browser, clock: Clock) -> None:
    del clock
    for _ in range(6):
        browser.open("/sign-in").fill(username="ada", password="not hers")
    said = told(app, browser)
    assert "the wait after wrong ones is not over" in said
    assert said.count("Refused: the password was wrong.") == 5


def test_a_full_address_has_one_reference_for_all_who_are_turned_away(
    app: Flask, browser: Browser, site: Site, clock: Clock
) -> None:
    for number in range(21):
        browser.open("/sign-in").fill(username=f"nobody{number}", password="x")
    first, before = browser.reference, len(events(site))
    browser.open("/sign-in").fill(username="ada", password=ADA.password)
    assert (browser.page.status_int, browser.reference, len(events(site))) == (429, first, before)
    said = told(app, browser)
    assert "`SSP_LIMIT_SIGN_INS` of the network address is used up" in said
    assert "(address_20/1m)" in said
    assert "Who:    nobody that is known\n" in said
    clock.move(minutes=2)
    for number in range(21):
        browser.open("/sign-in").fill(username=f"nobody{number}", password="x")
    assert browser.reference not in {"", first}
    told(app, browser)


def test_nothing_typed_is_no_matter_for_web_support(browser: Browser) -> None:
    assert browser.open("/sign-in").reference == ""
    assert browser.fill(username="", password="").reference == ""


# ---- Half-way in ----


def test_a_sign_in_has_one_reference_wherever_there_is_trouble(app: Flask, member: Browser, clock: Clock) -> None:
    password(member, ADA)
    assert member.reference == ""
    member.fill("/sign-in/code/send")
    refused = member.reference
    code = member.phone.text_code()
    seen = {member.fill("/sign-in/code", code=wrong(code, by)).reference for by in range(1, 5)}
    seen |= {member.fill("/sign-in/code", code=wrong(code, 5)).reference, member.open("/help/wrong-code").reference}
    seen |= {member.open("/help/").reference}
    assert seen == {refused}
    said = told(app, member)
    assert "Who:    ada" in said
    assert said.count("Refused: the code was wrong. [text]") == 4
    assert "too many wrong codes were typed for this one" in said
    member.open("/sign-in/code").fill("/sign-in/code", code=code)
    assert member.reference == refused
    clock.move(minutes=11)
    member.open("/sign-in/code")
    assert "Signing in took more than 10 minutes" in member.note
    assert member.reference == refused


def test_a_paused_option(app: Flask, member: Browser) -> None:
    for _ in range(2):
        password(member, ADA)
        code = member.phone.text_code()
        for by in range(1, 6):
            member.fill("/sign-in/code", code=wrong(code, by))
        member.fill("/sign-out")
    password(member, ADA)
    assert "This way is taking a break" in member.note
    said = told(app, member)
    assert "So many wrong codes were typed that an MFA option takes none" in said
    assert "(wrong_10)" in said


def test_a_set_up_that_fails(app: Flask, browser: Browser) -> None:
    password(browser, ADA).fill(type="text")
    assert browser.reference == ""
    browser.fill(phone="12")
    refused = browser.reference
    browser.fill(phone=ADA.mobile)
    assert browser.reference == ""
    browser.fill(code=browser.phone.wrong_code())
    assert browser.reference == refused
    assert "The person began to set up an MFA option." in told(app, browser)


def test_no_way_on_offer_any_more(app: Flask, browser: Browser, site: Site) -> None:
    sign_out(set_up_text(browser, ADA))
    with site.database.writing() as connection:
        connection.execute(update(Authenticator).values(type="pigeon"))
    password(browser, ADA)
    assert "The ways that you set up are not available at present." in browser.words
    assert "Who:    ada" in told(app, browser)


def test_a_sign_in_that_was_ended_elsewhere(app: Flask, member: Browser) -> None:
    password(member, ADA)
    app.test_cli_runner().invoke(args=["user", "sign-out", "ada"])
    member.fill("/sign-in/code", code=member.phone.text_code())
    assert member.note == "That sign-in is over. Please start again."
    said = told(app, member)
    assert re.search(r"A session was ended from elsewhere\. An operator ended all of them.*\(by operator:", said)


def test_a_session_that_somebody_ended(app: Flask, member: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_in_by_text(member, ADA)
    clock.move(minutes=1)
    sign_in_by_text(other_browser, ADA).open("/account/").fill("/account/sessions/end-others")
    assert member.open("/").note.startswith("You ended this session from another browser.")
    said = told(app, member)
    assert "A sign-in was finished: a session was opened." in said
    assert "(Chrome on Windows, from 127.0.0.1)" in said


def test_what_nobody_wonders_about_has_none(member: Browser, clock: Clock) -> None:
    assert sign_out(sign_in_by_text(member, ADA)).reference == ""
    sign_in_by_text(member, ADA)
    clock.move(minutes=31)
    assert "because nothing happened here" in member.open("/").note
    assert member.reference == ""


def test_help_without_a_sign_in_has_none(browser: Browser, other_browser: Browser) -> None:
    assert browser.open("/help/no-code").reference == ""
    set_up_app(other_browser, ADA)
    assert other_browser.open("/help/no-code").reference == ""


def test_help_shows_without_its_database(member: Browser, site: Site) -> None:
    password(member, ADA)
    with gone(site):
        member.open("/help/no-code", status=200)
        assert member.reference == ""


def test_recovery_codes_that_are_wrong_and_paused(app: Flask, member: Browser) -> None:
    sign_in_by_text(member, ADA)
    right = make_codes(member, ADA)[0]
    sign_out(member)
    recover(member, ADA, "K7-4QXM")
    begun = member.reference
    member.open("/sign-in/code").open("/sign-in/recovery")
    assert member.reference == "", "nothing is the matter before anything is typed"
    for _ in range(10):
        member.fill(recovery_code=f"{right[:-1]}{'A' if right[-1] != 'A' else 'B'}")
        assert member.reference == begun
    assert member.open("/sign-in/recovery").reference == begun
    assert "taking a break" in member.note
    said = told(app, member)
    assert "Who:    ada" in said
    assert said.count("Refused: the code was wrong, or of a set that was replaced.") == 10


def test_a_mailed_code_before_a_first_set_up(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(setup_proof="mail-code")
    browser = password(Browser(app, phone), ADA)
    begun = browser.reference
    assert "Who:    ada" in told(app, browser)
    assert browser.fill(code="12345").reference == begun
    assert browser.fill("/set-up/mail-code/send").reference == begun
    assert "Please call Web Support" not in browser.words


def test_no_number_on_file(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(setup_proof="known-phone")
    browser = password(Browser(app, phone), ADA)
    assert browser.path == "/set-up/support"
    assert "Who:    ada" in told(app, browser)


# ---- Forgotten things ----


def test_too_many_wishes_for_mail_have_one_reference(app: Flask, browser: Browser, clock: Clock) -> None:
    del clock
    for _ in range(20):
        assert browser.open("/forgot-password").fill(username="nobody").reference == ""
    seen = {browser.open("/forgot-password").fill(username=name).reference for name in ("ada", "nobody")}
    assert seen == {browser.reference}
    assert browser.page.status_int == 429
    said = told(app, browser)
    assert "`SSP_LIMIT_SIGN_INS` of the network address is used up by wishes for mail" in said
    assert "Who:    nobody that is known\n" in said


def test_more_wishes_than_the_portal_serves(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgotten, "MOST_WAITING", 0)
    browser.open("/forgot-username").fill(email=ADA.email)
    assert browser.page.status_int == 429
    assert "More people than the portal can serve at once" in told(app, browser)


def test_a_portal_that_sends_no_mail(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(demo=False, base_url="http://localhost:8000", authenticators="totp")
    for page in ("/forgot-password", "/forgot-username"):
        assert "this portal sends no mail" in told(app, Browser(app, phone).open(page))


# ---- Changes of an account ----


def test_trouble_before_a_change(app: Flask, member: Browser) -> None:
    sign_in_by_text(member, ADA).open("/account/confirm/password").fill()
    member.fill("/account/confirm/password", code=member.phone.wrong_code())
    assert "A code was asked for before a change. To change the password." in told(app, member)


def test_a_wrong_current_password(app: Flask, member: Browser) -> None:
    prove(sign_in_by_text(member, ADA), ADA, "password")
    assert member.fill(current_password="", new_password="").reference == ""
    member.fill(current_password="not hers", new_password="seven lamps on a long pier")
    assert "Refused: the password was wrong." in told(app, member)
    assert member.fill(current_password=ADA.password, new_password="short").reference == ""


# ---- Pages about which nothing is written down ----


@pytest.mark.parametrize(
    "method, path, fields, said",
    [
        ("GET", "/nothing", {}, "There is no page at the address that was opened (404)"),
        ("GET", "/sign-out", {}, "An address was opened that only buttons lead to (405)."),
        ("POST", "/sign-in", {"csrf_token": "x"}, "A form of another visit was not taken (403)."),
        ("POST", "/sign-in", {"a": "x" * 100_000}, "More was sent than the portal takes"),
        ("POST", "/sign-in", {"username": "\0", "csrf_token": ""}, "A form of another visit"),
        ("GET", "/not-me", {}, "A link from a mail was opened that is not known"),
        ("GET", "/password", {}, "A link from a mail was opened that is not known"),
    ],
)
def test_pages_tell_of_themselves(  # noqa: PLR0913, PLR0917 - what was sent, and what is said of it
    app: Flask, browser: Browser, site: Site, clock: Clock, method: str, path: str, fields: dict[str, str], said: str
) -> None:
    before = len(events(site))
    browser.page = browser.open(path).page if method == "GET" else browser.post(path, fields)
    clock.move(hours=30)
    lines = told(app, browser).splitlines()
    assert lines[1].startswith(f"Sunday, November 22, 2026, 14:00 UTC. {said}")
    assert "ask for the username" in lines[2]
    assert len(events(site)) == before


def test_the_database_is_away(app: Flask, browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    other_browser.open("/sign-in")
    with gone(site):
        other_browser.fill(username="ada", password=ADA.password)
        asked, refused = other_browser.reference, other_browser.page.status_int
        assert browser.open("/sign-in").note.startswith("Signing in is not possible just now.")
    assert refused == 503
    assert "was too busy or away (503)" in told(app, browser)
    assert "was too busy or away (503)" in ask(app, asked).stdout


def test_cookies_that_are_blocked(app: Flask, browser: Browser) -> None:
    browser.open("/sign-in").web.reset()
    browser.fill(username="ada", password=ADA.password)
    assert "Please allow cookies" in browser.words
    assert "Then the browser refuses our cookies." in told(app, browser)


def test_links_that_are_over(app: Flask, browser: Browser, clock: Clock) -> None:
    link = app.test_cli_runner().invoke(args=["user", "password-link", "ben"]).stdout
    path = re.search(r"/password/\S+", link)
    assert path
    browser.open(path[0]).fill(new_password="seven lamps on a long pier")
    browser.open(path[0])
    assert "It was used already" in browser.words
    assert "A link from a mail was opened that was used before." in told(app, browser)
    link = app.test_cli_runner().invoke(args=["user", "password-link", "ada"]).stdout
    path = re.search(r"/password/\S+", link)
    assert path
    clock.move(hours=25)
    browser.open(path[0])
    assert "A link from a mail was opened that is too old" in told(app, browser)


# ---- Asking ----


def test_it_is_read_however_it_is_typed(app: Flask, browser: Browser) -> None:
    browser.open("/sign-in").fill(username="ben", password="not his")
    right = told(app, browser)
    spoken = browser.reference.replace("0", "o").replace("1", "l").replace("V", "U")
    for said in (
        (references.shown(browser.reference),),
        (spoken.lower(),),
        tuple(spoken),
        (spoken[:3], "-", spoken[3:]),
        (f" {spoken[:5]}.{spoken[5:]} ",),
    ):
        assert ask(app, *said).stdout == right
    assert BEN.username in right


def test_without_a_match_there_is_one_clear_line(app: Flask) -> None:
    done = ask(app, "abcde-fghjk")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: there is nobody called abcde-fghjk, and the portal knows nothing (any more) of a reference "
        "ABCDE-FGHJK; read it out once more\n"
    )
