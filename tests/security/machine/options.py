"""Setting up MFA options: the first one, another one, a further one, "not now", and confirming what there is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.security.machine.codes import TYPED, TYPES, Codes
from tests.security.machine.ledger import Attempt, Proof, Visit
from tests.security.machine.passwords import Passwords
from tests.security.machine.persons import AMR, TRIES, Way
from tests.security.machine.seats import PEOPLE, PICKS, SEATS, SERVERS, somebody_at
from tests.security.machine.verdicts import REMOVED, SIGNED_OUT, Outcome, judges

if TYPE_CHECKING:
    from tests.security.machine.verdicts import Case

# Every form that a sign-in is sent by; what is typed into it is chosen by the one who sends it.
FORMS: dict[str, dict[str, str]] = {
    "/sign-in/code": {"code": "", "trust_device": "yes"},
    "/sign-in/choose": {"authenticator": ""},
    "/sign-in/code/send": {},
    "/sign-in/recovery": {"recovery_code": ""},
    "/set-up": {"type": "totp"},
    "/set-up/text": {"code": ""},
    "/set-up/voice": {"phone": "+12055550177"},
    "/set-up/totp": {"code": ""},
    "/set-up/text/send": {},
    "/set-up/later": {},
    "/set-up/another": {},
    "/confirm-preference": {"answer": "keep"},
}


@judges("/set-up")
def choose_type(case: Case) -> Outcome:
    """Take a choice; an app has nothing to type, so it begins at once."""
    attempt = case.attempt("set-up")
    if attempt is None:
        return Outcome()
    if case.fields["type"] not in case.settings.offered:
        return Outcome(status=(422,))
    if not attempt.person.has_room(case.settings, case.fields["type"], attempt.replaces):
        return Outcome(status=(422,))
    return _begin_app(attempt) if case.fields["type"] == "totp" else Outcome()


@judges("/set-up/text", "/set-up/voice", "/set-up/totp")
def set_up(case: Case) -> Outcome:
    """Send a code to a number that is typed; or take the code that proves it."""
    kind, attempt = case.path.rpartition("/")[2], case.attempt("set-up")
    if attempt is None:
        return Outcome()
    if kind not in case.settings.offered:
        return Outcome(status=(404,))
    if "code" in case.fields:
        return _prove(case, attempt, kind)
    if not attempt.person.has_room(case.settings, kind, attempt.replaces):
        return Outcome(status=(422,), events=[("authenticator.set_up_begun", "refused")])
    return _begin_app(attempt) if kind == "totp" else _begin_phone(case, attempt, kind)


def _begin_app(attempt: Attempt) -> Outcome:
    """Keep a secret; one that is there already stays."""
    attempt.drafts.setdefault("totp", Way("totp"))
    return Outcome(events=[("authenticator.set_up_begun", "done")])


def _begin_phone(case: Case, attempt: Attempt, kind: str) -> Outcome:
    """Keep a number, and send it a code: the same number again is a resend, unless all tries are used up."""
    line = (case.fields["phone"], case.fields.get("extension", "") if kind == "voice" else "")
    if attempt.adding and any(way.line == line for way in attempt.person.ways if way is not attempt.replaces):
        return Outcome(status=(422,), events=[("authenticator.set_up_begun", "refused")])
    draft = attempt.drafts.get(kind)
    code = attempt.codes.get(draft) if draft else None
    if draft is None or draft.line != line or (code is not None and code.tries >= TRIES[kind]):
        draft = attempt.drafts[kind] = Way(kind, line)
    outcome = Outcome(events=[("authenticator.set_up_begun", "done")])
    case.ask(outcome, attempt, draft, again=True)
    return outcome


def _prove(case: Case, attempt: Attempt, kind: str) -> Outcome:
    """Take the code of a draft; from then on it is the preferred way, and nothing older holds."""
    draft, person, outcome = attempt.drafts.get(kind), attempt.person, Outcome()
    if draft is None:
        return outcome
    if not case.take(attempt, draft, case.fields["code"], outcome):
        outcome.status = (422,)
        return outcome
    _make_room(case, attempt, draft, outcome)
    outcome.events.append(("authenticator.set_up", "done"))
    del attempt.drafts[kind]
    draft.confirmed_at = case.at
    person.ways.append(draft)
    case.ledger.use_links(person, "email")
    case.ledger.end_all(person)
    attempt.generation, attempt.change_wanted, attempt.way = person.generation, False, draft
    attempt.replaces = None
    if attempt.proved_at is None:
        attempt.proved_at, attempt.proved_by = case.at, AMR[kind]
    case.finish(outcome, attempt, "code")
    if isinstance(outcome.carries, Visit) and not attempt.adding:
        # Right after a set-up a further way takes no code of its own.
        outcome.carries.proofs["add"] = Proof(attempt, attempt.proved_at, attempt.proved_by)
    return outcome


def _make_room(case: Case, attempt: Attempt, draft: Way, outcome: Outcome) -> None:
    """Say when a new way is preferred since, and which one goes for it: none for a further one."""
    person, before, gone = attempt.person, attempt.person.in_order, attempt.replaces
    draft.preferred_at = case.at
    if gone is not None:
        draft.preferred_at = case.at if gone is before[0] else gone.preferred_at
        draft.name = gone.name if gone.type == draft.type else None
        person.ways.remove(gone)
        outcome.events.append((REMOVED, "done"))
        if gone.type == "text" and "text" in case.settings.offered and gone.line != draft.line:
            outcome.farewell = gone
            outcome.events.append(("authenticator.old_told", "done"))
    elif attempt.recovering and attempt.proved_at is None:
        # Old ones stay until their owner removes them; the same number anew is the old one.
        same = [way for way in before if (way.type, way.line) == (draft.type, draft.line) and not way.app]
        draft.name = same[0].name if same else None
        person.ways = [way for way in person.ways if way not in same]
        outcome.events += [(REMOVED, "done")] * len(same)
    elif before and before[0].preferred_at:
        draft.preferred_at = before[0].preferred_at - timedelta(seconds=1)


@judges("/set-up/text/send", "/set-up/voice/send", "/set-up/totp/send")
def send_again(case: Case) -> Outcome:
    """Send the code of a draft once more."""
    kind, attempt = case.path.split("/")[2], case.attempt("set-up")
    if attempt is None:
        return Outcome()
    if kind not in case.settings.offered:
        return Outcome(status=(404,))
    outcome = Outcome(status=(303, 422))
    if kind in attempt.drafts:
        case.ask(outcome, attempt, attempt.drafts[kind], again=True)
    return outcome


@judges("/set-up/later")
def later(case: Case) -> Outcome:
    """Keep what there is; or, before the date, go on with the password alone."""
    attempt = case.attempt("set-up")
    if attempt is None:
        return Outcome()
    outcome, person = Outcome(), attempt.person
    if attempt.recovering and attempt.proved_at is None:
        return outcome
    if person.ways:
        if not attempt.adding:
            _keep(case, attempt, outcome)
        attempt.change_wanted, attempt.replaces = False, None
        return case.finish(outcome, attempt, "code")
    if person.may_defer(case.settings, case.at):
        outcome.events.append(("sign_in.deferred", "done"))
        case.open_visit(outcome, attempt, "later")
    else:
        outcome.events.append(("sign_in.deferred", "refused"))
    return outcome


@judges("/set-up/another")
def another(case: Case) -> Outcome:
    """Lead a session that has a proof for it back to the options screen."""
    visit, outcome = case.visit, Outcome()
    if visit is not None:
        visit.note(case.at)
        outcome.carries = add_another(case, visit, outcome, token=case.token)
    return outcome


def add_another(case: Case, visit: Visit, outcome: Outcome, *, token: str) -> Attempt | None:
    """Go back from a session into the sign-in that it came from, if something proved allows it; the session ends."""
    proof = visit.proved("add", case.at)
    if proof is None or not visit.has_room(case.settings):
        return None
    del visit.proofs["add"]
    return go_back(case, visit, proof, outcome, token=token)


def go_back(  # noqa: PLR0913 - who goes back, and what for
    case: Case, visit: Visit, proof: Proof, outcome: Outcome, *, token: str, replaces: Way | None = None
) -> Attempt:
    """Go back from a session into the sign-in that it came from; the session ends."""
    attempt = Attempt(visit.person, "", token, case.code_until, visit.generation, adding=True, change_wanted=True)
    attempt.proved_at, attempt.proved_by = proof.proved_at, proof.proved_by
    attempt.known, attempt.ends_at, attempt.replaces = visit.known_now, visit.until, replaces
    visit.over, visit.person.last_at = True, visit.previous_at
    outcome.events.append((SIGNED_OUT, "done"))
    return attempt


@judges("/confirm-preference")
def confirm(case: Case) -> Outcome:
    """Keep the preferred way, or go on to the options screen."""
    attempt = case.attempt("confirm")
    if attempt is None:
        return Outcome()
    if case.fields["answer"] not in {"keep", "change"}:
        return Outcome(status=(422,))
    if case.fields["answer"] == "change":
        attempt.change_wanted, attempt.replaces = True, attempt.person.in_order[0]
        return Outcome(events=[("authenticator.preference", "done")])
    outcome = Outcome()
    _keep(case, attempt, outcome)
    return case.finish(outcome, attempt, "code")


def _keep(case: Case, attempt: Attempt, outcome: Outcome) -> None:
    attempt.person.in_order[0].preferred_at = case.at
    outcome.events.append(("authenticator.preference", "done"))


class Options(Codes, Passwords):
    """What people do on the options screen and behind it."""

    @precondition(somebody_at("set-up"))
    @rule(
        seat=SEATS,
        server=SERVERS,
        who=PEOPLE,
        kind=TYPES,
        extension=st.sampled_from(["", "12"]),
        chosen=st.booleans(),
    )
    def begin_way(  # noqa: PLR0913 - all that may differ
        self, seat: int, server: int, who: int, *, kind: str, extension: str, chosen: bool
    ) -> None:
        """Choose a type on the options screen; or type a phone number, one's own or somebody else's."""
        human = self.people[who].human
        phone = human.office if kind == "voice" else human.mobile
        seat = self.picked(self.seats_at("set-up"), seat, seat)
        if chosen:
            self.fill(seat, server, "/set-up", {"type": kind})
        else:
            self.fill(seat, server, f"/set-up/{kind}", {"phone": phone, "extension": extension})

    @precondition(somebody_at("set-up"))
    @rule(seat=SEATS, server=SERVERS, kind=TYPES, typed=TYPED, pick=PICKS)
    def type_first_code(self, seat: int, server: int, kind: str, typed: str, pick: int) -> None:
        """Type the code that proves a new way."""
        seat = self.picked(self.seats_at("set-up"), seat, seat)
        self._prove(seat, server, kind, typed, pick)

    @precondition(somebody_at("set-up"))
    @rule(seat=SEATS, server=SERVERS, kind=TYPES)
    def set_up_whole(self, seat: int, server: int, kind: str) -> None:
        """Set a way up as the pages want it."""
        seat = self.picked(self.seats_at("set-up"), seat, seat)
        self.finish_set_up(seat, server, kind)

    @precondition(somebody_at("set-up"))
    @rule(seat=SEATS, server=SERVERS)
    def not_now(self, seat: int, server: int) -> None:
        """Press "Not now" or "Keep what I have"."""
        self.fill(self.picked(self.seats_at("set-up"), seat, seat), server, "/set-up/later")

    @precondition(lambda self: bool(self.seats_in()))
    @rule(seat=SEATS, server=SERVERS, kind=TYPES, whole=st.sampled_from([True, True, False]))
    def add_way(self, seat: int, server: int, kind: str, *, whole: bool) -> None:
        """Press "Add a second way", and set it up as the pages want it: mostly with a fresh code before."""
        seat = self.picked(self.seats_in(), seat, seat)
        self.fill(seat, server, "/set-up/another")
        if whole and seat in self.seats_in():
            self.prove_errand(seat, server, "add")
        if whole and seat in self.seats_at("set-up"):
            self.finish_set_up(seat, server, kind)

    @precondition(somebody_at("confirm"))
    @rule(seat=SEATS, server=SERVERS, answer=st.sampled_from(["keep", "change", "both"]))
    def confirm_preference(self, seat: int, server: int, answer: str) -> None:
        """Say whether the preferred way is still right."""
        self.fill(self.picked(self.seats_at("confirm"), seat, seat), server, "/confirm-preference", {"answer": answer})

    @rule(seat=SEATS, server=SERVERS, who=PEOPLE, kind=TYPES, trust=st.booleans())
    def sign_in_whole(self, seat: int, server: int, who: int, kind: str, *, trust: bool) -> None:
        """Sign in as the pages want it: set up what is wanted, type the code that came, keep what there is."""
        self.type_right_password(seat=seat, server=server, who=who)
        self.finish_code(seat, server, trust=trust)
        if seat in self.seats_at("set-up"):
            self.finish_set_up(seat, server, kind)
        if seat in self.seats_at("confirm"):
            self.fill(seat, server, "/confirm-preference", {"answer": "keep"})

    @rule(seat=SEATS, server=SERVERS, pick=PICKS, path=st.sampled_from(sorted(FORMS)))
    def send_out_of_place(self, seat: int, server: int, pick: int, path: str) -> None:
        """Send any form, whatever page shows."""
        right = self.picked(self.ledger.codes, pick, "000000")
        ways = [way.id for person in self.people for way in person.in_order]
        fields = {name: value for name, value in FORMS[path].items() if value}
        if "code" in FORMS[path]:
            fields["code"] = right
        if "recovery_code" in FORMS[path]:
            fields["recovery_code"] = self.picked(self.ledger.papers, pick, "nothing")
        if "authenticator" in FORMS[path]:
            fields["authenticator"] = self.picked(ways, pick, "nobody")
        self.fill(seat, server, path, {**fields})

    def finish_code(self, seat: int, server: int, *, trust: bool) -> None:
        """Type the right code, if one is asked for."""
        attempt = self.attempt_of(seat)
        if seat in self.seats_at("code") and attempt is not None:
            fields = {"trust_device": "yes"} if trust else {}
            self.fill(seat, server, "/sign-in/code", {"code": self.typed(attempt, attempt.way, "right", 0), **fields})

    def finish_set_up(self, seat: int, server: int, kind: str) -> None:
        """Set a way up, with the right code."""
        self.fill(seat, server, "/set-up", {"type": kind})
        attempt = self.attempt_of(seat)
        if kind != "totp" and attempt is not None:
            human = attempt.person.human
            phone = human.office if kind == "voice" else human.mobile
            self.fill(seat, server + 1, f"/set-up/{kind}", {"phone": phone})
        self._prove(seat, server, kind, "right", 0)

    def _prove(self, seat: int, server: int, kind: str, typed: str, pick: int) -> None:
        attempt = self.attempt_of(seat)
        code = self.typed(attempt, attempt.drafts.get(kind) if attempt else None, typed, pick)
        self.fill(seat, server, f"/set-up/{kind}", {"code": code})
