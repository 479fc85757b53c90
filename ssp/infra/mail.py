"""Mail: written from templates, sent by SMTP, or kept in the demo's outbox."""

import smtplib
import ssl
import threading
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ssp.infra.telephony import outbox
from ssp.settings import ROOT, Settings

TIMEOUT_S = 10
# Stands in a written mail where its link will be, so that the link lies nowhere in the clear before it leaves.
LINK = "[link]"
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class MailError(Exception):
    """The mail could not be handed over; it waits and is tried again."""


class Mailer:
    """Writes and sends mail. `ready` says whether there is anything to send it with, `written` that mail may wait."""

    def __init__(self, settings: Settings, templates: Path = ROOT / "templates" / "mail") -> None:
        self._settings = settings
        self.written = threading.Event()
        self._templates = Environment(  # noqa: S701 - plain text, never shown as HTML
            loader=FileSystemLoader(templates), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    @property
    def ready(self) -> bool:
        """Return whether mail can leave, or be shown by the demo."""
        return self._settings.demo or self._settings.smtp_url is not None

    def write(self, template: str, *, at: datetime, **words: str) -> tuple[str, str]:
        """Return subject and body: the template's first line, and the rest."""
        local = at.astimezone(self._settings.zone)
        text = self._templates.get_template(f"{template}.txt").render(
            at=f"{local:%A, %B} {local.day}, {local:%Y at %H:%M %Z}",
            settings=self._settings,
            link=LINK,
            **{name: _plain(word) for name, word in words.items()},
        )
        subject, _, body = text.partition("\n")
        self.written.set()
        return subject.strip(), body.strip() + "\n"

    def send(self, to: str, subject: str, body: str) -> None:
        """Hand one mail over. Raises MailError."""
        try:
            if self._settings.demo:
                outbox.append(self._settings.instance / outbox.FILE, "mail", to, None, f"{subject}\n\n{body}")
            else:
                self._submit(to, subject, body)
        except Exception as error:
            raise MailError(type(error).__name__) from error

    def _submit(self, to: str, subject: str, body: str) -> None:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = subject, self._settings.mail_from, to
        mail["Auto-Submitted"] = "auto-generated"  # so that holiday replies stay away (RFC 3834)
        mail.set_content(body)
        with self._connect() as server:
            server.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        assert self._settings.smtp_url is not None  # noqa: S101 - `ready` was asked before
        url = urlsplit(self._settings.smtp_url.get_secret_value())
        address = (url.hostname or "", url.port or _PORTS[url.scheme])
        trust = ssl.create_default_context()
        if url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(*address, timeout=TIMEOUT_S, context=trust)
        else:
            server = smtplib.SMTP(*address, timeout=TIMEOUT_S)
        try:
            if url.scheme == "smtp+starttls":
                server.starttls(context=trust)
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
        except Exception:
            server.close()
            raise
        return server


def _plain(word: str) -> str:
    """Return a word in one line and without signs that nobody sees, so that no name looks like a part of the mail."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in word).split())
