"""Looking round, leaving, coming back with old cookies and old forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.security.machine.ledger import Attempt
from tests.security.machine.seats import PICKS, SEATS, SERVERS, Seats
from tests.security.machine.verdicts import SIGNED_OUT, Outcome, judges

if TYPE_CHECKING:
    from tests.security.machine.verdicts import Case

PATHS = (
    "/",
    "/sign-in",
    "/sign-in/choose",
    "/sign-in/code",
    "/sign-in/code/status",
    "/set-up",
    "/set-up/text",
    "/set-up/voice",
    "/set-up/totp",
    "/set-up/text/status",
    "/set-up/done",
    "/confirm-preference",
    "/help/",
)


@judges("/sign-out")
def sign_out(case: Case) -> Outcome:
    """Leave nothing of what the cookie stood for."""
    outcome = Outcome(gone=bool(case.cookie))
    found = case.ledger.carried.get(case.cookie)
    if case.visit:
        case.visit.over = True
        outcome.events.append((SIGNED_OUT, "done"))
    elif isinstance(found, Attempt) and found.live(case.at):
        found.over = True
        outcome.events.append(("sign_in.given_up", "done"))
    return outcome


class Leaving(Seats):
    """What people and thieves do with pages and cookies."""

    @rule(seat=SEATS, server=SERVERS, path=st.sampled_from(PATHS))
    def look(self, seat: int, server: int, path: str) -> None:
        """Go to any page."""
        self.open(seat, server, path)

    @rule(seat=SEATS, server=SERVERS)
    def leave(self, seat: int, server: int) -> None:
        """Sign out, or give up."""
        self.fill(seat, server, "/sign-out")

    @rule(seat=SEATS, server=SERVERS, pick=PICKS, stale=st.booleans())
    def send_old_form(self, seat: int, server: int, pick: int, *, stale: bool) -> None:
        """Go back to a form that was sent before and send it once more, with its own token or a fresh one."""
        sent = self.seats[seat].sent
        if sent:
            path, fields = sent[-1 - pick % len(sent)]
            csrf = fields["csrf_token"] if stale else None
            self.fill(seat, server, path, {**{k: v for k, v in fields.items() if k != "csrf_token"}}, csrf=csrf)

    @rule(seat=SEATS, pick=PICKS, what=st.sampled_from(["session", "devices", "all"]))
    def take_cookies(self, seat: int, pick: int, what: str) -> None:
        """Put cookies of any browser at any earlier moment into this one."""
        jar = self.picked(self.ledger.jars, pick, {})
        own = self.seats[seat].jar
        own.update(
            {name: value for name, value in jar.items() if what == "all" or ("device" in name) == (what != "session")}
        )

    @rule(seat=SEATS, kind=st.sampled_from(["v", "p", "s", ""]))
    def bend_cookie(self, seat: int, kind: str) -> None:
        """Say that the cookie stands for something else; or lose all cookies."""
        jar = self.seats[seat].jar
        token = jar.pop("ssp_session", "").partition(".")[2]
        if kind and token:
            jar["ssp_session"] = f"{kind}.{token}"
        if not kind:
            jar.clear()
