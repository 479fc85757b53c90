"""The demo phone: what everybody's phone shows, on one page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from ssp.infra.telephony import outbox, wording
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, Phone, password

TEXT = wording.text_body("048291", 10, "Secure Services Portal", "localhost")
CALL = wording.call_twiml("04071", "Secure Services Portal")


@pytest.fixture
def path(site: Site) -> Path:
    return site.settings.instance / outbox.FILE


def look(browser: Browser, address: str = "/demo/phone") -> BeautifulSoup:
    return BeautifulSoup(browser.open(address, status=200).page.text, "html.parser")


def messages(browser: Browser, address: str = "/demo/phone") -> list[Tag]:
    return list(look(browser, address).select("li[data-channel]"))


def one(page: Tag, selector: str) -> Tag:
    (found,) = page.select(selector)
    return found


def words(element: Tag) -> str:
    return " ".join(element.get_text(" ").split())


def test_a_newcomer_reads_what_the_page_is_for(browser: Browser) -> None:
    page = look(browser)
    assert not page.select("li[data-channel]")
    assert "Nothing has arrived yet." in browser.words
    assert "nothing leaves this machine" in browser.words
    assert not one(page, "[data-empty]").has_attr("hidden")
    assert one(page, "[data-addresses]").has_attr("hidden")


def test_the_code_of_a_sign_in_shows_up(browser: Browser, other_browser: Browser) -> None:
    password(browser, ADA).fill(type="text")
    browser.fill(phone="(205) 555-0123")
    (message,) = messages(other_browser)
    assert (message["data-channel"], message["data-to"]) == ("text", ADA.mobile)
    assert browser.fill(code=one(message, "[data-code]").get_text()).path == "/set-up/done"


def test_a_text_looks_as_on_a_phone(browser: Browser, path: Path, clock: Clock) -> None:
    outbox.append(path, "text", ADA.mobile, None, TEXT)
    page = look(browser)
    message, code, time = one(page, "li[data-channel]"), one(page, "[data-code]"), one(page, "time")
    assert (code.get_text(), code["data-code"]) == ("048291", "048291")
    assert time["datetime"] == clock.now().replace(microsecond=0).isoformat()
    assert words(message).startswith("Text message to (205) 555-0123, 2:00 pm Secure Services Portal: 048291 is")
    assert one(message, ".bubble").get_text() == TEXT
    assert one(page, "[data-empty]").has_attr("hidden")


def test_times_are_those_of_the_portals_own_place(
    make_app: Callable[..., Flask], phone: Phone, path: Path, clock: Clock
) -> None:
    outbox.append(path, "text", ADA.mobile, None, TEXT)
    clock.move(hours=15)
    browser = Browser(make_app(timezone="America/Chicago"), phone)
    assert "8:00 am Secure" in words(messages(browser)[0])
    assert "November" not in words(messages(browser)[0])
    clock.move(hours=1)
    assert "November 22, 2026, 8:00 am Secure" in words(messages(browser)[0])


def test_a_call_is_a_transcript(browser: Browser, path: Path) -> None:
    outbox.append(path, "voice", ADA.office, "wwww12", CALL)
    (message,) = messages(browser)
    assert "Voice call to (205) 555-0145, extension ,12" in words(message)
    assert [words(line) for line in message.select("[data-spoken]")] == wording.spoken(CALL)
    assert [code["data-code"] for code in message.select("[data-code]")] == ["04071"] * 3
    # Only a browser that can speak shows it.
    assert one(message, "button").has_attr("hidden")


def test_a_mail_can_be_followed(browser: Browser, path: Path) -> None:
    outbox.append(path, "mail", ADA.email, None, "Hello <b>Ada</b>,\n\nopen http://localhost:8000/help/ now.")
    (message,) = messages(browser)
    assert words(message).endswith("Hello <b>Ada</b>, open http://localhost:8000/help/ now.")
    assert one(message, "a")["href"] == "http://localhost:8000/help/"


@pytest.mark.parametrize(
    "channel, body", [("text", "<script>alert(1)</script>"), ("voice", "not a call"), ("mail", "")]
)
def test_odd_messages_are_shown_as_they_are(browser: Browser, path: Path, channel: str, body: str) -> None:
    outbox.append(path, channel, ADA.mobile, None, body)
    (message,) = messages(browser)
    assert not message.select("script, [data-code]")


def test_the_newest_comes_first_and_keeps_its_key(browser: Browser, path: Path) -> None:
    outbox.append(path, "text", ADA.mobile, None, "one")
    (first,) = messages(browser)
    outbox.append(path, "text", BEN.mobile, None, "two")
    newest, oldest = messages(browser)
    assert newest["data-to"] == BEN.mobile
    assert oldest["data-key"] == first["data-key"] != newest["data-key"]


@pytest.mark.parametrize("asked", ["%2B12055550123", "+12055550123", "12055550123", "%20%2B12055550123"])
def test_one_persons_messages(browser: Browser, path: Path, asked: str) -> None:
    outbox.append(path, "text", ADA.mobile, None, "for Ada")
    outbox.append(path, "text", BEN.mobile, None, "for Ben")
    outbox.append(path, "mail", ADA.email, None, "to Ada")
    page = look(browser, f"/demo/phone?to={asked}")
    assert words(one(page, ".bubble")) == "for Ada"
    assert one(page, '[data-addresses] [aria-current="page"]').get_text() == "(205) 555-0123"


def test_the_addresses_lead_to_their_messages(browser: Browser, path: Path) -> None:
    outbox.append(path, "text", BEN.mobile, None, "for Ben")
    outbox.append(path, "mail", ADA.email, None, "to Ada")
    links = {link.get_text(): link["href"] for link in look(browser).select("[data-addresses] a")}
    assert list(links) == ["Everybody", "ada@example.test", "(205) 555-0167"]
    assert [message["data-to"] for message in messages(browser, str(links["(205) 555-0167"]))] == [BEN.mobile]


@pytest.mark.parametrize("asked", ["%00", "%FF", "%3Cscript%3E", "1" * 5000, "&to=2", "%D9%A1"])
def test_an_address_that_nobody_has_shows_nothing(browser: Browser, path: Path, asked: str) -> None:
    outbox.append(path, "text", ADA.mobile, None, "for Ada")
    main = one(look(browser, f"/demo/phone?to=nobody{asked}"), "main")
    assert not main.select("li[data-channel], script")
    assert "yet." in words(main)


def test_it_refreshes_itself_with_scripts_and_without(browser: Browser) -> None:
    page = look(browser)
    assert one(page, 'head > noscript > meta[http-equiv="refresh"]')["content"] == "5"
    script = browser.web.get(str(one(page, 'script[src*="demo."]')["src"]), status=200)
    assert (script.content_type or "").endswith("/javascript")


def test_looking_at_it_starts_no_session(browser: Browser) -> None:
    browser.open("/demo/phone", status=200)
    assert browser.cookies == {}


def test_a_real_portal_has_no_such_page(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(demo=False, base_url="http://localhost:8000", delivery=None)
    Browser(app, phone).open("/demo/phone", status=404)
