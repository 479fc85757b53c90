"""What browsers send, read strictly."""

from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.ctx import RequestContext
from werkzeug.exceptions import BadRequest

from ssp.web.forms import LONGEST_FIELD, field, safe_path, ticked

SITE = "https://portal.example.org/sign-in"

OWN = [
    "/",
    "/a",
    "/a/b.c?d=e&f=%2F%2Fevil.example#g",
    "/claims?next=https://evil.example/",
    "/a//b",
    "/a:b@c",
    "/@evil.example",
    "/:80",
    "/%2f%2fevil.example",
    "/%5c%5cevil.example",
    "/%09/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/Grüße",
    "/?",
    "/" + "a" * 1999,
]
ELSEWHERE = [
    "",
    " ",
    "a",
    "?a",
    "#a",
    ".",
    "./a",
    "../a",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//evil.example@portal.example.org",
    "//portal.example.org@evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "\\evil.example",
    "/\\/evil.example",
    "/a\\b",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "http://portal.example.org@evil.example/",
    "https://portal.example.org/",
    "javascript:alert(1)",
    "JaVaScRiPt://%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "mailto:eve@evil.example",
    " //evil.example",
    "\t//evil.example",
    "\n/a",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/a\r\nLocation: https://evil.example",
    "/a\0",
    "/a b",
    "/a\x1b[2J",
    "/a\x7f",
    "/a\x85b",
    "/a\u00a0b",
    "/\u2028/evil.example",
    "/\u202eevil",
    "/\u200b/evil.example",
    "/\ufeff/evil.example",
    "/\ud800",
    "/" + "a" * 2000,
    "/" + "a" * 1_000_000,
]


@pytest.mark.parametrize("path", OWN, ids=lambda path: f"{len(path)} {ascii(path)[:40]}")
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert safe_path(path) == path
    assert urlsplit(urljoin(SITE, path)).netloc == "portal.example.org"


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: f"{len(path)} {ascii(path)[:40]}")
def test_anything_else_leads_home(path: str) -> None:
    assert safe_path(path) == "/"


@pytest.fixture
def plain() -> Flask:
    return Flask(__name__)


def posted(plain: Flask, body: str) -> RequestContext:
    return plain.test_request_context("/", method="POST", data=body, content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    "body, value",
    [
        ("code=123456", "123456"),
        ("code=", ""),
        ("", ""),
        ("Code=1", ""),
        ("code=+1%202+", " 1 2 "),
        ("code=%EF%BC%91", "\uff11"),
        ("code=a%0Ab", "a\nb"),
        (f"code={'x' * LONGEST_FIELD}", "x" * LONGEST_FIELD),
    ],
)
def test_a_field_has_one_value_just_as_it_was_typed(body: str, value: str, plain: Flask) -> None:
    with posted(plain, body):
        assert field("code") == value


@pytest.mark.parametrize("body", ["code=1&code=1", "code=1&code=2", "code=&code=", "code=%00", "code=1%002"])
def test_two_values_or_a_nul_are_no_form_of_ours(body: str, plain: Flask) -> None:
    with (
        posted(plain, body),
        pytest.raises(BadRequest),
    ):
        field("code")


def test_a_field_may_be_longer_where_its_page_says_so(plain: Flask) -> None:
    body = f"code={'x' * 5000}"
    with posted(plain, body):
        assert len(field("code", longest=5000)) == 5000
        with pytest.raises(BadRequest):
            field("code", longest=4999)


@pytest.mark.parametrize("body, yes", [("box=on", True), ("box=1", True), ("box=", False), ("", False)])
def test_a_box_is_ticked_or_not(body: str, yes: bool, plain: Flask) -> None:  # noqa: FBT001 - the expectation
    with posted(plain, body):
        assert ticked("box") is yes
