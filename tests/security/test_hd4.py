"""HD4: the log says who did what to whom and why, and nothing in the portal changes or drops what it says."""

import ast

import pytest
from flask import Flask
from sqlalchemy.exc import DatabaseError

from ssp.flows import log_check, people, sealing
from ssp.models import Event, EventBlock
from ssp.settings import ROOT
from ssp.web.portal import Site
from tests.log import tamper
from tests.people import ADA, Browser, events, set_up_text, table
from tests.security.tools import addresses

MODELS = ROOT / "ssp" / "models"
CHANGING = {"update", "delete"}
GUARDED = {"Event", "EventBlock", "EventAnchor", "_events", "_blocks", "_anchors"}


def changing() -> set[tuple[str, str]]:
    """Return where the code changes or drops rows of the log: the file, and the statement's name."""
    found = set()
    for path in sorted((ROOT / "ssp").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHANGING:
                names = {each.id for given in node.args for each in ast.walk(given) if isinstance(each, ast.Name)}
                if names & GUARDED:
                    found.add((path.name, ast.unparse(node)))
    return found


def test_only_pruning_drops_events_and_nothing_changes_them() -> None:
    assert changing() == {
        ("event.py", "delete(_events)"),
        ("event_block.py", "delete(_blocks)"),
        ("event_block.py", "delete(_anchors)"),
    }


def test_no_address_leads_to_it(app: Flask) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert not [path for _, path in addresses(app, method) if "event" in path or "log" in path]


@pytest.mark.parametrize("statement", ["UPDATE event SET subject = 'ben'", "DELETE FROM event"])
def test_the_database_itself_refuses(statement: str, browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    before = table(site, Event)
    with pytest.raises(DatabaseError, match="append-only"), site.database.writing() as connection:
        connection.exec_driver_sql(statement)
    assert table(site, Event) == before


def test_the_running_portal_seals_what_was_written(app: Flask, browser: Browser, site: Site) -> None:
    sealer = app.extensions["ssp.sealer"]
    browser.open("/sign-in").open("/help/")
    assert not vars(sealer)["_timer"], "reading pages writes nothing"
    sealer._pause = 0  # noqa: SLF001 - half a minute otherwise
    browser.open("/sign-in").fill(username="ada", password="wrong")
    vars(sealer)["_timer"].join()
    report = log_check.verify(site)
    assert (report.faults, report.unsealed) == ([], 0)
    assert report.events == len(events(site))


def test_whoever_gets_around_that_is_found_out(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    sealing.seal(site)
    assert log_check.verify(site).faults == []
    (victim, *_) = events(site, "authenticator.set_up")
    tamper(site, "DELETE FROM event WHERE id = :victim", victim=victim.id)
    (fault,) = log_check.verify(site).faults
    assert fault.words.endswith(f": event {victim.id} was removed")
    assert len(table(site, EventBlock)) == 1


def test_what_an_operator_does_has_actor_target_and_reason(site: Site) -> None:
    people.reset_mfa(site, "ada")
    newest = events(site)[-1]
    assert (newest.subject, newest.reason) == ("ada", "reset_by_operator")
    assert newest.actor.startswith("operator:")
