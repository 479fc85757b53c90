"""Access codes at sign-in: asking for one, sending it again or by another way, answering."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from ssp.authenticators.protocol import Prompt, Verdict, readable_code
from ssp.flows import attempts, devices, events, notices, sending, throttling
from ssp.flows.attempts import Attempt, Over, Progress
from ssp.flows.events import Kind, Outcome
from ssp.flows.portal import Portal, Visit
from ssp.flows.steps import Step
from ssp.flows.throttling import Try
from ssp.infra.clock import now
from ssp.models import Authenticator, authenticator, pending

# An answer that was right once, or for a phone whose clock is off, comes from whoever holds the way.
_GUESSES = frozenset({Verdict.WRONG, Verdict.BURNED, Verdict.REPLAYED, Verdict.PAUSED})
ASKING = frozenset({Step.CHALLENGE, Step.CHOOSE})


def prompt(portal: Portal, attempt: Attempt, way: Authenticator) -> Prompt:
    """Return how the code for one of the person's ways stands; a question, so it writes nothing."""
    with portal.database.reading() as connection:
        return attempts.type_of(portal, way).look(connection, attempt.bearer, way, now())


def issued(connection: Connection, portal: Portal, attempt: Attempt, progress: Progress) -> Progress:
    """Issue a code where the next step asks for one."""
    way = attempt.chosen
    if attempt.step is not Step.CHALLENGE or way is None:
        return progress
    return replace(progress, attempt=attempt, way=way, prompt=_challenge(connection, portal, attempt, way, again=False))


def _challenge(connection: Connection, portal: Portal, attempt: Attempt, way: Authenticator, *, again: bool) -> Prompt:
    """Issue a code, unless the way takes no answers anyway."""
    kind, at = attempts.type_of(portal, way), now()
    if throttling.paused_until(connection, way, at, known=attempt.browser_is_known):
        return kind.look(connection, attempt.bearer, way, at)
    return kind.challenge(connection, attempt.bearer, way, at, again=again)


def delivered(portal: Portal, progress: Progress | Over) -> Progress | Over:
    """Send what was issued, now that it is committed."""
    if isinstance(progress, Progress) and progress.prompt and progress.attempt and progress.way:
        sending.deliver(portal, progress.attempt.visit, progress.attempt.user, progress.way, progress.prompt)
    return progress


def send(portal: Portal, visit: Visit, token: str, authenticator_id: str | None, *, again: bool) -> Progress | Over:
    """Send a code by the chosen way, or by another of the person's own, which becomes the chosen one.

    `again` asks for one more message where one was sent already. The prompt is None if the way is not one of theirs.
    """

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        return ask(connection, portal, attempt, authenticator_id, again=again)

    return delivered(portal, attempts.act(portal, visit, token, ASKING, deed))


def ask(
    connection: Connection, portal: Portal, attempt: Attempt, authenticator_id: str | None, *, again: bool
) -> Progress:
    """Issue a code as `send` does, in the caller's transaction; `delivered` then sends it."""
    way = attempt.own(authenticator_id) if authenticator_id else attempt.chosen
    if way is None:
        return Progress(attempt.step)
    attempt = attempts.record(connection, portal, attempt, authenticator_id=way.id)
    code = _challenge(connection, portal, attempt, way, again=again)
    return Progress(attempt.step, attempt=attempt, way=way, prompt=code)


def answer(portal: Portal, visit: Visit, token: str, code: str, *, trust: bool) -> Progress | Over:
    """Take an access code. A right one is used up, and finishes the sign-in unless something else is due."""

    def deed(connection: Connection, attempt: Attempt) -> Progress:
        way = attempt.chosen
        assert way is not None  # noqa: S101 - at this step one is chosen
        verdict = verify(connection, portal, attempt, way, code)
        if verdict is not Verdict.ACCEPTED:
            return Progress(attempt.step, verdict=verdict)
        at = now()
        authenticator.used(connection, way.id, at)
        proof = {"second_factor_at": at, "second_factor_amr": attempts.type_of(portal, way).amr}
        device = None
        if trust and devices.offered_to(portal.settings, attempt.user):
            device_id, cookie = devices.trust(connection, portal.settings, visit, attempt.user, at)
            proof["device_id"], device = device_id, (attempt.user.selector, cookie)
        attempt = attempts.record(connection, portal, attempt, **proof)
        progress = Progress(attempt.step, verdict=verdict, device=device)
        return attempts.advance(connection, portal, attempt, progress)

    return attempts.act(portal, visit, token, frozenset({Step.CHALLENGE}), deed)


def verify(connection: Connection, portal: Portal, attempt: Attempt, way: Authenticator, code: str) -> Verdict:
    """Count an answer, judge it, and write down what came of it."""
    at, kind = now(), attempts.type_of(portal, way)
    if readable_code(code, kind.digits) is None:
        return Verdict.UNREADABLE  # a slip of the hand is no guess
    asked = Asked(way, notices.named(portal, way), Kind.SECOND_FACTOR, way)
    return judged(
        connection, portal, attempt, asked, at, lambda: kind.verify(connection, attempt.bearer, way, code, at)
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: how its answers are counted, what notices call it, and how the log knows it."""

    counter: throttling.Counter
    called: str
    kind: Kind
    way: Authenticator | None = None


def judged(  # noqa: PLR0913, PLR0917 - an answer, and all that it is an answer to
    connection: Connection,
    portal: Portal,
    attempt: Attempt,
    asked: Asked,
    at: datetime,
    verify: Callable[[], Verdict],
) -> Verdict:
    """Count an answer, `verify` it if one may be looked at at all, and write down and tell what came of it."""
    known = attempt.browser_is_known
    counted = throttling.claim(connection, asked.counter, at, known=known)
    verdict = verify() if counted.admitted else Verdict.PAUSED
    if verdict is Verdict.ACCEPTED:
        throttling.clear(connection, asked.counter, known=known)
    note(connection, portal, attempt, asked, (counted, verdict))
    return verdict


def note(connection: Connection, portal: Portal, attempt: Attempt, asked: Asked, judged: tuple[Try, Verdict]) -> None:
    """Write down, and tell the owner, what came of an answer that was counted."""
    (counted, verdict), at = judged, now()
    record = partial(events.record, connection, attempt.visit, user=attempt.user, authenticator=asked.way, at=at)
    record(asked.kind, Outcome.DONE if verdict is Verdict.ACCEPTED else Outcome.REFUSED, reason=verdict.value)
    if verdict in _GUESSES:
        facts = {"wrong_code_at": at, "wrong_code_from": attempt.visit.address}
        pending.record(connection, attempt.pending.id, **facts)
    if verdict is not Verdict.ACCEPTED and counted.admitted and counted.until:
        where = "" if counted.known else "_new_browser"
        reason = f"wrong_{counted.tries}{where}"
        if asked.kind is Kind.RECOVERY_CODE:
            record(Kind.RECOVERY_CODES_PAUSED, Outcome.REFUSED, reason=reason)
        else:
            record(Kind.PAUSED, Outcome.REFUSED, reason=reason)
        tell = notices.stopped if counted.stopped else notices.paused
        tell(connection, portal, attempt.user, asked.called, known=counted.known)
        pending.tell(connection, attempt.pending.id, at)


def paused_until(portal: Portal, attempt: Attempt, way: Authenticator) -> datetime | None:
    """Return until when a way takes no answers from this browser, or None if it takes them."""
    with portal.database.reading() as connection:
        return throttling.paused_until(connection, way, now(), known=attempt.browser_is_known)
