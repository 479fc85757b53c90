"""What happens when two things happen at once during a sign-in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from ssp.authenticators.protocol import Verdict
from ssp.flows import addresses, attempts, key_rotation, people, sessions, sign_in
from ssp.flows.attempts import Over, Progress
from ssp.flows.sign_in import Refusal
from ssp.flows.steps import Step
from ssp.infra.passwords import Busy, Check
from ssp.models import User, event, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT, Desk, settle_chance
from tests.people import ADA, Human, Phone, events, hashes


@pytest.fixture
def member(site: Site, phone: Phone, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give Ada, who gets texts and has just typed her password at another browser."""
    settle_chance(monkeypatch)
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    assert desk.confirm("text", phone.text_code()) is Verdict.ACCEPTED
    clock.move(minutes=11)
    desk = desk.leave()
    desk.password()
    return desk


def type_password(desk: Desk) -> Progress | Refusal:
    """Type the right password at a new browser."""
    entry = sign_in.Entry(desk.human.username, desk.human.password, desk.leave().token, {}, "/")
    return sign_in.check_password(desk.site, VISIT, entry)


def stored(site: Site) -> User:
    with site.database.reading() as connection:
        return people.find(connection, "ada")


def change_hash(site: Site) -> None:
    with site.database.writing() as connection:
        user.change(connection, people.find(connection, "ada").id, password_hash="$argon2id$another")


def remove(site: Site) -> None:
    with site.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM \"user\" WHERE username = 'ada'")


def disable(site: Site) -> None:
    people.disable(site, "ada")


@pytest.mark.parametrize("meanwhile", [change_hash, remove, disable])
def test_a_right_password_opens_nothing_if_the_account_changed_while_it_was_checked(
    meanwhile: Callable[[Site], None], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(*_: object, **__: object) -> Check:
        meanwhile(site)
        return Check(matched=True)

    monkeypatch.setattr(site.passwords, "check", check)
    assert type_password(Desk(site, ADA)) == Refusal()


def test_a_sign_in_does_not_wait_for_a_stronger_hash(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    site: Site = make_app(password_hash="19456,3,1").extensions["ssp"]
    desk, before = Desk(site, ADA), hashes(site)["ada"]

    def busy(_password: str) -> str:
        raise Busy

    with monkeypatch.context() as crowded:
        crowded.setattr(site.passwords, "hash", busy)
        progress = type_password(desk)
    assert isinstance(progress, Progress)
    assert progress.step is Step.SET_UP
    assert hashes(site)["ada"] == before
    assert isinstance(type_password(desk), Progress)
    assert (hashes(site)["ada"] or "").startswith("$argon2id$v=19$m=19456,t=3,p=1$")
    with site.database.reading() as connection:
        kinds = [each.kind for each in event.of_user(connection, stored(site).id, 20)]
    assert kinds.count("user.password_rehashed") == 1


@pytest.mark.usefixtures("clock")
def test_of_many_at_once_from_one_address_none_slips_through_and_one_is_told(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    site: Site = make_app(limit_sign_ins="2/1m").extensions["ssp"]
    # All of them asked whether the address is full before any of them was counted.
    monkeypatch.setattr(addresses, "full", lambda *_: None)
    refusals = [type_password(Desk(site, Human("nobody", "x"))) for _ in range(5)]
    assert [isinstance(each, Refusal) and each.crowded for each in refusals] == [False] * 2 + [True] * 3
    assert len(events(site, "sign_in.held")) == 1


@pytest.mark.parametrize("username", ["ada", "nobody"])
def test_what_nobody_had_time_to_check_is_no_wrong_password(
    username: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> Check:
        raise Busy

    desk = Desk(site, Human(username, ADA.password))
    with monkeypatch.context() as crowded:
        crowded.setattr(site.passwords, "check", busy)
        for _ in range(8):
            with pytest.raises(Busy):
                type_password(desk)
    refused = type_password(Desk(site, Human(username, "not the password of anybody")))
    assert refused == Refusal()


def test_only_one_of_two_callers_finishes_a_sign_in(member: Desk, site: Site) -> None:
    attempt = member.attempt
    done = replace(attempt, facts=replace(attempt.facts, second_factor_verified=True))
    assert done.step is Step.SIGNED_IN
    with site.database.writing() as connection:
        first = attempts.advance(connection, site, done, Progress(done.step))
        second = attempts.advance(connection, site, done, Progress(done.step))
    assert first.session_token
    assert (second.session_token, second.step) == (None, Step.SIGNED_IN)


def test_signing_out_twice_is_one_event(member: Desk, site: Site, phone: Phone) -> None:
    assert member.answer(phone.text_code()) is Verdict.ACCEPTED
    row = member.session
    assert row
    for _ in range(2):
        sessions.sign_out(site, VISIT, row)
    assert member.session is None
    with site.database.reading() as connection:
        kinds = [each.kind for each in event.of_user(connection, row.user_id, 20)]
    assert kinds.count("session.signed_out") == 1


def test_what_is_done_at_another_step_changes_nothing(member: Desk, site: Site) -> None:
    before = member.attempt
    for progress in (
        sign_in.defer(site, VISIT, member.token),
        attempts.act(site, VISIT, member.token, frozenset({Step.SET_UP}), lambda *_: pytest.fail("not at this step")),
    ):
        assert isinstance(progress, Progress)
        assert (progress.step, progress.session_token) == (Step.CHALLENGE, None)
    assert member.attempt == before


def test_a_sign_in_that_was_given_up_is_over(member: Desk, site: Site) -> None:
    sign_in.give_up(site, VISIT, member.token)
    sign_in.give_up(site, VISIT, member.token)
    assert sign_in.look(site, VISIT, member.token) is Over.ENDED
    assert sign_in.look(site, VISIT, "never seen") is Over.NONE
    with site.database.reading() as connection:
        kinds = [each.kind for each in event.of_user(connection, stored(site).id, 20)]
    assert kinds.count("sign_in.given_up") == 1


def test_a_used_code_does_not_follow_into_the_browsers_next_sign_in(
    make_app: Callable[..., Flask], phone: Phone, clock: Clock
) -> None:
    site: Site = make_app(reconfirm_days=1).extensions["ssp"]
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    assert desk.confirm("text", phone.text_code()) is Verdict.ACCEPTED
    clock.move(days=2)
    desk = desk.leave()
    desk.password()
    assert desk.answer(phone.text_code()) is Verdict.ACCEPTED
    assert desk.attempt.step is Step.CONFIRM_PREFERENCE
    assert desk.password().step is Step.CHALLENGE, "a tab that still showed the sign-in page"
    assert desk.answer(phone.text_code()) is Verdict.ACCEPTED


def test_a_rotation_while_a_password_is_checked_changes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    check = site.passwords.check

    def meanwhile(*typed: Any, **decoy: Any) -> Check:  # noqa: ANN401 - as the portal calls it
        found = check(*typed, **decoy)
        key_rotation.rotate(site)
        return found

    monkeypatch.setattr(site.passwords, "check", meanwhile)
    progress = type_password(Desk(site, ADA))
    assert isinstance(progress, Progress)
    assert progress.step is Step.SET_UP
