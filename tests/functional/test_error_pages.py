"""What goes wrong shows a plain page: the right status, a reference to read out, and nothing of the inside."""

import logging
import re
from collections.abc import Callable
from typing import NoReturn

import pytest
from flask import Flask
from webtest import TestResponse

from ssp.infra import references
from ssp.infra.passwords import Busy
from ssp.web.portal import Site
from tests.people import ADA, REFERENCE, Browser, events, one, password, replaced


def check(page: TestResponse, status: int, title: str) -> None:
    """Check that this is the portal's own page for something that went wrong."""
    assert page.status_int == status
    assert one(page.html, "h1").get_text() == title
    assert re.fullmatch(REFERENCE, " ".join(one(page.html, "main > .reference").get_text().split()))
    assert [link["href"] for link in page.html.select("main a")] == ["/", "/help/"]
    assert "Traceback" not in page.text
    assert "support@example.test" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert (page.content_type, page.charset) == ("text/html", "utf-8")


class Broken:
    """A part that fails in a way that nobody foresaw."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        def fail(*_args: object, **_kwargs: object) -> NoReturn:
            raise self._error

        return fail


@pytest.mark.parametrize(
    "path", ["/nothing", "/sign-in/", "/help/none-such", "/static/none.css", "/.git/config", "/%FF"]
)
def test_404_for_an_address_that_is_not_there(browser: Browser, path: str) -> None:
    check(browser.open(path).page, 404, "There is no such page")


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/sign-out"),
        ("GET", "/sign-in/code/send"),
        ("POST", "/help/"),
        ("DELETE", "/sign-in"),
        ("PUT", "/set-up"),
        ("PATCH", "/"),
        ("TRACE", "/"),
        ("PROPFIND", "/"),
        ("X" * 100, "/sign-in"),
    ],
)
def test_405_for_what_a_page_does_not_do(browser: Browser, method: str, path: str) -> None:
    browser.web.lint = False  # which knows the usual methods only
    page = browser.web.request(path, method=method, expect_errors=True)
    check(page, 405, "This page does not do that")
    assert page.headers["Allow"]


def test_400_for_a_field_that_comes_twice(browser: Browser) -> None:
    browser.open("/sign-in")
    body = f"csrf_token={browser.csrf()}&username=ada&username=ben&password=x"
    check(browser.web.post("/sign-in", body, expect_errors=True), 400, "We could not read that")


def test_403_for_a_form_of_another_visit(browser: Browser, other_browser: Browser) -> None:
    token = other_browser.open("/sign-in").csrf()
    browser.open("/sign-in")
    fields = {"csrf_token": token, "username": "ada", "password": ADA.password}
    check(browser.post("/sign-in", fields), 403, "This page is out of date")


def test_413_for_more_than_any_form_holds(browser: Browser) -> None:
    fields = {"csrf_token": browser.open("/sign-in").csrf(), "username": "ada", "password": "x" * 1_000_000}
    check(browser.post("/sign-in", fields), 413, "That was too much")


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/xml"]
)
def test_415_for_what_is_no_form(browser: Browser, kind: str) -> None:
    page = browser.web.post("/sign-in", '{"username": "ada"}', headers={"Content-Type": kind}, expect_errors=True)
    check(page, 415, "We could not read that")


def test_422_is_the_form_itself(browser: Browser) -> None:
    browser.open("/sign-in").fill(username="ada", password="no")
    assert browser.page.status_int == 422
    assert len(browser.page.forms) > 0


def test_500_is_ours_and_the_log_has_its_place_under_the_same_reference(
    app: Flask, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with replaced(app, passwords=Broken(RuntimeError("the secret words that were typed"))):
        page = password(browser, ADA).page
    check(page, 500, "Something went wrong here")
    assert "secret words" not in page.text
    (line,) = [each for each in caplog.records if each.name == "ssp.errors"]
    assert line.getMessage() == "unexpected RuntimeError"
    assert references.shown(getattr(line, "request_id")) in page.text  # noqa: B009 - a log record has what it was given
    assert password(browser, ADA).path == "/set-up"


def test_503_when_too_much_waits_and_nothing_counts_as_a_wrong_password(
    app: Flask, browser: Browser, site: Site
) -> None:
    browser.open("/sign-in")
    with replaced(app, passwords=Broken(Busy())):
        page = browser.send(username="ada", password=ADA.password)
    check(page, 503, "We cannot do that just now")
    assert page.headers["Retry-After"] == "5"
    assert events(site, "sign_in.password") == []
    assert password(browser, ADA).path == "/set-up"


def test_each_error_has_a_reference_of_its_own(browser: Browser) -> None:
    seen = {browser.open("/nothing").reference for _ in range(5)}
    assert len(seen) == 5


def test_refusals_leave_a_line_with_their_reference_and_nothing_that_was_sent(
    browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ssp.refusals")
    browser.open("/sign-in")
    before = len(events(site))
    pages = [
        browser.post("/sign-in", {"csrf_token": "x", "password": ADA.password}),
        browser.web.post("/sign-in", "csrf_token=a&csrf_token=b", expect_errors=True),
        browser.post("/password/a-secret", {}, Origin="https://elsewhere.example"),
    ]
    lines = [each for each in caplog.records if each.name == "ssp.refusals"]
    assert [each.getMessage() for each in lines] == [
        "refused with 403: POST auth.sign_in_with_password from 127.0.0.1: The CSRF token is invalid.",
        "refused with 400: POST auth.sign_in_with_password from 127.0.0.1: There are too many fields, or one twice.",
        "refused with 403: POST no page from 127.0.0.1: This form was sent from another site.",
    ]
    for page, line in zip(pages, lines, strict=True):
        assert references.shown(getattr(line, "request_id")) in page.text  # noqa: B009 - it has what it was given
    assert len(events(site)) == before


def test_an_odd_method_is_not_repeated_in_the_log(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ssp.refusals")
    browser.web.lint = False
    browser.web.request("/sign-in", method="FORGE", headers={"Sec-Fetch-Site": "cross-site"}, expect_errors=True)
    (line,) = [each for each in caplog.records if each.name == "ssp.refusals"]
    assert line.getMessage().startswith("refused with 403: another method no page from 127.0.0.1: ")
