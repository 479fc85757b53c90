"""The end of a session in a browser: a warning in time, one press to stay, and no page of it left behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.gallery import ADAS_MOBILE
from tests.people import ADA, Phone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.serving import Portal
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
# A session that was used so many minutes ago; each page but this one counts as use.
AGO = "UPDATE session SET last_seen_at = datetime(last_seen_at, '-{} minutes')"
QUIET = "/set-up/done"
ASKS = re.compile(r"/account/stay\?")
WARNING = re.compile(r"You will be signed out at \d+:\d\d [ap]m\.")


@pytest.fixture(scope="module")
def own(start_portal: Callable[..., Portal]) -> Portal:
    """Give a portal whose sessions nobody else uses."""
    return start_portal()


def signed_in(visitor: Visitor) -> Visitor:
    """Sign in as Ada, whose texts are set up the first time."""
    visitor.type_password(ADA)
    if visitor.path == "/set-up":
        visitor.choose("Text message").press("Continue").type(phone=ADAS_MOBILE).press("Text me a code")
        visitor.type(code=Phone(visitor.portal.instance / "outbox.jsonl").text_code()).press("Confirm")
    else:
        visitor.type(code=Phone(visitor.portal.instance / "outbox.jsonl").text_code()).press("Sign in")
    return visitor


def test_the_warning_comes_in_time_and_a_press_takes_it_away(own: Portal, arrive: Callable[..., Visitor]) -> None:
    ada = signed_in(arrive(own))
    ada.page.clock.install()
    ada.open(QUIET)
    status = ada.page.get_by_role("status")
    expect(status).to_contain_text("You stay signed in until")
    own.edit(AGO.format(28))
    ada.page.clock.fast_forward("27:30")
    expect(status).to_contain_text(WARNING)
    place = ada.page.locator(".until")
    expect(place).to_have_css("position", "fixed")
    stay = ada.page.get_by_role("button", name="Stay signed in")
    stay.focus()
    ada.page.keyboard.press("Enter")
    expect(status).to_contain_text("You stay signed in until")
    expect(place).not_to_have_css("position", "fixed")
    expect(place).to_be_focused()
    assert ada.path == QUIET


def test_the_warning_is_put_there_once(own: Portal, arrive: Callable[..., Visitor]) -> None:
    ada = signed_in(arrive(own))
    ada.page.clock.install()
    own.edit(AGO.format(28))
    ada.open(QUIET)
    status = ada.page.get_by_role("status")
    expect(status).to_contain_text(WARNING)
    words = status.locator("p").element_handle()
    with ada.page.expect_response(ASKS):
        ada.page.clock.fast_forward("02:05")  # for the portal no time has passed, as if another tab had moved the end
    assert words.evaluate("element => element.isConnected")
    expect(status).to_contain_text(WARNING)


def test_another_tab_moves_the_end_of_this_one(own: Portal, arrive: Callable[..., Visitor]) -> None:
    ada = signed_in(arrive(own))
    ada.page.clock.install()
    ada.open(QUIET)
    with ada.page.expect_response(ASKS):
        ada.page.clock.fast_forward("27:30")
    expect(ada.page.get_by_role("status")).to_contain_text("You stay signed in until")


def test_once_it_is_over_the_page_is_left_and_the_sign_in_leads_back(
    own: Portal, arrive: Callable[..., Visitor]
) -> None:
    ada = signed_in(arrive(own))
    ada.page.clock.install()
    ada.open(QUIET)
    own.edit(AGO.format(31))
    ada.page.clock.fast_forward("27:30")
    ada.page.wait_for_url(re.compile(r"/sign-in\?next="))
    assert "nothing happened here for 30 minutes" in ada.page.locator("main").inner_text()
    assert f"next={QUIET}" in ada.page.url


def test_the_last_end_offers_no_button(own: Portal, arrive: Callable[..., Visitor]) -> None:
    ada = signed_in(arrive(own))
    own.edit("UPDATE session SET expires_at = datetime('now', '+2 minutes')")
    ada.open(QUIET)
    expect(ada.page.get_by_role("status")).to_contain_text("can sign in again at once")
    expect(ada.page.get_by_role("button", name="Stay signed in")).to_have_count(0)


def test_without_scripts_the_button_does_it(own: Portal, arrive: Callable[..., Visitor]) -> None:
    ada = signed_in(arrive(own, scripts=False))
    own.edit(AGO.format(20))
    before = ada.open(QUIET).page.locator(".until time").inner_text()
    ada.press("Stay signed in")
    assert ada.path == QUIET
    assert ada.page.locator(".until time").inner_text() != before
