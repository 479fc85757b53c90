"""`flask delivery …`: findings as lines and exit codes, and the report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ssp.app import create_app
from ssp.infra.telephony.carrier import Reason, Rejected, VoiceCall
from ssp.models import delivery
from ssp.settings import Settings
from tests.people import FakeCarrier, replaced
from tests.provider import ACCOUNT, TOKEN, open_provider, refuses, replies, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from flask import Flask

    from ssp.web.portal import Site
    from tests.conftest import Clock
    from tests.people import Phone


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["delivery", *words])


# ---- check ----


def test_each_finding_is_a_line_and_all_well_is_exit_code_0(app: Flask, phone: Phone) -> None:
    done = run(app, "check")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "ok    Codes go to the outbox of demo mode, and to nobody's phone.",
        "ok    Texts may go to: the United States, Canada.",
        "ok    Calls may go to: the United States, Canada.",
    ]
    assert phone.messages() == []


def test_what_must_be_mended_says_how_and_is_exit_code_1(make_app: Callable[..., Flask]) -> None:
    with open_provider() as provider:
        provider.answer = refuses(401, 20003)
        done = run(make_app(**settings_for(provider.origin)), "check")
    assert (done.exit_code, done.stderr) == (1, "")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("mend")]
    assert re.fullmatch(
        r"mend  The provider refuses the credentials\. To mend it: copy SSP_TWILIO_ACCOUNT_SID .+\.", line
    )


def test_what_is_only_worth_knowing_is_no_failure(make_app: Callable[..., Flask]) -> None:
    done = run(make_app(voice_countries="CA", twilio_from="+12055550100"), "check")
    assert done.exit_code == 0
    assert [line for line in done.stdout.splitlines() if line.startswith("note  Calls come from")]


def test_neither_account_nor_secret_nor_number_is_said(make_app: Callable[..., Flask]) -> None:
    with open_provider() as provider:
        provider.answer = replies(200, {"incoming_phone_numbers": []})
        done = run(make_app(**settings_for(provider.origin, twilio_voice_from="+12055550177")), "check")
    assert done.exit_code == 1
    assert "••• ••77" in done.stdout
    assert not [word for word in (ACCOUNT, TOKEN, "5550100", "5550177") if word in done.output]


def test_one_test_text_is_sent_on_request(app: Flask, phone: Phone) -> None:
    done = run(app, "check", "--to", "205-555-0123")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith("ok    One test text is in the outbox.")
    (sent,) = phone.messages()
    assert (sent["channel"], sent["to"]) == ("text", "+12055550123")


def test_one_test_call_goes_to_an_extension(app: Flask) -> None:
    carrier = FakeCarrier()
    with replaced(app, carrier=carrier):
        done = run(app, "check", "--to", "205-555-0145", "--voice", "--extension", "12")
    assert (done.exit_code, len(carrier.sent)) == (0, 1)
    call = carrier.sent[0]
    assert isinstance(call, VoiceCall)
    assert (call.to, call.extension) == ("+12055550145", "12")


def test_a_test_that_fails_is_to_be_mended(app: Flask) -> None:
    with replaced(app, carrier=FakeCarrier(Rejected(Reason.OPTED_OUT))):
        done = run(app, "check", "--to", "205-555-0123")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1].startswith("mend  The test text: That number has sent STOP to this sender. To ")


@pytest.mark.parametrize(
    "words, fault",
    [
        (("--voice",), "need --to"),
        (("--extension", "12"), "need --to"),
        (("--to", "205-555-0123", "--extension", "12"), "add --voice"),
        (("--to", "12"), "too short"),
        (("--to", "+44 7400 123456"), "country"),
        (("--to", "205-555-0145", "--voice", "--extension", "x"), "extension"),
        (("--to",), "requires an argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_sends_nothing(words: tuple[str, ...], fault: str, app: Flask, phone: Phone) -> None:
    done = run(app, "check", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert fault in done.stderr
    assert phone.messages() == []


# ---- report ----


def test_the_report_goes_back_as_far_as_asked(app: Flask, site: Site, clock: Clock) -> None:
    row = {"channel": "text", "country": "US", "status": "sent", "stage": 2, "provider_id": "SM1"}
    with site.database.writing() as connection:
        delivery.add(connection, id="d" * 22, sent_at=clock.now(), **row)
    clock.move(days=1)
    assert run(app, "report", "--days", "1").stdout == "No text and no call was sent in 1 day(s).\n"
    found = run(app, "report", "--days", "2")
    assert found.exit_code == 0
    assert re.search(r"^2026-11-22  US       text        1 +- +0 +0 +0%$", found.stdout, re.MULTILINE)
    clock.move(days=28)
    assert "2026-11-22" in run(app, "report").stdout
    clock.move(days=1)
    assert "2026-11-22" not in run(app, "report").stdout


@pytest.mark.parametrize("days", ["0", "101", "x"])
def test_days_that_are_not_kept_are_wrong_usage(days: str, app: Flask) -> None:
    assert run(app, "report", "--days", days).exit_code == 2


def test_a_database_without_its_schema_is_one_line(tmp_path: Path) -> None:
    app = create_app(Settings.model_validate({"instance": tmp_path / "empty", "demo": True}))
    done = run(app, "report")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the database says: no such table: delivery;")
    assert done.stderr.count("\n") == 1
