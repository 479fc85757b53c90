"""The MFA options screen: what people may choose, and what it tells them before they do."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.people import ADA, Browser, Phone, one, password


def ways(browser: Browser) -> list[str]:
    return [str(each["value"]) for each in browser.page.html.select("input[name=type]")]


def test_three_options_and_none_chosen(browser: Browser) -> None:
    password(browser, ADA)
    assert browser.path == "/set-up"
    assert ways(browser) == ["text", "voice", "totp"]
    assert not browser.page.html.select("input[name=type][checked]")
    assert "Step 2 of 3 · Your MFA option" in browser.words


def test_each_option_says_what_it_needs_and_how_long_its_code_is(browser: Browser) -> None:
    password(browser, ADA)
    text, voice, totp = (" ".join(each.get_text(" ").split()) for each in browser.page.html.select("label.way"))
    assert "Text message We text a six-digit code to your mobile phone. You need its number." in text
    assert "office phone, extension included, and read out a five-digit code. You need its number." in voice
    assert "Google Authenticator or a similar app shows a six-digit code. You need a phone or tablet" in totp


def test_which_one_to_choose_and_why_the_app_is_safer(browser: Browser) -> None:
    password(browser, ADA)
    advice = " ".join(one(browser.page.html, "details").get_text(" ").split())
    assert advice.startswith("Which should I choose?")
    assert "authenticator app" in advice
    assert "over the phone network" in browser.words
    assert "Safest" in one(browser.page.html, "input[value=totp] + span").get_text()


@pytest.mark.parametrize("chosen", ["", "passkey", "TEXT", "text "])
def test_a_choice_has_to_be_made(browser: Browser, chosen: str) -> None:
    password(browser, ADA)
    browser.page = browser.post("/set-up", {"csrf_token": browser.csrf(), "type": chosen})
    assert browser.page.status_int == 422
    assert browser.problem == "Choose one of the options."
    assert "Error: Choose your MFA option" in one(browser.page.html, "title").get_text()
    assert ways(browser) == ["text", "voice", "totp"]


@pytest.mark.parametrize("chosen", ["text", "voice", "totp"])
def test_an_option_leads_to_its_own_page_and_back(browser: Browser, chosen: str) -> None:
    password(browser, ADA).fill(type=chosen)
    assert browser.path == f"/set-up/{chosen}"
    assert one(browser.page.html, 'main a[href="/set-up"]').get_text() == "Choose another option"
    assert browser.open("/set-up").path == "/set-up"


def test_options_come_in_the_order_of_the_settings(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(authenticators=("totp", "text"), text_digits=8, portal_name="Harbor & Sons")
    browser = password(Browser(app, phone), ADA)
    assert ways(browser) == ["totp", "text"]
    assert "eight-digit code to your mobile phone" in browser.words
    assert "Harbor & Sons" in one(browser.page.html, "title").get_text()
    browser.open("/set-up/voice", status=404)


def test_without_a_provider_only_the_app_is_offered(make_app: Callable[..., Flask], phone: Phone) -> None:
    browser = Browser(make_app(demo=False, base_url="http://localhost:8000"), phone)
    assert ways(password(browser, ADA)) == ["totp"]
    token = browser.csrf()
    browser.open("/set-up/text", status=404)
    for path in ("/set-up/text", "/set-up/text/send"):
        assert browser.post(path, {"csrf_token": token, "phone": ADA.mobile}).status_int == 404


def test_nobody_gets_past_the_options_without_one(browser: Browser) -> None:
    password(browser, ADA)
    for path in ("/", "/sign-in/code", "/sign-in/choose", "/confirm-preference", "/set-up/done"):
        assert browser.open(path).path == "/set-up"
    token = browser.csrf()
    browser.page = browser.post("/set-up/later", {"csrf_token": token}).follow()
    assert browser.path == "/set-up"
    assert "Not now" not in browser.words
