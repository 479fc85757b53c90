"""What the security checks can ask for besides: a public portal, and a count of the hashes that are computed."""

from collections.abc import Callable
from dataclasses import replace
from unittest.mock import Mock

import pytest
from argon2.low_level import hash_secret_raw
from flask import Flask

from ssp.infra.passwords import argon
from ssp.infra.telephony.outbox import FILE, OutboxCarrier
from ssp.infra.telephony.pool import BoundedSender
from tests.people import Browser, Phone
from tests.security.tools import PUBLIC, TWILIO, Costs


@pytest.fixture
def public_app(make_app: Callable[..., Flask]) -> Flask:
    """Give a portal on the web, whose texts and calls arrive on the tests' phone."""
    app = make_app(demo=False, base_url=PUBLIC, **TWILIO)
    site = app.extensions["ssp"]
    carrier = BoundedSender(OutboxCarrier(site.settings.instance / FILE))
    app.extensions["ssp"] = replace(site, carrier=carrier)
    return app


@pytest.fixture
def public(public_app: Flask, phone: Phone) -> Browser:
    """Give a browser in front of the portal on the web."""
    return Browser(public_app, phone, origin=PUBLIC)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Costs:
    """Give what tells the costs of all Argon2 hashes from now on: memory, passes and lanes."""
    spy = Mock(wraps=hash_secret_raw)
    monkeypatch.setattr(argon, "hash_secret_raw", spy)

    def costs() -> list[tuple[int, int, int]]:
        given = [call.kwargs for call in spy.call_args_list]
        return [(each["memory_cost"], each["time_cost"], each["parallelism"]) for each in given]

    return costs
