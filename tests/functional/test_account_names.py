"""The account page: what people call their MFA options, and where the names show."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.functional.test_account_options import two_ways
from tests.functional.test_account_sessions import rows
from tests.people import (
    ADA,
    Browser,
    Phone,
    events,
    notices,
    one,
    options,
    password,
    prove,
    sign_in_by_text,
    sign_out,
    table,
)


@pytest.fixture
def naming(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada, who has texts and calls, may name her texts."""
    text, _ = options(two_ways(browser, clock))
    return prove(browser, ADA, f"rename:{text}")


def names(site: Site) -> dict[str, str | None]:
    return {each.type: each.name for each in table(site, Authenticator)}


def test_a_name_takes_a_fresh_code_and_shows_on_the_account_page(browser: Browser, clock: Clock, site: Site) -> None:
    text, _ = options(two_ways(browser, clock))
    link = one(browser.page.html, f"a[href='/account/options/{text}/rename']")
    assert link["aria-label"] == "Rename text message to ••• ••23"
    assert browser.open(str(link["href"])).path == f"/account/confirm/rename:{text}"
    assert browser.words.startswith("Rename an MFA option · Step 1 of 2")
    prove(browser, ADA, f"rename:{text}")
    assert one(browser.page.html, "#name")["value"] == "Mobile phone"
    browser.fill(name="My mobile")
    assert (browser.path, browser.note) == ("/account/", "That MFA option has its new name.")
    assert rows(browser, "options")[0].startswith("My mobile Text message to ••• ••23")
    assert names(site) == {"text": "My mobile", "voice": None}
    (event,) = events(site, "authenticator.renamed")
    assert (event.subject, event.authenticator_type, event.reason) == ("ada", "text", None)


def test_it_shows_where_a_code_is_asked_for_and_in_mails(naming: Browser, site: Site, clock: Clock) -> None:
    naming.fill(name="My mobile")
    password(sign_out(naming), ADA)
    assert "We sent a text message to ••• ••23 (My mobile) at" in naming.words
    assert "My mobile Text message to ••• ••23" in naming.open("/sign-in/choose").words
    naming.open("/sign-in/code").fill("/sign-in/code", code=naming.phone.text_code())
    clock.move(minutes=2)
    prove(naming, ADA, f"remove:{options(naming)[0]}").fill()
    assert "was removed from your account: text message to ••• ••23 (My mobile)." in notices(site)[-1].body


def test_it_is_text_and_nothing_else_wherever_it_shows(naming: Browser, site: Site) -> None:
    name = '<b>Ada\'s & "mine"</b>'
    assert "Leave out web and mail addresses" in naming.fill(name=name).problem  # </b> has a slash
    naming.fill(name=name.replace("/", ""))
    shown = '<b>Ada\'s & "mine"<b>'
    assert names(site)["text"] == shown
    for page in ("/account/", f"/account/confirm/rename:{options(naming)[0]}"):
        assert "<b>Mum" not in naming.open(page).page.text
    assert shown in naming.open("/account/").words
    password(sign_out(naming), ADA)
    for page in ("/sign-in/code", "/sign-in/choose"):
        assert shown in naming.open(page).words
        assert "<b>Mum" not in naming.page.text


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("  Office \t line ", "Office line"),
        ("Of\u202efice\u202c", "Office"),
        ("Mo\u200bbile\ufeff\u2060", "Mobile"),
        ("Mo\u00adbile\x07\x1b", "Mobile"),
        ("Bu\u0308ro", "B\u00fcro"),
        ("\u260e\ufe0f Home", "\u260e Home"),
        ("a" * 40, "a" * 40),
    ],
)
def test_what_nobody_sees_is_cleaned_away(naming: Browser, site: Site, typed: str, kept: str) -> None:
    path = naming.path
    fields = {"csrf_token": naming.csrf(), "name": typed}
    assert naming.post(path, fields).headers["Location"] == "/account/?done=renamed"
    assert names(site)["text"] == kept


@pytest.mark.parametrize(
    "typed, words",
    [
        ("", "Enter a name"),
        (" \u200b\u3164\u2800 ", "Enter a name"),
        ("!?", "Enter a name"),
        ("a" * 41, "Use 40 characters at most."),
        ("Go to evil.example", "Leave out web and mail addresses"),
        ("evil\uff0eexample", "Leave out web and mail addresses"),
        ("me@evil", "Leave out web and mail addresses"),
        ("office LINE", "Another one of your options has this name."),
    ],
)
def test_what_cannot_be_one_is_said_and_the_code_is_good_for_another_try(
    naming: Browser, site: Site, typed: str, words: str
) -> None:
    with site.database.writing() as connection:
        rows_of = Authenticator.__table__.update().where(Authenticator.type == "voice")  # type: ignore[attr-defined] # the table
        connection.execute(rows_of.values(name="Office line"))
    path = naming.path
    naming.page = naming.post(path, {"csrf_token": naming.csrf(), "name": typed})
    assert naming.page.status_int == 422
    assert words in naming.problem
    assert one(naming.page.html, "#name")["aria-invalid"] == "true"
    assert naming.page.html.title
    assert naming.page.html.title.get_text().startswith("Error: ")
    assert names(site)["text"] is None
    assert naming.fill(name="Mine").path == "/account/"


def test_a_name_without_a_code_or_for_nobodys_option_changes_nothing(
    browser: Browser, clock: Clock, site: Site
) -> None:
    text, call = options(two_ways(browser, clock))
    prove(browser, ADA, f"rename:{text}")
    token = browser.open("/account/").csrf()
    for target in (call, "a" * 22):
        for name in ("Mine", ""):
            refused = browser.post(f"/account/options/{target}/rename", {"csrf_token": token, "name": name})
            there = f"/account/confirm/rename:{call}" if target == call else "/account/"
            assert refused.headers["Location"] == there
    assert set(names(site).values()) == {None}
    assert browser.open(f"/account/options/{text}/sell").page.status_int == 404


def test_one_that_is_not_on_offer_any_more_can_be_named_and_goes_by_its_name(
    browser: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock
) -> None:
    _, call = options(two_ways(browser, clock))
    prove(browser, ADA, f"rename:{call}").fill(name="Office")
    texts_only = Browser(make_app(authenticators=("text", "totp")), phone).carry(browser.cookies)
    assert any(re.match("Office Not available any more", row) for row in rows(texts_only, "options"))
    clock.move(minutes=2)
    prove(texts_only, ADA, f"rename:{call}").fill(name="Old office")
    clock.move(minutes=2)
    prove(texts_only, ADA, f"remove:{call}")
    assert "This option is not available any more: Old office" in texts_only.words
    texts_only.fill()
    assert "voice (Old office)" in notices(texts_only.app.extensions["ssp"])[-1].body
    assert sign_in_by_text(sign_out(texts_only), ADA).path == "/"
