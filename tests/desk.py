"""Sign-ins without pages: somebody at a browser, as the verbs below the pages see them."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssp.flows import codes, further, people, sessions, set_up, sign_in
from ssp.flows.attempts import Attempt, Progress
from ssp.flows.portal import Visit
from ssp.infra import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import pytest

    from ssp.authenticators.protocol import Prompt, Verdict
    from ssp.flows.portal import Portal
    from ssp.models import Authenticator
    from ssp.models.session import SessionWithUser
    from tests.people import Human

VISIT = Visit("198.51.100.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0", "REQUEST")


def settle_chance(monkeypatch: pytest.MonkeyPatch, seed: int = 7) -> None:
    """Draw the same tokens, codes and secrets each time, so that no test depends on luck."""
    chance = random.Random(seed)
    monkeypatch.setattr(secrets, "token_bytes", chance.randbytes)
    monkeypatch.setattr(secrets, "randbelow", chance.randrange)


def wrong(code: str, by: int = 1) -> str:
    """Return another code of the same length."""
    return f"{(int(code) + by) % 10 ** len(code):0{len(code)}d}"


@dataclass
class Desk:
    """One person at one browser."""

    site: Portal
    human: Human
    visit: Visit = VISIT
    token: str = field(default_factory=tokens.new_token)
    cookies: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def password(self) -> Progress:
        """Type username and password."""
        entry = sign_in.Entry(self.human.username, self.human.password, self.token, self.cookies, "/", self.known)
        progress = sign_in.check_password(self.site, self.visit, entry)
        assert isinstance(progress, Progress)
        return self._carry(progress)

    @property
    def attempt(self) -> Attempt:
        """Return the half-done sign-in."""
        found = sign_in.look(self.site, self.visit, self.token)
        assert isinstance(found, Attempt)
        return found

    @property
    def prompt(self) -> Prompt:
        """Return how the code stands."""
        attempt = self.attempt
        assert attempt.chosen
        return codes.prompt(self.site, attempt, attempt.chosen)

    def begin(self, type_name: str, typed: Mapping[str, str]) -> Progress:
        """Begin to set up an option."""
        progress = set_up.begin(self.site, self.visit, self.token, type_name, typed)
        assert isinstance(progress, Progress)
        return self._carry(progress)

    def draft(self, type_name: str) -> Authenticator:
        """Return the option that is being set up."""
        found = set_up.draft(self.site, self.attempt, type_name)
        assert found
        return found

    def confirm(self, type_name: str, code: str) -> Verdict | None:
        """Type the code that proves a new option."""
        progress = set_up.confirm(self.site, self.visit, self.token, type_name, code)
        assert isinstance(progress, Progress)
        return self._carry(progress).verdict

    def answer(self, code: str, *, trust: bool = False) -> Verdict | None:
        """Type an access code."""
        progress = codes.answer(self.site, self.visit, self.token, code, trust=trust)
        assert isinstance(progress, Progress)
        return self._carry(progress).verdict

    def send(self, authenticator_id: str | None = None, *, again: bool = True) -> Prompt | None:
        """Ask for a code."""
        progress = codes.send(self.site, self.visit, self.token, authenticator_id, again=again)
        assert isinstance(progress, Progress)
        return self._carry(progress).prompt

    def add_another(self) -> None:
        """Go from a session that has the proof for it to the options screen."""
        session = self.session
        assert session
        progress = further.add_another(self.site, self.visit, session)
        assert progress
        self._carry(progress)

    @property
    def session(self) -> SessionWithUser | None:
        """Return the session that the browser's token opens."""
        return sessions.recognise(self.site, self.token)

    def leave(self) -> Desk:
        """Walk over to another browser, at which nobody sat before."""
        return Desk(self.site, self.human, self.visit)

    def unlock(self) -> int:
        """Call Web Support."""
        return people.unlock(self.site, self.human.username)

    def paused_until(self) -> datetime | None:
        """Return until when the chosen way takes no answers."""
        attempt = self.attempt
        assert attempt.chosen
        return codes.paused_until(self.site, attempt, attempt.chosen)

    def _carry(self, progress: Progress) -> Progress:
        self.token = progress.session_token or progress.token or self.token
        if progress.device:
            self.cookies.update([progress.device])
        if progress.known and progress.known[1]:
            self.known[progress.known[0]] = progress.known[1]
        return progress
