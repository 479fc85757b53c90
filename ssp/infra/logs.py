"""The operator's log: one line of JSON an entry, and nothing in it that could open an account."""

import json
import logging
import sys
import threading
import time
import traceback
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Writes a log record as one line of JSON; ASCII only, so that no line can be forged or turned around."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in ("event", "request_id") if hasattr(record, name)}
        if record.exc_info and record.exc_info[2] is not None:
            # Places only: an exception's text can hold what people typed.
            line["trace"] = [f"{place.filename}:{place.lineno}" for place in traceback.extract_tb(record.exc_info[2])]
        # JSON leaves one control character as it is: DEL.
        return json.dumps(line, ensure_ascii=True, default=str).replace("\x7f", r"\u007f")


class Sparing:
    """Writes so many lines a minute at most, whoever makes them, and then how many it left out."""

    def __init__(self, log: logging.Logger, most: int) -> None:
        self._log, self._most = log, most
        self._lock = threading.Lock()
        self._minute, self._count = 0, 0

    def info(self, message: str, *values: object, request_id: str) -> None:
        """Write a line, unless too many came within the minute."""
        minute = int(time.monotonic()) // 60
        with self._lock:
            left_out = max(self._count - self._most, 0) if minute != self._minute else 0
            if minute != self._minute:
                self._minute, self._count = minute, 0
            self._count += 1
            admitted = self._count <= self._most
        if left_out:
            self._log.info("%s more such lines were left out", left_out)
        if admitted:
            self._log.info(message, *values, extra={"request_id": request_id})


def configure(*, quiet: bool) -> None:
    """Send the portal's log to stderr; `quiet` leaves out what is no trouble (the demo's terminal is for people)."""
    logger = logging.getLogger("ssp")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
        logger.propagate = False
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
