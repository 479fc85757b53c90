"""The account page: MFA options, adding one, and removing one with a fresh code."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask

from ssp.infra.telephony.carrier import Reason, Unavailable
from ssp.models import Authenticator, Session, User
from ssp.web.portal import Site
from tests import rows as rows_of
from tests.conftest import Clock
from tests.functional.test_account_sessions import rows
from tests.people import (
    ADA,
    BEN,
    App,
    Browser,
    FakeCarrier,
    Phone,
    add_way,
    events,
    notices,
    one,
    options,
    password,
    prove,
    replaced,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)


def two_ways(browser: Browser, clock: Clock) -> Browser:
    """Set up texts and calls, and come back a quarter of an hour later."""
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    sign_out(browser)
    clock.move(minutes=15)
    return sign_in_by_text(browser, ADA)


def test_options_are_masked_and_the_last_one_has_no_button(browser: Browser) -> None:
    set_up_text(browser, ADA)
    (row,) = rows(browser, "options")
    assert row.startswith("Text message To ••• ••23")
    assert "Since November" in row
    assert ADA.mobile[2:] not in browser.page.text
    assert options(browser) == []
    assert "A second one helps" in browser.words


def test_one_of_two_is_removed_with_a_fresh_code(
    browser: Browser, other_browser: Browser, clock: Clock, site: Site
) -> None:
    two_ways(browser, clock)
    sign_in_by_text(other_browser, ADA)
    (_, call) = options(browser)
    assert browser.open(f"/account/options/{call}/remove").path == f"/account/confirm/remove:{call}"
    assert "First, an access code" in browser.words
    prove(browser, ADA, f"remove:{call}")
    assert browser.path == f"/account/options/{call}/remove"
    assert "You can get no more codes this way: automated voice call to ••• ••45" in browser.words
    browser.fill()
    assert browser.note.startswith("That MFA option is removed.")
    assert [each.type for each in table(site, Authenticator)] == ["text"]
    assert options(browser) == []
    assert other_browser.open("/").path == "/sign-in"
    assert other_browser.note == ("Your MFA options were changed, which ends all other sessions. Please sign in again.")
    (event,) = events(site, "authenticator.removed")
    assert (event.subject, event.reason, event.authenticator_type) == ("ada", "by_owner", "voice")
    mail = notices(site)[-1]
    assert mail.subject == "An MFA option for Secure Services Portal was removed"
    assert "automated voice call to ••• ••45" in mail.body


def test_the_preferred_one_may_go_too(browser: Browser, clock: Clock, site: Site) -> None:
    text, _ = options(two_ways(browser, clock))
    prove(browser, ADA, f"remove:{text}").fill()
    assert [each.type for each in table(site, Authenticator)] == ["voice"]
    assert password(sign_out(browser), ADA).path == "/sign-in/code"
    assert "voice call" in browser.words


def test_keeping_it_changes_nothing(browser: Browser, clock: Clock) -> None:
    text, _ = options(two_ways(browser, clock))
    prove(browser, ADA, f"remove:{text}")
    link = one(browser.page.html, ".actions a")
    assert (link.get_text(strip=True), link["href"]) == ("Keep it", "/account/")
    assert len(options(browser)) == 2


def test_the_last_one_that_works_stays(
    browser: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock
) -> None:
    two_ways(browser, clock)
    texts_only = Browser(make_app(authenticators=("text", "totp")), phone).carry(browser.cookies)
    shown = rows(texts_only, "options")
    assert any("Not available any more" in row for row in shown)
    (call,) = options(texts_only)
    (text,) = set(options(browser)) - {call}
    assert texts_only.open(f"/account/options/{text}/remove").path == "/account/"
    assert "Add another one before you remove it." in texts_only.open("/account/?done=last").words
    prove(texts_only, ADA, f"remove:{call}")
    assert "This option is not available any more." in texts_only.words
    assert "removed" in texts_only.fill().note


def test_nobody_elses_option_and_no_unknown_one(
    browser: Browser, other_browser: Browser, clock: Clock, site: Site
) -> None:
    two_ways(browser, clock)
    set_up_text(other_browser, BEN)
    (bens,) = [each.id for each in table(site, Authenticator) if each.label.endswith("67")]
    token = browser.open("/account/").csrf()
    for strange in (bens, "a" * 22):
        for path in (f"/account/options/{strange}/remove", f"/account/confirm/remove:{strange}"):
            assert browser.open(path).path == "/account/"
            assert browser.post(path, {"csrf_token": token}).headers["Location"] == "/account/"
    assert len(table(site, Authenticator)) == 3


def test_right_after_a_set_up_another_one_is_added_at_once(browser: Browser) -> None:
    set_up_text(browser, ADA).open("/account/").fill("/set-up/another")
    assert browser.path == "/set-up"
    assert browser.fill("/set-up/later").path == "/account/"


def test_later_a_fresh_code_comes_first(browser: Browser, clock: Clock, site: Site) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=10)
    browser.open("/account/").fill("/set-up/another")
    assert browser.path == "/account/confirm/add"
    prove(browser, ADA, "add")
    assert browser.path == "/set-up"
    browser.fill(type="voice").fill(phone=ADA.office, extension="")
    browser.fill(code=browser.phone.spoken_code())
    assert browser.path == "/set-up/done"
    assert one(browser.page.html, "a.button")["href"] == "/account/"
    assert {each.type for each in table(site, Authenticator)} == {"text", "voice"}
    assert browser.open("/account/confirm/add").words.startswith("Add an MFA option · Step 1 of 2")


def give(site: Site, clock: Clock, kind: str, number: int) -> None:
    """Give Ada further options."""
    (person,) = [each for each in table(site, User) if each.username == "ada"]
    with site.database.writing() as connection:
        for _ in range(number):
            rows_of.option(connection, person.id, clock.now() - timedelta(days=1), type=kind)


def test_the_page_says_what_can_be_added(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    assert "You can add 4 more phone lines and 2 more authenticator apps." in browser.open("/account/").words
    give(site, clock, "voice", 4)
    give(site, clock, "totp", 1)
    assert "You can add 1 more authenticator app." in browser.open("/account/").words
    give(site, clock, "totp", 1)
    assert "Add another MFA option" not in browser.open("/account/").words
    assert "You have as many MFA options as there can be." in browser.words
    token = browser.csrf()
    assert browser.post("/set-up/another", {"csrf_token": token}).headers["Location"] == "/account/?done=full"
    assert "as many MFA options as there can be" in browser.open("/account/?done=full").note
    clock.move(minutes=20)
    prove(browser, ADA, "add")
    assert browser.path == "/account/"


def test_five_phones_are_enough_whatever_carries_their_codes(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    give(site, clock, "voice", 4)
    browser.open("/account/").fill("/set-up/another")
    assert "You have 5 phone lines already, as many as there can be." in browser.words
    disabled = [each["value"] for each in browser.page.html.select("input[type=radio][disabled]")]
    assert disabled == ["text", "voice"]
    token = browser.csrf()
    before = browser.phone.messages()
    for path, fields in {
        "/set-up": {"type": "text"},
        "/set-up/text": {"phone": "+12055550177"},
        "/set-up/voice": {"phone": "+12055550177", "extension": "7"},
    }.items():
        refused = browser.post(path, {"csrf_token": token, **fields})
        assert refused.status_int == 422
        assert "You have as many of these as there can be." in refused.text
    assert browser.phone.messages() == before
    assert browser.open("/set-up/text").path == "/set-up"
    assert browser.open("/set-up/totp").path == "/set-up"
    assert {each.reason for each in events(site, "authenticator.set_up_begun") if each.outcome == "refused"} == {"full"}
    browser.fill(type="totp")
    app = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
    assert browser.fill(code=app.code()).path == "/set-up/done"


def test_two_apps_are_enough_and_told_apart(browser: Browser, site: Site, clock: Clock) -> None:
    first = set_up_app(browser, ADA)
    browser.fill("/set-up/another").fill(type="totp")
    second = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
    browser.fill(code=second.code())
    assert [each.split(" Since")[0] for each in rows(browser, "options")] == [
        "Authenticator app Open the app and read the code for Secure Services Portal Asked for first",
        "Authenticator app 2 Authenticator app: open it and read the code for Secure Services Portal",
    ]
    assert "your authenticator app (Authenticator app 2)" in notices(site)[-1].body
    clock.move(minutes=2)
    browser.open("/account/confirm/add").fill().fill("/account/confirm/add", code=first.code())
    assert browser.path == "/set-up"
    assert browser.post("/set-up/totp", {"csrf_token": browser.csrf()}).status_int == 422
    assert [each.type for each in table(site, Authenticator)] == ["totp", "totp"]
    assert "You have 2 authenticator apps already" in browser.words


def test_a_full_place_is_offered_for_no_code_that_does_not_arrive(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    give(site, clock, "totp", 2)
    browser.open("/account/").fill("/set-up/another").fill(type="text")
    with replaced(browser.app, carrier=FakeCarrier(Unavailable(Reason.NOT_CONNECTED))):
        browser.fill("/set-up/text", phone="+12055550177")
    assert "authenticator app instead" not in browser.words
    assert browser.post("/set-up", {"csrf_token": browser.csrf(), "type": "totp"}).status_int == 422


def test_without_an_option_the_sign_in_comes_first(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(mfa_required_from=date(2027, 1, 1))
    browser = password(Browser(app, phone), ADA).fill("/set-up/later").open("/account/")
    assert "None. You signed in with your password alone." in browser.words
    assert "with the password alone" in rows(browser)[0]
    for errand in ("password", "add"):
        assert (
            "Set up an MFA option before you change anything here" in browser.open(f"/account/confirm/{errand}").words
        )
    assert browser.post("/account/confirm/password", {"csrf_token": browser.csrf()}).status_int == 303
    browser.fill("/account/set-up")
    assert browser.path == "/sign-in"
    assert browser.note == "To set up an MFA option, start with your password. Please sign in again."
    browser.fill(username="ada", password=ADA.password).fill(type="text")
    browser.fill(phone=ADA.mobile).fill(code=phone.text_code())
    assert one(browser.page.html, "a.button")["href"] == "/account/"
    assert {each.ended_because for each in table(app.extensions["ssp"], Session)} == {"to_set_up", None}
