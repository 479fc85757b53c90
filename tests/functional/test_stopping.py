"""`flask serve` is told to stop: what has begun is finished, and nothing new is."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.browser.serving import START_SECONDS, Portal, start
from tests.processes import children
from tests.security.served import head, hear, status

BODY = b"username=ada"


@pytest.fixture
def portal(filled_instance: Path, tmp_path: Path) -> Iterator[Portal]:
    portal = start(filled_instance, tmp_path / "instance")
    yield portal
    portal.process.kill()  # nothing, once it has ended


def test_a_form_on_its_way_is_still_answered(portal: Portal) -> None:
    address = ("127.0.0.1", portal.port)
    with closing(socket.create_connection(address, timeout=20)) as line:
        line.sendall(head("POST", "/sign-in", f"Content-Length: {len(BODY)}", "Expect: 100-continue"))
        assert status(line.recv(65536)) == 100  # somebody reads it now
        line.sendall(BODY[:5])
        portal.process.terminate()
        assert status(hear(line, BODY[5:])) == 403  # it has no token
    assert portal.process.wait(20) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, timeout=20)
    assert "Traceback" not in portal.log
    assert "never awaited" not in portal.log


def workers(portal: Portal) -> set[int]:
    """Return the processes of a portal that answer: all that the first one started."""
    return set(children(portal.process.pid))


def test_a_worker_that_is_killed_comes_back(portal: Portal) -> None:
    """As the kernel does where memory runs out; the others answer meanwhile."""
    before = workers(portal)
    assert before
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    end = time.monotonic() + START_SECONDS
    while (now := workers(portal)) == before or len(now) < len(before):
        assert time.monotonic() < end, portal.log
        assert portal.process.poll() is None, portal.log
    assert victim not in now
    portal.wait()
    assert portal.stop() == 0
