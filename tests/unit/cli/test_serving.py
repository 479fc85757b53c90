"""What `flask serve` becomes: granian with its limits, and the portal behind it."""

import resource
import runpy
import signal
import sys
from types import ModuleType
from unittest.mock import Mock, call

import granian
import pytest
from flask import Flask
from granian.constants import HTTPModes, Interfaces

from ssp.cli import serving


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Give a stand-in for granian, which would serve for ever."""
    made = Mock()
    monkeypatch.setattr(granian, "Granian", made)
    monkeypatch.setattr(sys, "argv", ["serving", "127.0.0.1", "8000", "3", "5"])
    monkeypatch.delitem(sys.modules, "ssp.cli.serving")
    return made


def run(made: Mock) -> dict[str, object]:
    """Run it as a program; return what granian is told."""
    runpy.run_module("ssp.cli.serving", run_name="__main__")
    assert made.call_args.args == ("wsgi:app",)
    return dict(made.call_args.kwargs)


def test_granian_is_told_the_limits(made: Mock) -> None:
    told = run(made)
    assert (told["address"], told["port"], told["workers"]) == ("127.0.0.1", 8000, 3)
    assert told["interface"] is Interfaces.RSGI
    assert (told["http"], told["websockets"]) == (HTTPModes.http1, False)
    assert told["respawn_failed_workers"] is True
    assert told["workers_kill_timeout"] == 30
    settings = told["http1_settings"]
    assert isinstance(settings, granian.http.HTTP1Settings)
    assert (settings.header_read_timeout, settings.max_buffer_size) == (15_000, 65_536)


def test_each_process_loads_the_portal(made: Mock, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    run(made)
    handling = Mock()
    monkeypatch.setattr(signal, "signal", handling)
    wsgi = ModuleType("wsgi")
    wsgi.app = app  # type: ignore[attr-defined] # as wsgi.py has it
    monkeypatch.setitem(sys.modules, "wsgi", wsgi)
    loader = made.return_value.serve.call_args.kwargs["target_loader"]
    server = loader("wsgi:app")
    assert type(server).__name__ == "Server"
    server.__rsgi_del__(Mock())
    # As long as it loads, a process has nothing to finish, so whoever stops it need not wait.
    assert handling.mock_calls == [call(each, signal.SIG_DFL) for each in (signal.SIGTERM, signal.SIGINT)]


@pytest.mark.parametrize(
    "soft, hard, raised, connections",
    [
        (1024, 4096, 2248, 2048),
        (1024, resource.RLIM_INFINITY, 2248, 2048),
        (1024, 1024, 1024, 824),
        (64, 128, 128, 1),
        (65536, 65536, None, 2048),
    ],
)
def test_connections_are_as_many_as_the_machine_allows(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: int | None, connections: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", Mock(return_value=(soft, hard)))
    monkeypatch.setattr(resource, "setrlimit", Mock())
    assert serving._connections() == connections  # noqa: SLF001 - a number that granian is told
    calls = [((resource.RLIMIT_NOFILE, (raised, hard)),)] if raised else []
    assert resource.setrlimit.call_args_list == calls  # type: ignore[attr-defined] # the stand-in
