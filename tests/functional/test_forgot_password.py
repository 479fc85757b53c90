"""A forgotten password: from the sign-in page to a mail, from the mail to a new password, and in with a code."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import forgotten, people
from ssp.flows.people import NewPerson
from ssp.infra.clock import now
from ssp.models import MailedLink, OutgoingMail, Wish, user, wish
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    Human,
    Phone,
    events,
    let_mail_leave,
    one,
    password,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

NEW = "a kettle sings to nobody"
SENT = "If there is an account with that username, we have just mailed its owner a link to choose a new password."


def forget(browser: Browser, username: str = "ada") -> Browser:
    """Say that a password is forgotten, and let mail leave."""
    browser.open("/forgot-password").fill(username=username)
    let_mail_leave(browser.app)
    return browser


def links(browser: Browser, to: str = ADA.email) -> list[str]:
    """Return the mails with links to choose a password that somebody got."""
    return [each["body"] for each in browser.phone.messages("mail", to) if "/password/" in each["body"]]


def test_from_the_sign_in_page_to_the_inside(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    browser.open("/sign-in").fill(username="ada", password="what was it again")
    assert "do not match" in browser.problem
    browser.open(str(one(browser.page.html, "a[href='/forgot-password']")["href"])).fill(username="Ada ")
    assert (browser.path, browser.problem) == ("/forgot-password", "")
    assert "Look into your mailbox" in browser.words
    assert SENT in browser.words
    let_mail_leave(browser.app)
    (body,) = links(browser)
    assert "that the password of the username ada is forgotten" in body
    assert "network address 127.0.0.1" in body
    assert "for 30 minutes, and on any device" in body
    assert "your password has not changed" in body
    other_browser.open(browser.phone.link("password"))  # on the phone, where the mail is read
    assert "For the username ada" in other_browser.words
    other_browser.fill(new_password=NEW)
    assert (other_browser.path, other_browser.note) == (
        "/sign-in",
        "Your new password counts from now on. Sign in with it.",
    )
    clock.move(minutes=1)
    assert sign_in_by_text(other_browser, Human("ada", NEW)).path == "/"
    assert [(each.outcome, each.reason) for each in events(browser.app.extensions["ssp"], "recovery.begun")] == [
        ("done", "forgotten")
    ]


def test_until_the_link_is_used_nothing_changes(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    forget(browser).open(browser.phone.link("password"))
    assert sign_in_by_text(browser, ADA).path == "/"


def test_a_mail_scanner_opens_it_first(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    address = forget(browser).phone.link("password")
    for headers in ({}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch", "User-Agent": "Scanner/1.0"}):
        for method in ("HEAD", "GET", "GET"):
            visited = other_browser.web.request(address, method=method, headers=headers)
            assert visited.status_int == 303
            other_browser.web.request(str(visited.location), method=method, headers=headers)
    clock.move(minutes=29)
    assert browser.open(address).fill(new_password=NEW).path == "/sign-in"


def test_strangers_end_no_link_of_the_owner(browser: Browser, other_browser: Browser) -> None:
    """Whoever asks again, the owner or anybody, the mails from before work as well; with the choice all of them end."""
    forget(browser)
    forget(other_browser)
    first, second = browser.phone.link("password", nth=-2), browser.phone.link("password")
    assert first != second
    assert browser.open(first).fill(new_password=NEW).path == "/sign-in"
    other_browser.open(second, status=410)
    assert "It was used already" in other_browser.words


def test_nobody_is_buried_in_mail_and_nobody_is_without_a_link(browser: Browser, site: Site, clock: Clock) -> None:
    for _ in range(forgotten.MOST_LINKS + 4):
        assert SENT in forget(browser).words
        clock.move(minutes=1)
    assert len(links(browser)) == forgotten.MOST_LINKS
    refused = [each.reason for each in events(site, "recovery.begun") if each.outcome == "refused"]
    assert refused == ["too_many"] * 4
    clock.move(minutes=22)
    forget(browser)
    assert len(links(browser)) == forgotten.MOST_LINKS
    browser.open(browser.phone.link("password", nth=-forgotten.MOST_LINKS), status=200)
    clock.move(minutes=1)
    forget(browser)
    assert len(links(browser)) == forgotten.MOST_LINKS + 1, "as soon as the oldest one is over"


def test_one_person_s_mails_are_not_another_s(browser: Browser) -> None:
    for _ in range(forgotten.MOST_LINKS + 1):
        forget(browser)
    forget(browser, "ben")
    assert len(links(browser, BEN.email)) == 1


def test_the_whole_portal_has_a_budget(browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgotten, "MOST_IN_ALL", 1)
    forget(browser)
    assert SENT in forget(browser, "ben").words
    browser.open("/forgot-username").fill(email=BEN.email)
    let_mail_leave(browser.app)
    assert [each["to"] for each in browser.phone.messages("mail")] == [ADA.email]
    refused = [each.reason for each in events(site) if each.outcome == "refused"]
    assert refused == ["too_many_in_all"] * 2


def test_one_network_address_has_so_many(browser: Browser, site: Site, clock: Clock) -> None:
    browser.web.extra_environ["REMOTE_ADDR"] = "203.0.113.9"
    for _ in range(20):
        browser.open("/forgot-password").fill(username="nobody")
        assert browser.page.status_int == 200
    for username in ("ada", "nobody"):
        browser.open("/forgot-password").fill(username=username)
        assert (browser.page.status_int, browser.page.headers["Retry-After"]) == (429, "60")
        assert "Nothing was sent." in browser.problem
        assert one(browser.page.html, "#username")["value"] == username
    assert [each.reason for each in events(site, "recovery.begun") if "address" in (each.reason or "")] == [
        "address_20/1m"
    ]
    assert password(browser, ADA).path == "/set-up", "signing in is counted apart"
    clock.move(seconds=61)
    assert SENT in forget(browser).words


def test_a_full_table_says_when_to_try_again(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    del clock
    monkeypatch.setattr(forgotten, "MOST_WAITING", 0)
    browser.open("/forgot-password").fill(username="ada")
    assert (browser.page.status_int, browser.page.headers["Retry-After"]) == (429, "60")
    assert table(site, Wish) == []


def test_nothing_typed(browser: Browser, site: Site) -> None:
    for typed in ("", "  "):
        browser.open("/forgot-password").fill(username=typed)
        assert browser.page.status_int == 422
        assert "Enter your username." in browser.problem
        assert browser.page.html.select("#username[aria-invalid=true]")
    assert events(site, "recovery.begun") == []


@pytest.mark.parametrize("odd", ["x" * 4000, "\u202eada", "a\u0301da", "{{7*7}}", "' OR 1=1 --"])
def test_odd_names_are_nobodys(browser: Browser, site: Site, odd: str) -> None:
    assert SENT in forget(browser, odd).words
    assert browser.phone.messages("mail") == []
    (event,) = events(site, "recovery.begun")
    assert (event.outcome, event.reason, event.subject[:8]) == ("refused", "unknown", "unknown:")


def test_an_address_in_place_of_the_username_will_do(browser: Browser, site: Site) -> None:
    people.add(site, NewPerson("ada2", ADA.email, "Ada Two", ()), "many words in a row")
    forget(browser, "Ben@EXAMPLE.test")
    assert len(links(browser, BEN.email)) == 1
    forget(browser, "ada@example.test")
    assert links(browser) == []
    (mail,) = browser.phone.messages("mail", ADA.email)
    assert "These usernames belong to it: ada, ada2" in mail["body"]
    forget(browser, "somebody@example.test")
    assert len(browser.phone.messages("mail")) == 2


def test_somebody_else_s_address_as_a_username_is_that_username(browser: Browser, site: Site) -> None:
    people.add(site, NewPerson("ben@example.test", "dora@example.test", "Dora", ()), "many words in a row")
    forget(browser, "ben@example.test")
    assert len(links(browser, "dora@example.test")) == 1
    assert links(browser, BEN.email) == []


def test_a_disabled_person_gets_none(browser: Browser, site: Site) -> None:
    people.disable(site, "ada")
    assert SENT in forget(browser).words
    assert SENT in forget(browser, ADA.email).words
    assert links(browser) == []
    assert [each.reason for each in events(site, "recovery.begun")] == ["disabled", "unknown"]


def test_somebody_without_an_address_gets_none(browser: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        user.change(connection, 1, email="")
    assert SENT in forget(browser).words
    assert table(site, MailedLink) == []
    assert [each.reason for each in events(site, "recovery.begun")] == ["no_address"]


def test_after_this_was_not_me_it_leads_to_a_new_password_too(browser: Browser) -> None:
    set_up_app(browser, ADA)
    let_mail_leave(browser.app)
    browser.open(browser.phone.link("not-me")).fill("/not-me")
    forget(browser).open(browser.phone.link("password"))
    browser.fill(new_password=ADA.password)
    assert "the password that no longer counts" in browser.problem
    assert browser.fill(new_password=NEW).path == "/sign-in"


def test_without_a_mail_server_the_page_says_so_first(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(demo=False, base_url="http://localhost:8000", authenticators="totp")
    browser = Browser(app, phone)
    for page in ("password", "username"):
        browser.open(f"/forgot-{page}")
        assert "sends no mail at the moment, so Web Support helps you" in browser.words
        assert not browser.page.html.select("main form")
        token = browser.open("/sign-in").csrf()
        answer = browser.post(f"/forgot-{page}", {"csrf_token": token, "username": "ada", "email": ADA.email})
        assert (answer.status_int, answer.location) == (303, f"/forgot-{page}")
    assert table(app.extensions["ssp"], Wish) == []
    assert table(app.extensions["ssp"], OutgoingMail) == []


def test_what_waits_is_served_once_and_by_whoever_comes_first(make_app: Callable[..., Flask], phone: Phone) -> None:
    sites = [make_app().extensions["ssp"] for _ in range(2)]
    site: Site = sites[0]
    visit = people.OPERATOR
    for username in ("ada", "ben"):
        assert forgotten.ask(site, visit, forgotten.Forgotten.PASSWORD, username) is None
    first, second = table(site, Wish)
    forgotten._grant(sites[0], first)  # noqa: SLF001 - as two processes do that read the table at once
    forgotten._grant(sites[1], first)  # noqa: SLF001 - the other process
    assert [each.id for each in table(site, Wish)] == [second.id]
    assert forgotten.grant(sites[1]) == 1
    assert sorted(each.to for each in table(site, OutgoingMail)) == [ADA.email, BEN.email]
    assert phone.messages() == []


def test_a_wish_that_no_key_opens_is_dropped(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with site.database.writing() as connection:
        values = {"address": "-", "agent": "-", "request_id": "-", "created_at": now()}
        wish.add(connection, id="w", what="password", typed="nokey.AAAA", **values)
    assert forgotten.grant(site) == 1
    assert table(site, Wish) == []
    assert "a wish for mail is lost" in caplog.text


def test_more_than_one_batch_is_served_in_one_round(browser: Browser, site: Site) -> None:
    browser.open("/forgot-password")
    for number in range(forgotten.BATCH + 1):
        forgotten.ask(site, people.OPERATOR, forgotten.Forgotten.USERNAME, f"nobody{number}@example.test")
    forget(browser)
    assert table(site, Wish) == []
    assert len(links(browser)) == 1
