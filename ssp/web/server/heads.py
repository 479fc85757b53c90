"""What stands before a request's body, strictly; and the request as WSGI wants it."""

from __future__ import annotations

import sys
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from granian.rsgi import Scope

    from ssp.web.server.exchange import Environ


class Headers(Protocol):
    """Headers as granian hands them out."""

    def __len__(self) -> int:
        """Return how many names there are, those of values that are no text included."""

    def items(self) -> list[tuple[str, str]]:
        """Return the lines whose values are text."""


# Names and values together; browsers send 1 to 4 KiB, most of it cookies. Granian itself stops at 64 KiB and 100 lines.
LARGEST_HEAD = 24 * 1024
LONGEST_ADDRESS = 8 * 1024
# Decisions hang on these, so two of one kind are no request that a browser makes; others are joined as lists.
_ONCE = frozenset(
    {"host", "origin", "sec-fetch-site", "content-type", "content-length", "transfer-encoding", "x-twilio-signature"}
)
_LENGTH, _ENCODING = "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"
_SAME_FOR_ALL: Environ = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "",
    "SERVER_PORT": "",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.url_scheme": "http",
    "wsgi.version": (1, 0),
}
_PROTOCOLS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1"}


def read(scope: Scope) -> Environ | int:
    """Return the request for WSGI, without its body, or the status that says what is wrong with it."""
    method, path, query = scope.method, scope.path, scope.query_string
    if len(path) + len(query) > LONGEST_ADDRESS:
        return 414
    environ = _headers(cast("Headers", scope.headers))
    if isinstance(environ, int):
        return environ
    if "" in environ or not method.isupper() or not path.startswith("/") or not _says_its_host(scope, environ):
        return 400
    if environ.get(_ENCODING, "chunked").lower() != "chunked":
        return 400
    environ["REQUEST_METHOD"] = method
    environ["PATH_INFO"] = path if path.isascii() else path.encode().decode("latin-1")
    environ["QUERY_STRING"] = query
    environ["SERVER_PROTOCOL"] = _PROTOCOLS[scope.http_version]
    environ["REMOTE_ADDR"] = scope.client.rpartition(":")[0].strip("[]")
    environ["wsgi.input"] = BytesIO()
    return environ


def _headers(lines: Headers) -> Environ | int:
    """Return a request with its headers, or the status that says what is wrong with them."""
    environ = _SAME_FOR_ALL.copy()
    size, names = 0, set()
    for name, value in lines.items():
        names.add(name)
        size += len(name) + len(value)
        key = _key(name)
        if key in environ:
            if name in _ONCE:
                return 400
            value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"  # noqa: PLW2901 - the list so far
        environ[key] = value
    # Granian leaves out what is no text, which would hide the address that a proxy put behind it.
    if len(names) != len(lines):
        return 400
    return 431 if size > LARGEST_HEAD else environ


@lru_cache(1024)
def _key(name: str) -> str:
    """Return a header's name in WSGI; empty if another header's name would turn into the same."""
    if "_" in name:
        return ""
    own = name.upper().replace("-", "_")
    return own if own in {"CONTENT_TYPE", _LENGTH} else f"HTTP_{own}"


def _says_its_host(scope: Scope, environ: Environ) -> bool:
    """Return whether the request names its host as HTTP wants it: always, and alike if twice (RFC 9112 3.2)."""
    host = environ.get("HTTP_HOST")
    return (host is not None or scope.http_version == "1") and scope.authority in {None, host}


def has_body(environ: Environ) -> bool:
    """Return whether a body follows."""
    return environ.get(_LENGTH, "0") != "0" or _ENCODING in environ


def declared_length(environ: Environ) -> int | None:
    """Return how long the body says that it is; the server has seen that this is a number."""
    length = environ.get(_LENGTH)
    return None if length is None else int(length)


def attach(environ: Environ, body: bytes) -> None:
    """Give the request its body."""
    environ.pop(_ENCODING, None)
    environ[_LENGTH] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)
