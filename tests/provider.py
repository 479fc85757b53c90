"""A provider on this machine that speaks Twilio's API: it answers as it is told, and remembers what it was asked.

    with open_provider() as provider:
        app = make_app(**settings_for(provider.origin))
        browser = Browser(app, provider.phone)  # what reached the provider is on everybody's phone
        provider.answer = refuses(400, 21211)  # until then it takes everything

Answers are `takes`, `replies`, `refuses`, `in_turn`, `hang_up`, `HTML`, and the provider's own `hang`, `drip_head` and
`drip_body`, which end with the client's patience or with the provider. Nobody listens at `nobodys_origin()`. Opened
with a certificate (of tests.smtp) the provider speaks TLS; `trust` believes that certificate, and nothing but its name
can then be wrong. `signature` is what it sends along with its callbacks.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from twilio.request_validator import RequestValidator

from tests.people import Phone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message as Headers

ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-account"
NUMBER = "+12055550100"
PATIENCE = 20.0
DRIP = 0.02

Answer = Callable[[BaseHTTPRequestHandler], None]
# The package says nothing of its makers' types.
_new_validator: Callable[[str], Any] = RequestValidator


def settings_for(origin: str | None, **changes: object) -> dict[str, Any]:
    """Return the settings of a portal that sends through the provider at this address."""
    values = {
        "delivery": "twilio",
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": NUMBER,
        "twilio_api_origin": origin,
    }
    return values | changes


def replies(status: int, body: object, kind: str = "application/json", **headers: str) -> Answer:
    """Answer with this; what is not bytes goes out as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **given}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def takes() -> Answer:
    """Take every message, and give each an id: SM1, SM2 and so on."""
    numbers = count(1)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        replies(201, {"sid": f"SM{next(numbers)}"})(handler)

    return answer


def refuses(status: int, code: object, **headers: str) -> Answer:
    """Refuse in the words of Twilio, with one of its error codes."""
    return replies(status, {"code": code, "message": "no +12055550123", "more_info": "", "status": status}, **headers)


def in_turn(*answers: Answer) -> Answer:
    """Answer each request with the next of these, and all further ones with the last."""
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer


def hang_up(_: BaseHTTPRequestHandler) -> None:
    """Take the request and close the line."""


HTML = replies(200, b"<html><p>Welcome to the hotel network", "text/html")


@dataclass(frozen=True)
class Asked:
    """One request to the provider. Of a field that was given several times, `form` has the last value."""

    path: str
    fields: Mapping[str, list[str]]
    headers: Headers

    @property
    def form(self) -> dict[str, str]:
        """Return the fields, each with one value."""
        return {name: values[-1] for name, values in self.fields.items()}

    @property
    def credentials(self) -> str:
        """Return who asked, as `user:secret`."""
        return base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()

    @property
    def message(self) -> dict[str, Any]:
        """Return what was to be sent, as the demo's outbox would keep it."""
        call = "Twiml" in self.form
        return {
            "channel": "voice" if call else "text",
            "to": self.form["To"],
            "extension": self.form.get("SendDigits"),
            "body": self.form["Twiml" if call else "Body"],
        }


@dataclass
class Provider:
    """A provider that answers as it is told, and remembers what it was asked."""

    answer: Answer = field(default_factory=takes)
    asked: list[Asked] = field(default_factory=list)
    origin: str = ""
    certificate: Path | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def phone(self) -> Phone:
        """Return everybody's phone: whatever was asked for has arrived."""
        return _Handset(Path(), self)

    @property
    def trust(self) -> ssl.SSLContext:
        """Return a client's side of TLS that believes the provider's certificate."""
        return ssl.create_default_context(cafile=self.certificate)

    def hang(self, _: BaseHTTPRequestHandler) -> None:
        """Take the request and never answer."""
        self.over.wait(PATIENCE)

    def drip_head(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer with a header that grows by a letter at a time."""
        handler.wfile.write(b"HTTP/1.1 201 Created\r\nX-Slow: ")
        self._drip(handler)

    def drip_body(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer with a body that grows by a letter at a time."""
        handler.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 60000\r\n\r\n")
        self._drip(handler)

    def _drip(self, handler: BaseHTTPRequestHandler) -> None:
        any(map(self._drop, repeat(handler, int(PATIENCE / DRIP))))

    def _drop(self, handler: BaseHTTPRequestHandler) -> bool:
        handler.wfile.write(b"x")
        return self.over.wait(DRIP)


@dataclass
class _Handset(Phone):
    """A phone that shows what the provider was asked to send."""

    provider: Provider

    def messages(self, channel: str | None = None, to: str | None = None) -> list[dict[str, Any]]:
        """Return the messages, the oldest first."""
        every = [asked.message for asked in self.provider.asked]
        return [each for each in every if channel in {None, each["channel"]} and to in {None, each["to"]}]


def nobodys_origin() -> str:
    """Return an address of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def signature(url: str, form: Mapping[str, object], token: str = TOKEN, algorithm: str | None = None) -> str:
    """Return how the provider signs a callback to this address."""
    return str(_new_validator(token).compute_signature(url, form, algorithm))


@contextmanager
def open_provider(certificate: Path | None = None) -> Iterator[Provider]:
    """Run a provider on a free port: plain at 127.0.0.1, or at localhost with the certificate and key of a file."""
    provider = Provider(certificate=certificate)

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            provider.asked.append(Asked(self.path, parse_qs(form, keep_blank_values=True), self.headers))
            provider.answer(self)

        do_GET = do_POST  # noqa: N815  Likewise the standard library's own.

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  The standard library's own name.
            """Say nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        host = "127.0.0.1"
        if certificate:
            host = "localhost"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # Each connection shakes hands in its own thread.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        provider.origin = f"{'https' if certificate else 'http'}://{host}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            provider.over.set()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about clients that leave in the middle."""
