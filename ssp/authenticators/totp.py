"""Codes from an authenticator app: RFC 6238 with SHA-1, six digits, 30 seconds, which every app understands."""

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

import pyotp
from sqlalchemy import Connection

from ssp.authenticators.drafts import Drafts
from ssp.authenticators.protocol import (
    APP,
    AuthenticatorType,
    Bearer,
    Destination,
    Faults,
    Kit,
    Prompt,
    Verdict,
    readable_code,
    with_name,
)
from ssp.models import Authenticator, User, authenticator

SECRET_BYTES = 20
SECONDS = 30
DRIFT = 1
# A code from so many steps away is nearly always a phone whose clock is off by up to ten minutes.
FAR = 20
# No step so far ahead was taken with a right clock, even where two servers differ by a minute.
AHEAD = DRIFT + 2


class Totp(AuthenticatorType):
    """An app that holds a shared secret and follows the clock."""

    name = "totp"
    title = "Authenticator app"
    place = APP
    amr = "otp"
    out_of_band = False
    phishing_resistant = False
    fields = ()
    instead = ()
    digits = 6

    def __init__(self, kit: Kit) -> None:
        self._drafts = Drafts(kit.keys, self.name)
        self._issuer = kit.settings.portal_name

    def destination(self, typed: Mapping[str, str], user: User) -> Destination | Faults:
        """Return a new secret; nothing is typed."""
        del typed, user
        secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
        return Destination(label="authenticator app", data={"secret": secret})

    def begin(self, connection: Connection, bearer: Bearer, destination: Destination, at: datetime) -> Prompt:
        """Keep a draft with its secret; one that is there already stays, so that a second tab changes nothing."""
        draft = self._drafts.find(connection, bearer)
        if draft is None:
            draft = self._drafts.keep(connection, bearer, destination, at)
        return self.look(connection, bearer, draft, at)

    def challenge(
        self, connection: Connection, bearer: Bearer, authenticator: Authenticator, at: datetime, *, again: bool
    ) -> Prompt:
        """Send nothing: the app has the code already."""
        del again
        return self.look(connection, bearer, authenticator, at)

    def look(self, connection: Connection, bearer: Bearer, authenticator: Authenticator, at: datetime) -> Prompt:
        """Return what is asked for."""
        del connection, at
        return Prompt(authenticator.id, self.masked(authenticator), bearer.pending.expires_at)

    def verify(
        self, connection: Connection, bearer: Bearer, authenticator: Authenticator, answer: str, at: datetime
    ) -> Verdict:
        """Accept a code of this step, the one before or the one after, and each step once (RFC 6238 5.2)."""
        del bearer
        code = readable_code(answer, self.digits)
        if code is None:
            return Verdict.UNREADABLE
        hotp = pyotp.HOTP(self._secret(authenticator))
        now = int(at.timestamp()) // SECONDS
        steps = range(max(now - FAR, 0), now + FAR + 1)
        matching = [step for step in steps if hmac.compare_digest(hotp.at(step), code)]
        near = [step for step in matching if abs(step - now) <= DRIFT]
        if near and (authenticator.last_step or 0) > now + AHEAD:
            return self._set_right(connection, authenticator, now)
        if near:
            return self._claim(connection, authenticator, near)
        if not matching:
            return Verdict.WRONG
        self._bar(connection, authenticator, matching, now)
        return Verdict.CLOCK_OFF

    def masked(self, authenticator: Authenticator) -> str:
        """Return the name of the way."""
        return with_name("your authenticator app", authenticator)

    def shown(self, authenticator: Authenticator, user: User) -> Mapping[str, str]:
        """Return the secret, the secret in groups of four, and the address that the QR code carries."""
        secret = self._secret(authenticator)
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=self._issuer)
        grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        return {"secret": secret, "grouped": grouped, "uri": uri}

    def _secret(self, row: Authenticator) -> str:
        return self._drafts.opened(row)["secret"]

    def _claim(self, connection: Connection, row: Authenticator, steps: list[int]) -> Verdict:
        claimed = any(authenticator.claim_step(connection, row.id, step) for step in steps)
        return Verdict.ACCEPTED if claimed else Verdict.REPLAYED

    def _set_right(self, connection: Connection, row: Authenticator, now: int) -> Verdict:
        """Take codes again that come after now, where one was taken while the clock was wrong, and set in the future.

        Which ones were taken before that nobody knows any more, so none of now counts; and the one of the future, that
        somebody may have seen, counts neither when its time comes.
        """
        authenticator.set_steps(connection, row.id, last=now + DRIFT, barred=row.last_step)
        return Verdict.REPLAYED

    def _bar(self, connection: Connection, row: Authenticator, steps: list[int], now: int) -> None:
        """Bar a coming step whose code was just called a real one, or a guess could be kept for later."""
        coming = max(steps)
        if coming > now:
            authenticator.bar_step(connection, row.id, coming)


make = Totp
