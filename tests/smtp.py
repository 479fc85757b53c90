"""A mail server on this machine that keeps what it is given, and certificates that nobody signed."""

from __future__ import annotations

import base64
import email
import email.policy
import socketserver
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path


def certificate(folder: Path, host: str = "localhost") -> Path:
    """Write a certificate for a host that signs itself, with its key; return the file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = (
        builder.not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    file = folder / f"{host}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(signed.public_bytes(Encoding.PEM) + secret)
    return file


@dataclass
class PostOffice:
    """What a mail server took, and how it behaves. `mode` is "plain", "starttls" or "tls"."""

    mode: str = "plain"
    certificate: Path | None = None
    refused: frozenset[str] = frozenset()
    silent: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    gone: threading.Event = field(default_factory=threading.Event)

    @property
    def context(self) -> ssl.SSLContext:
        """Return the server's side of TLS."""
        assert self.certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        return context


class _Clerk(socketserver.StreamRequestHandler):
    """Serves one connection."""

    timeout = 5

    def handle(self) -> None:
        self.office: PostOffice = self.server.office  # type: ignore[attr-defined] # set by `post_office`
        self.sender, self.recipients = "", list[str]()
        try:
            if self.office.mode == "tls":
                self._encrypt()
            if self.office.silent:
                self.office.gone.wait(10)
                return
            self._say("220 post office")
            while (line := self.rfile.readline().decode().rstrip("\r\n")) and self._serve(line):
                pass
        except OSError:
            pass  # the client hung up, as it should on a certificate that it does not trust
        finally:
            self.connection.close()

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _encrypt(self) -> None:
        self.connection = self.office.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def _serve(self, line: str) -> bool:
        """Do what a line says; return whether to go on."""
        verb = line.partition(" ")[0].upper()
        self.office.commands.append(verb)
        serve = getattr(self, f"_{verb.lower()}", None)
        if serve is None:
            self._say("250 fine")
        else:
            serve(line)
        return verb != "QUIT"

    def _ehlo(self, _line: str) -> None:
        extra = (
            ["250-STARTTLS"]
            if self.office.mode == "starttls" and not isinstance(self.connection, ssl.SSLSocket)
            else []
        )
        self._say("250-post office", *extra, "250-SMTPUTF8", "250 AUTH PLAIN")

    def _starttls(self, _line: str) -> None:
        self._say("220 go ahead")
        self._encrypt()

    def _auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.office.logins.append((user, password))
        self._say("235 come in" if password == "let me in" else "535 go away")

    def _mail(self, line: str) -> None:
        self.sender, self.recipients = line.partition("<")[2].partition(">")[0], []
        self._say("250 fine")

    def _rcpt(self, line: str) -> None:
        recipient = line.partition("<")[2].partition(">")[0]
        self.recipients.append(recipient)
        self._say("550 nobody of that name" if recipient in self.office.refused else "250 fine")

    def _data(self, _line: str) -> None:
        self._say("354 go ahead")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.office.mails.append(mail)
        self.office.envelopes.append((self.sender, self.recipients))
        self._say("250 fine")

    def _quit(self, _line: str) -> None:
        self._say("221 bye")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about clients that leave in the middle."""


@contextmanager
def open_for_mail(office: PostOffice) -> Iterator[PostOffice]:
    """Run a mail server on a free port."""
    with _Server(("127.0.0.1", 0), _Clerk) as server:
        server.office = office  # type: ignore[attr-defined] # read by the clerk
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield office
        finally:
            office.gone.set()
            server.shutdown()
            thread.join()
