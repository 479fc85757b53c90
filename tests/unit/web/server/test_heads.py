"""What stands before a body, strictly."""

from typing import Any

import pytest

from ssp.web.server import heads
from tests.unit.web.server.granian import scope


def read(path: str = "/", *lines: tuple[str, str], **other: Any) -> dict[str, Any]:  # noqa: ANN401 - as scope() says
    environ = heads.read(scope(path, *lines, **other))
    assert isinstance(environ, dict)
    return environ


def test_a_request_comes_as_wsgi_wants_it() -> None:
    environ = read(
        "/help/é",
        ("user-agent", "Firefox"),
        ("content-type", "text/plain"),
        ("content-length", "5"),
        method="POST",
        query_string="a=%41",
        client="[2001:db8::9]:4711",
    )
    assert environ["wsgi.input"].read() == b""
    assert {name: value for name, value in environ.items() if not name.startswith("wsgi.")} == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/help/Ã©",
        "QUERY_STRING": "a=%41",
        "SERVER_NAME": "",
        "SERVER_PORT": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "2001:db8::9",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "5",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": "Firefox",
    }


def test_one_request_knows_nothing_of_another() -> None:
    read("/", ("x-secret", "1"))
    assert "HTTP_X_SECRET" not in read()


def test_lists_are_joined() -> None:
    environ = read("/", ("cookie", "a=1"), ("x-forwarded-for", "1"), ("cookie", "b=2"), ("x-forwarded-for", "2"))
    assert (environ["HTTP_COOKIE"], environ["HTTP_X_FORWARDED_FOR"]) == ("a=1; b=2", "1,2")


@pytest.mark.parametrize("name", ["x_forwarded_for", "x-forwarded_for", "content_length", "host_", "_", "http_host"])
def test_a_name_that_would_turn_into_another_is_refused(name: str) -> None:
    assert heads.read(scope("/", (name, "1"))) == 400
    assert heads.read(scope("/", (name, "1"), (name, "2"))) == 400


@pytest.mark.parametrize(
    "name", ["host", "origin", "sec-fetch-site", "content-type", "content-length", "x-twilio-signature"]
)
def test_what_decisions_hang_on_comes_once(name: str) -> None:
    assert heads.read(scope("/", ("host", "localhost"), (name, "a"), (name, "a"), bare=True)) == 400


@pytest.mark.parametrize("method", ["get", "Post", "GeT", ""])
def test_methods_are_written_in_capitals(method: str) -> None:
    assert heads.read(scope(method=method)) == 400


@pytest.mark.parametrize("path", ["", "*", "localhost:80", "http://localhost/"])
def test_paths_begin_at_the_top(path: str) -> None:
    assert heads.read(scope(path)) == 400


@pytest.mark.parametrize(
    "host, authority, version, right",
    [
        ("localhost", None, "1.1", True),
        ("localhost", "localhost", "1.1", True),
        ("localhost", "evil.example", "1.1", False),
        (None, "evil.example", "1", False),
        (None, None, "1.1", False),
        (None, None, "1", True),
    ],
)
def test_the_host_is_said_once_for_certain(host: str | None, authority: str | None, version: str, right: bool) -> None:  # noqa: FBT001 - what a case expects
    lines = [("host", host)] if host else []
    found = heads.read(scope("/", *lines, bare=True, authority=authority, http_version=version))
    assert isinstance(found, dict) if right else found == 400


@pytest.mark.parametrize(
    "coding, right", [("chunked", True), ("Chunked", True), ("gzip, chunked", False), ("x", False)]
)
def test_bodies_come_plain(coding: str, right: bool) -> None:  # noqa: FBT001 - what a case expects
    found = heads.read(scope("/", ("transfer-encoding", coding)))
    assert isinstance(found, dict) if right else found == 400


def test_there_is_an_end_to_it() -> None:
    assert heads.read(scope("/" + "a" * heads.LONGEST_ADDRESS)) == 414
    assert heads.read(scope("/", query_string="a" * heads.LONGEST_ADDRESS)) == 414
    assert heads.read(scope("/", ("a", "b" * heads.LARGEST_HEAD))) == 431
    assert heads.read(scope("/", *[(f"a{number}", "b" * 1000) for number in range(25)])) == 431
    assert isinstance(heads.read(scope("/", ("a", "b" * 20_000))), dict)


@pytest.mark.parametrize(
    "line, follows, length",
    [
        (("content-length", "0"), False, 0),
        (("content-length", "7"), True, 7),
        (("transfer-encoding", "chunked"), True, None),
        (("accept", "*/*"), False, None),
    ],
)
def test_whether_a_body_follows(line: tuple[str, str], follows: bool, length: int | None) -> None:  # noqa: FBT001 - what a case expects
    environ = read("/", line)
    assert heads.has_body(environ) is follows
    assert heads.declared_length(environ) == length


def test_a_body_that_came_in_pieces_has_a_length_then() -> None:
    environ = read("/", ("transfer-encoding", "chunked"))
    heads.attach(environ, b"a=1")
    assert environ["wsgi.input"].read() == b"a=1"
    assert environ["CONTENT_LENGTH"] == "3"
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_a_header_that_the_server_leaves_out_is_missed() -> None:
    assert heads.read(scope("/", others=1)) == 400
