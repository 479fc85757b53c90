"""The account pages: sessions, trusted devices, the password, MFA options, and the fresh code before what matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.security.machine.codes import TYPED
from tests.security.machine.ledger import Attempt, Proof
from tests.security.machine.options import Options, add_another, go_back
from tests.security.machine.passwords import CHOICES, count_password, new_password
from tests.security.machine.persons import AMR
from tests.security.machine.seats import PICKS, SEATS, SERVERS
from tests.security.machine.verdicts import REMOVED, REVOKED, SESSION_ENDED, SIGNED_OUT, Landing, Outcome, judges, shows

if TYPE_CHECKING:
    from tests.security.machine.ledger import Visit
    from tests.security.machine.persons import Device, Way
    from tests.security.machine.verdicts import Case

PASSWORD, ADD, REMOVE, CODES, EMAIL = "password", "add", "remove", "codes", "email"
RENAME, PREFER, REPLACE = "rename", "prefer", "replace"
DEEDS = (RENAME, PREFER, REPLACE, REMOVE)
NAMES = ["", "Mine", "mine", "Office"]
INDEX = "/account/"
MOST_SLIPS = 10


def used(case: Case) -> Visit | None:
    """Return the session, which is kept alive by the request; nothing if there is none."""
    visit = case.visit
    if visit is not None:
        visit.note(case.at)
    return visit


def _asked(case: Case, visit: Visit, errand: str) -> Attempt | None:
    """Return what waits for a code for this errand."""
    proof = visit.proofs.get(errand)
    waits = proof is not None and proof.proved_at is None and proof.attempt.live(case.at)
    return proof.attempt if proof is not None and waits else None


def _own(visit: Visit, way_id: str) -> Way | None:
    return next((way for way in visit.person.ways if way.id == way_id), None)


def _last(case: Case, visit: Visit, way: Way) -> bool:
    """Return whether no other way of this person is usable."""
    return not [each for each in visit.person.usable(case.settings) if each is not way]


@shows("account")
def page(case: Case) -> Landing:
    """Say where the account's pages lead."""
    visit, path = case.visit, case.path
    if visit is None:
        return Landing(case.home, {200})
    if path in {INDEX, "/account/stay"}:
        return Landing(path, {200})
    for errand in (PASSWORD, EMAIL):
        if path == AFTER[errand]:
            return Landing(path, {200}) if visit.proved(errand, case.at) else _confirm(case, visit, errand, "")
    if path == AFTER[CODES]:
        may_look = visit.person.papers or visit.proved(CODES, case.at)
        return Landing(path, {200}) if may_look else _confirm(case, visit, CODES, "")
    _, kind, name, *rest = path[1:].split("/")
    if kind == "options":
        return _deed(case, visit, rest[0], name)
    return _confirm(case, visit, name, "".join(rest))


def _hindered(case: Case, visit: Visit, deed: str, way: Way) -> bool:
    """Return whether this cannot be done with a way, whatever was proved."""
    if deed == REMOVE:
        return _last(case, visit, way)
    unusable = way not in visit.person.usable(case.settings)
    return deed == PREFER and (unusable or way is visit.person.in_order[0])


def _deed(case: Case, visit: Visit, deed: str, way_id: str) -> Landing:
    way = _own(visit, way_id)
    if way is None or _hindered(case, visit, deed, way):
        return Landing(INDEX, {200})
    errand = f"{deed}:{way_id}"
    if visit.proved(errand, case.at) is None:
        return _confirm(case, visit, errand, "")
    return Landing(f"/account/options/{way_id}/{deed}", {200})


def _confirm(case: Case, visit: Visit, errand: str, part: str) -> Landing:
    name, _, target = errand.partition(":")
    if name in DEEDS and _own(visit, target) is None:
        return Landing(INDEX, {200})
    place, attempt = f"/account/confirm/{errand}", _asked(case, visit, errand)
    chosen = attempt is not None and attempt.standing(case.settings, case.at) == "code"
    if part and attempt is not None and (part == "choose" or chosen):
        return Landing(f"{place}/{part}", {200, 204} if part == "status" else {200})
    if visit.proved(errand, case.at):
        return _deed(case, visit, name, target) if name in DEEDS else Landing(AFTER[name], {200})
    if attempt is not None and not chosen:
        return Landing(f"{place}/choose", {200})
    return Landing(place, {200})


AFTER = {PASSWORD: "/account/password", ADD: INDEX, CODES: "/account/recovery-codes", EMAIL: "/account/email"}


@judges("/account/confirm/")
def confirm(case: Case) -> Outcome:
    """Ask for a fresh code for one errand, send it again or another way, or take it."""
    visit = used(case)
    errand, _, part = case.path.removeprefix("/account/confirm/").partition("/")
    name, _, target = errand.partition(":")
    if visit is None or (name in DEEDS and _own(visit, target) is None):
        return Outcome()
    if part:
        return _send(case, _asked(case, visit, errand), part)
    if "code" in case.fields:
        return _answer(case, visit, errand)
    return _begin(case, visit, errand)


def _begin(case: Case, visit: Visit, errand: str) -> Outcome:
    outcome, person = Outcome(), visit.person
    if not person.ways or visit.proved(errand, case.at) or _asked(case, visit, errand):
        return outcome
    usable = person.usable(case.settings)
    attempt = Attempt(person, "", "", case.code_until, person.generation, way=usable[0] if usable else None)
    attempt.known = visit.known_now
    visit.proofs[errand] = Proof(attempt)
    outcome.events.append(("step_up.begun", "done"))
    if attempt.way is not None and not case.paused(attempt, attempt.way):
        case.ask(outcome, attempt, attempt.way, again=False)
    return outcome


def _send(case: Case, attempt: Attempt | None, part: str) -> Outcome:
    outcome = Outcome(status=(303, 422))
    if attempt is None:
        return outcome
    usable = {way.id: way for way in attempt.person.usable(case.settings)}
    way = usable.get(case.fields["authenticator"]) if part == "choose" else attempt.way
    if way is None or way not in usable.values():
        return outcome
    attempt.way = way
    if not case.paused(attempt, way):
        case.ask(outcome, attempt, way, again=part == "send")
    return outcome


def _answer(case: Case, visit: Visit, errand: str) -> Outcome:
    attempt, outcome = _asked(case, visit, errand), Outcome()
    if attempt is None or attempt.way is None or attempt.standing(case.settings, case.at) != "code":
        return outcome
    paused = case.paused(attempt, attempt.way)
    if not case.take(attempt, attempt.way, case.fields["code"], outcome):
        outcome.status = (422,)
        visit.slips += bool(outcome.events) and not paused
        if visit.slips >= MOST_SLIPS:
            visit.over = attempt.over = True
            outcome.status = (303,)
            outcome.events.append((SESSION_ENDED, "done"))
        return outcome
    visit.slips = 0
    proof = visit.proofs[errand]
    attempt.over, proof.proved_at, proof.proved_by = True, case.at, AMR[attempt.way.type]
    outcome.events.append(("step_up.proved", "done"))
    outcome.carries = visit
    if errand == ADD and (reopened := add_another(case, visit, outcome, token="")):
        outcome.carries = reopened
    return outcome


@judges("/account/password")
def change_password(case: Case) -> Outcome:
    """Take another password, with the present one and a fresh code, and end all that the old one opened but this."""
    visit = used(case)
    if visit is None or visit.proved(PASSWORD, case.at) is None:
        return Outcome()
    person, outcome, wanted = visit.person, Outcome(status=(422,)), case.fields["new_password"]
    if len(wanted) < case.settings.password_min:
        return outcome
    known = visit.known_now is not None
    good = case.fields["current_password"] == person.password
    if not count_password(case, outcome, person.counter("password"), known=known, good=good):
        return outcome
    if wanted == person.password:
        return outcome
    del visit.proofs[PASSWORD]
    new_password(case, outcome, person, wanted, keep=visit)
    outcome.status, outcome.carries = (303,), visit
    return outcome


@judges("/account/options/")
def change_option(case: Case) -> Outcome:
    """Name, prefer, replace or remove a way with a fresh code for just that; the last usable one stays."""
    visit, (way_id, deed) = used(case), case.path.split("/")[3:]
    way, errand = _own(visit, way_id) if visit else None, f"{deed}:{way_id}"
    if visit is None or way is None or _hindered(case, visit, deed, way):
        return Outcome()
    proof = visit.proved(errand, case.at)
    if proof is None:
        return Outcome()
    if deed == RENAME and not _name(visit, way, case.fields["name"]):
        return Outcome(status=(422,))
    del visit.proofs[errand]
    return _done(case, visit, way, proof, deed)


def _done(case: Case, visit: Visit, way: Way, proof: Proof, deed: str) -> Outcome:
    if deed == RENAME:
        return Outcome(events=[("authenticator.renamed", "done")])
    if deed == PREFER:
        way.preferred_at = case.at
        return Outcome(events=[("authenticator.preference", "done")])
    outcome = Outcome()
    if deed == REPLACE:
        outcome.carries = go_back(case, visit, proof, outcome, token=case.token, replaces=way)
        return outcome
    visit.person.ways.remove(way)
    case.ledger.end_everything(visit.person, keep=visit)
    return Outcome(carries=visit, events=[(REMOVED, "done")])


def _name(visit: Visit, way: Way, name: str) -> bool:
    """Give a way a name, unless it is none, or another one's."""
    others = {str(each.name).casefold() for each in visit.person.ways if each is not way}
    if not name or name.casefold() in others:
        return False
    way.name = name
    return True


@judges("/account/sessions/")
def end_sessions(case: Case) -> Outcome:
    """End one of one's other sessions, or all of them with the trust in all other devices."""
    visit, outcome, which = used(case), Outcome(), case.path.split("/")[3]
    if visit is None:
        return outcome
    others = [each for each in case.ledger.sessions if each.person is visit.person and each is not visit]
    if which == "end-others":
        here = case.device_of(visit.person)
        some = _any_elsewhere(case, others, here)
        for each in others:
            each.over = True
        case.ledger.end_attempts(visit.person)
        for device in case.ledger.devices.values():
            device.over = device.over or (device.person is visit.person and device is not here)
        if some:
            outcome.events.append((SESSION_ENDED, "done"))
            case.ledger.use_links(visit.person, "email")
        return outcome
    for each in others:
        if each.id == which and not each.over:
            each.over = True
            outcome.events.append((SESSION_ENDED, "done"))
            case.ledger.use_links(visit.person, "email")
    return outcome


def _any_elsewhere(case: Case, others: list[Visit], here: Device | None) -> bool:
    """Return whether any of these sessions, a half-done sign-in or a device but the one here is still of use."""
    person = case.visit.person if case.visit else None
    devices = [each for each in case.ledger.devices.values() if each.person is person and each is not here]
    return (
        any(each.holds(case.settings, case.at) for each in others)
        or any(each.person is person and each.live(case.at) for each in case.ledger.attempts)
        or any(
            not each.over and each.generation == each.person.generation and case.at < case.trust_ends(each)
            for each in devices
        )
    )


@judges("/account/devices/")
def revoke_devices(case: Case) -> Outcome:
    """End the trust in one of one's devices, or in all, and the other sessions that rest on it."""
    visit, outcome, which = used(case), Outcome(), case.path.split("/")[3]
    if visit is None:
        return outcome
    devices = case.ledger.devices.items()
    own = [each for name, each in devices if each.person is visit.person and which in {name, "revoke-all"}]
    if any(not each.over for each in own):
        outcome.events.append((REVOKED, "done"))
        case.ledger.use_links(visit.person, "email")
        for device in own:
            device.over = True
        for each in case.ledger.sessions:
            each.over = each.over or (each.device in own and each is not visit)
    return outcome


@judges("/account/stay")
def stay(case: Case) -> Outcome:
    """Go on a while longer."""
    used(case)
    return Outcome()


@judges("/account/set-up")
def to_set_up(case: Case) -> Outcome:
    """Leave, to come back through the sign-in."""
    visit, outcome = used(case), Outcome()
    if visit is not None:
        visit.over = True
        outcome.events.append((SIGNED_OUT, "done"))
    return outcome


ENDS = ("session", "session", "others", "device", "devices", "set-up", "stay")
ACTS = ("begin", "code", "code", "send", "choose")


class Account(Options):
    """What people do on their account pages."""

    @precondition(lambda self: bool(self.seats_in()))
    @rule(seat=SEATS, server=SERVERS, what=st.sampled_from(ENDS), pick=PICKS)
    def end_something(self, seat: int, server: int, what: str, pick: int) -> None:
        """End a session or the trust in a device, one's own or somebody else's by a hand-made form."""
        session = self.picked([each.id for each in self.ledger.sessions], pick, "nothing")
        device = self.picked(list(self.ledger.devices), pick, "nothing")
        path = {
            "session": f"sessions/{session}/end",
            "others": "sessions/end-others",
            "device": f"devices/{device}/revoke",
            "devices": "devices/revoke-all",
        }.get(what, what)
        fields = {"next": "/"} if what == "stay" else {}
        self.fill(self.picked(self.seats_in(), seat, seat), server, f"/account/{path}", fields)

    @precondition(lambda self: bool(self.seats_in()))
    @rule(
        seat=SEATS,
        server=SERVERS,
        name=st.sampled_from([PASSWORD, ADD, CODES, EMAIL, *DEEDS]),
        act=st.sampled_from(ACTS),
        typed=TYPED,
        pick=PICKS,
    )
    def confirm_errand(  # noqa: PLR0913 - all that may differ
        self, seat: int, server: int, *, name: str, act: str, typed: str, pick: int
    ) -> None:
        """Do one step of a confirmation."""
        seat = self.picked(self.seats_in(), seat, seat)
        errand, way_id = self._errand(name, pick), self.picked(self._ways(), pick, "nobody")
        path = f"/account/confirm/{errand}"
        if act == "code":
            self.answer_errand(seat, server, errand, typed, pick)
        else:
            fields = {"authenticator": way_id} if act == "choose" else {}
            self.fill(seat, server, path if act == "begin" else f"{path}/{act}", fields)

    @precondition(lambda self: bool(self.seats_in()))
    @rule(
        seat=SEATS,
        server=SERVERS,
        name=st.sampled_from([PASSWORD, ADD, CODES, *DEEDS]),
        pick=PICKS,
        proof=st.sampled_from(["right", "right", "other", "none"]),
        wanted=st.sampled_from(CHOICES),
    )
    def run_errand(  # noqa: PLR0913 - all that may differ
        self, seat: int, server: int, *, name: str, pick: int, proof: str, wanted: str
    ) -> None:
        """Change the password, a way or the codes: with a proof, with one for something else, or with none."""
        seat = self.picked(self.seats_in(), seat, seat)
        errand = self._errand(name, pick)
        for_what = {"right": errand, "other": self._errand(REMOVE if name == PASSWORD else PASSWORD, pick + 1)}
        if proof in for_what:
            self.prove_errand(seat, server, for_what[proof])
        if name == PASSWORD:
            visit = self.visit_of(seat)
            current = visit.person.password if visit and pick % 4 else "not the password"
            self.fill(seat, server, "/account/password", {"current_password": current, "new_password": wanted})
        elif name in DEEDS:
            fields = {"name": self.picked(NAMES, pick, "")} if name == RENAME else {}
            self.fill(seat, server, f"/account/options/{errand.partition(':')[2]}/{name}", fields)
        else:
            self.fill(seat, server, AFTER[CODES] if name == CODES else "/set-up/another")

    def _ways(self) -> list[str]:
        return [way.id for person in self.people for way in person.in_order]

    def _errand(self, name: str, pick: int) -> str:
        return f"{name}:{self.picked(self._ways(), pick, 'nobody')}" if name in DEEDS else name
