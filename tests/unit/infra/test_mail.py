"""Mail: what it says, and that it leaves by a server that is who it says it is, or not at all."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from ssp.infra import mail
from ssp.infra.mail import LINK, Mailer, MailError
from ssp.settings import ROOT, Settings
from tests.smtp import PostOffice, certificate, open_for_mail

AT = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)
Open = Callable[..., PostOffice]


@pytest.fixture
def open_office(tmp_path: Path) -> Iterator[Open]:
    """Give a maker of mail servers whose certificate is for localhost, unless told otherwise."""
    with ExitStack() as offices:

        def make(mode: str = "plain", host: str = "localhost", **behavior: object) -> PostOffice:
            file = None if mode == "plain" else certificate(tmp_path, host)
            return offices.enter_context(open_for_mail(PostOffice(mode, file, **behavior)))  # type: ignore[arg-type] # its own

        yield make


def mailer(tmp_path: Path, url: str | None = None, **changes: object) -> Mailer:
    values = {"instance": tmp_path, "base_url": "https://portal.example.org", "smtp_url": url, **changes}
    return Mailer(Settings.model_validate({"mail_from": "Portal <portal@example.org>", **values}))


def send(mailer: Mailer, to: str = "ada@example.test", subject: str = "Hello", body: str = "There.\n") -> None:
    mailer.send(to, subject, body)


# ---- What it says ----


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "news.txt").write_text(
        "  News for {{ name }} \n\n{{ settings.organisation }}: {{ at }}\n{% if way %}\nBy {{ way }}.\n{% endif %}\n\n"
    )
    return folder


def test_the_first_line_is_the_subject_and_the_rest_the_body(tmp_path: Path, templates: Path) -> None:
    settings = Settings.model_validate({"instance": tmp_path, "demo": True, "timezone": "America/Chicago"})
    subject, body = Mailer(settings, templates).write("news", at=AT, name="<Ada & co>", way="text")
    assert subject == "News for <Ada & co>", "plain text, so nothing is escaped"
    assert body == "Example Mutual: Sunday, November 22, 2026 at 14:05 CST\nBy text.\n"


def test_a_word_that_is_missing_is_an_error(tmp_path: Path, templates: Path) -> None:
    with pytest.raises(UndefinedError):
        Mailer(Settings.model_validate({"instance": tmp_path, "demo": True}), templates).write("news", at=AT)


_UNFINISHED = ("unfinished", "unfinished_change")
_ELSEWHERE = (
    "device_replayed",
    "device_revoked",
    "new_browser",
    "password_changed",
    "session_dropped",
    "sessions_ended",
    "recovery_made",
    "email_asked",
)
_FORGOTTEN = ("forgotten_password", "forgotten_username")
_ADDRESS = ("email_confirm", "email_changed", "email_back", "email_undone")
# What has no page to open, and what nobody but its owner can have caused.
_NO_LINK = {"support_acted", "forgotten_username", "email_undone", "email_back"}
_NO_TIME = {*_NO_LINK, "setup_code"}
_PAUSE = {"wrong": "10", "pause": "15 minutes"}
_NOTHING_HAPPENED = {"forgotten_username", "email_confirm"}


@pytest.mark.parametrize(
    "template, given",
    [
        ("set_up", {"name": "Ada", "way": "text message to ••• ••23", "address": "198.51.100.7"}),
        ("paused", {"name": "Ada", "way": "your app", "what": "access codes", "where": "new browsers", **_PAUSE}),
        ("stopped", {"name": "Ada", "way": "your app", "what": "access codes", "where": "new browsers"}),
        ("stopped", {"name": "Ada", "way": "recovery codes", "what": "recovery codes", "where": "new browsers"}),
        ("session_wrong", {"name": "Ada", "address": "198.51.100.7", "wrong": "10"}),
        ("added", {"name": "Ada", "way": "your authenticator app", "address": "198.51.100.7"}),
        ("replaced", {"name": "Ada", "way": "app", "before": "text message to ••• ••23", "address": "198.51.100.7"}),
        ("more", {"name": "Ada", "address": "198.51.100.7"}),
        ("setup_code", {"name": "Ada", "minutes": "10"}),
        ("new_password", {"name": "Ada", "username": "ada"}),
        ("removed", {"name": "Ada", "way": "your authenticator app", "address": "198.51.100.7"}),
        ("preferred", {"name": "Ada", "way": "your authenticator app", "address": "198.51.100.7"}),
        ("recovery_used", {"name": "Ada", "left": "7", "address": "198.51.100.7"}),
        ("password_chosen", {"name": "Ada", "address": "198.51.100.7"}),
        ("forgotten_password", {"name": "Ada", "username": "ada", "came_from": "198.51.100.7"}),
        ("forgotten_username", {"name": "Ada", "names": "ada", "several": ""}),
        ("email_confirm", {"name": "Ada"}),
        ("email_changed", {"name": "Ada", "address": "198.51.100.7"}),
        ("email_undone", {"name": "Ada", "address": "198.51.100.7"}),
        ("support_acted", {"name": "Ada", "what": "enabled your account again"}),
        *[(name, {"name": "Ada", "address": "198.51.100.7"}) for name in (*_ELSEWHERE, *_UNFINISHED)],
    ],
)
def test_every_notice_can_be_written(template: str, given: dict[str, str], tmp_path: Path) -> None:
    writer = mailer(tmp_path, demo=True, base_url="http://localhost:8000", portal_name="Harbor Portal")
    given |= {} if template in _NO_TIME else {"holds": "10 days"}
    subject, body = writer.write(template, at=AT, **given)
    assert "Harbor Portal" in subject
    assert 0 < len(subject) <= 200
    assert all(value in body for value in given.values())
    assert ("205-555-0100" in body) == (template not in _NOTHING_HAPPENED), "whom to call"
    assert "{" not in subject + body
    assert "http" not in body.replace("http://localhost:8000", ""), "the one link of a mail is put in when it leaves"
    assert body.count(LINK) == (template not in _NO_LINK)


def test_no_notice_is_left_out() -> None:
    found = {path.stem for path in (ROOT / "templates" / "mail").glob("*.txt")}
    changes = {
        "set_up",
        "added",
        "replaced",
        "removed",
        "preferred",
        "recovery_used",
        "password_chosen",
        "session_wrong",
    }
    others = {"paused", "stopped", "more", "support_acted", "new_password", "setup_code"}
    assert found == changes | others | {*_UNFINISHED, *_ELSEWHERE, *_FORGOTTEN, *_ADDRESS}


# ---- Whether it can leave ----


def test_there_is_something_to_send_with_in_demo_mode_or_with_a_server(tmp_path: Path) -> None:
    assert mailer(tmp_path, demo=True, base_url="http://localhost:8000").ready
    assert mailer(tmp_path, "smtp://localhost").ready
    assert not mailer(tmp_path).ready


def test_demo_mail_stays_in_the_outbox(tmp_path: Path, open_office: Open) -> None:
    office = open_office()
    send(
        mailer(tmp_path, f"smtp://localhost:{office.port}", demo=True, base_url="http://localhost:8000"), body="Grüße\n"
    )
    (line,) = (tmp_path / "outbox.jsonl").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["channel"], entry["to"], entry["extension"]) == ("mail", "ada@example.test", None)
    assert entry["body"] == "Hello\n\nGrüße\n"
    assert office.commands == []


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "outbox.jsonl").mkdir()
    with pytest.raises(MailError, match="IsADirectoryError"):
        send(mailer(tmp_path, demo=True, base_url="http://localhost:8000"))


# ---- By a server ----


def test_mail_is_handed_over(tmp_path: Path, open_office: Open) -> None:
    office = open_office()
    send(mailer(tmp_path, f"smtp://localhost:{office.port}"), subject="Grüße: 你好", body="Zeile\n.Punkt\nÉnd\n")
    (sent,) = office.mails
    assert (sent["Subject"], sent["From"], sent["To"]) == (
        "Grüße: 你好",
        "Portal <portal@example.org>",
        "ada@example.test",
    )
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content().splitlines() == ["Zeile", ".Punkt", "Énd"]
    assert office.envelopes == [("portal@example.org", ["ada@example.test"])]
    assert office.logins == []
    assert "QUIT" in office.commands
    assert not (tmp_path / "outbox.jsonl").exists()


def test_it_signs_in_where_the_address_says_so(tmp_path: Path, open_office: Open) -> None:
    office = open_office()
    send(mailer(tmp_path, f"smtp://por%40tal:let%20me%20in@localhost:{office.port}"))
    assert office.logins == [("por@tal", "let me in")]
    assert len(office.mails) == 1


@pytest.mark.parametrize("secret", [":wrong", ""])
def test_a_refused_sign_in_is_told(secret: str, tmp_path: Path, open_office: Open) -> None:
    office = open_office()
    with pytest.raises(MailError, match="SMTPAuthenticationError"):
        send(mailer(tmp_path, f"smtp://portal{secret}@localhost:{office.port}"))
    assert office.mails == []


def test_a_refused_recipient_is_told(tmp_path: Path, open_office: Open) -> None:
    office = open_office(refused=frozenset({"ada@example.test"}))
    with pytest.raises(MailError, match="SMTPRecipientsRefused"):
        send(mailer(tmp_path, f"smtp://localhost:{office.port}"))
    assert office.mails == []


@pytest.mark.parametrize(
    "field, value",
    [
        ("to", "ada@example.test\r\nBcc: eve@example.test"),
        ("to", "ada@example.test\nBcc: eve@example.test"),
        ("subject", "Hello\r\nBcc: eve@example.test"),
    ],
)
def test_nothing_becomes_a_header(field: str, value: str, tmp_path: Path, open_office: Open) -> None:
    office = open_office()
    with pytest.raises(MailError, match="ValueError"):
        send(mailer(tmp_path, f"smtp://localhost:{office.port}"), **{field: value})
    assert office.commands == []


def test_nobody_there_is_told(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(MailError, match="ConnectionRefusedError"):
            send(mailer(tmp_path, f"smtp://127.0.0.1:{port}"))


def test_a_server_that_says_nothing_is_not_waited_for_long(
    tmp_path: Path, open_office: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mail.TIMEOUT_S <= 10
    monkeypatch.setattr(mail, "TIMEOUT_S", 0.05)
    office = open_office(silent=True)
    with pytest.raises(MailError, match="SMTPServerDisconnected"):
        send(mailer(tmp_path, f"smtp://localhost:{office.port}"))


# ---- TLS ----


@pytest.mark.parametrize("scheme, mode", [("smtps", "tls"), ("smtp+starttls", "starttls")])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    scheme: str, mode: str, tmp_path: Path, open_office: Open
) -> None:
    office = open_office(mode)
    with pytest.raises(MailError, match="SSLCertVerificationError"):
        send(mailer(tmp_path, f"{scheme}://portal:let%20me%20in@localhost:{office.port}"))
    assert (office.logins, office.mails) == ([], [])


@pytest.mark.parametrize("scheme, mode", [("smtps", "tls"), ("smtp+starttls", "starttls")])
def test_a_certificate_that_the_machine_trusts_is_taken(
    scheme: str, mode: str, tmp_path: Path, open_office: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_office(mode)
    monkeypatch.setenv("SSL_CERT_FILE", str(office.certificate))
    send(mailer(tmp_path, f"{scheme}://portal:let%20me%20in@localhost:{office.port}"))
    assert office.logins == [("portal", "let me in")]
    assert len(office.mails) == 1
    if mode == "starttls":
        assert office.commands.index("STARTTLS") < office.commands.index("AUTH")


@pytest.mark.parametrize("scheme, mode", [("smtps", "tls"), ("smtp+starttls", "starttls")])
def test_a_certificate_of_another_host_is_refused(
    scheme: str, mode: str, tmp_path: Path, open_office: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_office(mode, host="mail.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(office.certificate))
    with pytest.raises(MailError, match="SSLCertVerificationError"):
        send(mailer(tmp_path, f"{scheme}://portal:let%20me%20in@localhost:{office.port}"))
    assert (office.logins, office.mails) == ([], [])


def test_a_server_that_offers_no_tls_gets_neither_password_nor_mail(tmp_path: Path, open_office: Open) -> None:
    office = open_office()
    with pytest.raises(MailError, match="SMTPNotSupportedError"):
        send(mailer(tmp_path, f"smtp+starttls://portal:let%20me%20in@localhost:{office.port}"))
    assert (office.logins, office.mails) == ([], [])


def test_what_goes_wrong_names_no_password(tmp_path: Path, open_office: Open) -> None:
    office = open_office()
    with pytest.raises(MailError) as told:
        send(mailer(tmp_path, f"smtp://portal:canary@localhost:{office.port}"))
    assert "canary" not in str(told.value)
