"""DO2: limits of size and time at the real server: whoever sends slowly, oddly or too much stops nobody else."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from socket import socket

import pytest

from tests.people import ADA
from tests.security.served import Twins, dial, head, hear, raw, status

# More than the server has threads: four times over.
CROWD = 64
FORM = "Content-Type: application/x-www-form-urlencoded"
OWN_HEADERS = (b"x-content-type-options: nosniff", b"cache-control: no-store", b"content-security-policy: default-src")


@contextmanager
def crowd(twins: Twins, begun: bytes) -> Iterator[list[socket]]:
    """Give lines to one server on which somebody has begun to send something."""
    with ExitStack() as stack:
        lines = [stack.enter_context(closing(dial(twins))) for _ in range(CROWD)]
        for line in lines:
            line.sendall(begun)
        yield lines


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        head("POST", "/sign-in", FORM, "Content-Length: 20") + b"username=",
        head("POST", "/sign-in", FORM, "Transfer-Encoding: chunked") + b"14\r\nusername=",
    ],
    ids=["nothing", "headers", "body", "piece"],
)
def test_a_crowd_that_sends_slowly_stops_nobody(crowded: Twins, begun: bytes) -> None:
    with crowd(crowded, begun):
        assert status(raw(crowded, head("GET", "/healthz"))) == 200
        visitor = crowded.visitor()
        assert visitor.open(0, "/sign-in").status == 200
        assert visitor.password(0, ADA).status == 303


def test_whoever_is_slow_but_gets_there_is_answered(crowded: Twins) -> None:
    begun = head("POST", "/sign-in", FORM, "Content-Length: 12")
    with crowd(crowded, begun + b"username=") as lines:
        assert status(hear(lines[-1], b"ada")) == 403  # without its token


@pytest.mark.parametrize(
    "lines, expected",
    [
        (["X_Forwarded_For: 203.0.113.9"], 400),
        (["X-Forwarded-For: 203.0.113.9", "X_Forwarded_For: 203.0.113.9"], 400),
        (["Content_Length: 5"], 400),
        (["Host: localhost"], 400),
        (["Origin: http://localhost", "Origin: http://evil.example"], 400),
        ([f"X-Long: {'x' * 30_000}"], 431),
        ([f"Cookie: {'x' * 20_000}", f"Cookie: {'x' * 20_000}"], 431),
    ],
    ids=["underscore", "both", "length", "two hosts", "two origins", "long", "long together"],
)
def test_odd_headers_get_our_own_page(crowded: Twins, lines: list[str], expected: int) -> None:
    said = raw(crowded, head("GET", "/sign-in", *lines))
    assert status(said) == expected
    for own in OWN_HEADERS:
        assert own in said
    assert b"Web Support" in said


@pytest.mark.parametrize(
    "lines", [[f"X-Long: {'x' * 300_000}"], [f"X-{number}: x" for number in range(200)]], ids=["long", "many"]
)
def test_headers_beyond_all_measure_are_not_even_read(crowded: Twins, lines: list[str]) -> None:
    assert status(raw(crowded, head("GET", "/sign-in", *lines))) in {0, 431}


@pytest.mark.parametrize("path", ["/" + "a" * 10_000, "/sign-in?" + "a=1&" * 10_000, "/" + "a" * 100_000])
def test_an_address_has_an_end(crowded: Twins, path: str) -> None:
    assert status(raw(crowded, head("GET", path))) == 414


def test_ten_thousand_fields_get_a_400(crowded: Twins) -> None:
    body = b"&".join(b"a%d=" % number for number in range(10_000))[:60_000]
    said = raw(crowded, head("POST", "/sign-in", FORM, f"Content-Length: {len(body)}") + body)
    assert status(said) == 400


@pytest.mark.parametrize("length", ["65537", "1000000", "9" * 18])
def test_a_form_that_says_that_it_is_too_large_is_not_waited_for(crowded: Twins, length: str) -> None:
    said = raw(crowded, head("POST", "/sign-in", FORM, f"Content-Length: {length}") + b"username=")
    assert status(said) == 413
    assert b"That was too much" in said


@pytest.mark.parametrize(
    "lines, body",
    [
        (["Content-Length: 5", "Content-Length: 6"], b"abcdef"),
        (["Content-Length: +5"], b"abcde"),
        (["Content-Length: -1"], b""),
        (["Content-Length: 5, 5"], b"abcde"),
        (["Content-Length : 5"], b"abcde"),
        (["Transfer-Encoding: xchunked"], b"abcde"),
        (["Transfer-Encoding: gzip, chunked"], b"5\r\nabcde\r\n0\r\n\r\n"),
        (["Transfer-Encoding: chunked"], b"zz\r\nabcde\r\n0\r\n\r\n"),
        (["Transfer-Encoding: chunked"], b"-5\r\nabcde\r\n0\r\n\r\n"),
    ],
)
def test_a_body_whose_length_is_not_clear_is_no_body(crowded: Twins, lines: list[str], body: bytes) -> None:
    assert status(raw(crowded, head("POST", "/sign-in", FORM, *lines) + body)) == 400


def test_no_request_hides_in_the_body_of_another(crowded: Twins) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    line = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = raw(crowded, line + b"0\r\n\r\n" + hidden)
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"ok\n" not in said


def test_requests_behind_each_other_are_answered_in_their_order(crowded: Twins) -> None:
    one = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
    said = raw(crowded, one % b"/healthz" + one % b"/nothing" + head("GET", "/healthz"))
    found = [status(b"HTTP/1.1 " + each) for each in said.split(b"HTTP/1.1 ")[1:]]
    assert found == [200, 404, 200]


@pytest.mark.parametrize(
    "line",
    [
        b"get /sign-in HTTP/1.1\r\nHost: localhost",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost",
        b"GET http://evil.example/sign-in HTTP/1.1\r\nHost: localhost",
        b"GET /sign-in HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
)
def test_odd_request_lines_are_refused(crowded: Twins, line: bytes) -> None:
    assert status(raw(crowded, line + b"\r\nConnection: close\r\n\r\n")) in {0, 400}


def test_nothing_of_it_is_the_portals_fault(crowded: Twins) -> None:
    assert "Traceback" not in crowded.log
    assert '"level": "error"' not in crowded.log


@pytest.mark.parametrize("value", [b"\xff, 203.0.113.6", b"\xc3\xa9, 203.0.113.6"])
def test_an_address_does_not_hide_behind_bytes_that_are_no_text(crowded: Twins, value: bytes) -> None:
    request = head("GET", "/healthz", "X-Forwarded-For: ADDRESS").replace(b"ADDRESS", value)
    assert status(raw(crowded, request)) == 400
