"""What Web Support is told of a reference whose kind, reason or person today's portal does not know any more."""

import pytest

from ssp.cli import story
from ssp.flows import events, kinds, people, references
from ssp.flows.events import Kind, Outcome
from ssp.flows.references import Seen, Sight
from ssp.infra import references as spelling
from ssp.infra.clock import now
from ssp.models import Event, User, event
from ssp.web.portal import Site
from tests.desk import VISIT
from tests.people import table


def told(site: Site) -> list[str]:
    found = references.look_up(site, VISIT.request_id)
    assert found
    return list(story.lines(VISIT.request_id, found))


def ada(site: Site) -> User:
    return next(each for each in table(site, User) if each.username == "ada")


def test_a_disabled_person_is_said_to_be(site: Site) -> None:
    with site.database.writing() as connection:
        events.record(connection, VISIT, Kind.GIVEN_UP, user=ada(site))
    people.disable(site, "ada")
    lines = told(site)
    assert "Who:    ada (Ada, ada@example.test, disabled); `flask user show ada` has the rest" in lines
    assert any("An account was disabled." in line and "(by operator:" in line for line in lines)


def test_the_person_of_a_request_may_not_be_the_first_that_it_tells_of(site: Site) -> None:
    with site.database.writing() as connection:
        events.record(connection, VISIT, Kind.SENDS_PAUSED, Outcome.REFUSED, reason="site_100/1h")
        events.record(connection, VISIT, Kind.GIVEN_UP, user=ada(site))
    lines = told(site)
    assert lines[2].startswith("Who:    ada (")
    assert lines[6].endswith("Refused: `SSP_LIMIT_SITE` is used up (site_100/1h).")
    assert lines[7].endswith("The person ended a sign-in before it was finished.")


def test_what_a_newer_portal_wrote_is_shown_as_it_is(site: Site) -> None:
    with site.database.writing() as connection:
        row = {**events.row(VISIT, Kind.GIVEN_UP), "kind": "sign_in.dreamt", "user_id": 10**6, "subject": "zoe"}
        event.add(connection, **row)
    lines = told(site)
    assert "Who:    nobody that is known" in lines
    assert lines[-1].endswith("  sign_in.dreamt: done")


def test_reasons_are_told_with_what_stands_in_them() -> None:
    assert kinds.meaning(Kind.HELD, "waiting_new").startswith("the wait after wrong ones")
    assert kinds.meaning(Kind.PAUSED, "wrong_10_new_browser").endswith("known ones go on (wrong_10_new_browser)")
    assert kinds.meaning(Kind.HELD, "from another time") == "from another time"


@pytest.mark.usefixtures("clock")
def test_a_page_that_was_seen_tells_the_time(site: Site) -> None:
    at = now()
    reference = references.of_page(site, Sight.OLD_LINK)
    assert references.look_up(site, reference) == Seen(Sight.OLD_LINK, at.replace(second=0, microsecond=0))


def test_a_page_that_nobody_knows_any_more_is_nothing(site: Site) -> None:
    key = site.keys.lasting(references.PURPOSE)
    assert references.look_up(site, spelling.sealed(key, now(), spelling.PAGES - 1)) is None


def test_somebody_without_a_row_has_their_own_events_around(site: Site) -> None:
    with site.database.writing() as connection:
        for subject in ("unknown:1", "unknown:2", "unknown:1"):
            events.record(connection, VISIT, Kind.PASSWORD, Outcome.REFUSED, subject=subject, reason="unknown")
    rows: list[Event] = table(site, Event)
    with site.database.reading() as connection:
        first = next(each for each in rows if each.subject == "unknown:1")
        (after,) = event.just_after(connection, first, "unknown:1", references.AROUND, 5)
        assert after.id == first.id + 2
        assert [each.id for each in event.just_before(connection, after, "unknown:1", references.AROUND, 5)] == [
            first.id
        ]
