"""The account page: which MFA option is asked for first."""

from collections.abc import Callable

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
    add_way,
    events,
    notices,
    one,
    options,
    password,
    prove,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)


def test_another_one_is_asked_for_first_from_the_next_sign_in_on(browser: Browser, clock: Clock, site: Site) -> None:
    text, call = options(two_ways(browser, clock))
    (link,) = browser.page.html.select("a[href$='/prefer']")
    assert (link["href"], link["aria-label"]) == (
        f"/account/options/{call}/prefer",
        "Ask first: automated voice call to ••• ••45",
    )
    assert browser.open(str(link["href"])).path == f"/account/confirm/prefer:{call}"
    prove(browser, ADA, f"prefer:{call}")
    assert "At your next sign-in the code comes this way: automated voice call to ••• ••45" in browser.words
    browser.fill()
    assert (browser.path, browser.note) == ("/account/", "From now on we ask for that MFA option first.")
    assert options(browser) == [call, text]
    assert "Asked for first" in rows(browser, "options")[0]
    assert password(sign_out(browser), ADA).path == "/sign-in/code"
    assert "automated voice call to ••• ••45" in browser.words
    event = events(site, "authenticator.preference")[-1]
    assert (event.reason, event.authenticator_type) == ("chosen", "voice")
    mail = notices(site)[-1]
    assert mail.subject == "Another MFA option for Secure Services Portal comes first"
    assert "to be asked for first: automated voice call to ••• ••45." in mail.body


def test_sessions_and_trusted_devices_stay(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    two_ways(browser, clock)
    clock.move(minutes=2)
    sign_in_by_text(other_browser, ADA, trust=True)
    clock.move(minutes=2)
    prove(browser, ADA, f"prefer:{options(browser)[1]}").fill()
    assert other_browser.open("/account/").path == "/account/"
    assert password(sign_out(other_browser), ADA).path == "/"
    assert browser.open("/").path == "/"


def test_choosing_it_says_that_it_is_right(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    sign_out(browser)
    clock.move(days=80)
    sign_in_by_text(browser, ADA)
    clock.move(minutes=2)
    prove(browser, ADA, f"prefer:{options(browser)[1]}").fill()
    sign_out(browser)
    clock.move(days=20)
    password(browser, ADA).fill("/sign-in/code", code=browser.phone.spoken_code(ADA.office))
    assert browser.path == "/"


def test_what_is_first_already_or_not_on_offer_is_refused(
    browser: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock, site: Site
) -> None:
    text, call = options(two_ways(browser, clock))
    before = [(each.id, each.preference_confirmed_at) for each in table(site, Authenticator)]
    assert browser.open(f"/account/options/{text}/prefer").path == "/account/"
    assert browser.note == "We ask for that MFA option first already."
    token = browser.open("/account/").csrf()
    path = f"/account/options/{text}/prefer"
    assert browser.post(path, {"csrf_token": token}).headers["Location"] == "/account/?done=first"
    texts_only = Browser(make_app(authenticators=("text", "totp")), phone).carry(browser.cookies)
    assert texts_only.open("/account/").page.html.select("a[href$='/prefer']") == []
    prove(texts_only, ADA, f"prefer:{call}")
    assert "That MFA option is not available any more." in texts_only.note
    path = f"/account/options/{call}/prefer"
    refused = texts_only.post(path, {"csrf_token": texts_only.open("/account/").csrf()})
    assert refused.headers["Location"] == "/account/?done=unavailable"
    assert [(each.id, each.preference_confirmed_at) for each in table(site, Authenticator)] == before


def test_without_a_code_nothing_changes(browser: Browser, clock: Clock) -> None:
    text, call = options(two_ways(browser, clock))
    path = f"/account/options/{call}/prefer"
    refused = browser.post(path, {"csrf_token": browser.csrf()})
    assert refused.headers["Location"] == f"/account/confirm/prefer:{call}"
    assert options(browser) == [text, call]
    assert one(browser.page.html, ".badge:-soup-contains('first')").get_text() == "Asked for first"
