"""What works once works once: each claim is one statement, so that of two callers one wins."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from ssp.infra import clock, tokens
from ssp.infra.database import Database
from ssp.models import (
    TrustedDevice,
    authenticator,
    challenge,
    device,
    link,
    mail,
    pending,
    recovery_code,
    session,
    step_up,
)
from tests import rows
from tests.rows import AT

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
Claim = Callable[[Connection], bool]


def step(connection: Connection) -> Claim:
    row = rows.option(connection, rows.person(connection))
    return lambda other: authenticator.claim_step(other, row, 59)


def confirmation(connection: Connection) -> Claim:
    owner = rows.person(connection)
    row = rows.draft(connection, owner, rows.half_done(connection, owner))
    return lambda other: authenticator.confirm(other, row, AT, AT)


def last_try(connection: Connection) -> Claim:
    owner = rows.person(connection)
    row = rows.code(connection, rows.half_done(connection, owner), rows.option(connection, owner), tries=4)
    return lambda other: challenge.count_try(other, row, 5)


def code(connection: Connection) -> Claim:
    owner = rows.person(connection)
    row = rows.code(connection, rows.half_done(connection, owner), rows.option(connection, owner))
    return lambda other: challenge.consume(other, row, AT)


def on_paper(connection: Connection) -> Claim:
    row = rows.on_paper(connection, rows.person(connection))
    return lambda other: recovery_code.claim(other, row, AT)


def end_of_sign_in(connection: Connection) -> Claim:
    row = rows.half_done(connection, rows.person(connection))
    return lambda other: pending.end(other, row, AT)


def end_of_session(connection: Connection) -> Claim:
    row = rows.signed_in(connection, rows.person(connection))
    return lambda other: session.end(other, row, "signed_out", AT)


def verifier(connection: Connection) -> Claim:
    owner = rows.person(connection)
    row = device.by_selector(connection, owner, rows.trusted(connection, owner))
    assert row
    return lambda other: device.rotate(other, row, tokens.digest("verifier"), tokens.new_token(), AT)


def trust(connection: Connection) -> Claim:
    row = rows.trusted(connection, rows.person(connection))
    return lambda other: device.revoke(other, row, "replayed", AT)


def letter(connection: Connection) -> Claim:
    row = rows.notice(connection, rows.person(connection))
    return lambda other: mail.claim(other, row, AT, AT - MINUTE)


def mailed_link(connection: Connection) -> Claim:
    row = rows.mailed(connection, rows.person(connection))
    return lambda other: link.claim(other, row, AT)


def telling(connection: Connection) -> Claim:
    row = rows.half_done(connection, rows.person(connection), wrong_code_at=AT)
    return lambda other: pending.tell(other, row, AT)


def proof(connection: Connection) -> Claim:
    rows.stepped_up(connection, rows.person(connection), id="a proof", proved_at=None, proved_amr=None)
    return lambda other: step_up.prove(other, "a proof", "sms", AT)


def spending(connection: Connection) -> Claim:
    purpose = rows.stepped_up(connection, rows.person(connection))
    return lambda other: step_up.spend(other, purpose, AT - TICK, AT) is not None


def token(connection: Connection) -> Claim:
    rows.signed_in(connection, rows.person(connection), token_hash="old")
    row = session.by_token_hash(connection, "old")
    assert row
    return lambda other: session.renew(other, row, tokens.new_token(), 2)


CLAIMS = [
    mailed_link,
    telling,
    step,
    confirmation,
    last_try,
    code,
    on_paper,
    end_of_sign_in,
    end_of_session,
    verifier,
    trust,
    letter,
    proof,
    spending,
    token,
]


@pytest.mark.parametrize("make", CLAIMS, ids=lambda make: make.__name__)
def test_of_many_callers_one_wins(make: Callable[[Connection], Claim], database: Database) -> None:
    with database.writing() as connection:
        claim = make(connection)
    won: list[bool] = []
    start = threading.Barrier(6)

    def call() -> None:
        start.wait()
        with database.writing() as connection:
            won.append(claim(connection))

    callers = [threading.Thread(target=call) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(won) == [False] * 5 + [True]


@pytest.mark.parametrize("make", CLAIMS, ids=lambda make: make.__name__)
def test_a_claim_that_is_undone_can_be_made_again(make: Callable[[Connection], Claim], database: Database) -> None:
    with database.writing() as connection:
        claim = make(connection)
    for undone in (True, False):
        with database.writing() as connection:
            assert claim(connection)
            if undone:
                connection.rollback()


# ---- Authenticators ----


def test_a_later_step_closes_the_earlier_ones(connection: Connection) -> None:
    row = rows.option(connection, rows.person(connection))
    assert [authenticator.claim_step(connection, row, number) for number in (10, 9, 10, 11)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_barred_step_is_never_taken(connection: Connection) -> None:
    row, other = (rows.option(connection, rows.person(connection, name)) for name in ("ada", "ben"))
    authenticator.bar_step(connection, row, 12)
    assert not authenticator.claim_step(connection, row, 12)
    assert authenticator.claim_step(connection, row, 11)
    assert authenticator.claim_step(connection, row, 13)
    assert authenticator.claim_step(connection, other, 12)


def test_the_preferred_way_comes_first(connection: Connection) -> None:
    owner, other = rows.person(connection, "ada"), rows.person(connection, "ben")
    first = rows.option(connection, owner, AT)
    second = rows.option(connection, owner, AT + MINUTE, type="voice")
    rows.option(connection, other)
    rows.draft(connection, owner, rows.half_done(connection, owner), type="totp")
    assert [way.id for way in authenticator.confirmed(connection, owner)] == [second, first]
    authenticator.keep_preference(connection, first, AT + 2 * MINUTE)
    assert [way.id for way in authenticator.confirmed(connection, owner)] == [first, second]


def test_a_confirmed_way_is_no_draft_and_belongs_to_no_sign_in(connection: Connection) -> None:
    owner = rows.person(connection)
    begun = rows.half_done(connection, owner)
    row = rows.draft(connection, owner, begun)
    found = authenticator.draft(connection, begun, "text")
    assert found
    assert (found.id, found.confirmed_at) == (row, None)
    assert authenticator.confirmed(connection, owner) == []
    assert authenticator.confirm(connection, row, AT, AT)
    assert authenticator.draft(connection, begun, "text") is None
    (way,) = authenticator.confirmed(connection, owner)
    assert (way.confirmed_at, way.preference_confirmed_at, way.last_used_at, way.pending_id) == (AT, AT, AT, None)


def test_a_sign_in_has_one_draft_of_a_type(connection: Connection) -> None:
    owner = rows.person(connection)
    begun, other = rows.half_done(connection, owner), rows.half_done(connection, owner)
    old = rows.draft(connection, owner, begun)
    kept = [rows.draft(connection, owner, begun, type="voice"), rows.draft(connection, owner, other)]
    new = rows.draft(connection, owner, begun)
    found = [
        authenticator.draft(connection, each, type_name)
        for each, type_name in ((begun, "text"), (begun, "voice"), (other, "text"))
    ]
    assert [row.id for row in found if row] == [new, *kept]
    assert not authenticator.confirm(connection, old, AT, AT)


def test_use_is_noted(connection: Connection) -> None:
    owner = rows.person(connection)
    row = rows.option(connection, owner)
    authenticator.used(connection, row, AT + MINUTE)
    (way,) = authenticator.confirmed(connection, owner)
    assert (way.last_used_at, way.confirmed_at) == (AT + MINUTE, AT)


def test_ways_are_removed_one_or_all(connection: Connection) -> None:
    owner, other = rows.person(connection, "ada"), rows.person(connection, "ben")
    ways = [rows.option(connection, each) for each in (owner, owner, owner, other)]
    rows.draft(connection, owner, rows.half_done(connection, owner))
    authenticator.remove(connection, ways[0])
    assert {way.id for way in authenticator.confirmed(connection, owner)} == set(ways[1:3])
    assert authenticator.remove_all(connection, owner) == 3
    assert authenticator.confirmed(connection, owner) == []
    assert [way.id for way in authenticator.confirmed(connection, other)] == [ways[3]]


# ---- Codes ----


def test_a_code_takes_so_many_tries(connection: Connection) -> None:
    owner = rows.person(connection)
    row = rows.code(connection, rows.half_done(connection, owner), rows.option(connection, owner))
    assert [challenge.count_try(connection, row, 3) for _ in range(4)] == [True, True, True, False]


def test_a_used_code_takes_no_tries_and_is_gone(connection: Connection) -> None:
    owner = rows.person(connection)
    begun, way = rows.half_done(connection, owner), rows.option(connection, owner)
    row = rows.code(connection, begun, way)
    assert challenge.consume(connection, row, AT)
    assert not challenge.count_try(connection, row, 3)
    found = challenge.of(connection, begun, way)
    assert found
    assert (found.id, found.code, found.consumed_at, found.tries) == (row, None, AT, 0)


def test_codes_are_found_by_sign_in_and_way(connection: Connection) -> None:
    owner = rows.person(connection)
    begun, way, other = (
        rows.half_done(connection, owner),
        rows.option(connection, owner),
        rows.option(connection, owner),
    )
    row = rows.code(connection, begun, way)
    found = challenge.of(connection, begun, way)
    assert found
    assert found.id == row
    assert challenge.of(connection, begun, other) is None
    assert challenge.of(connection, rows.half_done(connection, owner), way) is None
    challenge.forget(connection, begun)
    assert challenge.of(connection, begun, way) is None


def test_the_next_sign_in_of_a_browser_takes_the_open_codes_over_with_their_counters(connection: Connection) -> None:
    owner = rows.person(connection)
    begun, later = rows.half_done(connection, owner), rows.half_done(connection, owner)
    way, spent = rows.option(connection, owner), rows.option(connection, owner)
    row = rows.code(connection, begun, way, tries=2, sends=3)
    challenge.consume(connection, rows.code(connection, begun, spent), AT)
    challenge.adopt(connection, begun, later)
    found = challenge.of(connection, later, way)
    assert found
    assert (found.id, found.tries, found.sends) == (row, 2, 3)
    assert challenge.of(connection, begun, way) is None
    assert challenge.of(connection, later, spent) is None, "a used code would bar the way to a new one"


def test_what_became_of_a_code_is_noted(connection: Connection) -> None:
    owner = rows.person(connection)
    begun, way = rows.half_done(connection, owner), rows.option(connection, owner)
    row = rows.code(connection, begun, way, sends=1)

    def state() -> tuple[str, str | None, datetime | None, int]:
        found = challenge.by_id(connection, row)
        assert found
        return found.delivery_status, found.delivery_reason, found.left_at, found.sends

    assert state() == ("sending", None, None, 1)
    challenge.change(connection, row, delivery_id="newest")
    challenge.follow(connection, "newest", "failed", "blocked")
    assert state() == ("failed", "blocked", None, 1)
    challenge.follow(connection, "older", "delivered", None)
    challenge.left(connection, row, AT)
    challenge.give_back(connection, row)
    assert state() == ("failed", "blocked", AT, 0), "news of an older message say nothing of the newest"
    challenge.give_back(connection, row)
    assert state()[3] == 0


# ---- Half-done sign-ins ----


def test_a_sign_in_is_found_by_its_token_even_when_it_is_over(connection: Connection) -> None:
    owner = rows.person(connection)
    row = rows.half_done(connection, owner, token_hash=tokens.digest("mine"))
    pending.end(connection, row, AT)
    found = pending.by_token_hash(connection, tokens.digest("mine"))
    assert found
    assert (found.id, found.ended_at) == (row, AT)
    assert pending.by_token_hash(connection, tokens.digest("other")) is None


def test_facts_are_written_to_one_sign_in(connection: Connection) -> None:
    owner = rows.person(connection)
    row = rows.half_done(connection, owner, token_hash=tokens.digest("mine"))
    rows.half_done(connection, owner, token_hash=tokens.digest("other"))
    pending.record(connection, row, deferred_at=AT, second_factor_amr="sms")
    found = {
        token: (each.deferred_at, each.second_factor_amr)
        for token in ("mine", "other")
        if (each := pending.by_token_hash(connection, tokens.digest(token)))
    }
    assert found == {"mine": (AT, "sms"), "other": (None, None)}


def test_a_browsers_earlier_sign_in_is_found_while_it_lives(connection: Connection) -> None:
    ada, ben = rows.person(connection, "ada"), rows.person(connection, "ben")
    here, elsewhere = tokens.digest("here"), tokens.digest("elsewhere")
    rows.half_done(connection, ben, origin_hash=here)
    rows.half_done(connection, ada, origin_hash=elsewhere)
    ended = rows.half_done(connection, ada, origin_hash=here)
    pending.end(connection, ended, AT)
    rows.half_done(connection, ada, origin_hash=here, expires_at=AT)
    assert pending.of_same_browser(connection, ada, here, AT) is None
    first = rows.half_done(connection, ada, origin_hash=here)
    second = rows.half_done(connection, ada, origin_hash=elsewhere, token_hash=here, created_at=AT + MINUTE)
    for expected in (second, first):
        found = pending.of_same_browser(connection, ada, here, AT)
        assert found
        assert found.id == expected
        pending.end(connection, expected, AT)


# ---- Trusted devices ----


@pytest.fixture
def held(connection: Connection) -> TrustedDevice:
    """Give a device that Ada trusts."""
    owner = rows.person(connection)
    row = device.by_selector(connection, owner, rows.trusted(connection, owner))
    assert row
    return row


def now_as(connection: Connection, row: TrustedDevice) -> TrustedDevice:
    """Return a device as it is now."""
    found = device.by_selector(connection, row.user_id, row.id)
    assert found
    return found


VERIFIER = tokens.digest("verifier")


def test_only_the_current_value_is_spent_and_only_before_the_end(connection: Connection, held: TrustedDevice) -> None:
    end = AT + timedelta(days=30)
    assert not device.rotate(connection, held, tokens.digest("other"), "new", AT)
    assert not device.rotate(connection, held, VERIFIER, "new", end)
    assert not device.rotate(connection, held, VERIFIER, "new", end + TICK)
    assert device.rotate(connection, held, VERIFIER, "new", end - TICK)
    assert not device.rotate(connection, held, VERIFIER, "newer", end - TICK)


def test_a_spent_value_stays_known_and_times_are_noted(connection: Connection, held: TrustedDevice) -> None:
    assert device.rotate(connection, held, VERIFIER, "new", AT + MINUTE)
    found = now_as(connection, held)
    assert (found.verifier_hash, found.previous_hash) == ("new", VERIFIER)
    assert (found.rotated_at, found.last_used_at) == (AT + MINUTE, AT + MINUTE)
    assert found.expires_at == AT + timedelta(days=30), "using it does not prolong it"


def test_a_revoked_device_is_spent_no_more(connection: Connection, held: TrustedDevice) -> None:
    assert device.revoke(connection, held.id, "by_owner", AT)
    assert not device.rotate(connection, held, VERIFIER, "new", AT)
    assert not device.revoke(connection, held.id, "again", AT + MINUTE)
    found = now_as(connection, held)
    assert (found.revoked_because, found.revoked_at) == ("by_owner", AT)


def test_devices_are_found_by_person_and_selector(connection: Connection) -> None:
    ada, ben = rows.person(connection, "ada"), rows.person(connection, "ben")
    row = rows.trusted(connection, ada)
    assert device.by_selector(connection, ben, row) is None
    assert device.by_selector(connection, ada, "other") is None


def test_live_devices_come_with_the_last_used_first(connection: Connection) -> None:
    ada, ben = rows.person(connection, "ada"), rows.person(connection, "ben")
    rows.trusted(connection, ben)
    rows.trusted(connection, ada, expires_at=AT)
    first = rows.trusted(connection, ada)
    second = rows.trusted(connection, ada, last_used_at=AT + MINUTE)
    device.revoke(connection, rows.trusted(connection, ada), "by_owner", AT)
    assert [each.id for each in device.live(connection, ada, AT)] == [second, first]
    assert device.revoke_all(connection, ada, "disabled", AT) == 3
    assert device.live(connection, ada, AT) == []
    assert len(device.live(connection, ben, AT)) == 1


# ---- Step-ups ----


@pytest.mark.parametrize(
    "other",
    [{"of_session": "s"}, {"of_epoch": 2}, {"of_action": "remove_option"}, {"of_target": "t"}],
    ids=lambda other: next(iter(other)),
)
def test_a_proof_is_for_one_session_epoch_action_and_target(connection: Connection, other: dict[str, Any]) -> None:
    purpose = rows.stepped_up(connection, rows.person(connection))
    assert step_up.spend(connection, purpose._replace(**other), AT - TICK, AT) is None
    assert step_up.newest(connection, purpose._replace(**other), AT) is None
    assert step_up.fresh(connection, purpose, AT - TICK, AT)
    found = step_up.spend(connection, purpose, AT - TICK, AT)
    assert found
    assert (found.at, found.amr) == (AT, "sms")
    assert step_up.fresh(connection, purpose, AT - TICK, AT) is None
    step_up.give_back(connection, found)
    assert step_up.spend(connection, purpose, AT - TICK, AT) == found


def test_an_old_proof_is_none(connection: Connection) -> None:
    purpose = rows.stepped_up(connection, rows.person(connection))
    assert step_up.spend(connection, purpose, AT, AT) is None


def test_nor_is_one_from_the_future(connection: Connection) -> None:
    purpose = rows.stepped_up(connection, rows.person(connection))
    before = AT - clock.DIFFERENCE
    assert step_up.fresh(connection, purpose, before - TICK, before - TICK) is None
    assert step_up.spend(connection, purpose, before - TICK, before - TICK) is None
    assert step_up.newest(connection, purpose, before - TICK) is None
    assert step_up.newest(connection, purpose, before)
    assert step_up.spend(connection, purpose, before, before)


# ---- Sessions ----


def test_a_session_is_read_with_its_person_until_it_is_ended(connection: Connection) -> None:
    owner = rows.person(connection, groups=("agents", "support"))
    row = rows.signed_in(connection, owner, token_hash=tokens.digest("mine"))
    found = session.by_token_hash(connection, tokens.digest("mine"))
    assert found
    assert (found.id, found.user_id, found.username, found.name, found.groups) == (
        row,
        owner,
        "ada",
        "Ada",
        ("agents", "support"),
    )
    assert (found.epoch, found.security_epoch, found.disabled_at) == (1, 1, None)
    session.end(connection, row, "signed_out", AT)
    assert session.by_token_hash(connection, tokens.digest("mine")) is None


def test_all_sessions_of_one_person_end(connection: Connection) -> None:
    ada, ben = rows.person(connection, "ada"), rows.person(connection, "ben")
    ended = rows.signed_in(connection, ada)
    session.end(connection, ended, "signed_out", AT)
    for _ in range(2):
        rows.signed_in(connection, ada)
    rows.signed_in(connection, ben, token_hash=tokens.digest("bens"))
    assert session.end_all(connection, ada, "disabled", AT) == 2
    assert session.by_token_hash(connection, tokens.digest("bens"))


def test_use_of_a_session_is_noted_once_in_a_while(connection: Connection) -> None:
    row = rows.signed_in(connection, rows.person(connection), token_hash=tokens.digest("mine"))

    def last_seen() -> timedelta:
        found = session.by_token_hash(connection, tokens.digest("mine"))
        assert found
        return found.last_seen_at - AT

    session.seen(connection, row, AT - TICK, AT + MINUTE)
    assert last_seen() == timedelta(0)
    session.seen(connection, row, AT, AT + MINUTE)
    assert last_seen() == MINUTE


# ---- Mail ----


def test_mail_waits_in_its_order_until_it_is_taken(connection: Connection) -> None:
    owner = rows.person(connection)
    late = rows.notice(connection, owner, created_at=AT + MINUTE)
    early = rows.notice(connection, owner)
    stale = AT - 5 * MINUTE
    assert [each.id for each in mail.waiting(connection, 10, stale)] == [early, late]
    assert [each.id for each in mail.waiting(connection, 1, stale)] == [early]
    mail.claim(connection, early, AT, stale)
    assert [each.id for each in mail.waiting(connection, 10, stale)] == [late]
    mail.give_back(connection, early)
    found = mail.waiting(connection, 10, stale)
    assert [(each.id, each.failures) for each in found] == [(late, 0), (early, 1)]
    mail.sent(connection, late, AT)
    assert [each.id for each in mail.waiting(connection, 10, stale)] == [early]
    assert not mail.claim(connection, late, AT, AT + MINUTE)


def test_mail_of_a_process_that_died_is_taken_again(connection: Connection) -> None:
    row = rows.notice(connection, rows.person(connection))
    assert mail.claim(connection, row, AT, AT - 5 * MINUTE)
    assert not mail.claim(connection, row, AT + MINUTE, AT)
    assert mail.waiting(connection, 10, AT) == []
    assert [each.id for each in mail.waiting(connection, 10, AT + TICK)] == [row]
    assert mail.claim(connection, row, AT + 6 * MINUTE, AT + TICK)


# ---- Mailed links ----


def test_a_link_that_ran_out_is_not_taken(connection: Connection) -> None:
    row = rows.mailed(connection, rows.person(connection), expires_at=AT)
    assert not link.claim(connection, row, AT)
    assert link.claim(connection, row, AT - TICK)


def test_a_link_is_found_by_its_own_purpose_alone(connection: Connection) -> None:
    owner = rows.person(connection)
    row = rows.mailed(connection, owner, token_hash="digest")
    found = link.by_token_hash(connection, "digest", "password")
    assert found
    assert found.id == row
    assert link.by_token_hash(connection, "digest", "not-me") is None


def test_ending_links_ends_one_persons_of_one_purpose(connection: Connection) -> None:
    ada, ben = (rows.person(connection, name) for name in ("ada", "ben"))
    gone = rows.mailed(connection, ada)
    kept = [rows.mailed(connection, ben), rows.mailed(connection, ada, purpose="not-me")]
    link.end_all(connection, ada, "password", AT)
    assert not link.claim(connection, gone, AT)
    assert [link.claim(connection, row, AT) for row in kept] == [True, True]


# ---- Sign-ins that nobody was told of ----


@pytest.mark.parametrize(
    "changes, found",
    [
        ({}, False),
        ({"expires_at": AT}, True),
        ({"ended_at": AT}, True),
        ({"ended_at": AT, "second_factor_at": AT}, False),
        ({"ended_at": AT, "told_at": AT}, False),
        ({"ended_at": AT, "wrong_code_at": None}, False),
    ],
)
def test_which_sign_ins_were_not_finished(connection: Connection, changes: dict[str, object], found: bool) -> None:  # noqa: FBT001 - a table of cases
    rows.half_done(connection, rows.person(connection), **{"wrong_code_at": AT, **changes})
    assert bool(pending.unfinished(connection, AT, 10)) == found
