"""SE2: the id changes with the password, with the second factor, with a new option and with signing out."""

from ssp.models import Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, password, set_up_text, sign_out, table


def test_no_old_id_becomes_signed_in(browser: Browser, other_browser: Browser) -> None:
    # Somebody puts an id of their own into the browser beforehand, and waits.
    planted = other_browser.open("/sign-in").cookies
    browser.carry(planted)
    ids = [planted["ssp_session"]]
    ids.append(password(browser, ADA).cookies["ssp_session"])
    browser.fill(type="text").fill(phone=ADA.mobile).fill(code=browser.phone.text_code())
    assert browser.path == "/set-up/done"
    signed_in = browser.cookies["ssp_session"]
    assert signed_in not in ids
    for old in ids:
        assert other_browser.carry({"ssp_session": old}).open("/").path == "/sign-in"
    browser.fill("/set-up/another")
    assert other_browser.carry({"ssp_session": signed_in}).open("/").path == "/sign-in"
    browser.fill("/set-up/later")
    sign_out(browser)
    ids += [signed_in, browser.cookies["ssp_session"]]
    assert len({*ids}) == 4
    assert browser.cookies["ssp_session"].startswith("v.")


def test_an_id_that_nobody_gave_is_not_taken_over(browser: Browser) -> None:
    made_up = {"ssp_session": f"v.{'A' * 43}"}
    password(browser.carry(made_up), ADA)
    assert browser.cookies != made_up
    made_up = {"ssp_session": f"p.{'A' * 43}"}
    assert browser.carry(made_up).open("/").path == "/sign-in"


def test_signing_in_over_a_session_ends_it(browser: Browser, other_browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    old = browser.cookies
    clock.move(minutes=1)
    token = browser.open("/").csrf()
    fields = {"csrf_token": token, "username": "ben", "password": BEN.password}
    browser.page = browser.post("/sign-in", fields).follow()
    assert browser.path == "/set-up"
    assert other_browser.carry(old).open("/").path == "/sign-in"
    assert [each.ended_at is None for each in table(site, Session)] == [False]
