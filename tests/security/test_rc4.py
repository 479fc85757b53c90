"""RC4: a mailed link chooses a new password, once and soon; it signs nobody in, and the second factor stays."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from ssp.flows import credentials, links, people, recovery
from ssp.flows.courier import send_waiting
from ssp.infra import tokens
from ssp.infra.passwords import Busy
from ssp.models import Authenticator, Event, MailedLink, OutgoingMail, Session, Throttle, User, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT
from tests.people import (
    ADA,
    BEN,
    Browser,
    Human,
    Phone,
    events,
    let_mail_leave,
    password,
    prove,
    replaced,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)
from tests.security.tools import Costs, addresses, at_once, on_disk, send

NEW = "a kettle sings to nobody"


def begin(site: Site, human: Human = ADA) -> str:
    """Let somebody recover, as the page for a forgotten password will; return the path that they get by mail."""
    with site.database.writing() as connection:
        person = user.by_username(connection, human.username)
        assert person
        recovery.begin(connection, site, VISIT, person)
    site.mailer.written.clear()
    return Phone(site.settings.instance / "outbox.jsonl").link("password", human.email) if send_waiting(site) else ""


def everything(site: Site) -> str:
    """Return all that the portal keeps of people, links, mails and what happened."""
    return repr([table(site, model) for model in (User, MailedLink, OutgoingMail, Event, Session, Throttle)])


def hash_of(site: Site, human: Human = ADA) -> str | None:
    with site.database.reading() as connection:
        person = user.by_username(connection, human.username)
    assert person
    return credentials.stored(site, person)


def test_the_whole_way(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_app(browser, ADA)
    other_browser.open(begin(site)).fill(new_password=NEW)
    assert other_browser.path == "/sign-in", "nobody is signed in by it"
    assert browser.open("/").path == "/sign-in", "all sessions end"
    mine = Human("ada", NEW)
    assert password(other_browser, mine).path == "/sign-in/code", "the second factor is still asked for"
    assert "do not match" in password(browser, ADA).problem
    assert len(table(site, Authenticator)) == 1
    let_mail_leave(browser.app)
    assert browser.phone.messages("mail", ADA.email)[-1]["body"].startswith("Your password for")
    assert [each.outcome for each in events(site, "recovery.finished")] == ["done"]


def test_trust_ends(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    assert password(browser, ADA).path == "/"
    sign_out(browser)
    browser.open(begin(site)).fill(new_password=NEW)
    clock.move(minutes=1)
    assert password(browser, Human("ada", NEW)).path == "/sign-in/code"


def test_a_half_done_sign_in_ends(browser: Browser, other_browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    other_browser.open(begin(site)).fill(new_password=NEW)
    browser.fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.path == "/sign-in"


def test_it_works_once(browser: Browser, other_browser: Browser, site: Site) -> None:
    address = begin(site)
    other_browser.open(address)
    browser.open(address).fill(new_password=NEW)
    before = hash_of(site)
    other_browser.fill(new_password="another one that comes too late")
    assert "It was used already" in other_browser.words
    assert hash_of(site) == before
    assert [each.outcome for each in events(site, "recovery.finished")] == ["done", "refused"]


@pytest.mark.parametrize("minutes, status", [(29.9, 200), (30, 410)])
def test_it_holds_for_half_an_hour(browser: Browser, site: Site, clock: Clock, minutes: float, status: int) -> None:
    address = begin(site)
    clock.move(minutes=minutes)
    browser.open(address, status=status)
    assert ("Its time is over." in browser.words) == (status == 410)


def test_time_that_runs_out_while_somebody_types(browser: Browser, site: Site, clock: Clock) -> None:
    browser.open(begin(site))
    cookies, before = browser.cookies, hash_of(site)
    clock.move(minutes=30)
    browser.carry(cookies).fill(new_password=NEW)
    assert "Its time is over." in browser.words
    assert hash_of(site) == before


def test_no_get_uses_it_up_or_changes_anything(browser: Browser, site: Site) -> None:
    address = begin(site)
    before = everything(site)
    for headers in ({}, {"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch", "User-Agent": "scanner"}):
        for method in ("GET", "HEAD", "OPTIONS"):
            for path in (address, "/password"):
                assert browser.web.request(path, method=method, headers=headers).status_int in {200, 303}
    assert everything(site) == before
    assert browser.open(address).fill(new_password=NEW).path == "/sign-in"


def test_no_get_of_any_page_uses_a_link_up(browser: Browser, site: Site) -> None:
    browser.open(begin(site))
    cookies = browser.cookies
    for _, path in addresses(browser.app, "GET"):
        browser.web.get(path, expect_errors=True)
        browser.carry(cookies)
    assert [row.used_at for row in table(site, MailedLink)] == [None]


def test_the_form_needs_its_own_page(browser: Browser, site: Site) -> None:
    browser.open(begin(site))
    before = hash_of(site)
    assert browser.post("/password", {"new_password": NEW}).status_int == 403
    good = {"new_password": NEW, "csrf_token": browser.csrf()}
    assert browser.post("/password", good, Origin="https://evil.example").status_int == 403
    assert browser.post("/password", good, **{"Sec-Fetch-Site": "cross-site"}).status_int == 403
    assert hash_of(site) == before


def test_two_at_once_are_one(app: Flask, browser: Browser, site: Site) -> None:
    browser.open(begin(site))
    fields = browser.fields()
    answers = at_once(
        6, lambda number: send(app, "/password", {**fields, "new_password": f"{NEW} {number}"}, browser.cookies)
    )
    done = [number for number, each in enumerate(answers) if each.location == "/sign-in?new-password=1"]
    assert len(done) == 1
    late = {(each.status_code, each.location) for number, each in enumerate(answers) if number not in done}
    assert late <= {(303, "/password"), (503, None)}, "used by then, or too many at once"
    assert site.passwords.check(hash_of(site), f"{NEW} {done[0]}").matched


def test_the_token_is_long_and_lies_nowhere(site: Site) -> None:
    address = begin(site)
    token = address.rpartition("/")[2]
    assert len(token) == 43, "256 bits"
    assert token.encode() not in on_disk(site)
    assert tokens.digest(token).encode() in on_disk(site)


def test_a_waiting_mail_does_not_give_it_away(make_app: Callable[..., Flask]) -> None:
    site = make_app(demo=False, base_url="http://localhost:8000", authenticators="totp").extensions["ssp"]
    begin(site)
    with site.database.reading() as connection:
        digest = connection.execute(select(MailedLink.token_hash)).scalar_one()
    assert b"/password/" not in on_disk(site)
    assert digest.encode() in on_disk(site)


def test_a_bad_choice_says_why_and_uses_nothing_up(browser: Browser, site: Site) -> None:
    browser.open(begin(site))
    for bad in ("too short", "x" * 300, ""):
        browser.fill(new_password=bad)
        assert browser.page.status_int == 422
        assert browser.problem
    assert browser.fill(new_password=NEW).path == "/sign-in"


def test_a_password_that_was_called_stolen_cannot_come_back(browser: Browser) -> None:
    set_up_text(browser, ADA)
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me")).fill("/not-me")
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("password")).fill(new_password="too short")
    assert "shorter than" in browser.problem, "nor does anything count that never could"
    browser.fill(new_password=ADA.password)
    assert "the password that no longer counts" in browser.problem
    assert browser.fill(new_password=NEW).path == "/sign-in"


def test_somebody_without_a_password_gets_one(browser: Browser, site: Site) -> None:
    set_up_text(browser, BEN)
    with site.database.writing() as connection:
        connection.execute(User.__table__.update().values(password_hash=None, password_compromised_at=None))  # type: ignore[attr-defined] # the table
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me")).fill("/not-me")
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("password")).fill(new_password=NEW)
    assert password(browser, Human("ben", NEW)).path == "/set-up"


def test_saying_not_me_ends_the_links_before_it(browser: Browser, other_browser: Browser, site: Site) -> None:
    """So nobody who had one mailed before chooses a password after the owner called it stolen."""
    set_up_text(browser, ADA)
    earlier = begin(site)
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me")).fill("/not-me")
    other_browser.open(earlier, status=410)


def test_the_form_is_for_the_link_of_its_page(browser: Browser, site: Site) -> None:
    """Not for one that was opened later: in another tab, by somebody else, or by another site."""
    mine, other = begin(site), begin(site, BEN)
    stale = browser.open(mine).page
    browser.open(other)
    before = [hash_of(site, human) for human in (ADA, BEN)]
    browser.page = stale
    browser.fill(new_password=NEW)
    assert browser.page.status_int == 422
    assert "Another link was opened in this browser meanwhile." in browser.problem
    assert browser.reference
    assert "For the username ben" in browser.words
    assert [hash_of(site, human) for human in (ADA, BEN)] == before
    assert browser.fill(new_password=NEW).path == "/sign-in"


def test_changing_the_password_otherwise_ends_it(browser: Browser, other_browser: Browser, site: Site) -> None:
    address = begin(site)
    prove(set_up_text(browser, ADA), ADA, "password")
    browser.open("/account/password").fill(current_password=ADA.password, new_password=NEW)
    assert browser.path == "/account/"
    other_browser.open(address, status=410)


def _changes_the_address(browser: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_id(connection, 1)
        assert person
        url = links.make(connection, site, person, links.Purpose.EMAIL, about={"email": "ada@new.test"})
    browser.open(url.removeprefix(site.settings.origin)).fill()


def _takes_the_address_back(browser: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        person = user.by_id(connection, 1)
        assert person
        url = links.make(connection, site, person, links.Purpose.UNDO_EMAIL, about={"email": "ada@old.test"})
    browser.open(url.removeprefix(site.settings.origin)).fill()


def _says_not_me(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    send_waiting(site)
    browser.open(browser.phone.link("not-me")).fill("/not-me")


def _chooses_by_another_one(browser: Browser, site: Site) -> None:
    browser.open(begin(site)).fill(new_password=NEW)


def _is_disabled(_browser: Browser, site: Site) -> None:
    people.disable(site, "ada")


ENDS = [_changes_the_address, _takes_the_address_back, _says_not_me, _chooses_by_another_one, _is_disabled]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("by", ["the portal", "the owner", "an operator"])
def test_whatever_ends_one_ends_all(
    browser: Browser, other_browser: Browser, site: Site, end: Callable[[Browser, Site], None], by: str
) -> None:
    """Whoever had it made, and in whatever order."""
    if by == "an operator":
        address = people.password_link(site, "ada").removeprefix(site.settings.origin)
    elif by == "the owner":
        other_browser.open("/forgot-password").fill(username="ada")
        let_mail_leave(browser.app)
        address = browser.phone.link("password")
    else:
        address = begin(site)
    other_browser.open(address, status=200)
    end(browser, site)
    other_browser.fill(new_password="one that comes after the end")
    assert "nothing" in other_browser.words.lower() or other_browser.page.status_int == 410
    other_browser.open(address, status=410)
    assert not site.passwords.check(hash_of(site), "one that comes after the end").matched


@pytest.mark.parametrize("end", ENDS[1:])
def test_so_ends_another_address_that_waits(
    browser: Browser, other_browser: Browser, site: Site, end: Callable[[Browser, Site], None]
) -> None:
    with site.database.writing() as connection:
        person = user.by_id(connection, 1)
        assert person
        url = links.make(connection, site, person, links.Purpose.EMAIL, about={"email": "eve@evil.test"})
    other_browser.open(url.removeprefix(site.settings.origin), status=200)
    end(browser, site)
    other_browser.fill()
    assert other_browser.page.status_int == 410
    assert "eve@evil.test" not in [each.email for each in table(site, User)]


def test_disabling_the_account_ends_it(browser: Browser, site: Site) -> None:
    address = begin(site)
    for verb in ("disable", "enable"):
        browser.app.test_cli_runner().invoke(args=["user", verb, "ada"])
    browser.open(address, status=410)


def test_a_choice_that_meets_the_button_loses(browser: Browser, site: Site) -> None:
    """The link ends while the new password is being hashed."""

    class Meanwhile:
        def hash(self, _password: str, **_more: object) -> str:
            with site.database.writing() as connection:
                connection.execute(MailedLink.__table__.update().values(used_at=MailedLink.created_at))  # type: ignore[attr-defined] # the table
            return "$argon2id$late"

    browser.open(begin(site))
    with replaced(browser.app, passwords=Meanwhile()):
        browser.fill(new_password=NEW)
    assert "It was used already" in browser.words
    assert hash_of(site) != "$argon2id$late"


def test_a_busy_moment_loses_nothing(browser: Browser, site: Site) -> None:
    class Full:
        def hash(self, _password: str, **_more: object) -> str:
            raise Busy

    browser.open(begin(site))
    stale = browser.page
    with replaced(browser.app, passwords=Full()):
        assert browser.fill(new_password=NEW).page.status_int == 503
    browser.page = stale
    assert browser.fill(new_password=NEW).path == "/sign-in"


def test_nothing_is_hashed_for_a_link_that_is_over(browser: Browser, site: Site, hashed: Costs) -> None:
    browser.open(begin(site)).fill(new_password=NEW)
    before = len(hashed())
    csrf = browser.csrf()
    for path in (f"/password/{'x' * 43}", begin(site)[:-1] + "!"):
        browser.web.get(path)
        assert browser.post("/password", {"csrf_token": csrf, "new_password": NEW}).status_int == 303
    assert len(hashed()) == before


def test_only_the_demo_outbox_ever_shows_it(site: Site) -> None:
    begin(site)
    lines = (site.settings.instance / "outbox.jsonl").read_text().splitlines()
    assert [json.loads(line)["to"] for line in lines] == [ADA.email]
