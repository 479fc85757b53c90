"""What the security checks can ask for besides: a public portal, and a count of the hashes that are computed."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from argon2.low_level import hash_secret_raw
from flask import Flask

from ssp.app import create_app
from ssp.flows import demo_people
from ssp.infra.passwords import argon
from ssp.infra.telephony.outbox import FILE, OutboxCarrier
from ssp.infra.telephony.pool import BoundedSender
from ssp.models import Authenticator, Challenge, KnownBrowser, PendingSignIn, Session, Throttle, TrustedDevice
from ssp.settings import Settings
from tests.people import Browser, Phone
from tests.security.served import Twins
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


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def twins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Give two servers in demo mode on one database of either kind, with the demo's people."""
    instance = tmp_path_factory.mktemp("twins") / "instance"
    shutil.copytree(request.getfixturevalue("filled_instance"), instance)
    if request.param == "sqlite":
        url = f"sqlite:///{instance / 'ssp.db'}"
    else:
        cluster = request.getfixturevalue("postgresql")
        url = cluster.create(template=request.getfixturevalue("postgresql_schema"))
    app = create_app(Settings.model_validate({"instance": instance, "demo": True, "database_url": url}))
    with app.app_context():
        demo_people.add_missing(app.extensions["ssp"])
    app.extensions["ssp"].database.engine.dispose()
    running = Twins(instance, url).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def crowded(filled_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Give two servers that let any number of people sign in from one address, with Ada, Ben and Sam."""
    instance = tmp_path_factory.mktemp("crowded") / "instance"
    shutil.copytree(filled_instance, instance)
    running = Twins(instance, f"sqlite:///{instance / 'ssp.db'}").start(limit_sign_ins="1000000/1m")
    yield running
    running.stop()


@pytest.fixture
def nothing_before(twins: Twins) -> None:
    """Forget what earlier tests sent and set up."""
    twins.phone.path.unlink(missing_ok=True)
    twins.forget(Throttle, Session, Challenge, Authenticator, PendingSignIn, TrustedDevice, KnownBrowser)
