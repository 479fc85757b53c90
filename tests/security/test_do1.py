"""DO1: however many sign in at once, hashing takes bounded memory and turns, and pages come all the same."""

from __future__ import annotations

import itertools
import re
import sqlite3
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argon2.low_level import hash_secret_raw

from ssp.app import QUEUED_PASSWORDS
from ssp.flows import addresses, links, recovery
from ssp.infra.passwords import argon
from ssp.models import Event, recovery_code, user
from tests.people import ADA, Browser, events, password, set_up_text, sign_out
from tests.security.tools import at_once, send

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from flask import Flask

    from ssp.web.portal import Site
    from tests.conftest import Clock
    from tests.people import Phone
    from tests.security.served import Answer, Twins, Visitor
    from tests.security.tools import Costs

MEMORY_MIB = 19
CROWD = 100
GUESS = "not her password at all"
UNHEARD_OF = "a kettle sings to nobody"
NAMES = itertools.count()


def workers(pid: int) -> list[int]:
    """Return the processes below one."""
    own = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return own + [grandchild for child in own for grandchild in workers(child)]


def most_memory(pid: int) -> float:
    """Return the most memory that a process has held so far, in MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def ready(twins: Twins, times: int) -> list[tuple[Visitor, dict[str, str]]]:
    """Return visitors who have filled in the sign-in form of the first server, each with a name that nobody has."""
    visitors = [twins.visitor() for _ in range(times)]
    for visitor in visitors:
        visitor.open(0, "/sign-in")
    names = [f"nobody{each}" for each in itertools.islice(NAMES, times)]
    return [
        (visitor, {"csrf_token": visitor.csrf(), "username": name, "password": GUESS})
        for visitor, name in zip(visitors, names, strict=True)
    ]


def sign_in_all(crowd: list[tuple[Visitor, dict[str, str]]]) -> list[Answer]:
    return at_once(len(crowd), lambda number: crowd[number][0].ask(0, "/sign-in", crowd[number][1]))


def failures(twins: Twins) -> int:
    return len([each for each in twins.rows(Event, kind="sign_in.password") if each.outcome != "done"])


def test_a_hundred_at_once(crowded: Twins) -> None:
    server = crowded.servers[0]
    (worker,) = workers(server.process.pid)[-1:]
    crowd, before, counted = ready(crowded, CROWD), most_memory(worker), failures(crowded)
    waits: list[float] = []
    with ThreadPoolExecutor(1) as pool:
        signing_in = pool.submit(sign_in_all, crowd)
        while not signing_in.done():
            began = time.monotonic()
            assert crowded.visitor().ask(0, "/healthz").status == 200
            waits.append(time.monotonic() - began)
    answers = signing_in.result()
    assert {answer.status for answer in answers} <= {422, 503}
    assert statistics.median(waits) < 1
    assert all(answer.headers["Retry-After"] == "5" for answer in answers if answer.status == 503)
    assert most_memory(worker) - before < 2 * MEMORY_MIB
    assert failures(crowded) - counted == len([each for each in answers if each.status == 422])
    assert crowded.visitor().password(0, ADA).status == 303


def test_one_hash_at_a_time_and_none_for_whom_there_is_no_place(
    make_app: Callable[..., Flask], phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(make_app(limit_sign_ins="1000000/1m"), phone)
    site = browser.app.extensions["ssp"]
    at_work, most, everybody = 0, 0, threading.Event()

    def counted(*args: Any, **kwargs: Any) -> bytes:  # noqa: ANN401 - as the library has them
        nonlocal at_work, most
        everybody.wait(20)
        at_work += 1
        most = max(most, at_work)
        try:
            return hash_secret_raw(*args, **kwargs)
        finally:
            at_work -= 1

    monkeypatch.setattr(argon, "hash_secret_raw", counted)
    token = browser.open("/sign-in").csrf()
    fields = {"csrf_token": token, "password": GUESS}
    without_a_place = 40 - QUEUED_PASSWORDS - 1
    sent_away = threading.Semaphore(without_a_place - 1)

    def sign_in(number: int) -> int:
        own = {**fields, "username": f"nobody{number}"}
        status = send(browser.app, "/sign-in", own, browser.cookies).status_code
        if status == 503 and not sent_away.acquire(blocking=False):
            everybody.set()
        return status

    statuses = at_once(40, sign_in)
    # On a slow machine some of those with a place may have waited for longer than anybody shall.
    assert statuses.count(503) >= without_a_place
    assert statuses.count(503) + statuses.count(422) == 40
    assert most == 1
    assert len(events(site, "sign_in.password")) == statuses.count(422)
    assert password(browser, ADA).path == "/set-up"


def test_writers_that_wait_for_the_database_leave_threads_to_pages(crowded: Twins) -> None:
    crowd = ready(crowded, 40)
    with closing(sqlite3.connect(crowded.instance / "ssp.db")) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        signing_in = pool.submit(sign_in_all, crowd)
        for _ in range(5):
            began = time.monotonic()
            for path in ("/sign-in", "/help/mfa", "/healthz", "/readyz"):
                assert crowded.visitor().ask(0, path).status == 200
            assert time.monotonic() - began < 5
            assert not signing_in.done()
        other.rollback()
        assert {answer.status for answer in signing_in.result()} <= {422, 503}
    assert crowded.visitor().password(0, ADA).status == 303


def test_a_recovery_code_that_is_held_up_costs_none_and_a_flood_leaves_no_trace(
    browser: Browser, site: Site, hashed: Costs, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        values = {"id": "r", "selector": "AA", "code_hash": "-", "created_at": clock.now()}
        recovery_code.add_all(connection, person.id, [values])
    form = password(browser, ADA).open("/sign-in/recovery").fields() | {"recovery_code": "AA" + "0" * 16}
    before = len(hashed())
    answers = [browser.post("/sign-in/recovery", form) for _ in range(addresses.BROWSER.most + 3)]
    assert "Recovery codes are taking a break" in answers[-1].text
    assert len(hashed()) == before + 10
    found = [each.reason for each in events(site, "sign_in.recovery_code")]
    # One of the sixty was the password.
    assert found == ["wrong"] * 10 + ["paused"] * (addresses.BROWSER.most - 11) + ["browser_60/10m"]


def test_a_link_costs_few_hashes_within_an_hour(browser: Browser, site: Site, hashed: Costs, clock: Clock) -> None:
    with site.database.writing() as connection:
        person = user.by_username(connection, "ada")
        assert person
        user.change(connection, person.id, password_compromised_at=clock.now())
        url = links.make(connection, site, person, links.Purpose.PASSWORD, lives=timedelta(hours=2))
    browser.open(url.removeprefix(site.settings.origin))
    before = len(hashed())
    for _ in range(recovery.MOST_TRIES):
        assert browser.fill(new_password=ADA.password).problem.startswith(recovery.STOLEN)
    assert browser.fill(new_password=ADA.password).problem.startswith(recovery.TOO_MANY)
    assert len(hashed()) == before + recovery.MOST_TRIES
    clock.move(minutes=60)
    assert browser.open(url.removeprefix(site.settings.origin)).fill(new_password=UNHEARD_OF).path == "/sign-in"
