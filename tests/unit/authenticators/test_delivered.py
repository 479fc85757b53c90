"""Codes that are sent: sending again, waiting, and all the limits on what may leave."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection

from ssp.authenticators import limits
from ssp.authenticators.limits import Refused, Target
from ssp.authenticators.protocol import Bearer, Counted, Prompt, SendRefusal, Verdict
from ssp.flows.portal import Visit
from ssp.infra.clock import now
from ssp.infra.telephony.carrier import TextMessage
from ssp.models import PendingSignIn, User, challenge, throttle
from ssp.models.columns import columns, rows
from ssp.models.throttle import Throttle
from ssp.settings import Rate
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import Desk, settle_chance, wrong
from tests.people import ADA, BEN, Human, Phone

TYPED = {"text": {"phone": ADA.mobile}, "voice": {"phone": ADA.office, "extension": ""}}
CODES: dict[str, Callable[[Phone], str]] = {
    "text": lambda phone: phone.text_code(),
    "voice": lambda phone: phone.spoken_code(),
}
FIRST_WAIT = {"text": 30, "voice": 60}
NAMES = list(TYPED)
AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _chance(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    del clock
    settle_chance(monkeypatch)


class Caller:
    """Somebody who gets codes of one type and asks for more of them."""

    def __init__(self, site: Site, phone: Phone, name: str) -> None:
        self.site, self.phone, self.name = site, phone, name
        self.desk = Desk(site, ADA)
        self.desk.password()

    def begin(self, **typed: str) -> Prompt:
        """Ask at set-up for a code to a line."""
        prompt = self.desk.begin(self.name, {**TYPED[self.name], **typed}).prompt
        assert prompt
        return prompt

    def again(self) -> Prompt:
        """Ask for the code once more."""
        prompt = self.desk.send()
        assert prompt
        return prompt

    @property
    def code(self) -> str:
        """Return the newest code."""
        return CODES[self.name](self.phone)

    @property
    def sent(self) -> int:
        """Return how many messages left."""
        return len(self.phone.messages(self.name))


@pytest.fixture
def member(site: Site, phone: Phone, clock: Clock) -> Callable[[str], Caller]:
    """Give a maker of somebody who set a type up yesterday, and has just been sent a code."""

    def make(name: str) -> Caller:
        caller = Caller(site, phone, name)
        caller.begin()
        assert caller.desk.confirm(name, caller.code) is Verdict.ACCEPTED
        clock.move(days=1)
        caller.desk = caller.desk.leave()
        caller.desk.password()
        return caller

    return make


Member = Callable[[str], Caller]


# ---- Sending again ----


@pytest.mark.parametrize("name", NAMES)
def test_in_the_first_half_of_its_life_a_code_is_repeated(name: str, member: Member, clock: Clock) -> None:
    caller = member(name)
    code = caller.code
    clock.move(seconds=299)
    assert caller.again().message
    assert caller.code == code
    assert caller.sent == 3
    assert caller.desk.answer(code) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", NAMES)
def test_in_the_second_half_a_new_code_replaces_it(name: str, member: Member, clock: Clock) -> None:
    caller = member(name)
    old = caller.code
    clock.move(seconds=300)
    caller.again()
    assert caller.code != old
    assert caller.desk.answer(old) is Verdict.WRONG
    assert caller.desk.answer(caller.code) is Verdict.ACCEPTED


def test_a_new_code_lives_as_long_as_the_sign_in(member: Member, clock: Clock) -> None:
    caller = member("text")
    clock.move(seconds=300)
    caller.again()
    assert caller.desk.prompt.expires_at == caller.desk.attempt.pending.expires_at
    clock.move(seconds=299)
    assert caller.desk.answer(caller.code) is Verdict.ACCEPTED


@pytest.mark.parametrize("seconds", [60, 320])
@pytest.mark.parametrize("name", NAMES)
def test_no_send_gives_tries_back(name: str, seconds: int, member: Member, clock: Clock) -> None:
    caller = member(name)
    tries = caller.desk.prompt.tries_left
    assert tries
    assert caller.desk.answer(wrong(caller.code)) is Verdict.WRONG
    clock.move(seconds=seconds)
    assert caller.again().tries_left == tries - 1
    code = caller.code
    verdicts = [caller.desk.answer(wrong(code, by)) for by in range(2, tries + 1)]
    assert verdicts[-1] is Verdict.BURNED
    assert caller.desk.answer(code) is Verdict.BURNED


@pytest.mark.parametrize("name", NAMES)
def test_a_burned_code_is_not_sent_again(name: str, member: Member, clock: Clock) -> None:
    caller = member(name)
    code, sent = caller.code, caller.sent
    for by in range(1, 6):
        caller.desk.answer(wrong(code, by))
    clock.move(minutes=8)
    prompt = caller.again()
    assert (prompt.refusal, prompt.message, prompt.sends_left, prompt.tries_left) == (SendRefusal.BURNED, None, 0, 0)
    assert caller.sent == sent


@pytest.mark.parametrize("name", NAMES)
def test_each_send_waits_twice_as_long_as_the_one_before(name: str, member: Member, clock: Clock) -> None:
    caller, wait = member(name), FIRST_WAIT[name]
    for seconds in (wait, 2 * wait):
        assert caller.desk.prompt.next_send_at == clock.now() + timedelta(seconds=seconds)
        clock.move(seconds=seconds - 1)
        early, sent = caller.again(), caller.sent
        assert (early.refusal, early.message) == (SendRefusal.WAIT, None)
        clock.move(seconds=1)
        assert caller.again().refusal is None
        assert caller.sent == sent + 1


@pytest.mark.parametrize("name", NAMES)
def test_a_code_is_sent_three_times_at_most(name: str, member: Member, clock: Clock) -> None:
    caller = member(name)
    left = [caller.desk.prompt.sends_left]
    for _ in range(2):
        clock.move(minutes=2)
        left.append(caller.again().sends_left)
    assert left == [2, 1, 0]
    clock.move(minutes=5)
    prompt, sent = caller.again(), caller.sent
    assert (prompt.refusal, prompt.message, prompt.sends_left) == (SendRefusal.NONE_LEFT, None, 0)
    assert caller.desk.prompt.refusal is SendRefusal.NONE_LEFT
    assert caller.desk.answer(caller.code) is Verdict.ACCEPTED
    assert caller.sent == sent == 4


@pytest.mark.parametrize("name", NAMES)
def test_coming_back_to_the_code_page_sends_nothing(name: str, member: Member, clock: Clock) -> None:
    caller = member(name)
    sent = caller.sent
    clock.move(minutes=3)
    prompt = caller.desk.send(again=False)
    assert prompt
    assert prompt.message is None
    assert prompt.sends_left == 2
    assert caller.sent == sent


def test_before_anything_was_sent_all_sends_are_left(site: Site, phone: Phone, clock: Clock) -> None:
    caller = Caller(site, phone, "text")
    caller.begin()
    caller.desk.confirm("text", caller.code)
    clock.move(days=1)
    desk = caller.desk.leave()
    desk.password()
    attempt = desk.attempt
    assert attempt.chosen
    with site.database.writing() as connection:
        challenge.forget(connection, attempt.pending.id)
    prompt = desk.prompt
    assert (prompt.sends_left, prompt.challenge_id, prompt.refusal) == (3, None, None)
    assert desk.answer("123456") is Verdict.EXPIRED


# ---- What is sent ----


def test_a_text_is_good_for_as_long_as_its_code(site: Site, phone: Phone) -> None:
    caller = Caller(site, phone, "text")
    prompt = caller.begin()
    assert isinstance(prompt.message, TextMessage)
    assert prompt.message.to == ADA.mobile
    assert prompt.message.valid_seconds == 600
    assert prompt.message.body.endswith(f"\n@localhost #{caller.code}")


def test_a_call_goes_to_its_extension(site: Site, phone: Phone) -> None:
    caller = Caller(site, phone, "voice")
    prompt = caller.begin(extension="12,3")
    assert prompt.message
    assert (prompt.message.to, prompt.message.extension) == (ADA.office, "12wwww3")
    assert caller.begin(extension="").message
    assert [message["extension"] for message in phone.messages("voice")] == ["12wwww3", None]


def test_codes_are_told_apart_by_what_they_are_for(member: Member, site: Site) -> None:
    member("text")
    with site.database.reading() as connection:
        purposes = connection.exec_driver_sql("SELECT purpose FROM challenge ORDER BY code_made_at").scalars().all()
    assert purposes == ["set-up", "sign-in"]


@pytest.mark.parametrize(
    "name, digits, tries", [("text", 5, 3), ("text", 6, 5), ("text", 8, 5), ("voice", 5, 3), ("voice", 6, 5)]
)
def test_short_codes_take_fewer_tries(
    name: str, digits: int, tries: int, make_app: Callable[..., Flask], phone: Phone
) -> None:
    site: Site = make_app(**{f"{name}_digits": digits}).extensions["ssp"]
    caller = Caller(site, phone, name)
    assert caller.begin().tries_left == tries
    assert len(caller.code) == digits


def test_a_code_that_somebody_else_uses_in_the_same_moment_is_spent(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = member("text")
    count = challenge.count_try

    def overtaken(connection: Connection, challenge_id: str, allowed: int) -> bool:
        counted = count(connection, challenge_id, allowed)
        assert challenge.consume(connection, challenge_id, now())
        return counted

    monkeypatch.setattr(challenge, "count_try", overtaken)
    assert caller.desk.answer(caller.code) is Verdict.REPLAYED
    assert caller.desk.session is None


# ---- The line ----


@pytest.mark.parametrize("name", NAMES)
def test_the_same_line_again_is_a_resend(name: str, site: Site, phone: Phone, clock: Clock) -> None:
    caller = Caller(site, phone, name)
    caller.begin()
    code, draft = caller.code, caller.desk.draft(name)
    at_once = caller.begin(phone=f"  {TYPED[name]['phone'][2:]} ")
    assert (at_once.refusal, caller.sent) == (SendRefusal.WAIT, 1)
    clock.move(seconds=FIRST_WAIT[name])
    assert caller.begin().refusal is None
    assert (caller.sent, caller.code, caller.desk.draft(name)) == (2, code, draft)


@pytest.mark.parametrize("name", NAMES)
def test_another_line_is_a_new_start(name: str, site: Site, phone: Phone) -> None:
    caller = Caller(site, phone, name)
    caller.begin()
    code, draft = caller.code, caller.desk.draft(name)
    other = caller.begin(phone="205-555-0199")
    assert (other.refusal, other.sends_left) == (None, 2)
    assert other.message
    assert other.message.to == "+12055550199"
    assert caller.code != code
    assert caller.desk.draft(name).id != draft.id
    assert caller.desk.confirm(name, code) is Verdict.WRONG
    assert caller.desk.confirm(name, caller.code) is Verdict.ACCEPTED
    kind, attempt = site.types[name], caller.desk.leave()
    attempt.password()
    assert [kind.shown(way, attempt.attempt.user)["phone"] for way in attempt.attempt.held] == ["(205) 555-0199"]


def test_another_extension_is_another_line(site: Site, phone: Phone) -> None:
    caller = Caller(site, phone, "voice")
    caller.begin(extension="12")
    code = caller.code
    assert caller.begin(extension="13").refusal is None
    assert caller.code != code


def test_an_extension_has_a_limit_of_its_own(site: Site, phone: Phone) -> None:
    caller = Caller(site, phone, "voice")
    assert [caller.begin(extension=str(number)).refusal for number in range(6)] == [None] * 6


@pytest.mark.parametrize("name", NAMES)
def test_a_burned_set_up_can_be_begun_again(name: str, site: Site, phone: Phone) -> None:
    caller = Caller(site, phone, name)
    caller.begin()
    code = caller.code
    while caller.desk.confirm(name, wrong(code)) is not Verdict.BURNED:
        pass
    prompt = caller.begin()
    assert (prompt.refusal, prompt.sends_left) == (None, 2)
    assert caller.desk.confirm(name, caller.code) is Verdict.ACCEPTED


def test_the_number_shows_in_full_at_its_own_set_up_only(site: Site, phone: Phone) -> None:
    caller = Caller(site, phone, "voice")
    masked = caller.begin(extension="1234").masked
    shown = site.types["voice"].shown(caller.desk.draft("voice"), caller.desk.attempt.user)
    assert shown == {"phone": "(205) 555-0145", "extension": "1234"}
    assert masked == "automated voice call to ••• ••45, extension ••34"


@pytest.mark.parametrize(
    "name, typed, field",
    [
        ("text", {"phone": "12"}, "phone"),
        ("text", {"phone": "205-555-0123 x7"}, "phone"),
        ("voice", {"phone": "", "extension": "7"}, "phone"),
        ("voice", {"phone": "205-555-0145", "extension": "seven"}, "extension"),
        ("voice", {"phone": "205-555-0145", "extension": "12345678901"}, "extension"),
        ("voice", {"phone": "205-555-0145 x1", "extension": "2"}, "extension"),
    ],
)
def test_faults_stand_at_their_field(name: str, typed: dict[str, str], field: str, site: Site, phone: Phone) -> None:
    desk = Desk(site, ADA)
    desk.password()
    found = site.types[name].destination(typed, desk.attempt.user)
    assert set(getattr(found, "by_field", ())) == {field}
    assert phone.messages() == []


# ---- How many may leave ----


@pytest.mark.parametrize("sends, seconds", [(0, 30), (1, 30), (2, 60), (3, 120)])
def test_waits_double(sends: int, seconds: int) -> None:
    assert limits.wait_after(sends, timedelta(seconds=30)) == timedelta(seconds=seconds)


def counters(connection: Connection) -> dict[str, tuple[int, datetime]]:
    """Return every counter of sends."""
    found = {row.key: (row.count, row.since) for row in rows(connection, columns(Throttle), Throttle)}
    return {key: value for key, value in found.items() if key.startswith("send:")}


TARGET = Target("text", "+12055550123", "", "US", proven=True)


def ask(
    connection: Connection, site: Site, changes: Mapping[str, Any] = MappingProxyType({}), at: datetime = AT
) -> Counted | Refused:
    """Count one send, to the same place and for the same person at the same address unless told otherwise."""
    asks = {"user_id": 1, "address": "198.51.100.7", **changes}
    bearer = Bearer(User(id=asks.pop("user_id")), PendingSignIn(), asks.pop("address"))
    return limits.count_send(connection, site.settings, site.keys, bearer, replace(TARGET, **asks), at)


def send(
    connection: Connection, site: Site, changes: Mapping[str, Any] = MappingProxyType({}), at: datetime = AT
) -> bool:
    """Return whether one send is left."""
    return not isinstance(ask(connection, site, changes, at), Refused)


def apart(number: int, *same: str) -> dict[str, Any]:
    """Return a send that shares with others only what is named."""
    every = {"user_id": number, "address": f"a{number}", "phone": f"n{number}", "country": f"c{number}"}
    return {name: value for name, value in every.items() if name not in same}


# What a send shares with the others where a limit is the only one in the way.
ALIKE: dict[str, Callable[[int], dict[str, Any]]] = {
    "line": lambda number: apart(number, "phone"),
    "number": lambda number: apart(number, "phone") | {"extension": str(number)},
    "person": lambda number: apart(number, "user_id"),
    "address": lambda number: apart(number, "address"),
    "country": lambda number: apart(number, "country"),
    "texts": apart,
    "calls": lambda number: apart(number) | {"channel": "voice"},
    "site": apart,
}
PAUSED = {
    "country": ("country_US", SendRefusal.PAUSED),
    "texts": ("texts", SendRefusal.WAY_PAUSED),
    "calls": ("calls", SendRefusal.WAY_PAUSED),
    "site": ("site", SendRefusal.PAUSED),
}


@pytest.mark.parametrize("name", ALIKE)
def test_each_limit_holds_for_its_span(name: str, make_app: Callable[..., Flask]) -> None:
    site = make_app(**{f"limit_{name}": (Rate(3, timedelta(hours=2)),)}).extensions["ssp"]
    alike = ALIKE[name]
    with site.database.writing() as connection:
        assert all(send(connection, site, alike(number)) for number in range(3))
        before = counters(connection)
        assert not send(connection, site, alike(-1))
        assert counters(connection) == before, "a send that did not happen is counted nowhere"
        assert not send(connection, site, alike(-1), AT + timedelta(hours=2) - timedelta(microseconds=1))
        assert send(connection, site, alike(-1), AT + timedelta(hours=2))


@pytest.mark.parametrize("name", ALIKE)
def test_a_limit_may_have_several_rates(name: str, make_app: Callable[..., Flask]) -> None:
    slow = (Rate(1, timedelta(minutes=1)), Rate(2, timedelta(days=1)))
    site = make_app(**{f"limit_{name}": slow}).extensions["ssp"]
    alike = ALIKE[name]
    with site.database.writing() as connection:
        sends = [send(connection, site, alike(number), AT + timedelta(seconds=30 * number)) for number in range(6)]
        assert sends == [True, False, True, False, False, False]


@pytest.mark.parametrize("name", ALIKE)
def test_what_everybody_shares_pauses_and_says_so_once(name: str, make_app: Callable[..., Flask]) -> None:
    site = make_app(**{f"limit_{name}": (Rate(1, timedelta(hours=1)),)}).extensions["ssp"]
    alike = ALIKE[name]
    with site.database.writing() as connection:
        ask(connection, site, alike(0))
        refused = [ask(connection, site, alike(number)) for number in (1, 2)]
    if name in PAUSED:
        pauses, refusal = PAUSED[name]
        assert refused == [Refused(refusal, name, f"{pauses}_1/1h"), Refused(refusal, name)]
    else:
        assert refused == [Refused(SendRefusal.TOO_MANY, name)] * 2


def test_limits_are_as_documented(site: Site) -> None:
    found = {name: ", ".join(map(str, getattr(site.settings, f"limit_{name}"))) for name in ALIKE}
    assert found == {
        "line": "5/10m",
        "number": "20/10m",
        "person": "6/10m, 10/1d",
        "address": "20/1h",
        "country": "600/1h, 3000/1d",
        "texts": "500/1h, 2500/1d",
        "calls": "300/1h, 1500/1d",
        "site": "1000/1h, 5000/1d",
    }


def test_texts_alone_use_up_neither_a_country_nor_the_site(site: Site) -> None:
    found = site.settings
    for texts, calls, country, whole in zip(
        found.limit_texts, found.limit_calls, found.limit_country, found.limit_site, strict=True
    ):
        assert texts.span == calls.span == country.span == whole.span
        assert texts.most < country.most
        assert texts.most + calls.most <= whole.most


def test_texts_do_not_use_up_calls_but_share_everything_else(make_app: Callable[..., Flask]) -> None:
    site = make_app(limit_calls=(Rate(1, timedelta(hours=1)),)).extensions["ssp"]
    with site.database.writing() as connection:
        assert all(send(connection, site, apart(number)) for number in range(3))
        for number in range(5):
            assert send(connection, site, {"channel": "voice" if number == 2 else "text"})
        assert not send(connection, site, {"channel": "text"}), "the line has had its five"
        assert not send(connection, site, apart(9) | {"channel": "voice"})
        assert send(connection, site, apart(9))


def test_calls_go_on_when_texts_are_used_up(make_app: Callable[..., Flask]) -> None:
    site = make_app(limit_texts=(Rate(1, timedelta(hours=1)),)).extensions["ssp"]
    with site.database.writing() as connection:
        assert [send(connection, site, apart(number)) for number in range(2)] == [True, False]
        assert send(connection, site, apart(2) | {"channel": "voice"})


def test_limits_of_others_are_not_touched(site: Site) -> None:
    with site.database.writing() as connection:
        for _ in range(5):
            assert send(connection, site)
        assert not send(connection, site)
        assert send(connection, site, {"extension": "12"}), "an extension is a line of its own"
        assert not send(connection, site, {"user_id": 2})
        assert send(connection, site, {"proven": False, "user_id": 2}), "anybody may have typed it"


SHARED = {
    f"send:{name}"
    for name in ("line:10m", "number:10m", "country:1h", "country:1d", "texts:1h", "texts:1d", "site:1h", "site:1d")
}


def test_a_rejected_send_comes_off_what_others_share_but_not_off_the_person(site: Site) -> None:
    with site.database.writing() as connection:
        counted = ask(connection, site)
        assert isinstance(counted, Counted)
        throttle.give_back(connection, counted.rejected)
        left = {key.rsplit(":", 1)[0]: number for key, (number, _) in counters(connection).items()}
    assert {name for name, number in left.items() if number == 0} == SHARED


def test_a_send_that_was_not_handed_over_comes_off_the_day_too_but_not_off_the_pace(site: Site) -> None:
    with site.database.writing() as connection:
        counted = ask(connection, site, {"channel": "voice"})
        assert isinstance(counted, Counted)
        throttle.give_back(connection, counted.unavailable)
        left = {key.rsplit(":", 1)[0]: number for key, (number, _) in counters(connection).items()}
    assert {name for name, number in left.items() if number == 1} == {"send:person:10m", "send:address:1h"}


def test_addresses_of_one_network_are_one(site: Site) -> None:
    with site.database.writing() as connection:
        for number in range(20):
            assert send(connection, site, apart(number) | {"address": f"2001:db8:0:1::{number:x}"})
        assert not send(connection, site, apart(20) | {"address": "2001:db8:0:1:ffff::1"})
        assert send(connection, site, apart(20) | {"address": "2001:db8:0:2::1"})
        assert all(
            send(connection, site, apart(30 + number) | {"address": f"192.0.2.{number}"}) for number in range(25)
        )


def test_counters_name_no_number_and_no_address(site: Site) -> None:
    with site.database.writing() as connection:
        send(connection, site)
        keys = list(counters(connection))
    assert len(keys) == 11
    assert max(map(len, keys)) <= 128
    assert not [key for key in keys if "2055550123" in key or "198.51" in key]


def sign_in(site: Site, human: Human, address: str = "198.51.100.7") -> Prompt | None:
    """Type the password at a new browser and return what was sent."""
    return Desk(site, human, Visit(address, "Firefox", "REQUEST")).password().prompt


def test_a_number_gets_five_codes_in_ten_minutes_whoever_asks(site: Site, phone: Phone, clock: Clock) -> None:
    for human in (ADA, BEN):
        desk = Desk(site, human)
        desk.password()
        desk.begin("text", {"phone": ADA.mobile})
        assert desk.confirm("text", phone.text_code()) is Verdict.ACCEPTED
    sent = [sign_in(site, human) for human in (ADA, BEN) * 3]
    assert [prompt.refusal for prompt in sent if prompt] == [None] * 5 + [SendRefusal.TOO_MANY]
    assert len(phone.messages("text")) == 2 + 5
    clock.move(minutes=10)
    fresh = sign_in(site, BEN)
    assert fresh
    assert fresh.refusal is None


def test_a_refused_send_leaves_the_sign_in_as_it_was(site: Site, phone: Phone, clock: Clock) -> None:
    caller = Caller(site, phone, "text")
    for _ in range(3):
        caller.begin(phone="205-555-0123")
        caller.begin(phone="205-555-0124")
    refused = caller.begin(phone="205-555-0125")
    assert (refused.refusal, refused.message, refused.challenge_id) == (SendRefusal.TOO_MANY, None, None)
    assert caller.sent == 6
    assert caller.desk.confirm("text", "123456") is Verdict.EXPIRED
    clock.move(days=1)
    caller.desk = caller.desk.leave()
    caller.desk.password()
    assert caller.begin(phone="205-555-0125").message
    assert now() == clock.now()
