"""Both databases for the tests of the security log."""

from collections.abc import Iterator

import pytest

from ssp.flows import log_check, sealing
from ssp.flows.portal import Portal
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.postgresql import moved

FEW = 3


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def logged(
    request: pytest.FixtureRequest, site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Portal]:
    """Give a portal on either database whose blocks close three events each."""
    del clock
    for module in (sealing, log_check):
        monkeypatch.setattr(module, "MOST_EVENTS", FEW)
    if request.param == "sqlite":
        yield site
        return
    with moved(site, request.getfixturevalue("postgresql_url")) as portal:
        yield portal
