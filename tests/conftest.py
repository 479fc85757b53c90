"""What every test can ask for: a portal of its own, browsers, a phone, a clock to move."""

from __future__ import annotations

import gc
import os
import shutil
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import hypothesis
import pytest
import time_machine
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event
from werkzeug.routing import Rule

from ssp.app import create_app
from ssp.infra import articles
from ssp.infra.articles.source import read
from ssp.settings import ROOT, Settings
from tests.people import ADA, BEN, SAM, Browser, Phone, join

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path

    from flask import Flask

    from ssp.infra.articles.source import Article
    from ssp.web.portal import Site

pytest_plugins = ("tests.postgresql",)
# How long something takes depends on what else the machine does: that is for a benchmark.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")
START = datetime(2026, 11, 22, 14, 0, 7, tzinfo=UTC)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one where nothing may be skipped."""
    del item, call
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome, report.longrepr = "failed", f"skipped under CI: {report.longrepr}"
    return report


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays to the end, and come less often: a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the machine's environment sets."""
    monkeypatch.setenv("SSP_DEMO", "1")  # one at least
    for name in [name for name in os.environ if name.startswith("SSP_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def filled_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an instance folder with the schema, a key list and three people, made once by the real migrations."""
    folder = tmp_path_factory.mktemp("instance")
    app = create_app(Settings(instance=folder, demo=True))
    with app.app_context():
        upgrade()
        join(app.extensions["ssp"], ADA, BEN, SAM)
    app.extensions["ssp"].database.engine.dispose()
    return folder


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Give what keeps compiled templates, so that hundreds of portals need not compile the same ones."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """Remember what is alike in all portals: help articles, time zones, addresses. It is most of a portal's start."""
    known: dict[tuple[Path, str], Article] = {}
    builders: dict[tuple[str, str, tuple[bool, ...]], Callable[..., tuple[str, str]]] = {}
    compile_builder = Rule._compile_builder  # noqa: SLF001 - nothing public is between a rule and its compiler

    def remembered(path: Path, figures: Mapping[str, object]) -> Article:
        if not path.is_relative_to(ROOT):
            return read(path, figures)
        key = (path, repr(sorted(figures.items())))
        if key not in known:
            known[key] = read(path, figures)
        return known[key]

    def compiled(rule: Rule, *how: bool) -> Callable[..., tuple[str, str]]:
        assert not rule.defaults, "these would be another part of what a rule is"
        key = (rule.rule, rule.endpoint, how)
        if key not in builders:
            builders[key] = compile_builder(rule, *how)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(articles, "read", remembered)
        patch.setattr(Rule, "_compile_builder", compiled)
        # A walk over a thousand files.
        patch.setattr("ssp.settings.rules.available_timezones", cache(available_timezones))
        yield


def _hurry(connection: sqlite3.Connection, _record: object) -> None:
    """Let SQLite not wait for the disk: no test loses its power."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def make_app(
    tmp_path: Path, filled_instance: Path, compiled_templates: FileSystemBytecodeCache
) -> Iterator[Callable[..., Flask]]:
    """Give a maker of portals that share one database; called again, it is the portal restarted or a second process."""
    instance = tmp_path / "instance"
    shutil.copytree(filled_instance, instance)
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:  # noqa: ANN401 - whatever a setting takes
        app = create_app(Settings(**{"instance": instance, "demo": True, **settings}))
        app.jinja_env.bytecode_cache = compiled_templates
        engine = app.extensions["ssp"].database.engine
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _hurry)
        made.append(app)
        return app

    yield make
    for app in made:
        site = app.extensions["ssp"]
        app.extensions["ssp.courier"].close()
        app.extensions["ssp.sealer"].close()
        site.carrier.close()
        site.passwords.close()
        site.database.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give a portal in demo mode with Ada, Ben and Sam."""
    return make_app()


@pytest.fixture
def site(app: Flask) -> Site:
    """Give the portal's parts."""
    found: Site = app.extensions["ssp"]
    return found


@pytest.fixture
def phone(tmp_path: Path) -> Phone:
    """Give everybody's phone."""
    return Phone(tmp_path / "instance" / "outbox.jsonl")


@pytest.fixture
def browser(app: Flask, phone: Phone) -> Browser:
    """Give a browser."""
    return Browser(app, phone)


@pytest.fixture
def other_browser(app: Flask, phone: Phone) -> Browser:
    """Give a second browser, at another desk."""
    return Browser(app, phone, agent="Mozilla/5.0 (Windows NT 10.0) Chrome/150.0")


class Clock:
    """The time that everything sees; it stands still until a test moves it."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def move(self, **span: float) -> None:
        """Let time pass."""
        self._traveller.shift(timedelta(**span))

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Give a clock that stands at a Sunday afternoon."""
    with time_machine.travel(START, tick=False) as traveller:
        yield Clock(traveller)
