"""The demo's outbox: each message a line of JSON in a file, instead of leaving."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ssp.infra import clock
from ssp.infra.telephony.carrier import Accepted, Message, Reason, Receipt, Unavailable

FILE = "outbox.jsonl"
TAIL_BYTES = 512 * 1024
CHANNELS = ("text", "voice", "mail")


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the outbox; `extension` is for calls only."""

    at: datetime
    channel: str
    to: str
    extension: str | None
    body: str


class OutboxCarrier:
    """Writes texts and calls to the outbox."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: Message) -> Receipt:
        """Return Accepted once the line is written, Unavailable if the disk is full or read-only."""
        try:
            append(self._path, message.channel, message.to, message.extension, message.body)
        except OSError:
            return Unavailable(Reason.STORAGE)
        return Accepted(f"outbox-{secrets.token_hex(8)}")


def append(path: Path, channel: str, to: str, extension: str | None, body: str) -> None:
    """Add a line for a "text", "voice" or "mail". Raises OSError, then the line does not count."""
    entry = {
        "at": clock.now().isoformat(timespec="milliseconds"),
        "channel": channel,
        "to": to,
        "extension": extension,
        "body": body,
    }
    line = json.dumps(entry).encode() + b"\n"
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # One write, so that lines of several processes never mix; a line cut off by a full disk gets its end first.
        line = line if _ends_well(descriptor) else b"\n" + line
        if os.write(descriptor, line) < len(line):
            raise OSError(f"{path}: the disk is full")
    finally:
        os.close(descriptor)


def read(path: Path, newest: int = 50, to: str | None = None) -> list[Entry]:
    """Return the newest messages (to one address), the newest first; broken and far-back lines are left out."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read(TAIL_BYTES).split(b"\n")
    except FileNotFoundError:
        return []
    entries = (_entry(line) for line in reversed(lines))
    wanted = (entry for entry in entries if entry and to in {None, entry.to})
    return [entry for entry, _ in zip(wanted, range(newest), strict=False)]


def _ends_well(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _entry(line: bytes) -> Entry | None:
    try:
        values = json.loads(line)
        entry = Entry(
            datetime.fromisoformat(values["at"]), values["channel"], values["to"], values["extension"], values["body"]
        )
    except (ValueError, KeyError, TypeError):
        return None
    texts = (entry.to, entry.body, "" if entry.extension is None else entry.extension)
    good = entry.channel in CHANNELS and entry.at.tzinfo is not None and all(isinstance(text, str) for text in texts)
    return entry if good else None
