"""Signing in with a recovery code: it stands in for the second factor, and opens nothing but setting up a way (RC2).

A try is counted, then looked at, then acted on, each in a transaction of its own: none is held over the hash. What came
of it is written down whatever became of the sign-in meanwhile, or wrong ones would be tried in sign-ins that end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.authenticators.protocol import Verdict
from ssp.flows import addresses, attempts, codes, events, notices, password_tries, people, recovery_codes, throttling
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.codes import ASKING, Asked
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.flows.steps import Step
from ssp.flows.throttling import Try
from ssp.infra import paper_codes, tokens
from ssp.infra.clock import now
from ssp.models import RecoveryCode, challenge, pending, recovery_code
from ssp.models.pending import RECOVERY

USED = "recovery_used"


@dataclass(frozen=True, slots=True)
class _Looked:
    """A try that may be looked at: in which sign-in, the row that it names, and what else it is compared with."""

    attempt: Attempt
    code: str
    counted: Try
    row: RecoveryCode | None
    decoy: str


def _counter(attempt: Attempt) -> str:
    return throttling.recovery_key(attempt.user.id)


def paused_until(portal: Portal, attempt: Attempt) -> datetime | None:
    """Return until when recovery codes take no answers from this browser, or None if they take them."""
    with portal.database.reading() as connection:
        known = attempt.browser_is_known
        return throttling.paused_until(connection, _counter(attempt), now(), known=known)


def answer(portal: Portal, visit: Visit, token: str, typed: str) -> Progress | Over:
    """Take a recovery code. A right one is used up, and leads to setting up a way. Raises Busy."""
    looked = _count(portal, visit, token, paper_codes.read(typed))
    if not isinstance(looked, _Looked):
        return looked
    matched = _compare(portal, looked)
    with portal.database.writing() as connection:
        found = attempts.load(connection, portal, token, visit, lock=True)
        open_still = isinstance(found, Attempt) and found.step in ASKING
        attempt = found if isinstance(found, Attempt) else looked.attempt
        verdict = _verdict(connection, looked, matched=matched, open_still=open_still)
        if not open_still:
            pending.untell(connection, looked.attempt.pending.id)  # whoever began anew meanwhile hid nothing by that
        _note(connection, portal, attempt, looked.counted, verdict)
        if not open_still:
            return found if isinstance(found, Over) else Progress(found.step)
        if verdict is not Verdict.ACCEPTED:
            return Progress(attempt.step, verdict=verdict)
        return _accepted(connection, portal, attempt)


def _note(connection: Connection, portal: Portal, attempt: Attempt, counted: Try, verdict: Verdict) -> None:
    asked = Asked(_counter(attempt), notices.ON_PAPER, Kind.RECOVERY_CODE)
    codes.note(connection, portal, attempt, asked, (counted, verdict))


def _count(portal: Portal, visit: Visit, token: str, code: str | None) -> _Looked | Progress | Over:
    """Count a try before it is looked at, and find what it names; one that nobody may make leads elsewhere.

    What is no whole code is not counted: a slip of the hand is no guess. What is held up costs no hash: after the right
    password its time tells nothing that the page does not say. More than anybody types leave not even a trace.
    """
    found: list[_Looked] = []

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        person = attempt.user
        stand_in = recovery_code.any_of(connection, person.id)
        if stand_in is None:
            return Progress(attempt.step)  # there are none: nothing is guessed at
        if code is None:
            return Progress(attempt.step, verdict=Verdict.UNREADABLE)
        at = now()
        browser = attempt.pending.known_browser_id or attempt.pending.id
        full = addresses.count_browser(connection, portal, browser, at)
        if full is not None:
            if full.rate is not None:
                reason = f"browser_{full.rate}"
                events.record(connection, visit, Kind.RECOVERY_CODE, Outcome.REFUSED, user=person, reason=reason, at=at)
            return Progress(attempt.step, verdict=Verdict.PAUSED)
        counted = throttling.claim(connection, _counter(attempt), at, known=attempt.browser_is_known)
        if not counted.admitted:
            _note(connection, portal, attempt, counted, Verdict.PAUSED)
            return Progress(attempt.step, verdict=Verdict.PAUSED)
        row = recovery_code.by_selector(connection, person.id, paper_codes.selector(code))
        found.append(_Looked(attempt, code, counted, row, stand_in.code_hash))
        return Progress(attempt.step)

    progress = attempts.act(portal, visit, token, ASKING, deed)
    return found[0] if found else progress


def _compare(portal: Portal, looked: _Looked) -> bool:
    """Return whether a code is the one that it names. Whatever it names costs one hash."""
    stored = looked.row.code_hash if looked.row else None
    whose = throttling.place(looked.attempt.user.id)
    check = password_tries.compared(portal, looked.counted, stored, looked.code, decoy=looked.decoy, whose=whose)
    return check.matched


def _verdict(connection: Connection, looked: _Looked, *, matched: bool, open_still: bool) -> Verdict:
    """Return what becomes of a try; a right code is claimed by it, and so is right once."""
    if looked.row is None or not matched:
        return Verdict.WRONG
    if not open_still:
        return Verdict.EXPIRED
    return Verdict.ACCEPTED if recovery_code.claim(connection, looked.row.id, now()) else Verdict.REPLAYED


def _accepted(connection: Connection, portal: Portal, attempt: Attempt) -> Progress:
    """End all that rests on the lost way, tell the owner, and go on in a half-done sign-in of its own (RC3).

    It is a new one, with ten minutes for setting up a way: a code must not be lost because finding it took long.
    """
    at, person, token = now(), attempt.user, tokens.new_token()
    throttling.clear(connection, _counter(attempt), known=attempt.browser_is_known)
    challenge.forget(connection, attempt.pending.id)
    pending.tell(connection, attempt.pending.id, at)
    browser = attempt.pending.known_browser_id
    epoch = people.end_everything(connection, person, USED, browser=browser)
    pending.add(
        connection,
        id=tokens.new_id(),
        token_hash=tokens.digest(token),
        origin_hash=attempt.pending.token_hash,
        user_id=person.id,
        epoch=epoch,
        created_at=at,
        expires_at=at + timedelta(minutes=portal.settings.code_minutes),
        next_path=attempt.pending.next_path,
        password_verified_at=attempt.pending.password_verified_at,
        asked_because=RECOVERY,
        known_browser_id=browser,
        reference=events.reference(attempt.visit),
    )
    left = recovery_codes.look(connection, person.id).left
    notices.recovery_used(connection, portal, attempt.visit, person, left)
    return Progress(Step.SET_UP, verdict=Verdict.ACCEPTED, token=token)
