"""What scripts add to pages that work without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.people import Human, Phone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.serving import Portal
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
SAM = Human("sam", "nine answers before noon")


def test_a_password_can_be_shown(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    page = arrive(portal).open("/sign-in").type(password="as typed").page
    password = page.get_by_label("Password", exact=True)
    show = page.get_by_role("button", name="Show the password")
    expect(password).to_have_attribute("type", "password")
    show.click()
    expect(password).to_have_attribute("type", "text")
    expect(show).to_have_attribute("aria-pressed", "true")
    expect(password).to_have_value("as typed")
    show.click()
    expect(password).to_have_attribute("type", "password")


def test_the_key_can_be_copied_and_time_runs(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    sam = arrive(portal, may=["clipboard-read", "clipboard-write"])
    sam.type_password(SAM).choose("Authenticator app").press("Continue")
    sam.page.get_by_role("button", name="Copy the key").click()
    expect(sam.page.get_by_role("button", name="Copied")).to_be_visible()
    key = sam.page.locator("[data-totp-secret]").get_attribute("data-totp-secret")
    assert sam.page.evaluate("navigator.clipboard.readText()") == key


def test_seconds_count_down_and_a_form_goes_out_once(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    sam = arrive(portal).type_password(SAM).choose("Text message").press("Continue").type(phone="205-555-0111")
    phone = Phone(portal.instance / "outbox.jsonl")
    with sam.page.expect_navigation():
        sam.page.get_by_role("button", name="Text me a code").dblclick()
    assert len(phone.messages("text", "+12055550111")) == 1
    wait = sam.page.locator("[data-from]")
    first = wait.inner_text()
    assert "second" in first
    expect(wait).not_to_have_text(first)


def test_the_demo_phone_shows_what_arrives_while_it_is_open(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    phone = arrive(portal).open("/demo/phone?to=%2B12055550112").page
    expect(phone.get_by_text("Nothing has arrived")).to_be_visible()
    sam = arrive(portal).type_password(SAM).choose("Automated voice call").press("Continue")
    sam.type(phone="205-555-0112").press("Call me with a code")
    expect(phone.locator("[data-code]").first).to_be_visible()
    expect(phone.get_by_text("Nothing has arrived")).to_be_hidden()
