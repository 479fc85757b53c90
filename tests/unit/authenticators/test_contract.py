"""What every authenticator type must do, whichever it is. A new type needs one entry in HOLDERS and no test of its own.

The types come from the registry, so that none is left out.
"""

import json
import pkgutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest

import ssp.authenticators
from ssp.authenticators.drafts import Drafts
from ssp.authenticators.protocol import Destination, Faults, Kit, Prompt, Verdict, readable_code
from ssp.authenticators.registry import Registry
from ssp.flows import codes, further, set_up, step_up
from ssp.flows.attempts import Over, Progress
from ssp.flows.steps import Step
from ssp.flows.throttling import PAUSE, RESERVED, TRIES_BEFORE_PAUSE, TRIES_BEFORE_STOP
from ssp.infra.clock import now
from ssp.infra.crypto import Key, KeyRing, SealError
from ssp.infra.telephony.callbacks import Callbacks
from ssp.models import authenticator, mail
from ssp.settings import KNOWN_TYPES, Settings
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT, Desk, settle_chance, wrong
from tests.people import ADA, BEN, App, Human, Phone

DEMO = Settings(demo=True)
TYPES = list(Registry(Kit(DEMO, KeyRing([Key("k1", bytes(range(32)))]), Callbacks(DEMO))))
NAMES = [kind.name for kind in TYPES]
BY_MESSAGE = [kind.name for kind in TYPES if kind.out_of_band]
RFC_8176 = {"face", "fpt", "geo", "hwk", "iris", "kba", "otp", "pin", "pop", "retina", "sms", "swk", "tel", "vbm"}
second = timedelta(seconds=1)


@dataclass(frozen=True)
class Holding:
    """How people hold one type: what they type at set-up, and where they read the code, until when it is good.

    `another` is what they type for a second one.
    """

    typed: Mapping[str, str]
    another: Mapping[str, str]
    code: Callable[[Phone, Mapping[str, str]], str]
    last_second: Callable[[Prompt, datetime], datetime]
    too_late: Verdict
    burns: bool


def end_of_next_step(_prompt: Prompt, at: datetime) -> datetime:
    return at + timedelta(seconds=59 - at.timestamp() % 30)


def end_of_code(prompt: Prompt, _at: datetime) -> datetime:
    return prompt.expires_at - second


HOLDERS = {
    "text": Holding(
        {"phone": "(205) 555-0123"},
        {"phone": "(205) 555-0133"},
        lambda phone, _shown: phone.text_code(),
        end_of_code,
        Verdict.EXPIRED,
        burns=True,
    ),
    "voice": Holding(
        {"phone": "205 555 0145", "extension": "12,34"},
        {"phone": "205 555 0145", "extension": "56"},
        lambda phone, _shown: phone.spoken_code(),
        end_of_code,
        Verdict.EXPIRED,
        burns=True,
    ),
    "totp": Holding(
        {}, {}, lambda _phone, shown: App(shown["secret"]).code(), end_of_next_step, Verdict.CLOCK_OFF, burns=False
    ),
}


class Holder:
    """Somebody who sets up one type and signs in with it."""

    def __init__(self, site: Site, phone: Phone, clock: Clock, name: str, human: Human = ADA) -> None:
        self.site, self.phone, self.clock, self.name = site, phone, clock, name
        self.kind, self.holding = site.types[name], HOLDERS[name]
        self.desk = Desk(site, human)
        self.home: dict[str, str] = {}
        self.shown: Mapping[str, str] = {}

    def begin(self, typed: Mapping[str, str] | None = None) -> str:
        """Begin to set it up, and return the code."""
        self.desk.begin(self.name, typed or self.holding.typed)
        self.shown = self.kind.shown(self.desk.draft(self.name), self.desk.attempt.user)
        return self.read()

    def read(self) -> str:
        """Return the code that can be read now."""
        return self.holding.code(self.phone, self.shown)

    def set_up(self) -> "Holder":
        """Set it up at the first sign-in; a minute later come back to another browser."""
        self.desk.password()
        assert self.desk.confirm(self.name, self.begin()) is Verdict.ACCEPTED
        self.home = self.desk.known
        self.clock.move(minutes=1)
        return self.come_back()

    def come_back(self, known: dict[str, str] | None = None) -> "Holder":
        """Sit down at another browser, new or known, type the password, and be asked for the code."""
        self.desk = self.desk.leave()
        self.desk.known = known or {}
        assert self.desk.password().step is Step.CHALLENGE
        return self

    def add_another(self) -> None:
        """Prove that it is the person who wants a further one; two minutes later be at the options screen."""
        session = self.desk.session
        assert session
        step_up.begin(self.site, self.desk.visit, session, further.ADDITION)
        progress = step_up.answer(self.site, self.desk.visit, session, further.ADDITION, self.read())
        assert progress
        assert progress.session_token
        self.desk.token = progress.session_token
        self.clock.move(minutes=2)
        self.desk.add_another()

    def judge(self, code: str, at: datetime | None = None) -> Verdict:
        """Return what the type says about a code, at another time than now, without keeping what it wrote."""
        attempt = self.desk.attempt
        assert attempt.chosen
        with self.site.database.writing() as connection:
            verdict = self.kind.verify(connection, attempt.bearer, attempt.chosen, code, at or now())
            connection.rollback()
        return verdict


HolderOf = Callable[..., Holder]


@pytest.fixture
def holder_of(site: Site, phone: Phone, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> HolderOf:
    settle_chance(monkeypatch)
    return lambda name, human=ADA: Holder(site, phone, clock, name, human)


def test_no_type_is_left_out() -> None:
    modules = [
        import_module(f"ssp.authenticators.{found.name}") for found in pkgutil.iter_modules(ssp.authenticators.__path__)
    ]
    makers = {module.__name__.rpartition(".")[2] for module in modules if hasattr(module, "make")}
    assert makers == set(KNOWN_TYPES) == set(NAMES) == set(HOLDERS)


@pytest.mark.parametrize("kind", TYPES, ids=NAMES)
def test_a_type_says_what_it_is(kind: "ssp.authenticators.protocol.AuthenticatorType") -> None:
    assert kind.amr in RFC_8176
    assert 5 <= kind.digits <= 8
    assert set(kind.fields) == set(HOLDERS[kind.name].typed)
    assert not kind.phishing_resistant, "the person types a code, which anybody can be made to type elsewhere"


@pytest.mark.parametrize("name", NAMES)
def test_the_first_code_sets_it_up_and_signs_in(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name)
    assert holder.desk.password().step is Step.SET_UP
    code = holder.begin()
    assert len(code) == holder.kind.digits
    assert holder.desk.confirm(name, code) is Verdict.ACCEPTED
    assert holder.desk.session
    assert holder.desk.session.amr == f"pwd {holder.kind.amr} mfa"


@pytest.mark.parametrize("name", NAMES)
def test_a_right_code_is_accepted(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    assert holder.desk.answer(holder.read()) is Verdict.ACCEPTED
    assert holder.desk.session
    assert holder.desk.session.second_factor_at is not None


@pytest.mark.parametrize("name", NAMES)
def test_spaces_and_hyphens_do_not_count(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    code = holder.read()
    for typed in (f" {code[:3]} {code[3:]} ", f"{code[:2]}-{code[2:]}", "-".join(code)):
        assert holder.judge(typed) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_code_is_refused_and_the_right_one_still_works(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    code, token = holder.read(), holder.desk.token
    assert holder.desk.answer(wrong(code)) is Verdict.WRONG
    assert holder.desk.token == token
    assert holder.desk.session is None
    assert holder.desk.attempt.step is Step.CHALLENGE
    assert holder.desk.answer(code) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_code_sets_nothing_up(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name)
    holder.desk.password()
    code = holder.begin()
    assert holder.desk.confirm(name, wrong(code)) is Verdict.WRONG
    assert holder.desk.attempt.held == ()
    assert holder.desk.attempt.step is Step.SET_UP
    assert holder.desk.confirm(name, code) is Verdict.ACCEPTED


def unreadable(code: str) -> dict[str, str]:
    """Return what looks like the code to a careless reader."""
    return {
        "nothing": "",
        "blank": "  -  ",
        "full-width": "".join(chr(ord(digit) + 0xFEE0) for digit in code),
        "one full-width digit": f"{chr(ord(code[0]) + 0xFEE0)}{code[1:]}",
        "Arabic-Indic": "".join(chr(0x660 + int(digit)) for digit in code),
        "superscript": f"{code[:-1]}\u00b2",
        "underscore": f"{code[:2]}_{code[2:]}",
        "underscore in its length": f"{code[:2]}_{code[3:]}",
        "plus": f"+{code}",
        "plus in its length": f"+{code[1:]}",
        "minus sign": f"\u2212{code}",
        "letters": "abcdef"[: len(code)],
        "letter O": f"O{code[1:]}",
        "short": code[:-1],
        "long": f"{code}0",
        "twice": code * 2,
        "line end": f"{code}\n",
        "tab": f"\t{code}",
        "no-break space": f"{code[:3]}\u00a0{code[3:]}",
        "NUL": f"{code}\0",
        "number": f"{code}.0",
        "hexadecimal": hex(int(code)),
        "list": f'["{code}"]',
        "half a surrogate pair": f"\ud835{code[1:]}",
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("oddity", unreadable("12345"))
def test_what_is_no_code_is_unreadable(name: str, oddity: str) -> None:
    digits = next(kind.digits for kind in TYPES if kind.name == name)
    code = "0123456789"[:digits]
    assert readable_code(code, digits) == code
    assert readable_code(unreadable(code)[oddity], digits) is None


@pytest.mark.parametrize("name", NAMES)
def test_unreadable_input_is_refused_and_takes_no_try_from_the_code(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    code, tries = holder.read(), holder.desk.prompt.tries_left
    for typed in unreadable(code).values():
        assert holder.judge(typed) is Verdict.UNREADABLE
    assert holder.desk.answer("") is Verdict.UNREADABLE
    assert holder.desk.prompt.tries_left == tries
    assert holder.desk.answer(code) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_a_code_works_once_within_a_sign_in(name: str, holder_of: HolderOf, site: Site) -> None:
    holder = holder_of(name).set_up()
    code, attempt = holder.read(), holder.desk.attempt
    assert attempt.chosen
    with site.database.writing() as connection:
        verdicts = [holder.kind.verify(connection, attempt.bearer, attempt.chosen, code, now()) for _ in range(3)]
    assert verdicts == [Verdict.ACCEPTED, Verdict.REPLAYED, Verdict.REPLAYED]


@pytest.mark.parametrize("name", NAMES)
def test_a_code_works_once_across_sign_ins(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    code = holder.read()
    assert holder.desk.answer(code) is Verdict.ACCEPTED
    holder.come_back()
    assert holder.desk.answer(code) in {Verdict.REPLAYED, Verdict.WRONG}
    assert holder.desk.session is None


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_the_set_up_does_not_sign_in(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name)
    holder.desk.password()
    code = holder.begin()
    holder.desk.confirm(name, code)
    holder.come_back()
    assert holder.desk.answer(code) in {Verdict.REPLAYED, Verdict.WRONG}
    assert holder.desk.session is None


@pytest.mark.parametrize("name", NAMES)
def test_of_many_right_answers_at_once_one_counts(name: str, holder_of: HolderOf, site: Site) -> None:
    holder = holder_of(name).set_up()
    code, found = holder.read(), list[Progress | Over]()
    start = threading.Barrier(8)

    def press() -> None:
        start.wait()
        found.append(codes.answer(site, VISIT, holder.desk.token, code, trust=False))

    presses = [threading.Thread(target=press) for _ in range(8)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    sessions = [each.session_token for each in found if isinstance(each, Progress) and each.session_token]
    assert (len(found), len(sessions), found.count(Over.ENDED)) == (8, 1, 7)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_holds_to_its_last_second_and_no_longer(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    code = holder.read()
    last = holder.holding.last_second(holder.desk.prompt, now())
    assert last > now()
    assert holder.judge(code, last) is Verdict.ACCEPTED
    assert holder.judge(code, last + second) is holder.holding.too_late
    assert holder.judge(code, last + 2 * second) is holder.holding.too_late


@pytest.mark.parametrize("name", NAMES)
def test_a_code_takes_so_many_answers_and_then_none(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    code, tries = holder.read(), holder.desk.prompt.tries_left
    if not holder.holding.burns:
        # Nothing was sent that could be worn out; only the pause for wrong answers stops guessing.
        assert tries is None
        return
    assert tries == (5 if holder.kind.digits >= 6 else 3)
    verdicts = []
    for number in range(tries):
        assert holder.desk.prompt.tries_left == tries - number
        verdicts.append(holder.desk.answer(wrong(code, number + 1)))
    assert verdicts == [Verdict.WRONG] * (tries - 1) + [Verdict.BURNED]
    assert holder.desk.answer(code) is Verdict.BURNED
    assert holder.desk.session is None


@pytest.mark.parametrize("name", BY_MESSAGE)
def test_the_last_try_may_be_right(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    code, tries = holder.read(), holder.desk.prompt.tries_left
    assert tries
    for number in range(1, tries):
        holder.desk.answer(wrong(code, number))
    assert holder.desk.answer(code) is Verdict.ACCEPTED


def guess(holder: Holder, times: int) -> None:
    """Type wrong codes, as many as wanted, and none of them is accepted."""
    code = holder.read()
    for number in range(1, times + 1):
        assert holder.desk.answer(wrong(code, number)) in {Verdict.WRONG, Verdict.BURNED}


@pytest.mark.parametrize("name", NAMES)
def test_ten_wrong_answers_pause_it_for_a_quarter_of_an_hour(name: str, holder_of: HolderOf, clock: Clock) -> None:
    holder = holder_of(name).set_up()
    guess(holder, TRIES_BEFORE_PAUSE)
    until = clock.now() + PAUSE
    assert holder.desk.paused_until() == until
    assert holder.desk.answer(holder.read()) is Verdict.PAUSED
    clock.move(seconds=PAUSE.total_seconds() - 1)
    holder.come_back()
    assert holder.desk.answer(holder.read()) is Verdict.PAUSED, "a new browser, sign-in and code change nothing"
    clock.move(seconds=1)
    assert holder.desk.paused_until() is None
    holder.desk.send()  # nothing is sent while nothing would be taken
    assert holder.desk.answer(holder.read()) is Verdict.ACCEPTED


def notices(site: Site) -> int:
    """Return how many mails wait."""
    with site.database.reading() as connection:
        return len(mail.waiting(connection, 100, now()))


@pytest.mark.parametrize("name", NAMES)
def test_each_pause_is_told_to_the_owner_once(name: str, holder_of: HolderOf, site: Site) -> None:
    holder = holder_of(name).set_up()
    before = notices(site)
    guess(holder, TRIES_BEFORE_PAUSE - 1)
    assert notices(site) == before
    guess(holder, 1)
    holder.desk.answer("1")
    assert notices(site) == before + 1


@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_forgets_the_wrong_ones(name: str, holder_of: HolderOf, clock: Clock) -> None:
    holder = holder_of(name).set_up()
    for _ in range(3):
        guess(holder, 2)
        assert holder.desk.answer(holder.read()) is Verdict.ACCEPTED
        clock.move(minutes=11)
        holder.come_back()
    guess(holder, TRIES_BEFORE_PAUSE - 1)
    assert holder.desk.paused_until() is None


def guess_until_it_stops(holder: Holder, clock: Clock, times: int, known: dict[str, str]) -> None:
    """Type wrong codes over all pauses; afterwards not even the right one is taken, however long it takes."""
    for _ in range(0, times, TRIES_BEFORE_PAUSE):
        guess(holder.come_back(known), TRIES_BEFORE_PAUSE)
        clock.move(seconds=PAUSE.total_seconds())
    for days in (0, 1, 300):
        clock.move(days=days)
        holder.come_back(known)
        assert holder.desk.answer(holder.read()) is Verdict.PAUSED


@pytest.mark.parametrize("name", NAMES)
def test_thirty_wrong_answers_stop_it_until_web_support_is_called(name: str, holder_of: HolderOf, clock: Clock) -> None:
    holder = holder_of(name).set_up()
    guess_until_it_stops(holder, clock, TRIES_BEFORE_STOP, holder.home)
    holder.come_back()
    assert holder.desk.answer(holder.read()) is Verdict.PAUSED, "thirty are all that there are"
    assert holder.desk.unlock() == 1
    holder.desk.send()
    assert holder.desk.answer(holder.read()) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_the_last_ten_of_the_thirty_are_for_browsers_that_signed_in_before(
    name: str, holder_of: HolderOf, clock: Clock
) -> None:
    holder = holder_of(name).set_up()
    guess_until_it_stops(holder, clock, TRIES_BEFORE_STOP - RESERVED, {})
    guess(holder.come_back(holder.home), TRIES_BEFORE_PAUSE - 1)
    clock.move(minutes=11)
    holder.come_back(holder.home)
    assert holder.desk.answer(holder.read()) is Verdict.ACCEPTED
    clock.move(minutes=11)
    guess_until_it_stops(holder, clock, RESERVED, holder.home)


@pytest.mark.parametrize("name", NAMES)
def test_wrong_answers_at_the_set_up_are_counted_over_new_drafts_too(
    name: str, holder_of: HolderOf, clock: Clock
) -> None:
    holder = holder_of(name)
    for number in range(2):
        holder.desk = holder.desk.leave()
        holder.desk.password()
        code = holder.begin()
        for by in range(1, 6):
            assert holder.desk.confirm(name, wrong(code, by)) is not Verdict.PAUSED, number
        clock.move(minutes=1)
    assert holder.desk.confirm(name, holder.read()) is Verdict.PAUSED


@pytest.mark.parametrize("name", NAMES)
def test_somebody_elses_code_is_refused(name: str, holder_of: HolderOf) -> None:
    ada, ben = holder_of(name, ADA).set_up(), holder_of(name, BEN).set_up()
    bens = ben.read()
    ada.come_back()
    adas = ada.read()
    assert adas != bens
    assert ben.desk.answer(adas) is Verdict.WRONG
    assert ada.desk.answer(bens) is Verdict.WRONG
    assert ben.desk.answer(bens) is Verdict.ACCEPTED
    assert ada.desk.answer(adas) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_somebody_elses_authenticator_cannot_be_chosen(name: str, holder_of: HolderOf) -> None:
    ada, ben = holder_of(name, ADA).set_up(), holder_of(name, BEN).set_up()
    own, other = ben.desk.attempt.chosen, ada.desk.attempt.chosen
    assert own
    assert other
    assert ben.desk.send(other.id) is None
    assert ben.desk.attempt.chosen == own


@pytest.mark.parametrize("name", BY_MESSAGE)
def test_the_code_of_another_browsers_sign_in_is_refused(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name).set_up()
    first, code = holder.desk, holder.read()
    holder.come_back()
    assert holder.read() != code
    assert holder.desk.answer(code) is Verdict.WRONG
    assert first.answer(holder.read()) is Verdict.WRONG
    assert first.answer(code) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_what_it_holds_and_its_codes_are_sealed(name: str, holder_of: HolderOf, site: Site, tmp_path: Path) -> None:
    holder = holder_of(name).set_up()
    code, way = holder.read(), holder.desk.attempt.chosen
    assert way
    values = [value for value in Drafts(site.keys, name).opened(way).values() if value]
    assert values
    kept = b"".join(file.read_bytes() for file in (tmp_path / "instance").glob("ssp.db*"))
    assert way.id.encode() in kept, "this is where it would be"
    for value in [*values, *(value.lstrip("+1") for value in values), json.dumps(code), holder.shown.get("grouped")]:
        assert value is None or value.encode() not in kept


@pytest.mark.parametrize("name", NAMES)
def test_what_it_holds_opens_in_its_own_row_only(name: str, holder_of: HolderOf, site: Site) -> None:
    ways = [holder_of(name, human).set_up().desk.attempt.chosen for human in (ADA, BEN)]
    assert ways[0]
    assert ways[1]
    with site.database.writing() as connection:
        connection.exec_driver_sql("UPDATE authenticator SET data = ? WHERE id = ?", (ways[0].data, ways[1].id))
        moved = authenticator.confirmed(connection, ways[1].user_id)
    with pytest.raises(SealError):
        Drafts(site.keys, name).opened(moved[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_does_nothing_to_what_works(name: str, holder_of: HolderOf, clock: Clock) -> None:
    holder = holder_of(name).set_up()
    shown = holder.shown
    holder.desk.answer(holder.read())
    clock.move(minutes=2)
    holder.add_another()
    code = holder.begin(holder.holding.another)
    assert holder.desk.confirm(name, wrong(code)) is Verdict.WRONG
    old, draft = holder.desk.attempt.held[0], holder.desk.draft(name)
    assert draft.id != old.id
    holder.come_back()
    holder.shown = shown
    assert [way.id for way in holder.desk.attempt.held] == [old.id]
    assert holder.desk.answer(code) in {Verdict.WRONG, Verdict.REPLAYED}
    assert holder.desk.answer(holder.read()) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_a_second_one_works_beside_the_first(name: str, holder_of: HolderOf, clock: Clock) -> None:
    holder = holder_of(name).set_up()
    first = holder.shown
    holder.desk.answer(holder.read())
    clock.move(minutes=2)
    holder.add_another()
    assert holder.desk.confirm(name, holder.begin(holder.holding.another)) is Verdict.ACCEPTED
    for shown in (holder.shown, first):
        clock.move(minutes=11)
        holder.come_back()
        holder.shown = shown
        person = holder.desk.attempt.user
        way = next(way for way in holder.desk.attempt.held if holder.kind.shown(way, person) == shown)
        holder.desk.send(way.id, again=False)
        assert holder.desk.answer(holder.read()) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", [kind.name for kind in TYPES if kind.fields])
def test_the_same_one_twice_is_refused(name: str, holder_of: HolderOf, clock: Clock) -> None:
    holder = holder_of(name).set_up()
    holder.desk.answer(holder.read())
    clock.move(minutes=2)
    holder.add_another()
    faults = holder.desk.begin(name, holder.holding.typed).faults
    assert faults
    assert set(faults.by_field) <= set(holder.kind.fields)


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_belongs_to_its_own_sign_in(name: str, holder_of: HolderOf, site: Site) -> None:
    holder = holder_of(name)
    holder.desk.password()
    code = holder.begin()
    other = Desk(site, ADA)
    other.password()
    assert set_up.draft(site, other.attempt, name) is None
    assert other.confirm(name, code) is None
    assert other.attempt.held == ()


@pytest.mark.parametrize("name", NAMES)
def test_looking_changes_nothing_and_tells_little(name: str, holder_of: HolderOf, site: Site) -> None:
    holder = holder_of(name).set_up()
    attempt, prompts = holder.desk.attempt, []
    assert attempt.chosen
    for _ in range(3):
        with site.database.reading() as connection:
            prompts.append(holder.kind.look(connection, attempt.bearer, attempt.chosen, now()))
    assert prompts == [prompts[0]] * 3
    assert prompts[0].message is None
    assert prompts[0].masked == holder.kind.masked(attempt.chosen)
    assert sum(sign.isdigit() for sign in prompts[0].masked) <= 4
    assert prompts[0].expires_at == attempt.pending.expires_at


@pytest.mark.parametrize("name", NAMES)
def test_what_is_typed_becomes_a_destination_or_words_for_its_fields(name: str, holder_of: HolderOf) -> None:
    holder = holder_of(name)
    holder.desk.password()
    person = holder.desk.attempt.user
    good = holder.kind.destination(holder.holding.typed, person)
    assert isinstance(good, Destination)
    assert len(good.label) <= 80
    nothing = holder.kind.destination({}, person)
    if holder.kind.fields:
        assert isinstance(nothing, Faults)
        assert set(nothing.by_field) <= set(holder.kind.fields)
        assert all(nothing.by_field.values())
    else:
        assert isinstance(nothing, Destination)
        assert nothing.data != good.data, "each time a new one"
