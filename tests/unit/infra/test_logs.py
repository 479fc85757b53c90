"""The operator's log: lines of JSON that nobody can forge, and that tell no secret."""

import io
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ssp.infra import logs
from ssp.infra.logs import JsonLines


class Sheet:
    """A logger that writes on a sheet of paper."""

    def __init__(self) -> None:
        self.paper = io.StringIO()
        handler = logging.StreamHandler(self.paper)
        handler.setFormatter(JsonLines())
        self.log = logging.Logger("ssp.test")  # noqa: LOG001 - one that no other test knows
        self.log.addHandler(handler)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return what was written."""
        return [json.loads(line) for line in self.paper.getvalue().splitlines()]


@pytest.fixture
def sheet() -> Sheet:
    return Sheet()


def test_an_entry_is_one_line_of_json(sheet: Sheet) -> None:
    before = datetime.now(UTC)
    sheet.log.warning("%s of %d", "one", 2)
    (line,) = sheet.lines
    assert before <= datetime.fromisoformat(line.pop("at")) <= datetime.now(UTC)
    assert line == {"level": "warning", "logger": "ssp.test", "message": "one of 2"}


def test_events_and_request_ids_stand_apart(sheet: Sheet) -> None:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    sheet.log.info(
        "sign_in.finished", extra={"event": {"subject": "ada", "at": moment}, "request_id": "AB", "other": 1}
    )
    (line,) = sheet.lines
    assert line["event"] == {"subject": "ada", "at": str(moment)}
    assert line["request_id"] == "AB"
    assert "other" not in line


HOSTILE = [
    "a\nb",
    "a\r\nb",
    'a", "level": "critical',
    "a\x1b[2Jb",
    "a\x9bb",
    "a\x7fb",
    "a\x00b",
    "a\u2028b\u2029c\x85d",
    "a\u202eb\u2066c",
    "a\u200bb",
    "\ud800",
    "\U0001f642",
    "</script><script>",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_nothing_forges_a_line_or_turns_it_around(text: str, sheet: Sheet) -> None:
    sheet.log.warning("typed: %s", text, extra={"event": {"agent": text}, "request_id": text})
    written = sheet.paper.getvalue()
    assert written.count("\n") == 1
    assert written.endswith("}\n")
    assert all(" " <= sign <= "~" for sign in written[:-1])
    (line,) = sheet.lines
    assert (line["message"], line["event"]["agent"], line["request_id"]) == (f"typed: {text}", text, text)
    assert line["level"] == "warning"


def stumble(typed: str) -> None:
    raise ValueError(f"cannot read {typed}")


def test_an_exception_leaves_its_places_and_not_its_text(sheet: Sheet) -> None:
    try:
        stumble("canary")
    except ValueError:
        sheet.log.exception("unexpected")
    (line,) = sheet.lines
    assert "canary" not in sheet.paper.getvalue()
    assert len(line["trace"]) == 2
    assert all(place.startswith(f"{__file__}:") for place in line["trace"])


def test_an_exception_that_was_never_raised_has_no_places(sheet: Sheet) -> None:
    sheet.log.error("unexpected", exc_info=ValueError("canary"))
    sheet.log.error("nothing", exc_info=True)  # noqa: LOG014 - a caller's mistake
    assert "canary" not in sheet.paper.getvalue()
    assert ["trace" in line for line in sheet.lines] == [False, False]


# ---- Where it goes ----


@pytest.fixture
def portal_log() -> Iterator[logging.Logger]:
    """Give the portal's own logger as it is before the start."""
    log = logging.getLogger("ssp")
    kept = log.handlers[:], log.level, log.propagate
    log.handlers[:], log.propagate = [], True
    yield log
    log.handlers[:], log.level, log.propagate = kept


def test_the_portal_logs_to_stderr(portal_log: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(quiet=False)
    logging.getLogger("ssp.events").info("sign_in.finished")
    logging.getLogger("ssp.events").debug("too much")
    shown = capsys.readouterr()
    assert [json.loads(line)["message"] for line in shown.err.splitlines()] == ["sign_in.finished"]
    assert shown.out == ""
    assert not portal_log.propagate


def test_the_demos_terminal_has_trouble_only(portal_log: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    del portal_log
    logs.configure(quiet=True)
    logging.getLogger("ssp.events").info("sign_in.finished")
    logging.getLogger("ssp.errors").warning("unexpected")
    assert [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()] == ["unexpected"]


def test_a_second_start_does_not_double_the_lines(
    portal_log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(quiet=False)
    logs.configure(quiet=False)
    portal_log.warning("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_no_more_than_so_many_lines_a_minute(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.INFO, "ssp.sparing")
    sparing, minutes = logs.Sparing(logging.getLogger("ssp.sparing"), most=3), [5]
    monkeypatch.setattr(time, "monotonic", lambda: 60.0 * minutes[0])
    for number in range(5):
        sparing.info("line %s", number, request_id="R")
    minutes[0] += 1
    for number in range(3):
        sparing.info("later %s", number, request_id="R")
    minutes[0] += 1
    sparing.info("last", request_id="R")
    said = [each.getMessage() for each in caplog.records]
    assert said == [
        *map("line {}".format, range(3)),
        "2 more such lines were left out",
        *map("later {}".format, range(3)),
        "last",
    ]
    assert {getattr(each, "request_id", "-") for each in caplog.records} == {"R", "-"}
