"""The operator's report: what became of texts and calls, by day, country and way."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

import pytest

from ssp.flows import delivery_report
from ssp.infra.telephony.progress import Status
from ssp.models import Delivery, delivery
from tests.people import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from ssp.web.portal import Site
    from tests.conftest import Clock


class Sent:
    """Texts and calls as rows."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        self._numbers = count()

    def add(self, status: Status = Status.SENT, times: int = 1, **changes: object) -> None:
        """Note so many alike, sent now."""
        values = {"channel": "text", "country": "US", "sent_at": self._clock.now(), "provider_id": "SM1"}
        with self._site.database.writing() as connection:
            for _ in range(times):
                row_id = f"{next(self._numbers):022d}"
                delivery.add(connection, id=row_id, status=status, stage=status.rank, **{**values, **changes})

    def used(self, status: Status = Status.DELIVERED, times: int = 1, **changes: object) -> None:
        """Note so many alike whose codes were used."""
        self.add(status, times, used_at=self._clock.now(), **changes)


@pytest.fixture
def sent(site: Site, clock: Clock) -> Sent:
    return Sent(site, clock)


def report(site: Site, days: int = 30) -> list[str]:
    return list(delivery_report.lines(site, days))


def figures(site: Site, days: int = 30) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return the rows by day, country and way: sent, delivered, failed, used, share, and a mark if there is one."""
    cells = [line.split() for line in report(site, days) if re.match(r"(?:\d{4}-\d\d-\d\d|all) ", line)]
    return {(day, country, way): tuple(rest) for day, country, way, *rest in cells}


def test_nothing_sent_is_said(site: Site) -> None:
    assert report(site, 7) == ["No text and no call was sent in 7 day(s)."]


def test_days_countries_ways_and_totals_stand_in_a_table(site: Site, clock: Clock, sent: Sent) -> None:
    sent.used(Status.DELIVERED, 3)
    sent.add(Status.FAILED)
    sent.used(Status.HEARD, channel="voice", country="CA")
    clock.move(days=1)
    sent.add(Status.SENT)
    found = report(site)
    assert found[:10] == [
        "Texts and calls of 30 day(s), UTC time",
        "",
        "day         country  way      sent  delivered  failed    used   share",
        "2026-11-22  CA       voice       1          1       0       1    100%",
        "2026-11-22  US       text        4          3       1       3     75%",
        "2026-11-23  US       text        1          -       0       0      0%",
        "",
        "all         CA       voice       1          1       0       1    100%",
        "all         US       text        5          3       1       3     60%",
        "all         all      all         6          4       1       4     67%",
    ]
    assert found[10].startswith("all         all      text ")
    assert found[12] == ""
    assert found[13].startswith("sent: ")
    assert found[-1].endswith("share: used of sent.")


OUTCOMES = {
    Status.SENDING: ("-", "0"),
    Status.UNSURE: ("-", "0"),
    Status.SENT: ("-", "0"),
    Status.RINGING: ("0", "0"),
    Status.ANSWERED: ("0", "0"),
    Status.SPOKEN: ("1", "0"),
    Status.DELIVERED: ("1", "0"),
    Status.HEARD: ("1", "0"),
    Status.HUNG_UP: ("0", "0"),
    Status.BUSY: ("0", "1"),
    Status.NO_ANSWER: ("0", "1"),
    Status.FAILED: ("-", "1"),
}


@pytest.mark.parametrize("status", Status)
def test_each_status_counts_as_what_is_known_of_it(status: Status, site: Site, sent: Sent) -> None:
    sent.add(status)
    delivered, failed = OUTCOMES[status]
    assert figures(site)["all", "all", "all"] == ("1", delivered, failed, "0", "0%")


def test_what_the_provider_never_took_was_not_sent(site: Site, sent: Sent) -> None:
    sent.add(Status.FAILED, provider_id=None)
    assert figures(site)["all", "all", "all"] == ("0", "-", "1", "0", "-")


def test_without_news_a_used_code_is_no_figure_for_what_arrived(site: Site, sent: Sent) -> None:
    sent.used(Status.SENT)
    sent.add(Status.SENT)
    assert figures(site)["all", "all", "all"] == ("2", "-", "0", "1", "50%")
    sent.add(Status.DELIVERED)
    assert figures(site)["all", "all", "all"] == ("3", "2", "0", "1", "33%")


def test_days_begin_at_the_portal_s_own_midnight(make_app: Callable[..., Flask], clock: Clock) -> None:
    site = make_app(timezone="America/Chicago").extensions["ssp"]
    sent = Sent(site, clock)
    clock.move(hours=14)  # 4 am in UTC, 10 pm the day before in Chicago
    sent.used()
    assert ("2026-11-22", "US", "text") in figures(site, 1)
    clock.move(hours=2)
    assert figures(site, 1) == {}
    assert ("2026-11-22", "US", "text") in figures(site, 2)


# ---- Pumping ----


def marked(site: Site) -> set[tuple[str, str, str]]:
    return {key for key, cells in figures(site).items() if cells[-1] == "!"}


def test_many_codes_that_nobody_uses_are_marked_with_what_to_do(site: Site, clock: Clock, sent: Sent) -> None:
    sent.used(times=60)
    sent.add(Status.DELIVERED, 16, country="CA")
    sent.used(times=4, country="CA")
    clock.move(minutes=10, seconds=1)
    assert marked(site) == {("2026-11-22", "CA", "text"), ("all", "CA", "text")}
    found = report(site)
    assert any(line.startswith("! Less than 25% of 20 codes or more were used.") for line in found)
    assert any("SSP_LIMIT_COUNTRY" in line for line in found)


@pytest.mark.parametrize("unused, used", [(15, 4), (15, 5)], ids=["too-few", "a-quarter"])
def test_few_codes_or_a_quarter_of_use_are_not_marked(
    unused: int, used: int, site: Site, clock: Clock, sent: Sent
) -> None:
    sent.add(Status.DELIVERED, unused)
    sent.used(times=used)
    clock.move(hours=1)
    assert marked(site) == set()
    assert not [line for line in report(site) if line.startswith("!")]


def test_codes_that_may_yet_be_used_are_not_held_against_anybody(site: Site, clock: Clock, sent: Sent) -> None:
    sent.add(Status.SENT, 30)
    clock.move(minutes=10)
    assert marked(site) == set()
    clock.move(seconds=1)
    assert ("2026-11-22", "US", "text") in marked(site)


def test_a_provider_that_is_down_is_not_pumping(site: Site, clock: Clock, sent: Sent) -> None:
    sent.add(Status.FAILED, 30, provider_id=None)
    sent.used(times=5)
    clock.move(hours=1)
    assert marked(site) == set()


def test_reporting_changes_nothing(site: Site, sent: Sent) -> None:
    sent.used()
    before = [(row.id, row.status, row.used_at) for row in table(site, Delivery)]
    report(site)
    assert [(row.id, row.status, row.used_at) for row in table(site, Delivery)] == before
