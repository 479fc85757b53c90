"""TD10: people see their trusted devices and end the trust in them with their session alone; nobody else's."""

from ssp.models import TrustedDevice
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, password, set_up_text, sign_in_by_text, sign_out, table


def trusting(browser: Browser, clock: Clock) -> Browser:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    return sign_in_by_text(browser, ADA, trust=True)


def test_a_session_on_the_device_itself_may_end_it(browser: Browser, site: Site, clock: Clock) -> None:
    password(sign_out(trusting(browser, clock)), ADA)
    (device,) = table(site, TrustedDevice)
    page = browser.open("/account/")
    assert "Firefox on Linux This device" in page.words
    browser.fill(f"/account/devices/{device.id}/revoke")
    assert browser.open("/account/").path == "/account/", "the session goes on"
    assert password(sign_out(browser), ADA).path == "/sign-in/code"


def test_nobody_elses(browser: Browser, other_browser: Browser, site: Site, clock: Clock) -> None:
    trusting(browser, clock)
    (device,) = table(site, TrustedDevice)
    set_up_text(other_browser, BEN)
    answers = set()
    for strange in (device.id, "t" * 22):
        fields = {"csrf_token": other_browser.open("/account/").csrf()}
        response = other_browser.post(f"/account/devices/{strange}/revoke", fields)
        answers.add((response.status_int, response.headers["Location"]))
    assert answers == {(303, "/account/")}
    other_browser.post("/account/devices/revoke-all", {"csrf_token": other_browser.csrf()})
    assert [each.revoked_at for each in table(site, TrustedDevice)] == [None]
    assert device.id not in other_browser.open("/account/").page.text
