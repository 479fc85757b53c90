"""SE7: signing out ends the session on the server, in every tab, and takes kept pages along, but not the trust."""

from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, set_up_text, sign_in_by_text, sign_out, table


def test_a_captured_cookie_is_worth_nothing_afterwards(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    assert other_browser.carry(browser.cookies).open("/").path == "/"
    sign_out(browser)
    assert other_browser.open("/").path == "/sign-in"
    assert "Welcome" not in other_browser.words
    assert [each.ended_because for each in table(site, Session)] == ["signed_out"]


def test_the_browser_forgets_pages_and_keeps_the_trust(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_in_by_text(browser, ADA, trust=True)
    response = browser.send("/sign-out")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert len(browser.devices) == 1
    assert browser.open("/help/").page.headers.get("Clear-Site-Data") is None


def test_nothing_is_kept_for_the_back_button(browser: Browser) -> None:
    set_up_text(browser, ADA)
    assert browser.open("/").page.headers["Cache-Control"] == "no-store"


def test_a_link_or_another_site_signs_nobody_out(browser: Browser) -> None:
    set_up_text(browser, ADA)
    token = browser.open("/").csrf()
    browser.open("/sign-out", status=405)
    assert browser.post("/sign-out", {}).status_int == 403
    assert browser.post("/sign-out", {"csrf_token": token}, Origin="https://evil.example").status_int == 403
    assert browser.open("/").path == "/"
