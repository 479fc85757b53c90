"""The portal's story, from a newcomer's first look to a sign-in without a code: with scripts, without, by keyboard."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from playwright.sync_api import expect

from ssp.flows.demo_people import PEOPLE
from tests.browser.tools import app_code, read_qr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from ssp.flows.demo_people import DemoPerson
    from tests.browser.serving import Portal
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
ADA, BEN, CORA, DEV, _ = PEOPLE
TRUST = "Do not challenge me on this device for the next 30 days"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_newcomers_set_up_each_way_and_come_back(
    start_portal: Callable[..., Portal], arrive: Callable[..., Visitor], tmp_path: Path, *, scripts: bool
) -> None:
    portal = start_portal()
    for person, way in ((ADA, ByText()), (BEN, ByCall()), (CORA, ByApp(tmp_path))):
        visitor = arrive(portal, scripts=scripts)
        _first_sign_in(visitor, person, way)
        _again_with_a_code(visitor, person, way)
        _again_without_a_code(visitor, person)
        _reads_help(visitor)
        _signs_out(visitor)


@dataclass
class ByText:
    """Gets codes as text messages."""

    option = "Text message"
    digits = "Six"
    how = "with a code by text message"

    def set_up(self, visitor: Visitor) -> str:
        """Type the number; return the code that came."""
        visitor.page.get_by_label("Mobile phone number").fill("205.555.0123")
        visitor.press("Text me a code")
        assert "(205) 555-0123" in visitor.page.locator("main").inner_text()
        return self.code(visitor)

    def code(self, visitor: Visitor) -> str:
        """Return the newest code that came."""
        return _code_on_demo_phone(visitor, "+12055550123")


@dataclass
class ByCall:
    """Gets codes as calls to a line behind a switchboard."""

    option = "Automated voice call"
    digits = "Five"
    how = "with a code by voice call"

    def set_up(self, visitor: Visitor) -> str:
        """Type number and extension; return the code that was spoken."""
        visitor.page.get_by_label("Mobile or office phone number").fill("+1 (205) 555-0189")
        visitor.page.get_by_label("Extension").fill("12, 345")
        visitor.press("Call me with a code")
        return self.code(visitor)

    def code(self, visitor: Visitor) -> str:
        """Return the newest code that was spoken."""
        return _code_on_demo_phone(visitor, "+12055550189")


@dataclass
class ByApp:
    """Gets codes from an authenticator app, connected with the QR code on the screen."""

    folder: Path
    secret: str = ""
    option = "Authenticator app"
    digits = "Six"
    how = "with a code from an authenticator app"

    def set_up(self, visitor: Visitor) -> str:
        """Scan the page; return the code that the app then shows."""
        picture = self.folder / "screen.png"
        visitor.page.screenshot(path=picture, full_page=True)
        scanned = urlsplit(read_qr(picture))
        values = parse_qs(scanned.query)
        assert (scanned.scheme, scanned.netloc) == ("otpauth", "totp")
        assert unquote(scanned.path) == "/Secure Services Portal:cora"
        assert values["issuer"] == ["Secure Services Portal"]
        self.secret = values["secret"][0]
        assert visitor.page.locator("[data-totp-secret]").inner_text().replace(" ", "") == self.secret
        return app_code(self.secret)

    def code(self, _visitor: Visitor) -> str:
        """Return the code after the one that is used up: the portal takes it one step early."""
        return app_code(self.secret, 30)


Way = ByText | ByCall | ByApp


def _code_on_demo_phone(visitor: Visitor, number: str) -> str:
    """Look at the demo phone in another tab; return the newest code that came to a number."""
    tab = visitor.page.context.new_page()
    tab.goto(f"{visitor.portal.origin}/demo/phone?to={quote(number)}")
    code = tab.locator(f'[data-to="{number}"] [data-code]').first.get_attribute("data-code")
    tab.close()
    assert code
    return code


def _type_password(visitor: Visitor, person: DemoPerson) -> None:
    visitor.page.get_by_label("Username").fill(person.username)
    visitor.page.get_by_label("Password", exact=True).fill(person.password)
    visitor.press("Sign in")


def _first_sign_in(visitor: Visitor, person: DemoPerson, way: Way) -> None:
    visitor.open("/")
    assert visitor.heading == "Sign in"
    _type_password(visitor, person)
    assert visitor.heading == "How would you like to get your access code?"
    assert visitor.page.locator(":checked").count() == 0
    visitor.choose(way.option).press("Continue")
    code = way.set_up(visitor)
    assert visitor.page.get_by_role("checkbox").count() == 0, "no device is trusted at set-up"
    visitor.page.get_by_label(f"{way.digits}-digit code").fill(code)
    visitor.press("Confirm")
    assert visitor.heading == "You are signed in"
    visitor.follow("Continue")
    assert visitor.heading == f"Welcome, {person.name}"
    _signs_out(visitor)


def _again_with_a_code(visitor: Visitor, person: DemoPerson, way: Way) -> None:
    _type_password(visitor, person)
    assert visitor.heading == "Enter your access code"
    trust = visitor.page.get_by_role("checkbox", name=TRUST)
    expect(trust).not_to_be_checked()
    trust.check()
    code = way.code(visitor)
    # Typed as people read it: in two groups.
    visitor.page.get_by_label(f"{way.digits}-digit code").fill(f"{code[:3]} {code[3:]}")
    visitor.press("Sign in")
    assert visitor.heading == f"Welcome, {person.name}"
    _signs_out(visitor)


def _again_without_a_code(visitor: Visitor, person: DemoPerson) -> None:
    _type_password(visitor, person)
    assert visitor.heading == f"Welcome, {person.name}"
    assert "Before this, you signed in on" in visitor.page.locator("main").inner_text()


def _reads_help(visitor: Visitor) -> None:
    visitor.follow("Help")
    visitor.page.get_by_label("Search the help pages").fill("my phone is lost")
    visitor.press("Search")
    assert re.match(r"\d+ pages? for “my phone is lost”", visitor.page.get_by_role("heading", level=2).inner_text())
    visitor.follow("Lost or stolen phone")
    assert visitor.heading == "Lost or stolen phone"
    visitor.follow("Return to your services")


def _signs_out(visitor: Visitor) -> None:
    visitor.press("Sign out")
    assert visitor.path == "/sign-in"
    assert "You are signed out." in visitor.page.locator("main").inner_text()


def test_the_keyboard_is_enough(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive(portal).open("/sign-in")
    page = visitor.page
    on_the_way = ["Skip to the content", "Secure Services Portal", "Demo phone", "Help"]
    assert [_tab(page) for _ in range(5)] == [*on_the_way, "Username"]
    page.keyboard.type(DEV.username)
    assert _tab(page) == "Password"
    page.keyboard.type(DEV.password)
    assert [_tab(page), _tab(page)] == ["Show the password", "Sign in"]
    _press(page, "Enter")
    assert visitor.heading == "How would you like to get your access code?"
    assert [_tab(page) for _ in range(5)][:4] == on_the_way
    expect(page.locator(":focus")).to_have_attribute("value", "text")
    page.keyboard.press("Space")
    _press(page, "Enter")
    assert [_tab(page) for _ in range(5)] == [*on_the_way, "Mobile phone number"]
    page.keyboard.type("12-34")
    _press(page, "Enter")
    expect(page.locator(":focus")).to_have_attribute("role", "alert")
    assert _tab(page) == "Mobile phone number"
    page.keyboard.press("Control+a")
    page.keyboard.type("205-555-0167")
    _press(page, "Enter")
    expect(page.locator(":focus")).to_have_attribute("autocomplete", "one-time-code")
    page.keyboard.type(_code_on_demo_phone(visitor, "+12055550167"))
    _press(page, "Enter")
    assert visitor.heading == "You are signed in"


def _press(page: Page, key: str) -> None:
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def _tab(page: Page) -> str:
    """Go on to what the Tab key reaches next; return its name."""
    page.keyboard.press("Tab")
    name: str = page.evaluate(
        """() => {
          const element = document.activeElement;
          return (element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText).trim();
        }"""
    )
    return name
