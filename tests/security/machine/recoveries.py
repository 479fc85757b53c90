"""Recovery codes: making them on the account page, and signing in with one when the phone is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.security.machine.account import CODES, Account, used
from tests.security.machine.codes import TYPES
from tests.security.machine.ledger import Attempt
from tests.security.machine.seats import PICKS, SEATS, SERVERS, somebody_at
from tests.security.machine.verdicts import Outcome, judges

if TYPE_CHECKING:
    from tests.security.machine.verdicts import Case

RECOVERY, MADE = "sign_in.recovery_code", "recovery_codes.made"
SIGNS = set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
LETTERS = 18
# What people type: a code that is left, one that is used or of an old set or of somebody else, a wrong one, a part.
TYPED = st.sampled_from(["right", "right", "any", "any", "wrong", "strange", "short"])


@judges("/account/recovery-codes")
def make(case: Case) -> Outcome:
    """Make new ones with a fresh code for just that; all older ones end."""
    visit = used(case)
    if visit is None or visit.proved(CODES, case.at) is None:
        return Outcome()
    del visit.proofs[CODES]
    visit.person.papers.clear()  # the page shows the new ones
    return Outcome(status=(200,), events=[(MADE, "done")])


@judges("/sign-in/recovery")
def recover(case: Case) -> Outcome:
    """Take a code that is left, once; it opens the options screen, and nothing else before a way is set up."""
    attempt = case.attempt("code", "choose")
    if attempt is None or not attempt.person.papers:
        return Outcome()
    person, known, typed = attempt.person, attempt.known, case.fields["recovery_code"].replace("-", "").upper()
    if len(typed) != LETTERS or set(typed) - SIGNS:
        return Outcome(status=(422,))
    left = [code for code, is_used in person.papers.items() if code.replace("-", "") == typed and not is_used]
    counter = person.counter("recovery")
    looked = counter.codes(case.at, known=known is not None)
    if not looked or not left:
        return Outcome(status=(422,), events=[(RECOVERY, "refused")])
    person.papers[left[0]] = True
    counter.forget(known=known is not None)
    case.ledger.end_everything(person, browser=known)
    reopened = Attempt(person, "", case.token, case.code_until, person.generation, known=known, recovering=True)
    return Outcome(carries=reopened, events=[(RECOVERY, "done")])


class Recoveries(Account):
    """What people do with codes on paper."""

    @precondition(lambda self: bool(self.seats_in()))
    @rule(seat=SEATS, server=SERVERS, proved=st.sampled_from([True, True, False]))
    def make_codes(self, seat: int, server: int, *, proved: bool) -> None:
        """Make recovery codes: mostly with a fresh code before."""
        seat = self.picked(self.seats_in(), seat, seat)
        if proved:
            self.prove_errand(seat, server, CODES)
        self.fill(seat, server, "/account/recovery-codes")

    @precondition(somebody_at("code", "choose"))
    @rule(seat=SEATS, server=SERVERS, kind=TYPED, pick=PICKS, times=st.sampled_from([1, 1, 6]))
    def type_recovery_code(self, seat: int, server: int, kind: str, pick: int, times: int) -> None:
        """Type a recovery code, once or again and again."""
        seat = self.picked(self.seats_at("code", "choose"), seat, seat)
        for turn in range(times):
            fields = {"recovery_code": self.paper(seat, kind, pick)}
            self.fill(seat, server + turn, "/sign-in/recovery", fields, follow=times == 1)

    @precondition(somebody_at("code", "choose"))
    @rule(seat=SEATS, server=SERVERS, kind=TYPES)
    def recover_whole(self, seat: int, server: int, kind: str) -> None:
        """Get back in as the pages want it."""
        seat = self.picked(self.seats_at("code", "choose"), seat, seat)
        self.fill(seat, server, "/sign-in/recovery", {"recovery_code": self.paper(seat, "right", 0)})
        if seat in self.seats_at("set-up"):
            self.finish_set_up(seat, server, kind)

    def paper(self, seat: int, kind: str, pick: int) -> str:
        """Return what somebody types as a recovery code."""
        attempt = self.attempt_of(seat)
        left = [code for code, is_used in attempt.person.papers.items() if not is_used] if attempt else []
        nothing = "00-0000-0000-0000-0000"
        code = self.picked(self.ledger.papers if kind == "any" else left, pick, nothing)
        return {"wrong": code[:2] + nothing[2:], "strange": nothing, "short": code[:-1]}.get(kind, code.lower())
