"""What `flask serve` becomes: granian, with the portal behind its RSGI interface. `python -m ssp.cli.serving`."""

import resource
import signal
import sys
from functools import partial
from importlib import import_module
from typing import Any, cast

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from ssp.web.server import Server

# A client sends its headers within this time, or begins its next request, else the connection ends.
HEADER_SECONDS = 15
# Twice what the portal reads, so that its own page says that it is too much.
LARGEST_HEAD = 64 * 1024
# Of each process. One that waits costs some KiB, so many are needed to keep others out, and none for longer than above.
CONNECTIONS = 2048
# What a process opens besides: the database, sends, files.
OTHER_FILES = 200
STOP_SECONDS = 30


def main() -> None:
    """Serve until SIGTERM or SIGINT; the words are address, port, processes, and threads of each."""
    host, port, workers, threads = sys.argv[1:]
    Granian(
        "wsgi:app",
        address=host,
        port=int(port),
        interface=Interfaces.RSGI,
        workers=int(workers),
        http=HTTPModes.http1,
        websockets=False,
        backpressure=_connections(),
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=LARGEST_HEAD),
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=cast("Any", partial(load, int(threads))))  # typed as if for functions only


def load(threads: int, target: str) -> Server:
    """Return the server of a process, around the application that any WSGI server would run."""
    # Until granian listens to them in this process, signals would be lost on what its parent does with them.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_DFL)
    module, _, name = target.partition(":")
    return Server(getattr(import_module(module), name), threads)


def _connections() -> int:
    """Return how many connections a process may hold, and make room for them as far as the machine lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(CONNECTIONS, soft - OTHER_FILES))


if __name__ == "__main__":
    main()
