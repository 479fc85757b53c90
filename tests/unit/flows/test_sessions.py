"""Finished sign-ins: what they rest on, and how long they hold."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from ssp.authenticators.protocol import Verdict
from ssp.flows import compulsory, sessions, sign_in
from ssp.flows.attempts import Progress
from ssp.models import session
from ssp.settings import Settings
from ssp.web.portal import Site
from tests.conftest import START, Clock
from tests.desk import VISIT, Desk
from tests.people import ADA, SAM, App, Human, Phone

TOMORROW = date(2026, 11, 23)


def sign_in_by_app(site: Site, clock: Clock, human: Human) -> Desk:
    """Set an app up and sign in with it."""
    del clock
    desk = Desk(site, human)
    desk.password()
    desk.begin("totp", {})
    app = App(site.types["totp"].shown(desk.draft("totp"), desk.attempt.user)["secret"])
    assert desk.confirm("totp", app.code()) is Verdict.ACCEPTED
    return desk


def say_not_now(site: Site) -> Desk:
    """Sign in with the password alone."""
    desk = Desk(site, ADA)
    desk.password()
    progress = sign_in.defer(site, VISIT, desk.token)
    assert isinstance(progress, Progress)
    assert progress.session_token
    desk.token = progress.session_token
    return desk


def test_a_session_says_what_it_rests_on(site: Site, clock: Clock) -> None:
    row = sign_in_by_app(site, clock, ADA).session
    assert row
    assert (row.amr, row.auth_time, row.second_factor_at, row.device_id) == ("pwd otp mfa", START, START, None)
    assert (row.address, row.agent, row.previous_at, row.previous_how) == (VISIT.address, VISIT.agent, None, None)


def test_a_session_on_a_trusted_device_is_marked_so(site: Site, phone: Phone, clock: Clock) -> None:
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    desk.confirm("text", phone.text_code())
    clock.move(minutes=11)
    desk = desk.leave()
    desk.password()
    assert desk.answer(phone.text_code(), trust=True) is Verdict.ACCEPTED
    clock.move(days=3)
    desk.password()
    row = desk.session
    assert row
    assert row.device_id
    assert (row.amr, row.second_factor_at, row.auth_time) == ("pwd", None, clock.now())
    assert (row.previous_how, row.previous_at) == ("sms", START + timedelta(minutes=11))
    clock.move(days=1)
    desk.password()
    assert desk.session
    assert desk.session.previous_how == "device"


def test_a_session_of_the_password_alone_lasts_to_the_date(make_app: Callable[..., Flask], clock: Clock) -> None:
    site: Site = make_app(mfa_required_from=TOMORROW, session_hours=24).extensions["ssp"]
    clock.move(hours=9, minutes=50)
    desk = say_not_now(site)
    row = desk.session
    assert row
    assert (row.amr, row.second_factor_at, row.device_id) == ("pwd", None, None)
    clock.move(minutes=2)
    assert desk.session, "two minutes to midnight"
    clock.move(minutes=8)
    assert desk.session is None


@pytest.mark.parametrize("human, minutes", [(ADA, 30), (SAM, 15)], ids=["member", "staff"])
def test_a_session_without_requests_ends(human: Human, minutes: int, site: Site, clock: Clock) -> None:
    desk = sign_in_by_app(site, clock, human)
    clock.move(minutes=minutes, seconds=-1)
    assert desk.session
    clock.move(seconds=1)
    assert desk.session is None


def test_a_shorter_time_counts_for_staff_too(make_app: Callable[..., Flask], clock: Clock) -> None:
    desk = sign_in_by_app(make_app(idle_minutes=5).extensions["ssp"], clock, SAM)
    clock.move(minutes=5)
    assert desk.session is None


def test_use_keeps_a_session_but_not_beyond_its_hours(site: Site, clock: Clock) -> None:
    desk = sign_in_by_app(site, clock, ADA)
    for _ in range(12 * 3 - 1):
        clock.move(minutes=20)
        row = desk.session
        assert row
        sessions.note_use(site, row)
    clock.move(minutes=20, seconds=-1)
    assert desk.session
    clock.move(seconds=1)
    assert desk.session is None


def test_use_is_written_once_a_minute(site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = sign_in_by_app(site, clock, ADA)
    written: list[str] = []
    seen = session.seen

    def note(*args: object) -> None:
        written.append(str(args[1]))
        seen(*args)  # type: ignore[arg-type] # just as they came

    monkeypatch.setattr(session, "seen", note)
    for seconds in (0, 59, 1, 30, 30):
        clock.move(seconds=seconds)
        row = desk.session
        assert row
        sessions.note_use(site, row)
    assert len(written) == 2
    assert desk.session
    assert desk.session.last_seen_at == clock.now()


# ---- The compulsory date ----


def settings(**changes: object) -> Settings:
    return Settings.model_validate({"demo": True, **changes})


@pytest.mark.parametrize(
    "zone, hours, day",
    [
        ("UTC", 9, 22),
        ("UTC", 10, 23),
        ("America/Chicago", 15, 22),
        ("America/Chicago", 16, 23),
        ("Asia/Tokyo", 0, 22),
        ("Asia/Tokyo", 1, 23),
    ],
)
def test_the_day_is_that_of_the_organisation(zone: str, hours: int, day: int, clock: Clock) -> None:
    clock.move(hours=hours)
    assert compulsory.today(settings(timezone=zone)) == date(2026, 11, day)


@pytest.mark.parametrize(
    "begins, groups, allowed",
    [
        (None, (), False),
        (TOMORROW, (), True),
        (TOMORROW, ("agents",), True),
        (TOMORROW, ("agents", "support"), False),
        (TOMORROW, ("Admins",), False),
        (date(2026, 11, 22), (), False),
        (date(2026, 11, 21), (), False),
    ],
)
def test_who_may_still_say_not_now(
    begins: date | None,
    groups: tuple[str, ...],
    allowed: bool,  # noqa: FBT001 - the expectation
    clock: Clock,
) -> None:
    del clock
    assert compulsory.deferral_allowed(settings(mfa_required_from=begins), groups) is allowed
