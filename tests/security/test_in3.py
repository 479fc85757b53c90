"""IN3: only what is meant to be asked for answers, and only to the methods that it is meant for."""

import re

import pytest
from flask import Flask

from tests.people import Browser
from tests.security.tools import addresses

NOT_THERE = [
    "/.git/HEAD",
    "/.env",
    "/admin",
    "/console",
    "/metrics",
    "/docs",
    "/debug",
    "/server-status",
    "/instance/ssp.db",
    "/ssp.db",
    "/keys.txt",
    "/static/",
    "/static/../ssp/app.py",
    "/static/%2e%2e/ssp/app.py",
    "/static/..%2f..%2fetc/passwd",
    "/static/THIRD-PARTY.md",
    "/static/site.css",
    "/help/../../etc/passwd",
    "/help/..%2f..%2fetc%2fpasswd",
    "/help/mfa.md",
    "/help/README",
    "/robots.txt/../keys.txt",
    "/.git",
    "/.git/config",
    "/%2e%67it/HEAD",
    "/.ci/run",
    "/.venv/bin/python",
    "/instance/settings.toml",
    "/ssp/settings/fields.py",
    "/wsgi.py",
    "/templates/base.html",
    "/sign-in/",
    "/sign-in%00",
    "/%00",
    "/static/%00",
    "/help/%ff",
    "/help/" + "a" * 3000,
]


@pytest.mark.parametrize("path", NOT_THERE)
def test_nothing_else_is_there(browser: Browser, path: str) -> None:
    browser.open(path, status=404)


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/sign-in", "//sign-in", "/%2F/evil.example", "///"])
def test_slashes_lead_to_no_other_host(browser: Browser, path: str) -> None:
    location = browser.web.get(path, expect_errors=True).headers.get("Location", "/")
    assert re.match(r"(http://localhost:8000)?/(?!/)", location), location


def test_each_address_takes_its_own_methods(app: Flask) -> None:
    client = app.test_client()
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"):
        taken = {path for _, path in addresses(app, method)}
        for every in ("GET", "POST"):
            for endpoint, path in addresses(app, every):
                status = client.open(path, method=method, base_url="http://localhost:8000").status_code
                if method in {"GET", "POST"}:
                    assert (status == 405) <= (path not in taken), (method, endpoint)
                else:
                    assert status == 405, (method, endpoint)


def test_debugging_is_off(app: Flask, browser: Browser) -> None:
    assert not app.debug
    assert not app.testing
    assert "Traceback" not in browser.open("/nothing?__debugger__=yes&cmd=resource&f=style.css").page.text
    assert browser.web.get("/?__debugger__=yes&cmd=resource&f=debugger.js").status_int == 303


def test_the_demo_phone_is_there_in_demo_mode_only(public: Browser) -> None:
    public.open("/demo/phone", status=404)
