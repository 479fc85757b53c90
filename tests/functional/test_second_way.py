"""The offer of a second way to get codes: once, after the first set-up, until it is taken or put aside."""

from ssp.models import User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    add_way,
    add_way_later,
    options,
    prove,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

OFFER = "A second way to get codes helps when your phone is lost or has no reception."


def offered(browser: Browser) -> bool:
    return OFFER in browser.open("/").words


def test_it_shows_until_it_is_put_aside_and_never_again(
    browser: Browser, other_browser: Browser, clock: Clock, site: Site
) -> None:
    assert offered(set_up_text(browser, ADA))
    browser.fill("/set-up/second/not-now")
    assert browser.path == "/"
    assert not offered(browser)
    assert "Add another way to get codes" in browser.words
    clock.move(days=10)
    assert not offered(sign_in_by_text(browser, ADA))
    assert offered(set_up_text(other_browser, BEN))
    settled = {each.username: each.second_way_settled_at for each in table(site, User) if each.username != "sam"}
    assert settled["ada"]
    assert settled["ben"] is None


def test_its_button_adds_one(browser: Browser) -> None:
    set_up_text(browser, ADA).open("/").fill("/set-up/another")
    assert browser.path == "/set-up"


def test_whoever_has_two_never_sees_it_nor_after_one_is_gone(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    assert not offered(browser)
    clock.move(minutes=2)
    prove(browser, ADA, f"remove:{options(browser)[1]}").fill()
    assert not offered(browser)


def test_a_replaced_first_one_is_still_one(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=2)
    browser.open("/account/")
    (link,) = browser.page.html.select("a[href$='/replace']")
    prove(browser, ADA, f"replace:{str(link['href']).split('/')[3]}").fill().fill(type="text")
    browser.fill(phone=BEN.mobile).fill(code=browser.phone.text_code(BEN.mobile))
    assert offered(browser)


def test_nobody_else_can_put_it_aside(browser: Browser, other_browser: Browser, clock: Clock, site: Site) -> None:
    set_up_text(browser, ADA).open("/")
    token = other_browser.open("/sign-in").csrf()
    assert (
        other_browser.post("/set-up/second/not-now", {"csrf_token": token}).headers["Location"].startswith("/sign-in")
    )
    assert offered(browser)
    clock.move(minutes=2)
    sign_out(browser)
    assert all(each.second_way_settled_at is None for each in table(site, User))
    add_way_later(sign_in_by_text(browser, ADA), ADA, "voice", phone=ADA.office, extension="")
    assert not offered(browser)
