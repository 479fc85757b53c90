"""The server around the portal: who gets a thread, who is turned away, and that nobody is left without an answer."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from ssp.web import server
from ssp.web.server import Server, bodies, gateway
from tests.people import ADA
from tests.unit.web.server.granian import Granian, scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask
    from granian.rsgi import Scope

    from ssp.web.server.exchange import Answer
    from tests.unit.web.server.granian import Line

FORM = ("content-type", "application/x-www-form-urlencoded")


def header(answer: Answer, name: str) -> str:
    return dict(answer[1]).get(name, "")


def test_a_page_is_what_the_portal_answers(granian: Granian, app: Flask) -> None:
    status, headers, body = granian.ask(scope("/help/mfa"))
    own = app.test_client().get("/help/mfa", base_url="http://localhost:8000")
    assert (status, body) == (own.status_code, own.data)
    assert headers == [*own.headers, ("Server", "SSP")]


def test_a_form_is_read_and_answered(granian: Granian) -> None:
    body = f"username=ada&password={ADA.password}".encode()
    request = scope("/sign-in", FORM, ("content-length", str(len(body))), method="POST")
    answer = granian.ask(request, body[:7], body[7:])
    assert answer[0] == 403  # it has no token


@pytest.mark.parametrize(
    "head, parts, status",
    [
        (scope("/", ("x_forwarded_for", "1")), [], 400),
        (scope("/" + "a" * 9000), [], 414),
        (scope("/", ("a", "b" * 25_000)), [], 431),
        (scope("/", ("content-length", "70000"), method="POST"), [], 413),
        (scope("/", ("content-length", "3"), method="POST"), [b"ab"], 400),
    ],
)
def test_what_is_wrong_gets_a_page_with_all_headers(
    granian: Granian, head: Scope, parts: list[bytes], status: int
) -> None:
    answers = [granian.ask(head, *parts) for _ in range(4)]
    for answer in answers:
        assert answer[0] == status
        assert header(answer, "Connection") == "close"
        assert header(answer, "Cache-Control") == "no-store"
        assert header(answer, "X-Content-Type-Options") == "nosniff"
        assert "default-src 'none'" in header(answer, "Content-Security-Policy")
        assert header(answer, "Set-Cookie") == ""
        assert header(answer, "Retry-After") == ""
    assert len({answer[2] for answer in answers}) > 1  # each has a reference of its own, two seldom the same
    assert all(re.search(rb"this reference: <b[^>]*>[0-9A-Z]{5}-[0-9A-Z]{5}<", answer[2]) for answer in answers)


class Slow:
    """An application whose forms wait until `go`, and whose pages do not."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            self.begun.release()
            assert self.go.wait(20)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]


def behind(app: Flask, application: WSGIApplication) -> Granian:
    """Return what asks an application behind a server with four threads, one of which answers pages only."""
    server = Server(app, 4)
    server._app = application  # type: ignore[assignment] # noqa: SLF001 - any WSGI application will do
    return Granian(server)


@pytest.fixture
def application() -> Slow:
    return Slow()


@pytest.fixture
def slow(app: Flask, application: Slow) -> Iterator[Granian]:
    granian = behind(app, application)
    yield granian
    application.go.set()
    granian.close()


def busy(slow: Granian, application: Slow) -> list[Line]:
    """Give each thread for forms one that it does not finish."""
    lines = [slow.begin(scope(method="POST")) for _ in range(3)]
    for _ in lines:
        assert application.begun.acquire(timeout=20)
    return lines


def test_pages_find_a_thread_while_forms_wait(slow: Granian, application: Slow) -> None:
    waiting = busy(slow, application) + [slow.begin(scope(method="POST")) for _ in range(20)]
    assert slow.ask(scope())[2] == b"done"
    assert not any(line.answers for line in waiting)
    application.go.set()
    assert {answer[2] for answer in slow.wait(*waiting)} == {b"done"}


def test_a_full_queue_sends_away_at_once(slow: Granian, application: Slow, caplog: pytest.LogCaptureFixture) -> None:
    waiting = busy(slow, application) + [slow.begin(scope(method="POST")) for _ in range(server.QUEUE)]
    answer = slow.ask(scope(method="POST"))
    assert (answer[0], header(answer, "Retry-After")) == (503, "5")
    assert b"Nothing was lost" in answer[2]
    assert caplog.messages == ["too many forms at once: one was answered with 503"]
    application.go.set()
    assert {answer[0] for answer in slow.wait(*waiting)} == {200}


def test_what_waited_too_long_is_not_begun(slow: Granian, application: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = busy(slow, application)
    late = slow.begin(scope(method="POST"))
    monkeypatch.setattr(server, "PATIENCE_SECONDS", -1.0)
    application.go.set()
    assert [answer[0] for answer in slow.wait(*waiting, late)] == [200, 200, 200, 503]


def test_too_many_bodies_at_once_are_not_waited_for(
    granian: Granian, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "MOST_BODIES", 2)
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    request = scope("/sign-in", ("content-length", "3"), method="POST")
    assert [granian.ask(request, b"a=1")[0] for _ in range(3)] == [403] * 3
    slow = [granian.begin(request, None) for _ in range(2)]
    assert granian.ask(request, b"a=1")[0] == 503
    assert caplog.messages == ["too many forms on their way at once: one was answered with 503"]
    assert [answer[0] for answer in granian.wait(*slow)] == [408, 408]


class Broken(Exception):  # noqa: N818 - whatever an application raises
    """Something went wrong in the portal."""


def test_a_portal_that_breaks_is_a_500_and_an_entry(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def breaks(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
        raise Broken

    granian = behind(app, breaks)
    assert granian.ask(scope())[0] == 500
    granian.close()
    assert caplog.messages == ["unexpected Broken"]


def test_an_answer_that_cannot_be_sent_costs_no_thread(granian: Granian, caplog: pytest.LogCaptureFixture) -> None:
    granian.begin(scope(), fault=SystemExit())
    assert granian.ask(scope("/healthz"))[2] == b"ok\n"
    assert caplog.messages == ["an answer could not be sent"]


def test_wsgi_is_kept_to() -> None:
    """Parts are closed, what is written comes first, and a later head replaces an earlier one (PEP 3333)."""
    parts = Parts()

    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])(b"one, ")
        start_response("404 Not Found", [("A", "b")], None)
        return parts

    assert gateway.call(application, {}) == (404, [("A", "b"), ("Server", "SSP")], b"one, two")
    assert parts.closed


class Parts(list[bytes]):
    """Parts that want to be closed."""

    def __init__(self) -> None:
        super().__init__([b"two"])
        self.closed = False

    def close(self) -> None:
        self.closed = True
