"""HDR, IN1, IN3, DO2: what the real server answers, to well-formed requests and to others."""

import pytest

from tests.people import ADA
from tests.security.served import Twins, head, raw, status


def test_no_header_tells_what_it_runs_on(crowded: Twins) -> None:
    visitor = crowded.visitor()
    for path in ("/sign-in", "/nothing", "/healthz", "/"):
        answer = visitor.ask(0, path)
        for name in ("Server", "X-Powered-By", "Via", "Access-Control-Allow-Origin"):
            value = answer.headers.get(name, "")
            assert not any(sign.isdigit() for sign in value), (name, value)
        assert answer.headers["Server"] == "SSP"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_files_come_compressed_and_for_ever(crowded: Twins) -> None:
    page = crowded.visitor().ask(0, "/sign-in").text
    path = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    answer = crowded.visitor().ask(1, path)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /sign-in\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"G\0T / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: a\r\n b\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + b"x" * 1_000_000 + b"\r\n\r\n",
    ],
)
def test_broken_requests_get_a_4xx_or_nothing(crowded: Twins, request_line: bytes) -> None:
    assert status(raw(crowded, request_line)) in {0, *range(400, 500)}
    assert crowded.visitor().ask(0, "/healthz").status == 200


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "X" * 50])
def test_other_methods_get_a_405(crowded: Twins, method: str) -> None:
    said = raw(crowded, head(method, "/sign-in", "Cookie: secret=1"))
    assert status(said) in {400, 405}
    assert b"secret=1" not in said


def test_a_form_in_pieces_is_read_but_not_an_endless_one(crowded: Twins) -> None:
    visitor = crowded.visitor()
    visitor.open(0, "/sign-in")
    body = f"csrf_token={visitor.csrf()}&username=ada&password={ADA.password.replace(' ', '+')}".encode()
    lines = [
        f"Cookie: ssp_session={visitor.cookies['ssp_session']}",
        "Content-Type: application/x-www-form-urlencoded",
        "Transfer-Encoding: chunked",
    ]
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:10], body[10:])) + b"0\r\n\r\n"
    said = raw(crowded, head("POST", "/sign-in", *lines) + pieces)
    assert status(said) == 303
    endless = (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 20 + b"0\r\n\r\n"
    assert status(raw(crowded, head("POST", "/sign-in", *lines) + endless)) in {400, 403, 413}


def test_too_much_is_not_read(crowded: Twins) -> None:
    request = head("POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 1000000")
    # The server hangs up on what it does not want to read, and that may overtake its answer.
    assert status(raw(crowded, request + b"password=" + b"x" * 1_000_000)) in {413, 0}
    assert status(raw(crowded, request)) == 413
    assert crowded.visitor().ask(0, "/healthz").status == 200


def test_another_host_gets_a_400(crowded: Twins) -> None:
    said = raw(crowded, b"GET /sign-in HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert status(said) == 400
    assert b"evil.example" not in said
