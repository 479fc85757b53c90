"""The account page: another MFA option in the place of one, which works until the new one does."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.functional.test_account_options import give, two_ways
from tests.functional.test_account_sessions import rows
from tests.people import (
    ADA,
    App,
    Browser,
    Phone,
    events,
    letters,
    notices,
    one,
    options,
    password,
    prove,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

NEW = "+12055550199"


def ways(site: Site) -> list[tuple[str, str]]:
    """Return type and label of what is confirmed, the preferred one first."""
    held = [each for each in table(site, Authenticator) if each.confirmed_at and each.preference_confirmed_at]
    held.sort(key=lambda each: str(each.preference_confirmed_at), reverse=True)
    return [(each.type, each.label) for each in held]


def farewells(browser: Browser) -> list[str]:
    """Return to whom a text without a code went."""
    return [each["to"] for each in browser.phone.messages("text") if "#" not in each["body"]]


def replacing(browser: Browser, clock: Clock, authenticator_id: str) -> Browser:
    """Go to the options screen for one in the place of this one."""
    clock.move(minutes=2)
    return prove(browser, ADA, f"replace:{authenticator_id}").fill()


def ids(browser: Browser) -> list[str]:
    """Return the ids of all options, the last one too."""
    links = browser.open("/account/").page.html.select("a[href$='/replace']")
    return [str(each["href"]).split("/")[3] for each in links]


def only(browser: Browser) -> str:
    """Set up texts, and return the id of this one option."""
    set_up_text(browser, ADA)
    (text,) = ids(browser)
    return text


def test_the_last_one_can_be_replaced_and_both_hear_of_it(browser: Browser, clock: Clock, site: Site) -> None:
    text = only(browser)
    clock.move(minutes=2)
    link = one(browser.page.html, "a[href$='/replace']")
    assert link["aria-label"] == "Replace text message to ••• ••23"
    assert browser.open(str(link["href"])).path == f"/account/confirm/replace:{text}"
    prove(browser, ADA, f"replace:{text}")
    assert "It takes the place of text message to ••• ••23 , which works until the new one does." in browser.words
    browser.fill()
    assert browser.path == "/set-up"
    assert "It then takes the place of text message to ••• ••23 ; until then, everything stays" in browser.words
    browser.fill(type="text").fill(phone=NEW)
    assert ways(site) == [("text", "••• ••23")]
    assert farewells(browser) == []
    browser.fill(code=browser.phone.text_code(NEW))
    assert browser.path == "/set-up/done"
    assert one(browser.page.html, "a.button")["href"] == "/account/"
    assert ways(site) == [("text", "••• ••99")]
    assert farewells(browser) == [ADA.mobile]
    mail = letters(site)[-1]
    assert mail.subject == "Your MFA option for Secure Services Portal was replaced"
    assert "Before: text message to ••• ••23.\nNow: text message to ••• ••99." in mail.body
    assert [each.reason for each in events(site, "authenticator.removed")] == ["replaced"]
    assert events(site, "session.signed_out")[-1].reason == "replacing_authenticator"


def test_other_sessions_end_and_no_further_one_is_added_for_the_same_code(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    text = only(browser)
    clock.move(minutes=2)
    sign_in_by_text(other_browser, ADA)
    replacing(browser, clock, text).fill(type="text").fill(phone=NEW).fill(code=browser.phone.text_code(NEW))
    assert other_browser.open("/").path == "/sign-in"
    assert "Add a second way" not in browser.words
    token = browser.open("/account/").csrf()
    assert browser.post("/set-up/another", {"csrf_token": token}).headers["Location"] == "/account/confirm/add"


def test_another_type_and_a_place_among_the_others(browser: Browser, clock: Clock, site: Site) -> None:
    _, call = options(two_ways(browser, clock))
    replacing(browser, clock, call).fill(type="totp")
    app = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
    browser.fill(code=app.code())
    assert ways(site) == [("text", "••• ••23"), ("totp", "authenticator app")]
    text, _ = options(browser)
    replacing(browser, clock, text).fill(type="voice").fill(phone=ADA.office, extension="")
    browser.fill(code=browser.phone.spoken_code(ADA.office))
    assert ways(site) == [("voice", "••• ••45"), ("totp", "authenticator app")]
    assert farewells(browser) == [ADA.mobile]


def test_the_name_stays_with_the_same_type(browser: Browser, clock: Clock, site: Site) -> None:
    text = only(browser)
    clock.move(minutes=2)
    prove(browser, ADA, f"rename:{text}").fill(name="My mobile")
    replacing(browser, clock, text).fill(type="text").fill(phone=NEW).fill(code=browser.phone.text_code(NEW))
    assert rows(browser, "options")[0].startswith("My mobile Text message to ••• ••99")
    assert "Now: text message to ••• ••99 (My mobile)." in notices(site)[-1].body


def test_the_same_number_again_needs_no_farewell(browser: Browser, clock: Clock, site: Site) -> None:
    text = only(browser)
    replacing(browser, clock, text).fill(type="voice").fill(phone=ADA.mobile, extension="")
    browser.fill(code=browser.phone.spoken_code(ADA.mobile))
    assert ways(site) == [("voice", "••• ••23")]
    assert farewells(browser) == []
    assert events(site, "authenticator.old_told") == []


def test_a_number_of_another_option_is_refused(browser: Browser, clock: Clock) -> None:
    text, _ = options(two_ways(browser, clock))
    replacing(browser, clock, text).fill(type="voice").fill(phone=ADA.office, extension="")
    assert "You get codes at this number already." in browser.words


@pytest.mark.parametrize("how", ["button", "walk away"])
def test_stopping_midway_leaves_the_old_one(browser: Browser, clock: Clock, site: Site, how: str) -> None:
    replacing(browser, clock, only(browser)).fill(type="text").fill(phone=NEW)
    if how == "button":
        browser.open("/set-up").fill("/set-up/later")
        assert browser.path == "/account/"
    clock.move(minutes=11)
    if how == "button":
        browser.open("/").fill("/sign-out")
    sign_in_by_text(browser, ADA)
    assert browser.path == "/"
    assert ways(site) == [("text", "••• ••23")]
    assert farewells(browser) == []
    assert "authenticator.removed" not in {each.kind for each in events(site)}


def test_two_browsers_that_replace_the_same_one(
    browser: Browser, other_browser: Browser, clock: Clock, site: Site
) -> None:
    text = only(browser)
    clock.move(minutes=2)
    sign_in_by_text(other_browser, ADA)
    for each, phone in ((browser, NEW), (other_browser, "+12055550188")):
        replacing(each, clock, text).fill(type="text").fill(phone=phone)
    browser.fill(code=browser.phone.text_code(NEW))
    other_browser.fill(code=other_browser.phone.text_code("+12055550188"))
    assert other_browser.path == "/sign-in"
    assert ways(site) == [("text", "••• ••99")]


def test_two_tabs_that_replace_the_same_one(browser: Browser, clock: Clock, site: Site) -> None:
    text = only(browser)
    clock.move(minutes=2)
    prove(browser, ADA, f"replace:{text}")
    other_tab = browser.form()
    browser.fill()
    browser.page = other_tab.submit(headers={"Origin": browser.origin}, expect_errors=True)
    assert browser.page.status_int == 403  # the page is from before
    assert browser.open("/").path == "/set-up"
    assert ways(site) == [("text", "••• ••23")]


def test_one_proof_replaces_once_and_only_what_it_is_for(browser: Browser, clock: Clock) -> None:
    text, call = options(two_ways(browser, clock))
    replacing(browser, clock, text).fill("/set-up/later")
    token = browser.open("/account/").csrf()
    for target in (text, call):
        refused = browser.post(f"/account/options/{target}/replace", {"csrf_token": token})
        assert refused.headers["Location"] == f"/account/confirm/replace:{target}"


def test_with_five_phones_one_of_them_can_be_replaced_by_another(browser: Browser, clock: Clock, site: Site) -> None:
    text = only(browser)
    give(site, clock, "voice", 4)
    give(site, clock, "totp", 2)
    replacing(browser, clock, text)
    assert [each["value"] for each in browser.page.html.select("input[type=radio][disabled]")] == ["totp"]
    browser.fill(type="text").fill(phone=NEW).fill(code=browser.phone.text_code(NEW))
    assert browser.path == "/set-up/done"


def test_an_app_in_the_place_of_one_that_is_numbered(browser: Browser, clock: Clock, site: Site) -> None:
    first = set_up_app(browser, ADA)
    browser.fill("/set-up/another").fill(type="totp")
    browser.fill(code=App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"])).code())
    preferred, _ = options(browser)
    clock.move(minutes=2)
    browser.open(f"/account/confirm/replace:{preferred}").fill()
    browser.fill(f"/account/confirm/replace:{preferred}", code=first.code()).fill().fill(type="totp")
    browser.fill(code=App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"])).code())
    names = sorted(str(each.name) for each in table(site, Authenticator))
    assert names == ["Authenticator app 2", "None"]


@pytest.mark.parametrize("changed", [{"authenticators": ("text", "totp")}, {"countries": ("CA",)}])
@pytest.mark.parametrize("deed", ["replace", "remove"])
def test_what_gets_no_codes_any_more_can_go(  # noqa: PLR0913, PLR0917 - fixtures, and what was changed
    browser: Browser,
    make_app: Callable[..., Flask],
    phone: Phone,
    clock: Clock,
    changed: dict[str, tuple[str, ...]],
    deed: str,
) -> None:
    app = set_up_app(browser, ADA)
    browser.fill("/set-up/another").fill(type="voice").fill(phone=ADA.office, extension="")
    browser.fill(code=phone.spoken_code())
    _, call = options(browser)
    later = Browser(make_app(**changed), phone).carry(browser.cookies)
    clock.move(minutes=2)
    errand = f"/account/confirm/{deed}:{call}"
    later.open(errand).fill().fill(errand, code=app.code()).fill()
    if deed == "remove":
        assert later.note.startswith("That MFA option is removed.")
    else:
        later.fill(type="totp")
        new = App(str(one(later.page.html, "[data-totp-secret]")["data-totp-secret"]))
        later.fill(code=new.code())
        assert later.path == "/set-up/done"
    assert call not in {each.id for each in table(later.app.extensions["ssp"], Authenticator)}


def test_the_one_that_was_used_last_can_go(browser: Browser, clock: Clock, site: Site) -> None:
    text, _ = options(two_ways(browser, clock))
    replacing(browser, clock, text).fill(type="text").fill(phone=NEW).fill(code=browser.phone.text_code(NEW))
    assert ways(site) == [("text", "••• ••99"), ("voice", "••• ••45")]
    clock.move(minutes=2)
    password(sign_out(browser), ADA).fill("/sign-in/code", code=browser.phone.text_code(NEW))
    assert browser.path == "/"
