"""A portal to measure: its people, and its server."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyotp
from flask_migrate import upgrade

from ssp.app import create_app
from ssp.authenticators.drafts import PURPOSE
from ssp.flows import credentials
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.models import authenticator, user
from ssp.settings import Settings
from tests.bench.browsers import PASSWORD, PORT, Client, Person

# Everybody here comes from one address.
WIDE = "1000000/1m"
PHONE = {"phone": "+12055550123", "extension": ""}


def make_people(folder: Path, apps: int, texts: int = 0) -> tuple[list[Person], list[str]]:
    """Make people with an authenticator app each, and others with text messages.

    Return usernames and secrets of the first, usernames of the others.
    """
    app = create_app(Settings(instance=folder, demo=True))
    site = app.extensions["ssp"]
    with app.app_context():
        upgrade()
    with_app = [(f"bench{each}", pyotp.random_base32()) for each in range(apps)]
    with_texts = [f"text{each}" for each in range(texts)]
    ways: list[tuple[str, str, dict[str, str]]] = [(name, "totp", {"secret": secret}) for name, secret in with_app]
    ways += [(name, "text", PHONE) for name in with_texts]
    at, phc = now(), site.passwords.hash(PASSWORD)
    with site.database.writing() as connection:
        for username, kind, holds in ways:
            values = {"email": "b@example.test", "name": username, "groups": ("agents",), "created_at": at}
            selector = tokens.new_id()
            values |= {"selector": selector, "password_hash": credentials.sealed(site, selector, phc)}
            number = user.add(connection, username=username, **values)
            row_id = tokens.new_id()
            data = site.keys.seal(PURPOSE, f"{number}:{row_id}", json.dumps(holds))
            row = {"id": row_id, "user_id": number, "type": kind, "label": "way", "data": data, "created_at": at}
            authenticator.replace_draft(connection, **row, pending_id=None)
            authenticator.confirm(connection, row_id, at, at)
    site.database.engine.dispose()
    return with_app, with_texts


@contextmanager
def served(folder: Path, settings: Mapping[str, str]) -> Iterator[None]:
    """Run `flask serve`, with nothing set but these and the instance folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SSP_")}
    environ = {**kept, "SSP_LIMIT_SIGN_INS": WIDE, **settings, "SSP_INSTANCE": str(folder)}
    command = [sys.executable, "-m", "flask", "serve", "--bind", f"127.0.0.1:{PORT}"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait()
            yield
        finally:
            server.terminate()


def _wait() -> None:
    for _ in range(200):
        try:
            if Client().get("/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")
