"""PW11: the password field is masked, takes pasted text and managers, can be shown, and names what it holds."""

from ssp.settings import ROOT
from tests.conftest import Clock
from tests.people import ADA, Browser, one, password, set_up_text, sign_out


def test_the_fields_say_what_they_hold(browser: Browser, clock: Clock) -> None:
    page = browser.open("/sign-in").page.html
    assert (one(page, "#password")["type"], one(page, "#password")["autocomplete"]) == ("password", "current-password")
    assert one(page, "#username")["autocomplete"] == "username"
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    assert one(password(browser, ADA).page.html, "#code")["autocomplete"] == "one-time-code"


def test_it_can_be_shown(browser: Browser) -> None:
    page = browser.open("/sign-in").page.html
    assert one(page, "#password").has_attr("data-reveal")
    scripts = "".join(path.read_text() for path in sorted((ROOT / "static").glob("*.js")))
    assert "[data-reveal]" in scripts


def test_nothing_keeps_anybody_from_pasting(browser: Browser) -> None:
    page = browser.open("/sign-in").page
    scripts = "".join(path.read_text() for path in sorted((ROOT / "static").glob("*.js")))
    assert "paste" not in page.text + scripts
    assert not one(page.html, "#password").has_attr("maxlength")
