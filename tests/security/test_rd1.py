"""RD1: whoever signed in goes to a path of this site, whatever the address of the sign-in page asked for."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.people import ADA, ORIGIN, Browser, one, password, set_up_text, sign_in_by_text, sign_out
from tests.security.tools import addresses

ELSEWHERE = [
    "https://evil.example/",
    "http:evil.example",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "\\/\\/evil.example",
    "https:\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\x00//evil.example",
    " //evil.example",
    "/ /evil.example",
    "\u2028//evil.example",
    "\ufeff//evil.example",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "mailto:a@evil.example",
    "evil.example",
    "?next=//evil.example",
    "//user@evil.example",
    "//localhost:8000@evil.example/",
    "http://localhost:8000.evil.example/",
    "http://localhost:8000/help/",
    "/%0d%0aSet-Cookie:x=1\r\nX: y",
    "//[::1",
    "/" + "a" * 3000,
    "",
]
HERE = [
    "/help/",
    "/help/mfa?q=1#top",
    "/a/../help/",
    "/.//evil.example",
    "/%2f%2fevil.example",
    "/@evil.example",
    "/x:y",
]


def leads(location: str) -> str:
    """Return the origin where a browser goes; it takes backslashes for slashes and drops line ends and tabs."""
    cleaned = location.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    parts = urlsplit(urljoin(f"{ORIGIN}/sign-in/code", cleaned))
    return f"{parts.scheme}://{parts.netloc}"


@pytest.fixture
def trusting(browser: Browser, clock: Clock) -> Browser:
    """Give a browser whose sign-ins end right after the password."""
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    return sign_out(sign_in_by_text(browser, ADA, trust=True))


def landed(browser: Browser, target: str) -> str:
    """Sign in with a page asked for; return where that leads."""
    browser.open(f"/sign-in?next={quote(target)}")
    response = browser.send(username="ada", password=ADA.password)
    sign_out(browser)
    return str(response.headers["Location"])


def test_other_places_are_not_gone_to(trusting: Browser) -> None:
    for target in ELSEWHERE:
        assert landed(trusting, target) == "/", target


def test_places_here_are(trusting: Browser) -> None:
    for target in HERE:
        location = landed(trusting, target)
        assert location == target
        assert leads(location) == ORIGIN


def test_the_page_after_set_up_checks_again(browser: Browser) -> None:
    password(browser, ADA, "/sign-in?next=%2F%2Fevil.example").fill(type="text")
    browser.fill(phone=ADA.mobile).fill(code=browser.phone.text_code())
    assert one(browser.page.html, "a.button")["href"] == "/"
    for target in ELSEWHERE:
        browser.open(f"/set-up/done?next={quote(target)}")
        assert one(browser.page.html, "a.button")["href"] == "/", target
    browser.open("/set-up/done?next=/help/mfa")
    assert one(browser.page.html, "a.button")["href"] == "/help/mfa"


def test_the_code_page_goes_where_the_password_page_was_asked_to(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA, "/sign-in?next=https://evil.example/")
    code = browser.phone.text_code()
    assert browser.send("/sign-in/code", code=code).headers["Location"] == "/"


def test_no_address_redirects_to_what_a_query_says(browser: Browser, app: Flask) -> None:
    for signed_in in (False, True):
        for _, path in addresses(app, "GET"):
            query = "next=//evil.example&url=//evil.example&return_to=//evil.example&to=//evil.example"
            response = browser.web.get(f"{path}?{query}", expect_errors=True)
            assert leads(response.headers.get("Location", "/")) == ORIGIN, path
        token = browser.open("/" if signed_in else "/sign-in").csrf()
        response = browser.post("/sign-out?next=//evil.example", {"csrf_token": token, "next": "//evil.example"})
        assert response.headers["Location"] == "/sign-in?signed-out=1"
        if not signed_in:
            set_up_text(browser, ADA)
    browser.open("//evil.example/%2e%2e", status=404)
