"""PostgreSQL is stopped and started again: 503s meanwhile, nothing lost, and nobody has to start the portal anew."""

from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ssp.infra.postgresql import ALIVE_SECONDS, ANSWER_SECONDS, Impatient
from ssp.models import Session, Throttle
from tests.conftest import Clock
from tests.people import ADA, Browser, Phone, events, join, password, set_up_text, sign_in_by_text, sign_out, table
from tests.postgresql import Cluster, cluster

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """Give a cluster that nobody else needs."""
    with cluster() as running:
        yield running


@pytest.fixture
def browser(own_cluster: Cluster, make_app: Callable[..., Flask], phone: Phone) -> Browser:
    """Give a browser in front of a portal with Ada, on that cluster."""
    app = make_app(database_url=own_cluster.create())
    with app.app_context():
        upgrade()
        join(app.extensions["ssp"], ADA)
    return Browser(app, phone)


def test_it_goes_and_comes_back(own_cluster: Cluster, browser: Browser, clock: Clock) -> None:
    site = browser.app.extensions["ssp"]
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA).fill("/sign-in/code", code=browser.phone.wrong_code())
    form = browser.form("/sign-in/code")
    form["code"] = browser.phone.text_code()
    counted = table(site, Throttle)
    own_cluster.stop("fast")
    try:
        page = form.submit(expect_errors=True)
        assert (page.status_int, page.headers["Retry-After"]) == (503, "5")
        assert "Nothing was lost" in page.text
        browser.open("/readyz", status=503)
        for path in ("/healthz", "/help/", "/help/mfa", "/nothing"):
            assert browser.open(path).page.status_int in {200, 404}
        assert "not possible just now" in browser.open("/sign-in", status=200).note
        assert Browser(browser.app, browser.phone).open("/sign-in", status=200).note == ""
        assert browser.fill(username="ada", password=ADA.password).page.status_int == 503
    finally:
        own_cluster.resume()
    browser.open("/readyz", status=200)
    assert table(site, Throttle) == counted
    browser.page = form.submit().follow()
    assert browser.path == "/"
    assert form.submit(expect_errors=True).status_int == 403  # it belonged to the sign-in that is finished
    assert len([each for each in table(site, Session) if each.ended_at is None]) == 1
    assert len(events(site, "sign_in.finished")) == 2


def test_a_session_outlives_it(own_cluster: Cluster, browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_in_by_text(browser, ADA)
    clock.move(minutes=5)
    own_cluster.stop("fast")
    try:
        assert browser.open("/").page.status_int == 503
        assert "not possible just now" in browser.open("/sign-in", status=200).note
    finally:
        own_cluster.resume()
    assert browser.open("/", status=200).path == "/"


# To connect anew, which is tried once.
CONNECT_SECONDS = 3


def test_one_that_is_stopped_where_it_stands_keeps_nobody_waiting(own_cluster: Cluster, browser: Browser) -> None:
    """The network notices nothing: its machine takes what is sent, and nothing ever comes back."""
    set_up_text(browser, ADA)
    with own_cluster.frozen():
        begun = monotonic()
        page = browser.open("/account/", status=503).page
        assert monotonic() - begun < ALIVE_SECONDS + CONNECT_SECONDS + 2
        assert (page.headers["Retry-After"], "Nothing was lost" in page.text) == ("5", True)
        begun = monotonic()
        browser.open("/readyz", status=503)
        assert monotonic() - begun < CONNECT_SECONDS + 2, "the pool has no connection any more to try"
    assert browser.open("/account/", status=200).path == "/account/"


def test_a_question_on_its_way_is_given_up(own_cluster: Cluster, browser: Browser) -> None:
    database = browser.app.extensions["ssp"].database
    begun = monotonic()
    with (
        pytest.raises(OperationalError, match="the server does not answer"),
        database.writing() as connection,
        own_cluster.frozen(),
    ):
        connection.execute(text("SELECT 1"))
    assert ANSWER_SECONDS - 1 < monotonic() - begun < ANSWER_SECONDS + 2
    browser.open("/readyz", status=200)


def test_a_migration_takes_the_time_it_needs(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impatient, "patience", 0.5)
    database = browser.app.extensions["ssp"].database
    # Only a statement that is slow in the server is one that the patience is for.
    with pytest.raises(OperationalError, match="the server does not answer"), database.writing() as connection:
        connection.execute(text("SELECT pg_sleep(1)"))
    with database.migrating() as connection:
        connection.execute(text("SELECT pg_sleep(1)"))
