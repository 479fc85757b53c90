"""Troubles at sign-in as a real browser shows them; tests/functional/troubles tells them in full."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ssp.app import create_app
from ssp.settings import Settings
from tests.browser.gallery import mailed
from tests.browser.test_responsive import TOO_WIDE
from tests.browser.tools import app_code
from tests.people import Human, Phone, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from ssp.web.portal import Site
    from tests.browser.serving import Portal
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

TRUST = "Do not challenge me on this device for the next 30 days"
NEW_PASSWORD = "a kettle sings to nobody"
# Whose words do not fit into their box, or hang over what comes next.
CUT_OFF = """() => [...document.querySelectorAll('main *, header *, footer *')].filter(element => {
  const {overflowX, position} = getComputedStyle(element);
  const apart = element.matches('.hidden, .skip, svg, svg *, input') || position === 'absolute';
  return !apart && overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
}).map(element => element.outerHTML.slice(0, 120))"""


@dataclass
class Town:
    """A portal of its own, and the people who live around it."""

    portal: Portal
    site: Site
    numbers: Iterator[int] = field(default_factory=lambda: count(10))

    @property
    def phone(self) -> Phone:
        """Return everybody's phone."""
        return Phone(self.portal.instance / "outbox.jsonl")

    def newcomer(self) -> Human:
        """Return somebody who has never signed in, with numbers of their own."""
        number = next(self.numbers)
        human = Human(f"neighbor{number}", "nobody sat here before", mobile=f"+120555501{number}")
        join(self.site, human)
        return human

    def by_text(self, visitor: Visitor) -> Human:
        """Let somebody set up texts and sign out."""
        human = self.newcomer()
        visitor.type_password(human).choose("Text message").press("Continue")
        visitor.type(phone=human.mobile).press("Text me a code")
        visitor.type(code=self.phone.text_code(human.mobile)).press("Confirm").sign_out()
        return human

    def set_up_office(self, visitor: Visitor, human: Human) -> Visitor:
        """Let somebody set up texts to another number on the options screen."""
        visitor.choose("Text message").press("Continue").type(phone=human.office).press("Text me a code")
        return visitor.type(code=self.phone.text_code(human.office)).press("Confirm")

    def sign_in(self, visitor: Visitor, human: Human, *, trust: bool = False) -> Visitor:
        """Sign in with the code of a text."""
        visitor.type_password(human).type(code=self.phone.text_code(human.mobile))
        visitor.page.get_by_role("checkbox", name=TRUST).set_checked(trust)
        return visitor.press("Sign in")


@pytest.fixture(scope="module")
def town(start_portal: Callable[..., Portal]) -> Iterator[Town]:
    """Give a portal where everybody is new."""
    portal = start_portal(limit_address="1000/1h")
    site = create_app(Settings(instance=portal.instance, demo=True)).extensions["ssp"]
    yield Town(portal, site)
    site.database.engine.dispose()


@pytest.fixture
def visitor(town: Town, arrive: Callable[..., Visitor]) -> Visitor:
    """Give somebody at a window."""
    return arrive(town.portal)


@pytest.fixture
def other_visitor(town: Town, arrive: Callable[..., Visitor]) -> Visitor:
    """Give somebody at another window."""
    return arrive(town.portal)


def signed_in(visitor: Visitor, human: Human) -> bool:
    """Say whether the services of a person show."""
    return f"You are signed in as {human.username}." in visitor.open("/").page.locator("main").inner_text()


def test_new_phone_same_number(town: Town, visitor: Visitor, other_visitor: Visitor) -> None:
    human = town.by_text(visitor)
    town.sign_in(visitor, human, trust=True).sign_out()
    expect(other_visitor.type_password(human).page.get_by_text("make it a new one")).to_be_visible()
    other_visitor.type(code=town.phone.text_code(human.mobile)).press("Sign in")
    assert signed_in(other_visitor, human)


def test_new_number_old_phone_still_there(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    town.sign_in(visitor, human).open("/account/").follow(f"Replace text message to ••• ••{human.mobile[-2:]}")
    visitor.press("Get a code").type(code=town.phone.text_code(human.mobile)).press("Continue")
    town.set_up_office(visitor.press("Choose the new one"), human).sign_out().type_password(human)
    expect(visitor.page.get_by_text(f"••• ••{human.office[-2:]}")).to_be_visible()
    visitor.type(code=town.phone.text_code(human.office)).press("Sign in")
    assert signed_in(visitor, human)


def test_lost_phone_recovery_codes(town: Town, visitor: Visitor, other_visitor: Visitor) -> None:
    human = town.by_text(visitor)
    town.sign_in(visitor, human).open("/account/").follow("Make recovery codes").press("Get a code")
    visitor.type(code=town.phone.text_code(human.mobile)).press("Continue").press("Make and show them")
    code = visitor.page.locator(".sheet code").first.inner_text()
    other_visitor.type_password(human).follow("Use a recovery code")
    expect(other_visitor.page.get_by_label("Recovery code")).to_be_focused()
    other_visitor.type(recovery_code=code.lower()).press("Continue")
    town.set_up_office(other_visitor, human).follow("Remove it from your account")
    other_visitor.follow(f"Remove text message to ••• ••{human.mobile[-2:]}").press("Get a code")
    other_visitor.type(code=town.phone.text_code(human.office)).press("Continue").press("Remove it")
    expect(other_visitor.page.get_by_text("That MFA option is removed.")).to_be_visible()
    assert signed_in(other_visitor, human)


def test_no_code_arriving(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    visitor.type_password(human).follow("I am not getting a code")
    assert visitor.heading == "No code arriving"
    visitor.follow("Return to sign-in").press("Send the text again")
    alert = visitor.page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("Give it a little time before you ask again.")
    town.portal.edit("UPDATE challenge SET last_sent_at = datetime(last_sent_at, '-1 minute')")
    visitor.open("/sign-in").press("Send the text again")
    visitor.type(code=town.phone.text_code(human.mobile)).press("Sign in")
    assert signed_in(visitor, human)


def test_ticked_the_box_still_asked(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    town.sign_in(visitor, human, trust=True).sign_out()
    visitor.page.context.clear_cookies()
    expect(visitor.type_password(human).page.get_by_text("deleted cookies")).to_be_visible()
    visitor.follow("Why do you ask for a code again?")
    assert visitor.heading.endswith("when we ask again")
    town.sign_in(visitor.open("/sign-in").press("Start over with another username"), human, trust=True).sign_out()
    visitor.type_password(human)
    assert signed_in(visitor, human)


def test_ticked_the_box_on_a_public_computer(town: Town, visitor: Visitor, other_visitor: Visitor) -> None:
    human = town.by_text(visitor)
    town.sign_in(visitor, human, trust=True)
    town.sign_in(other_visitor, human).open("/account/")
    other_visitor.page.get_by_role("button", name="End trust in").click()
    expect(other_visitor.page.get_by_text("That device is no longer trusted.")).to_be_visible()
    assert visitor.open("/").path in {"/", "/sign-in"}
    visitor.page.context.clear_cookies(name="ssp_session")
    visitor.type_password(human)
    expect(visitor.page.get_by_text("You ended the trust in this device")).to_be_visible()
    assert signed_in(other_visitor, human)


def test_a_password_manager_fills_the_code_field(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    page = visitor.type_password(human).page
    field = page.locator("main input:visible:not([type=checkbox])")
    expect(field).to_have_count(1)
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(page.locator("[autocomplete*=password]")).to_have_count(0)
    field.evaluate(
        """(field, code) => {
          field.value = code;
          for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {bubbles: true}));
        }""",
        town.phone.text_code(human.mobile),
    )
    visitor.press("Sign in")
    assert signed_in(visitor, human)


def test_screen_reader(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    main = visitor.type_password(human).page.get_by_role("main")
    heard = main.aria_snapshot()
    assert heard.count("- heading ") == 1
    for words in (
        'textbox "Six-digit code"',
        f'checkbox "{TRUST}',
        'button "Sign in"',
        'heading "Enter your access code"',
    ):
        assert words in heard, heard
    field = visitor.page.get_by_role("textbox", name="Six-digit code")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(visitor.page.locator("#where-to").inner_text())
    visitor.type(code=town.phone.wrong_code(human.mobile)).press("Sign in")
    alert = visitor.page.get_by_role("alert")
    expect(alert).to_have_count(1)
    expect(alert).to_be_focused()
    assert visitor.page.get_by_role("main").aria_snapshot().count("That code is not right.") == 1
    expect(field).to_have_attribute("aria-invalid", "true")
    visitor.type(code=town.phone.text_code(human.mobile)).press("Sign in")
    assert signed_in(visitor, human)


def test_keyboard_only(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    page = visitor.open("/sign-in").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(human.username)
    page.keyboard.press("Tab")
    page.keyboard.type(human.password)
    enter(page)
    page.keyboard.type(town.phone.text_code(human.mobile))
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name=TRUST)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name=TRUST)).to_be_checked()
    enter(page)
    assert signed_in(visitor, human)


def enter(page: Page) -> None:
    """Press Enter, and wait for the page that follows."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_200_percent_zoom_on_an_old_phone(town: Town, visitor: Visitor) -> None:
    human = town.newcomer()
    visitor.page.set_viewport_size({"width": 180, "height": 320})
    seen: dict[str, list[str]] = {}

    def look(name: str) -> None:
        seen[name] = visitor.page.evaluate(TOO_WIDE) + visitor.page.evaluate(CUT_OFF)

    visitor.open("/sign-in")
    look("sign-in")
    visitor.type_password(human)
    look("options")
    visitor.choose("Authenticator app").press("Continue")
    look("app")
    visitor.follow("Choose another option").choose("Text message").press("Continue")
    look("text")
    visitor.type(phone=human.mobile).press("Text me a code")
    look("text-code")
    visitor.type(code=town.phone.text_code(human.mobile)).press("Confirm")
    look("done")
    visitor.sign_out().type_password(human)
    look("code")
    visitor.type(code=town.phone.wrong_code(human.mobile)).press("Sign in")
    look("code-error")
    visitor.follow("I am not getting a code")
    look("help")
    visitor.open("/sign-in/code").type(code=town.phone.text_code(human.mobile)).press("Sign in")
    look("services")
    visitor.open("/account/")
    look("account")
    assert {name: faults for name, faults in seen.items() if faults} == {}
    assert signed_in(visitor, human)


def test_no_javascript(town: Town, arrive: Callable[..., Visitor]) -> None:
    visitor, human = arrive(town.portal, scripts=False), town.newcomer()
    visitor.type_password(human).choose("Authenticator app").press("Continue")
    secret = visitor.page.locator("#key").inner_text().replace(" ", "")
    visitor.type(code=app_code(secret)).press("Confirm").sign_out()
    visitor.type_password(human).type(code=app_code(secret, 30)).press("Sign in")
    assert signed_in(visitor, human)


def test_cookies_blocked(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    for _ in range(2):
        visitor.open("/sign-in").type(username=human.username, password=human.password)
        visitor.page.context.clear_cookies()  # as a browser that keeps none
        visitor.press("Sign in")
        assert visitor.heading == "Please allow cookies"
    visitor.follow("How to allow cookies")
    assert visitor.heading.startswith("Cookies")
    assert signed_in(town.sign_in(visitor, human), human)


def test_two_tabs(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    first = visitor.open("/sign-in").page
    visitor.page = second = first.context.new_page()
    visitor.open("/sign-in")
    visitor.page = first
    visitor.type(username=human.username, password=human.password).press("Sign in")
    assert visitor.heading == "Enter your access code"
    visitor.page = second
    visitor.type(username=human.username, password=human.password).press("Sign in")
    assert visitor.heading == "This page is out of date"
    visitor.follow("Continue")
    assert visitor.heading == "Enter your access code"
    visitor.type(code=town.phone.text_code(human.mobile)).press("Sign in")
    visitor.page = first
    visitor.type(code=town.phone.text_code(human.mobile)).press("Sign in")
    assert signed_in(visitor, human)


def test_back_button(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    town.sign_in(visitor, human)
    visitor.page.go_back()
    visitor.page.wait_for_load_state()
    assert visitor.path in {"/", "/sign-in/code"}
    visitor.page.reload()
    assert visitor.path == "/"
    assert signed_in(visitor, human)


def test_the_session_ran_out_while_reading(town: Town, visitor: Visitor) -> None:
    human = town.by_text(visitor)
    town.sign_in(visitor, human).open("/account/")
    town.portal.edit("UPDATE session SET last_seen_at = datetime(last_seen_at, '-31 minutes')")
    visitor.follow("Change your password")
    assert visitor.heading == "Sign in"
    expect(visitor.page.get_by_text("nothing happened here for 30 minutes")).to_be_visible()
    visitor.type(username=human.username, password=human.password).press("Sign in")
    visitor.type(code=town.phone.text_code(human.mobile)).press("Sign in")
    assert visitor.path.startswith("/account/")
    assert signed_in(visitor, human)


def test_blind_no_qr_code(town: Town, arrive: Callable[..., Visitor]) -> None:
    visitor, human = arrive(town.portal, may=["clipboard-read", "clipboard-write"]), town.newcomer()
    visitor.type_password(human).choose("Authenticator app").press("Continue")
    page = visitor.page
    expect(
        page.get_by_role("img", name="QR code for your authenticator app. The key below does the same.")
    ).to_be_visible()
    link = page.get_by_role("link", name="Open it in your app").get_attribute("href")
    page.get_by_role("button", name="Copy the key").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    key: str = page.evaluate("navigator.clipboard.readText()")
    assert link
    assert f"secret={key}" in link
    visitor.type(code=app_code(key)).press("Confirm")
    assert signed_in(visitor, human)


def forget(visitor: Visitor, reader: Visitor, human: Human) -> str:
    """Say that a password is forgotten; return the link in the mail that is read at another window."""
    visitor.open("/sign-in").follow("I forgot my password")
    assert visitor.heading == "Forgot your password?"
    visitor.type(username=human.username).press("Mail me a link")
    assert visitor.heading == "Look into your mailbox"
    return mailed(reader, "password", human.email)


def test_forgot_the_password(town: Town, visitor: Visitor, other_visitor: Visitor) -> None:
    human = town.by_text(visitor)
    other_visitor.open(forget(visitor, other_visitor, human))
    other_visitor.type(new_password=NEW_PASSWORD).press("Set the new password")
    assert other_visitor.heading == "Sign in"
    again = Human(human.username, NEW_PASSWORD, mobile=human.mobile)
    assert signed_in(town.sign_in(visitor, again), again)


def test_link_opened_by_a_mail_scanner_first(town: Town, visitor: Visitor, other_visitor: Visitor) -> None:
    human = town.by_text(visitor)
    link = forget(visitor, other_visitor, human)
    other_visitor.open(link)
    assert visitor.open(link).heading == "Choose a new password"
    visitor.type(new_password=NEW_PASSWORD).press("Set the new password")
    assert other_visitor.open(link).heading == "This link is over"
    again = Human(human.username, NEW_PASSWORD, mobile=human.mobile)
    assert signed_in(town.sign_in(visitor, again), again)
