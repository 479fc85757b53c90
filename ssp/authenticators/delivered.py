"""Codes that the portal makes and sends over the phone network: what text messages and voice calls share."""

import hmac
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import Connection

from ssp.authenticators import limits
from ssp.authenticators.drafts import Drafts
from ssp.authenticators.protocol import (
    PHONE,
    AuthenticatorType,
    Bearer,
    Destination,
    Faults,
    Kit,
    Prompt,
    SendRefusal,
    Verdict,
    readable_code,
)
from ssp.infra import phones, tokens
from ssp.infra.telephony.carrier import Message, Reason
from ssp.infra.telephony.progress import Status
from ssp.models import Authenticator, Challenge, Delivery, MailedCode, User, challenge, delivery

CODE_PURPOSE = "code"
FEWEST_SAFE_DIGITS = 6
TRIES = 5
# Five digits hold 16.6 bits, below NIST SP 800-63B-4's six digits, so they get fewer tries (security requirement OT1).
TRIES_OF_SHORT_CODE = 3


def tries_of(digits: int) -> int:
    """Return how many answers a code of so many digits takes."""
    return TRIES if digits >= FEWEST_SAFE_DIGITS else TRIES_OF_SHORT_CODE


@dataclass(frozen=True, slots=True)
class Line:
    """Where codes go: a number in E.164 form, and an extension behind it."""

    phone: str
    extension: str


def destination_of(label: str, line: Line) -> Destination:
    """Return a line as something to set up."""
    return Destination(label, asdict(line), shared_as=f"{line.phone};{line.extension}", field="phone")


def is_fresh(row: Challenge | MailedCode, at: datetime) -> bool:
    """Return whether at least half of a code's life is left, so that a resend repeats it (OT5)."""
    return at - row.code_made_at < (row.expires_at - row.code_made_at) / 2


def _on_its_way(row: Challenge) -> bool:
    """Return whether a code left, or may have: a resend that failed takes the first message away from nobody."""
    return row.delivery_status != Status.FAILED or row.left_at is not None


def _end(connection: Connection, row: Challenge) -> Delivery | None:
    """Return the newest text or call if its status alone does not say how it ended."""
    unclear = row.delivery_status in {Status.FAILED, Status.HUNG_UP}
    return delivery.by_id(connection, row.delivery_id) if unclear and row.delivery_id else None


class Delivered(AuthenticatorType):
    """A type whose codes are random, stored sealed, and sent to a phone."""

    place = PHONE
    out_of_band = True
    phishing_resistant = False
    capability: ClassVar[phones.Capability]
    first_wait: timedelta

    def __init__(self, kit: Kit) -> None:
        self._settings = kit.settings
        self._keys = kit.keys
        self._callbacks = kit.callbacks
        self._drafts = Drafts(kit.keys, self.name)

    @abstractmethod
    def message(self, line: Line, code: str, seconds: int, delivery_id: str, *, change: bool) -> Message:
        """Return what goes out: the code, how long it is good, and under which id the provider may call back.

        `change` is for a code that allows a change of the account, by somebody who is signed in.
        """

    @property
    def countries(self) -> tuple[str, ...]:
        """Return where codes of this type may go, as two-letter codes."""
        return self._settings.countries

    @property
    def tries(self) -> int:
        """Return how many answers one code takes."""
        return tries_of(self.digits)

    def destination(self, typed: Mapping[str, str], user: User) -> Destination | Faults:
        """Return the phone line that was typed."""
        del user
        number = phones.parse(typed.get("phone", ""), self.countries, self.capability)
        if isinstance(number, phones.Fault):
            return Faults({"phone": phones.WORDS[number]})
        return destination_of(phones.masked(number), Line(number, ""))

    def begin(self, connection: Connection, bearer: Bearer, destination: Destination, at: datetime) -> Prompt:
        """Keep a draft with this line and send it a code; the same line again is a resend, not a new start."""
        draft = self._drafts.find(connection, bearer)
        if draft is None or self._line(draft) != Line(**destination.data) or self._burned(connection, bearer, draft):
            draft = self._drafts.keep(connection, bearer, destination, at)
        return self.challenge(connection, bearer, draft, at, again=True)

    def challenge(
        self, connection: Connection, bearer: Bearer, authenticator: Authenticator, at: datetime, *, again: bool
    ) -> Prompt:
        """Send a code; `again` repeats it while it is fresh, since messages arrive out of order (OT5)."""
        row = challenge.of(connection, bearer.pending.id, authenticator.id)
        if row is not None and row.sends and not again:
            return self.look(connection, bearer, authenticator, at)
        line = self._line(authenticator)
        refusal = self._refusal(row, at) or self._disallowed(line)
        if refusal:
            return self._prompt(connection, authenticator, row, bearer, refusal=refusal)
        target = self._target(authenticator, line)
        counted = limits.count_send(connection, self._settings, self._keys, bearer, target, at)
        if isinstance(counted, limits.Refused):
            refused = self._prompt(connection, authenticator, row, bearer, refusal=counted.refusal)
            return replace(refused, limit=counted.limit, pauses=counted.pauses)
        code, row = self._issue(connection, bearer, authenticator, row, at)
        delivery_id = self._deliver(connection, row, target.country, at)
        seconds = int((row.expires_at - at).total_seconds())
        prompt = self._prompt(connection, authenticator, row, bearer)
        message = self.message(line, code, seconds, delivery_id, change=bearer.steps_up)
        return replace(prompt, message=message, delivery_id=delivery_id, counted=counted)

    def look(self, connection: Connection, bearer: Bearer, authenticator: Authenticator, at: datetime) -> Prompt:
        """Return how far the code is."""
        row = challenge.of(connection, bearer.pending.id, authenticator.id)
        line = self._line(authenticator)
        refusal = self._refusal(row, at) or self._disallowed(line)
        if row is None and refusal is None:
            # No code was ever issued, so a limit may have been in the way.
            target = self._target(authenticator, line)
            refusal = limits.standing(connection, self._settings, self._keys, bearer, target, at)
        return self._prompt(connection, authenticator, row, bearer, refusal=refusal)

    def verify(
        self, connection: Connection, bearer: Bearer, authenticator: Authenticator, answer: str, at: datetime
    ) -> Verdict:
        """Count the answer, then compare it; a right one uses the code up."""
        row = challenge.of(connection, bearer.pending.id, authenticator.id)
        code = readable_code(answer, self.digits)
        if code is None:
            return Verdict.UNREADABLE
        if row is None or row.expires_at <= at:
            return Verdict.EXPIRED
        if row.code is None:
            return Verdict.REPLAYED
        if not challenge.count_try(connection, row.id, self.tries):
            return Verdict.BURNED
        if not hmac.compare_digest(self._keys.open(CODE_PURPOSE, row.id, row.code), code):
            return Verdict.WRONG if row.tries + 1 < self.tries else Verdict.BURNED
        return Verdict.ACCEPTED if self._use_up(connection, row, at) else Verdict.REPLAYED

    def shown(self, authenticator: Authenticator, user: User) -> Mapping[str, str]:
        """Return the number in full, for its own set-up page alone."""
        del user
        line = self._line(authenticator)
        return {"phone": phones.pretty(line.phone), "extension": phones.pretty_extension(line.extension)}

    def _use_up(self, connection: Connection, row: Challenge, at: datetime) -> bool:
        if not challenge.consume(connection, row.id, at):
            return False
        delivery.used(connection, row.id, at)
        return True

    def _burned(self, connection: Connection, bearer: Bearer, draft: Authenticator) -> bool:
        row = challenge.of(connection, bearer.pending.id, draft.id)
        return row is not None and row.tries >= self.tries

    def _line(self, authenticator: Authenticator) -> Line:
        return Line(**self._drafts.opened(authenticator))

    def _target(self, authenticator: Authenticator, line: Line) -> limits.Target:
        proven = authenticator.confirmed_at is not None
        return limits.Target(self.name, line.phone, line.extension, phones.country(line.phone), proven)

    def _disallowed(self, line: Line) -> SendRefusal | None:
        """Look again at a number that was set up before the operator narrowed the countries."""
        found = phones.parse(line.phone, self.countries, self.capability)
        return SendRefusal.NOT_ALLOWED if isinstance(found, phones.Fault) else None

    def _refusal(self, row: Challenge | None, at: datetime) -> SendRefusal | None:
        if row is None or row.last_sent_at is None:
            return None
        if row.tries >= self.tries:
            return SendRefusal.BURNED
        if row.sends >= self._settings.sends_per_code:
            return SendRefusal.NONE_LEFT
        return SendRefusal.WAIT if at < row.last_sent_at + limits.wait_after(row.sends, self.first_wait) else None

    def _issue(
        self, connection: Connection, bearer: Bearer, authenticator: Authenticator, row: Challenge | None, at: datetime
    ) -> tuple[str, Challenge]:
        """Return the code to send, the fresh one or a new one in its place, and its row. Tries are never reset."""
        challenge_id = row.id if row else tokens.new_id()
        sent = {"sends": (row.sends if row else 0) + 1, "last_sent_at": at}
        if row is not None and row.code is not None and is_fresh(row, at):
            code = self._keys.open(CODE_PURPOSE, row.id, row.code)
            challenge.change(connection, row.id, **sent)
        else:
            code = tokens.numeric_code(self.digits)
            made = {
                "code": self._keys.seal(CODE_PURPOSE, challenge_id, code),
                "left_at": None,
                "code_made_at": at,
                "expires_at": bearer.pending.expires_at,
            }
            if row is not None:
                challenge.change(connection, row.id, **sent, **made)
            else:
                purpose = "set-up" if not authenticator.confirmed_at else "step-up" if bearer.steps_up else "sign-in"
                owner = {"id": challenge_id, "pending_id": bearer.pending.id, "authenticator_id": authenticator.id}
                challenge.add(connection, **owner, purpose=purpose, **sent, **made)
        issued = challenge.by_id(connection, challenge_id)
        assert issued is not None  # noqa: S101 - it was written above, in this transaction
        return code, issued

    def _deliver(self, connection: Connection, row: Challenge, country: str, at: datetime) -> str:
        """Note the text or call that is about to leave, and return its id."""
        delivery_id, status = tokens.new_id(), Status.SENDING
        place = {"id": delivery_id, "challenge_id": row.id, "channel": self.name, "country": country}
        delivery.add(connection, **place, sent_at=at, status=status, stage=status.rank)
        challenge.change(connection, row.id, delivery_id=delivery_id, delivery_status=status, delivery_reason=None)
        return delivery_id

    def _prompt(
        self,
        connection: Connection,
        authenticator: Authenticator,
        row: Challenge | None,
        bearer: Bearer,
        *,
        refusal: SendRefusal | None = None,
    ) -> Prompt:
        masked = self.masked(authenticator)
        if row is None:
            left = self._settings.sends_per_code
            return Prompt(authenticator.id, masked, bearer.pending.expires_at, sends_left=left, refusal=refusal)
        sent_at, end = row.last_sent_at, _end(connection, row)
        return Prompt(
            authenticator.id,
            masked,
            row.expires_at,
            challenge_id=row.id,
            sent_at=sent_at,
            on_its_way=_on_its_way(row),
            undecided=end is not None and end.stage < Status(row.delivery_status).rank,
            turns=end.turns if end else 0,
            next_send_at=sent_at and sent_at + limits.wait_after(row.sends, self.first_wait),
            sends_left=0
            if refusal in {SendRefusal.BURNED, SendRefusal.NONE_LEFT}
            else self._settings.sends_per_code - row.sends,
            tries_left=self.tries - row.tries,
            delivery_status=Status(row.delivery_status),
            delivery_reason=Reason(row.delivery_reason) if row.delivery_reason else None,
            refusal=refusal,
        )
