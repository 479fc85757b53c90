"""Messages that stay in a file."""

import errno
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from ssp.infra.telephony import outbox
from ssp.infra.telephony.carrier import Accepted, Reason, TextMessage, Unavailable, VoiceCall

NOW = datetime(2026, 11, 22, 14, 5, 9, 123456, tzinfo=UTC)
ADA = "+12055550123"
TEXT = TextMessage(ADA, "Your code is 048291.\n\n@localhost #048291")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / outbox.FILE


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


@time_machine.travel(NOW, tick=False)
def test_a_message_is_one_line_of_json(path: Path) -> None:
    carrier = outbox.OutboxCarrier(path)
    first, second = carrier.send(TEXT), carrier.send(VoiceCall(ADA, "wwww12", "<Response/>"))
    outbox.append(path, "mail", "ada@example.test", None, "Grüße")
    at = "2026-11-22T14:05:09.123+00:00"
    assert lines(path) == [
        {"at": at, "channel": "text", "to": ADA, "extension": None, "body": TEXT.body},
        {"at": at, "channel": "voice", "to": ADA, "extension": "wwww12", "body": "<Response/>"},
        {"at": at, "channel": "mail", "to": "ada@example.test", "extension": None, "body": "Grüße"},
    ]
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert first.provider_id != second.provider_id


def test_only_the_owner_can_read_the_codes(path: Path) -> None:
    outbox.OutboxCarrier(path).send(TEXT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk_is_reported_and_the_next_line_is_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier, write = outbox.OutboxCarrier(path), os.write
    carrier.send(TEXT)
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:20]))
        assert carrier.send(TEXT) == Unavailable(Reason.STORAGE)
    outbox.append(path, "mail", "ada@example.test", None, "after")
    assert [entry.body for entry in outbox.read(path)] == ["after", TEXT.body]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_makes_the_channel_unavailable(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    assert outbox.OutboxCarrier(path).send(TEXT) == Unavailable(Reason.STORAGE)


def test_an_outbox_that_was_never_used_is_empty(path: Path) -> None:
    assert outbox.read(path) == []


def test_the_newest_messages_come_first(path: Path) -> None:
    for number in range(60):
        outbox.append(path, "text", f"+120555501{number % 2:02d}", None, f"text {number}")
    assert [entry.body for entry in outbox.read(path, newest=3)] == ["text 59", "text 58", "text 57"]
    assert len(outbox.read(path)) == 50
    assert [entry.body for entry in outbox.read(path, 2, to="+12055550100")] == ["text 58", "text 56"]
    assert outbox.read(path, to="+12055550199") == []


def test_what_is_read_is_what_was_written(path: Path) -> None:
    with time_machine.travel(NOW, tick=False):
        outbox.append(path, "voice", ADA, "12", "<Response/>")
    at = NOW.replace(microsecond=123000)
    assert outbox.read(path) == [outbox.Entry(at, "voice", ADA, "12", "<Response/>")]


def test_only_the_end_of_a_long_file_is_read(path: Path) -> None:
    outbox.append(path, "text", ADA, None, "the first")
    with path.open("ab") as file:
        file.write(b" " * outbox.TAIL_BYTES + b"\n")
    outbox.append(path, "text", ADA, None, "the last")
    assert [entry.body for entry in outbox.read(path)] == ["the last"]


GOOD = {"at": "2026-11-22T14:05:09+00:00", "channel": "text", "to": ADA, "extension": None, "body": "good"}


@pytest.mark.parametrize(
    "line",
    [
        b'{"at": "2026-11',
        b"",
        b"\xff\xfe",
        b"[]",
        b"7",
        b"{}",
        json.dumps(GOOD | {"at": "yesterday"}).encode(),
        json.dumps(GOOD | {"at": "2026-11-22T14:05:09"}).encode(),
        json.dumps(GOOD | {"at": 7}).encode(),
        json.dumps(GOOD | {"channel": "fax"}).encode(),
        json.dumps(GOOD | {"channel": []}).encode(),
        json.dumps(GOOD | {"to": None}).encode(),
        json.dumps(GOOD | {"extension": 12}).encode(),
        json.dumps(GOOD | {"body": ["text"]}).encode(),
    ],
)
def test_a_broken_line_is_left_out(path: Path, line: bytes) -> None:
    path.write_bytes(json.dumps(GOOD).encode() + b"\n" + line)
    assert [entry.body for entry in outbox.read(path)] == ["good"]
