"""A code to the address on file before a first set-up, where the settings ask for it (security requirement EN1).

It is no second factor, and signs nobody in: it proves that whoever sets up the first MFA option reads the owner's mail,
too. Its wrong answers are counted like those of any access code.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ssp.authenticators.delivered import is_fresh, tries_of
from ssp.authenticators.limits import wait_after
from ssp.authenticators.protocol import Prompt, SendRefusal, Verdict, readable_code
from ssp.flows import attempts, codes, events, notices, throttling
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.codes import Asked
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.flows.steps import Step
from ssp.infra import tokens
from ssp.infra.clock import now
from ssp.models import MailedCode, mailed_code, throttle

CODE_PURPOSE = "mailed-code"
FIRST_WAIT = timedelta(minutes=1)
PROVING = frozenset({Step.PROVE_ADDRESS})
CALLED = "the code that we mail you"


@dataclass(frozen=True, slots=True)
class Mailed:
    """What pages need to know of a code that comes by mail."""

    digits: int = 6
    out_of_band: bool = True


MAILED = Mailed()
TRIES = tries_of(MAILED.digits)


def look(portal: Portal, attempt: Attempt) -> Prompt:
    """Return how the mailed code stands; a question, so it writes nothing."""
    with portal.database.reading() as connection:
        row = mailed_code.of(connection, attempt.pending.id)
    return _prompt(portal, attempt, row, _refusal(portal, row, now()))


def paused_until(portal: Portal, attempt: Attempt) -> datetime | None:
    """Return until when no mailed code is taken from this browser, or None if one is."""
    counter = throttling.address_key(attempt.user.id)
    with portal.database.reading() as connection:
        return throttling.paused_until(connection, counter, now(), known=attempt.browser_is_known)


def issued(connection: Connection, portal: Portal, attempt: Attempt, progress: Progress) -> Progress:
    """Mail a code where the next step asks for one and none was mailed yet."""
    if attempt.step is Step.PROVE_ADDRESS and mailed_code.of(connection, attempt.pending.id) is None:
        _mail(connection, portal, attempt)
    return progress


def send_again(portal: Portal, visit: Visit, token: str) -> Progress | Over:
    """Mail the code once more. The prompt says why not, where it does not."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        return Progress(attempt.step, prompt=_mail(connection, portal, attempt))

    return attempts.act(portal, visit, token, PROVING, deed)


def answer(portal: Portal, visit: Visit, token: str, code: str) -> Progress | Over:
    """Take the mailed code. A right one is used up, and opens the options screen."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        typed, at = readable_code(code, MAILED.digits), now()
        if typed is None:
            return Progress(attempt.step, verdict=Verdict.UNREADABLE)  # a slip of the hand is no guess
        asked = Asked(throttling.address_key(attempt.user.id), CALLED, Kind.MAILED_CODE)
        verdict = codes.judged(
            connection, portal, attempt, asked, at, lambda: _verify(connection, portal, attempt, typed, at)
        )
        if verdict is Verdict.ACCEPTED:
            attempt = attempts.record(connection, portal, attempt, address_proved_at=at)
        return Progress(attempt.step, verdict=verdict)

    return attempts.act(portal, visit, token, PROVING, deed)


def _verify(connection: Connection, portal: Portal, attempt: Attempt, typed: str, at: datetime) -> Verdict:
    row = mailed_code.of(connection, attempt.pending.id)
    if row is None or row.code is None or row.expires_at <= at:
        return Verdict.EXPIRED
    if not mailed_code.count_try(connection, row.id, TRIES):
        return Verdict.BURNED
    if not hmac.compare_digest(portal.keys.open(CODE_PURPOSE, row.id, row.code), typed):
        return Verdict.WRONG if row.tries + 1 < TRIES else Verdict.BURNED
    mailed_code.consume(connection, row.id)  # nobody else does: this transaction holds the person's row
    return Verdict.ACCEPTED


def _refusal(portal: Portal, row: MailedCode | None, at: datetime) -> SendRefusal | None:
    if row is None:
        return None
    if row.tries >= TRIES:
        return SendRefusal.BURNED
    if row.sends >= portal.settings.sends_per_code:
        return SendRefusal.NONE_LEFT
    return SendRefusal.WAIT if at < row.last_sent_at + wait_after(row.sends, FIRST_WAIT) else None


def _mail(connection: Connection, portal: Portal, attempt: Attempt) -> Prompt:
    """Mail a code, the same one while it is fresh, unless a limit is in the way. Tries are never reset."""
    at, person = now(), attempt.user
    row = mailed_code.of(connection, attempt.pending.id)
    held = throttling.paused_until(connection, throttling.address_key(person.id), at, known=attempt.browser_is_known)
    refusal = SendRefusal.BURNED if held else _refusal(portal, row, at)
    if refusal is None and not _counted(connection, portal, person.id, at):
        refusal = SendRefusal.TOO_MANY
    if refusal is not None:
        reason = refusal.value
        events.record(connection, attempt.visit, Kind.CODE_MAILED, Outcome.REFUSED, user=person, reason=reason, at=at)
        return _prompt(portal, attempt, row, refusal)
    code, row = _kept(connection, portal, attempt, row, at)
    minutes = max(int((row.expires_at - at).total_seconds()) // 60, 1)
    notices.setup_code(connection, portal, person, code, minutes)
    events.record(connection, attempt.visit, Kind.CODE_MAILED, user=person, at=at)
    return _prompt(portal, attempt, row, None)


def _counted(connection: Connection, portal: Portal, user_id: int, at: datetime) -> bool:
    """Count one mail for the person; False if it is one too many, by the limit that codes by phone have."""
    counts = [
        (throttle.count(connection, throttling.mails_key(user_id, rate.span), at, at - rate.span), rate.most)
        for rate in portal.settings.limit_person
    ]
    return all(count <= most for count, most in counts)


def _kept(
    connection: Connection, portal: Portal, attempt: Attempt, row: MailedCode | None, at: datetime
) -> tuple[str, MailedCode]:
    """Return the code to mail, the fresh one or a new one in its place, and its row."""
    code_id = row.id if row else tokens.new_id()
    sent = {"sends": (row.sends if row else 0) + 1, "last_sent_at": at}
    if row is not None and row.code is not None and is_fresh(row, at):
        code = portal.keys.open(CODE_PURPOSE, row.id, row.code)
        mailed_code.change(connection, row.id, **sent)
    else:
        code = tokens.numeric_code(MAILED.digits)
        sealed = portal.keys.seal(CODE_PURPOSE, code_id, code)
        made = {"code": sealed, "code_made_at": at, "expires_at": attempt.pending.expires_at}
        if row is None:
            mailed_code.add(connection, id=code_id, pending_id=attempt.pending.id, **sent, **made)
        else:
            mailed_code.change(connection, code_id, **sent, **made)
    kept = mailed_code.of(connection, attempt.pending.id)
    assert kept is not None  # noqa: S101 - it was written above, in this transaction
    return code, kept


def _prompt(portal: Portal, attempt: Attempt, row: MailedCode | None, refusal: SendRefusal | None) -> Prompt:
    left = portal.settings.sends_per_code
    masked = f"e-mail to {masked_address(attempt.user.email)}"
    if row is None:
        return Prompt("", masked, attempt.pending.expires_at, sends_left=left, refusal=refusal)
    return Prompt(
        "",
        masked,
        row.expires_at,
        challenge_id=row.id,
        sent_at=row.last_sent_at,
        next_send_at=row.last_sent_at + wait_after(row.sends, FIRST_WAIT),
        on_its_way=True,
        sends_left=0 if refusal in {SendRefusal.BURNED, SendRefusal.NONE_LEFT} else left - row.sends,
        tries_left=max(TRIES - row.tries, 0),
        refusal=refusal,
    )


def masked_address(address: str) -> str:
    """Return an address that its owner knows again and nobody else learns: `a•••@example.test`."""
    local, _, host = address.rpartition("@")
    return f"{local[:1]}•••@{host}"
