"""HDR: the headers that every answer carries: pages, redirects, errors, files, and what machines ask for."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from webtest import TestResponse
from webtest.app import TestRequest

from ssp.web.server.refusals import STATUSES, Refusals
from tests.conftest import Clock
from tests.people import ADA, Browser, password, replaced, set_up_text, sign_out
from tests.security.tools import addresses

EVERYWHERE = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = {
    "default-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
PARTS = {"script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"}
FOUND = 303
TELLTALE = ("Server", "X-Powered-By", "Access-Control-Allow-Origin", "ETag", "X-AspNet-Version", "Via")


def check(response: TestResponse, *, kept: bool = False) -> None:
    headers = response.headers
    secret = (
        re.fullmatch(r"/(not-me|password|email|undo-email)/.+", response.request.path) and response.status_int == FOUND
    )
    expected = EVERYWHERE | ({"Referrer-Policy": "no-referrer"} if secret else {})
    assert {name: headers.get(name) for name in EVERYWHERE} == expected
    assert "camera=()" in headers["Permissions-Policy"]
    policy = set(headers["Content-Security-Policy"].split("; "))
    assert policy >= POLICY
    assert policy - POLICY <= PARTS
    assert headers["Cache-Control"] == ("max-age=315360000, public, immutable" if kept else "no-store")
    assert not [name for name in TELLTALE if name in headers and not kept]
    if response.body:
        assert "charset=utf-8" in headers["Content-Type"].lower().replace('"', "")


def walk(browser: Browser) -> Iterator[TestResponse]:
    host = {"Host": urlsplit(browser.origin).netloc}
    seen = set()
    for method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE"):
        for _, path in addresses(browser.app, "GET" if method in {"HEAD", "OPTIONS", "DELETE"} else method):
            cookies = browser.cookies
            response = browser.web.request(path, method=method, headers=host, expect_errors=True)
            seen.add((method, response.status_int))
            yield response
            browser.carry(cookies)
    assert seen > {("GET", 200), ("GET", FOUND), ("POST", 403), ("HEAD", 200), ("DELETE", 405)}


def test_pages_redirects_and_refusals(public: Browser, clock: Clock) -> None:
    for response in walk(public):
        check(response)
    password(public, ADA)
    for response in walk(public):
        check(response)
    set_up_text(public.fill("/sign-out"), ADA)
    for response in walk(public):
        check(response)
    sign_out(public)
    clock.move(minutes=1)
    password(public, ADA)
    for response in walk(public):
        check(response)


class Broken:
    """A part that is not there."""


def test_errors(public: Browser, public_app: Flask) -> None:
    token = public.open("/sign-in").csrf()
    fields = {"csrf_token": token, "username": "ada", "password": ADA.password}
    answers = {
        404: public.web.get("/nothing", expect_errors=True),
        400: public.web.get("/", headers={"Host": "evil.example"}, expect_errors=True),
        403: public.post("/sign-in", {}),
        405: public.web.get("/sign-out", expect_errors=True),
        413: public.post("/sign-in", {"password": "x" * 1_000_000}),
        415: public.web.post_json("/sign-in", {}, expect_errors=True),
        422: public.post("/sign-in", {"csrf_token": token}),
    }
    with replaced(public_app, passwords=Broken()):
        answers[500] = public.post("/sign-in", fields)
    with replaced(public_app, database=Broken()):
        answers[500] = public.web.get("/readyz", expect_errors=True)
    for status, response in answers.items():
        assert response.status_int == status
        check(response)


def test_what_the_server_refuses_before_the_portal(public_app: Flask) -> None:
    refusals = Refusals(public_app)
    for status in STATUSES:
        code, lines, page = refusals.answer(status)
        response = TestResponse(status=code, headerlist=[line for line in lines if line[0] != "Server"], body=page)
        response.request = TestRequest.blank("/")
        check(response)
        assert ("Server", "SSP") in lines
        assert "Set-Cookie" not in response.headers
        assert ("Retry-After" in response.headers) == (status == 503)


def test_files(public: Browser) -> None:
    page = public.open("/sign-in").page.html
    files = [str(each[name]) for name in ("href", "src") for each in page.select(f"link[{name}], script[{name}]")]
    own = [each for each in files if each.startswith("/static/")]
    assert len(own) >= 2
    for path in own:
        check(public.web.get(path), kept=True)
    check(public.web.get("/static/none.css", expect_errors=True))


@pytest.mark.parametrize("path", ["/sign-in", "/help/", "/nothing"])
def test_without_tls_there_is_no_strict_transport(browser: Browser, path: str) -> None:
    headers = browser.open(path).page.headers
    assert "Strict-Transport-Security" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
