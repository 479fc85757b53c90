"""A portal behind its server, and granian's part."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ssp.web.server import Server
from tests.unit.web.server.granian import Granian


@pytest.fixture
def granian(app: Flask) -> Iterator[Granian]:
    """Give what asks a portal with four threads as granian does."""
    granian = Granian(Server(app, 4))
    yield granian
    granian.close()
