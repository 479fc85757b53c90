"""A database that is locked, read-only or full: a clear 503, nothing half-saved, and the next request works."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest
from sqlalchemy import event, insert
from sqlalchemy.exc import OperationalError

from ssp.infra.clock import now
from ssp.infra.telephony import outbox
from ssp.models import Event
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, Phone, events, gone, one, password, set_up_text, sign_in_by_text, sign_out


@contextmanager
def connections_that(site: Site, *pragmas: str) -> Iterator[None]:
    """Let every connection to the database begin with these statements."""

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(pragma)

    engine = site.database.engine
    event.listen(engine, "connect", connected)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", connected)
        engine.dispose()


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Hold the database's write lock, as a backup that hangs would."""
    path = site.settings.instance / "ssp.db"
    with connections_that(site, "PRAGMA busy_timeout=20"), closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(site: Site) -> Iterator[None]:
    """Leave no room in the database, as a full disk would."""
    with connections_that(site, "PRAGMA max_page_count=1"):
        row = {"at": now(), "kind": "filler", "outcome": "done", "subject": "-", "actor": "-", "address": "-"}
        for size in (300, 1):
            while fits(site, **row, request_id="-", agent="x" * size):
                pass
        yield


def fits(site: Site, **row: object) -> bool:
    """Say whether one more event found room."""
    try:
        with site.database.writing() as connection:
            connection.execute(insert(Event).values(**row))
    except OperationalError:
        return False
    return True


@contextmanager
def read_only(site: Site) -> Iterator[None]:
    """Let nothing be written."""
    with connections_that(site, "PRAGMA query_only=1"):
        yield


Trouble = Callable[[Site], AbstractContextManager[None]]
TROUBLES: list[Trouble] = [locked, full, read_only]


def unavailable(browser: Browser) -> bool:
    """Say whether the page says that it cannot be done just now."""
    page = browser.page
    assert page.status_int == 503
    assert page.headers["Retry-After"] == "5"
    assert "Nothing was lost" in browser.words
    assert one(page.html, ".reference b").get_text()
    assert "sqlite" not in page.text.lower()
    return True


@pytest.mark.parametrize("trouble", TROUBLES)
class TestWhenNothingCanBeWritten:
    def test_a_password_gets_a_503_and_then_works(
        self, browser: Browser, site: Site, trouble: Trouble, caplog: pytest.LogCaptureFixture
    ) -> None:
        browser.open("/sign-in")
        with trouble(site):
            browser.fill(username="ada", password=ADA.password)
            assert unavailable(browser)
            assert password(browser, ADA).page.status_int == 503
        assert password(browser, ADA).path == "/set-up"
        (line, _again) = [each for each in caplog.records if each.name == "ssp.errors"]
        assert line.levelno == logging.ERROR
        assert line.getMessage().startswith("database: ")
        assert ADA.password not in caplog.text

    def test_a_wrong_password_does_too(self, browser: Browser, site: Site, trouble: Trouble) -> None:
        browser.open("/sign-in")
        with trouble(site):
            browser.fill(username="ada", password="not her password at all")
            assert unavailable(browser)
        assert events(site, "sign_in.password") == []

    def test_a_code_is_not_used_up_by_it(self, browser: Browser, site: Site, clock: Clock, trouble: Trouble) -> None:
        sign_out(set_up_text(browser, ADA))
        clock.move(minutes=1)
        password(browser, ADA)
        code, form = browser.phone.text_code(), browser.form("/sign-in/code")
        form["code"] = code
        with trouble(site):
            browser.page = form.submit(expect_errors=True)
            assert unavailable(browser)
        browser.page = form.submit().follow()
        assert browser.path == "/"

    def test_pages_can_still_be_read(self, browser: Browser, site: Site, trouble: Trouble) -> None:
        set_up_text(browser, ADA)
        with trouble(site):
            for path in ("/help/", "/help/mfa", "/", "/healthz", "/readyz"):
                browser.open(path, status=200)


@pytest.mark.parametrize("trouble", [locked, read_only])
def test_a_set_up_under_way_goes_on_afterwards(browser: Browser, site: Site, trouble: Trouble) -> None:
    form = password(browser, ADA).fill(type="text").form()
    form["phone"] = ADA.mobile
    with trouble(site):
        browser.page = form.submit(expect_errors=True)
        assert unavailable(browser)
        assert browser.phone.messages() == []
    browser.page = form.submit().follow()
    assert browser.fill(code=browser.phone.text_code()).path == "/set-up/done"


def test_an_outbox_that_cannot_be_written_is_a_carrier_that_fails(
    browser: Browser, phone: Phone, site: Site, clock: Clock
) -> None:
    (site.settings.instance / outbox.FILE).mkdir()
    password(browser, ADA).fill(type="text")
    browser.fill(phone=ADA.mobile)
    assert browser.path == "/set-up/text"
    assert "We could not send the code just now" in browser.note
    assert events(site, "sign_in.code_sent")[-1].reason == "storage"
    (site.settings.instance / outbox.FILE).rmdir()
    clock.move(seconds=30)
    assert browser.fill("/set-up/text/send").fill(code=phone.text_code()).path == "/set-up/done"


def test_a_database_that_is_gone_is_said_to_machines(browser: Browser, site: Site) -> None:
    browser.open("/readyz", status=200)
    with gone(site):
        browser.open("/readyz", status=503)
        assert browser.page.text == "the database does not answer\n"
        browser.open("/healthz", status=200)
        browser.open("/help/", status=200)
    browser.open("/readyz", status=200)
    assert browser.page.text == "ok\n"


def test_the_sign_in_form_needs_no_database(
    browser: Browser, other_browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    set_up_text(browser, ADA)
    with gone(site):
        assert browser.open("/sign-in", status=200).note.startswith("Signing in is not possible just now.")
        assert other_browser.open("/sign-in", status=200).note == ""
        other_browser.fill(username="ada", password=ADA.password)
        assert unavailable(other_browser)
    assert browser.open("/sign-in").path == "/"
    assert password(other_browser, ADA).path == "/sign-in/code"
    assert {each.getMessage().partition(":")[0] for each in caplog.records if each.name == "ssp.errors"} == {"database"}


@pytest.mark.parametrize("trouble", [locked, read_only])
def test_a_page_does_not_fail_because_its_reading_cannot_be_noted(
    browser: Browser, site: Site, clock: Clock, trouble: Trouble
) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=20)
    with trouble(site):
        assert browser.open("/", status=200).path == "/"
    clock.move(minutes=9)
    assert browser.open("/", status=200).path == "/"
    clock.move(minutes=29)
    assert browser.open("/", status=200).path == "/"


def test_an_old_schema_is_said_to_machines(browser: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    browser.open("/readyz", status=503)
    assert browser.page.text == "the schema is old: run `flask db upgrade`\n"


def test_nothing_is_left_over_for_the_next_sign_in(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    with read_only(site):
        password(browser, ADA)
    assert sign_in_by_text(browser, ADA).path == "/"
