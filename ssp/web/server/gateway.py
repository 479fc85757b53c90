"""Handing a request to the portal as a WSGI application, and taking its answer whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

    from ssp.web.server.exchange import Answer, Environ, Headers

# In place of the name of the program that we run on.
SERVER = ("Server", "SSP")


def call(app: WSGIApplication, environ: Environ) -> Answer:
    """Return what a WSGI application answers."""
    status, lines, written = 500, list[tuple[str, str]](), list[bytes]()

    def start_response(line: str, headers: Headers, _problem: object = None) -> Callable[[bytes], object]:
        nonlocal status, lines
        status, lines = int(line[:3]), headers
        return written.append

    parts = app(environ, start_response)
    try:
        written.extend(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    return status, [*lines, SERVER], b"".join(written)
