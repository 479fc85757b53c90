"""The code page: right codes, wrong ones, old ones, those of somebody else; again, and by another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.security.machine.persons import AMR, DIGITS, Device
from tests.security.machine.seats import PICKS, SEATS, SERVERS, Seats, somebody_at
from tests.security.machine.verdicts import TRUSTED, Outcome, judges

if TYPE_CHECKING:
    from tests.security.machine.ledger import Attempt
    from tests.security.machine.persons import Way
    from tests.security.machine.verdicts import Case

TYPES = st.sampled_from(["text", "voice", "totp"])
# What people type: the right code, a wrong one, one from long ago or of somebody else, one of a clock that is off.
TYPED = st.sampled_from(["right", "right", "right", "wrong", "old", "early", "late", "far", "spaced", "short"])


@judges("/sign-in/code")
def answer(case: Case) -> Outcome:
    """Take a right code as the second factor, once."""
    attempt = case.attempt("code")
    if attempt is None or attempt.way is None:
        return Outcome()
    outcome = Outcome()
    if not case.take(attempt, attempt.way, case.fields["code"], outcome):
        outcome.status = (422,)
        return outcome
    attempt.proved_at, attempt.proved_by = case.at, AMR[attempt.way.type]
    if "trust_device" in case.fields and attempt.person.may_trust(case.settings):
        outcome.device = Device(attempt.person, attempt.generation, case.at, case.trusted_until, "", case.at)
        outcome.events.append((TRUSTED, "done"))
    return case.finish(outcome, attempt, "code")


@judges("/sign-in/choose", "/sign-in/code/send")
def send(case: Case) -> Outcome:
    """Send a code, but only to a way of one's own."""
    attempt = case.attempt("code", "choose")
    if attempt is None:
        return Outcome()
    asked = case.fields.get("authenticator", "")
    own = {way.id: way for way in attempt.person.usable(case.settings)}
    sending = case.path.endswith("/send")
    if asked not in own and (asked or not sending):
        return Outcome(status=(422,))
    way = own[asked] if asked else attempt.way
    outcome = Outcome(status=(303, 422))
    if way is not None and way in own.values():
        again = sending and way is attempt.way
        attempt.way = way
        if not case.paused(attempt, way):
            case.ask(outcome, attempt, way, again=again)
    return outcome


class Codes(Seats):
    """What people do on the code page."""

    def typed(self, attempt: Attempt | None, way: Way | None, kind: str, pick: int) -> str:
        """Return what somebody types as a code."""
        right = self.right_code(attempt, way)
        if kind == "old" or not right:
            return self.picked(self.ledger.codes, pick, "000000")
        if kind == "spaced":
            return f"{right[:3]} {right[3:]}"
        if way is not None and way.app is not None and kind in {"early", "late", "far"}:
            return way.app.code({"early": -1, "late": 1, "far": 2 + pick % 3}[kind])
        by = {"wrong": 1 + pick, "early": 10**4}.get(kind, 0)
        return right[:-1] if kind == "short" else f"{(int(right) + by) % 10 ** len(right):0{len(right)}d}"

    def right_code(self, attempt: Attempt | None, way: Way | None) -> str:
        """Return the code that a person would read now; empty if there is none."""
        if attempt is None or way is None:
            return ""
        if way.app is not None:
            code = way.app.code()
            self.ledger.codes.append(code)
            return code
        return attempt.codes[way].value if way in attempt.codes else "0" * (DIGITS[way.type] - 1) + "1"

    def prove_errand(self, seat: int, server: int, errand: str) -> None:
        """Get a fresh code for an errand of the account pages, and type it."""
        self.fill(seat, server, f"/account/confirm/{errand}")
        self.answer_errand(seat, server + 1, errand, "right", 0)

    def answer_errand(self, seat: int, server: int, errand: str, typed: str, pick: int) -> None:
        """Type a code for an errand of the account pages."""
        visit = self.visit_of(seat)
        proof = visit.proofs.get(errand) if visit else None
        attempt = proof.attempt if proof else None
        code = self.typed(attempt, attempt.way if attempt else None, typed, pick)
        self.fill(seat, server, f"/account/confirm/{errand}", {"code": code})

    @precondition(somebody_at("code"))
    @rule(seat=SEATS, server=SERVERS, kind=TYPED, pick=PICKS, trust=st.booleans())
    def type_code(self, seat: int, server: int, kind: str, pick: int, *, trust: bool) -> None:
        """Type a code."""
        seat = self.picked(self.seats_at("code"), seat, seat)
        attempt = self.attempt_of(seat)
        code = self.typed(attempt, attempt.way if attempt else None, kind, pick)
        self.fill(seat, server, "/sign-in/code", {"code": code, **({"trust_device": "yes"} if trust else {})})

    @precondition(somebody_at("code"))
    @rule(seat=SEATS, server=SERVERS, times=st.sampled_from([1, 2, 6]))
    def guess(self, seat: int, server: int, times: int) -> None:
        """Type one wrong code after the other, by both servers in turn."""
        seat = self.picked(self.seats_at("code"), seat, seat)
        for turn in range(times):
            attempt = self.attempt_of(seat)
            code = self.typed(attempt, attempt.way if attempt else None, "wrong", turn)
            self.fill(seat, server + turn, "/sign-in/code", {"code": code}, follow=False)

    @precondition(somebody_at("code", "choose", "set-up"))
    @rule(seat=SEATS, server=SERVERS, kind=TYPES)
    def send_again(self, seat: int, server: int, kind: str) -> None:
        """Ask for the code once more, or for that of a new way."""
        seat = self.picked(self.seats_at("code", "choose", "set-up"), seat, seat)
        setting_up = seat in self.seats_at("set-up")
        self.fill(seat, server, f"/set-up/{kind}/send" if setting_up else "/sign-in/code/send")

    @precondition(somebody_at("code", "choose"))
    @rule(seat=SEATS, server=SERVERS, by=st.sampled_from(["/sign-in/choose", "/sign-in/code/send"]), pick=PICKS)
    def use_another_way(self, seat: int, server: int, by: str, pick: int) -> None:
        """Choose a way to get the code: one's own, or somebody else's by a hand-made form."""
        seat = self.picked(self.seats_at("code", "choose"), seat, seat)
        ways = [way.id for person in self.people for way in person.in_order]
        self.fill(seat, server, by, {"authenticator": self.picked(ways, pick, "nobody")})
