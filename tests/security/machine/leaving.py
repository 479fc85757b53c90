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
    "/sign-in/recovery",
    "/set-up",
    "/set-up/text",
    "/set-up/voice",
    "/set-up/totp",
    "/set-up/text/status",
    "/set-up/done",
    "/confirm-preference",
    "/help/",
    "/account/",
    "/account/password",
    "/account/recovery-codes",
    "/account/stay",
    "/account/confirm/password",
    "/account/confirm/add/choose",
    "/account/confirm/password/status",
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

    @rule(seat=SEATS, pick=PICKS, what=st.sampled_from(["session", "devices", "all", "all", "v", "p", "s", "none"]))
    def take_cookies(self, seat: int, pick: int, what: str) -> None:
        """Put cookies of any browser at any earlier moment into this one; or say that one is another kind, or none."""
        jar, own = self.picked(self.ledger.jars, pick, {}), self.seats[seat].jar
        if what == "none":
            own.clear()
        elif len(what) == 1:
            own["ssp_session"] = f"{what}.{own.get('ssp_session', '').partition('.')[2] or 'x'}"
        else:
            session = {name: value for name, value in jar.items() if name == "ssp_session"}
            devices = {name: value for name, value in jar.items() if name not in session}
            own.update({"session": session, "devices": devices, "all": jar}[what])
