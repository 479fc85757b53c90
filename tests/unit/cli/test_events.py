"""`flask events …`: what the log knows, what it holds, and whether it is as it was sealed."""

import re

import pytest
from click.testing import Result
from flask import Flask

from ssp.cli import events as cli
from ssp.flows import events, pruning, sealing
from ssp.flows.kinds import Kind, Outcome
from ssp.models import Authenticator
from ssp.settings import ROOT
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT
from tests.log import blocks, tamper, write
from tests.people import replaced
from tests.postgresql import moved


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["events", *words])


# ---- list ----


def test_every_kind_is_listed(app: Flask) -> None:
    done = run(app, "list")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [kind.value for kind in Kind]
    assert all(kind.entry.words in line for kind, line in zip(Kind, lines, strict=True))


def test_the_documentation_is_made_of_the_code(app: Flask) -> None:
    done = run(app, "list", "--markdown")
    assert (done.exit_code, done.stdout) == (0, cli.document())
    for kind in Kind:
        _, section = done.stdout.split(f"### `{kind.value}`\n", 1)
        section = section.split("\n### ", 1)[0]
        assert kind.entry.words in section
        assert kind.entry.watch in section
        assert all(f"| `{reason}` | {words} |" in section for reason, words in kind.entry.reasons.items())
    shown = (ROOT / "docs" / "events.md").read_text("utf-8")
    assert f"<!-- events -->\n{done.stdout}<!-- /events -->\n" in shown


# ---- show ----


def test_the_newest_events_are_shown_the_newest_last(app: Flask, site: Site, clock: Clock) -> None:
    write(site, 2)
    done = run(app, "show", "--most", "3")
    assert done.exit_code == 0
    added, *given_up = done.stdout.splitlines()
    assert re.fullmatch(r".{19}Z  user\.added  done  sam  operator:\S+  -  \S+  command line", added)
    line = f"{clock.now():%Y-%m-%d %H:%M:%S}Z  sign_in.given_up  done  -  visitor  {VISIT.address}  {VISIT.request_id}"
    assert given_up == [f"{line}  {VISIT.agent}"] * 2


def test_one_persons_events_are_shown(app: Flask) -> None:
    app.test_cli_runner().invoke(args=["user", "disable", "ben"])
    done = run(app, "show", "BEN")
    assert [line.split("  ")[1] for line in done.stdout.splitlines()] == ["user.added", "user.disabled"]


def test_outcome_reason_and_way_are_shown(app: Flask, site: Site) -> None:
    way = Authenticator(id="way", type="text", user_id=1)
    with site.database.writing() as connection:
        events.record(connection, VISIT, Kind.SECOND_FACTOR, Outcome.REFUSED, reason="wrong", authenticator=way)
    assert "  sign_in.second_factor  refused (wrong) by text  " in run(app, "show", "--most", "1").stdout


def test_nobody_of_that_name(app: Flask) -> None:
    done = run(app, "show", "nobody")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "Error: there is nobody called nobody\n")


# ---- seal and verify ----


def test_the_log_is_sealed_and_verified(app: Flask, site: Site) -> None:
    done = run(app, "seal")
    assert (done.exit_code, done.stdout) == (0, "3 events sealed in 1 block\n")
    assert run(app, "seal").stdout == "0 events sealed in 0 blocks\n"
    (block,) = blocks(site)
    done = run(app, "verify")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "3 events in 1 block checked, all as they were sealed",
        f"newest block: 1, sealed {block.sealed_at:%Y-%m-%d %H:%M:%S}Z",
        f"digest: {block.digest}",
    ]


def test_events_that_are_not_sealed_are_told(app: Flask, site: Site, clock: Clock) -> None:
    assert run(app, "seal").exit_code == 0
    write(site, 1)
    last = run(app, "verify").stdout.splitlines()[-1]
    assert last == f"1 newest event not sealed yet, since {clock.now():%Y-%m-%d %H:%M:%S}Z"


def test_a_fresh_log_has_no_blocks(app: Flask) -> None:
    first, second = run(app, "verify").stdout.splitlines()
    assert first == "0 events in 0 blocks checked, all as they were sealed"
    assert second.startswith("3 newest events not sealed yet, since ")


def test_what_was_changed_is_named_and_the_exit_code_says_so(app: Flask, site: Site) -> None:
    assert run(app, "seal").exit_code == 0
    tamper(site, "UPDATE event SET subject = 'mallory' WHERE id = 2")
    done = run(app, "verify")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[:2] == [
        "mend  block 1 (events 1 to 3): event 2 was altered",
        "3 events in 1 block checked, 1 fault found",
    ]


def test_a_digest_that_was_kept_is_looked_for(app: Flask, site: Site) -> None:
    assert run(app, "seal").exit_code == 0
    (block,) = blocks(site)
    assert run(app, "verify", "--expect", f" {block.digest.upper()} ").exit_code == 0
    done = run(app, "verify", "--expect", "0123456789abcdef" * 4)
    assert done.exit_code == 1
    assert "mend  no block has the digest 0123456789abcdef" in done.stdout
    done = run(app, "verify", "--expect", "0123")
    assert done.exit_code == 2
    assert "a digest is 64 digits and letters a to f" in done.stderr


@pytest.mark.parametrize("since, checked", [("2026-11-24", 0), ("2026-11-23T14:00:07", 1), ("2020-01-01", 4)])
def test_only_what_was_sealed_since_a_day(since: str, checked: int, app: Flask, site: Site, clock: Clock) -> None:
    assert run(app, "seal").exit_code == 0
    clock.move(days=1)
    write(site, 1)
    assert run(app, "seal").exit_code == 0
    done = run(app, "verify", "--since", since)
    assert done.stdout.startswith(f"{checked} event{'' if checked == 1 else 's'} in ")


def test_a_moment_that_is_none_is_wrong_usage(app: Flask) -> None:
    assert run(app, "verify", "--since", "yesterday").exit_code == 2


def test_what_was_pruned_is_told(app: Flask, site: Site, clock: Clock) -> None:
    sealing.seal(site)
    clock.move(days=2000)
    write(site, 1)
    sealing.seal(site)
    pruning.prune(site)
    assert "3 older events pruned before" in run(app, "verify").stdout


@pytest.mark.postgresql
def test_a_log_that_cannot_be_sealed_is_one_line(
    app: Flask, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "PATIENCE_SECONDS", 0)
    site = app.extensions["ssp"]
    with (
        moved(site, postgresql_url) as portal,
        replaced(app, database=portal.database),
        portal.database.engine.connect() as other,
    ):
        events.record(other, VISIT, Kind.GIVEN_UP)
        done = run(app, "seal")
        assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"Error: {cli.BUSY}\n")
        done = app.test_cli_runner().invoke(args=["prune"])
        assert (done.exit_code, done.stderr) == (1, f"Error: {cli.BUSY}\n")
        assert "       0 events\n" in done.stdout


def test_pruning_says_where_the_log_is_broken(app: Flask, site: Site, clock: Clock) -> None:
    sealing.seal(site)
    clock.move(days=2000)
    write(site, 1)
    sealing.seal(site)
    tamper(site, "UPDATE event SET agent = '' WHERE id = 1")
    done = app.test_cli_runner().invoke(args=["prune"])
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: block 1 of the security log is not as it was sealed, so it and all newer ones stay; run `flask events "
        "verify`\n"
    )


def test_every_command_says_what_it_is_for(app: Flask) -> None:
    done = run(app, "--help")
    for verb in ("list", "seal", "show", "verify"):
        assert f"\n  {verb} " in done.stdout
        assert run(app, verb, "--help").exit_code == 0
