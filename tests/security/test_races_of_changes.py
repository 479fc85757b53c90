"""EN6, OT7, SE8, TD6, TH3: a change and what rests on the old state, at once on two real servers: one of them wins."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from ssp.flows import people
from ssp.infra.clock import now
from ssp.models import Authenticator, Challenge, Event, PendingSignIn, Session, Throttle, TrustedDevice, User
from tests.people import ADA, BEN, App, Human
from tests.rows import option
from tests.security.racers import CORA, DEV, at_code, begin_text, live, newcomer, opened, proved, set_up_text, take
from tests.security.served import Answer, Twins, Visitor
from tests.security.tools import at_once

pytestmark = pytest.mark.usefixtures("nothing_before")
# Who comes first is chance, so the same race is run a few times.
ROUNDS = 3
CHOICES = [f"{word} swans on a dark canal" for word in ("three", "four", "six", "seven", "ten", "twelve")]


def ways(twins: Twins, human: Human) -> list[Authenticator]:
    (person,) = twins.rows(User, username=human.username)
    return [each for each in twins.rows(Authenticator, user_id=person.id) if each.confirmed_at]


def signed_in(visitor: Visitor) -> list[bool]:
    """Say for each server whether it knows the visitor."""
    return ["Welcome" in visitor.ask(server, "/").text for server in (0, 1)]


def press_again(visitor: Visitor, server: int) -> Answer:
    """Ask for the code once more."""
    return visitor.ask(server, "/sign-in/code/send", {"csrf_token": visitor.csrf()})


def answers_against(visitor: Visitor, path: str, fields: dict[str, str], other: Callable[[], object]) -> list[Answer]:
    """Send a form to both servers, and do something else at the same time; return what the servers answered."""
    form = {"csrf_token": visitor.csrf(), **fields}
    answers: list[Answer] = []
    at_once(3, lambda number: other() if number == 1 else answers.append(visitor.ask(number, path, form)))
    return answers


def test_two_browsers_that_set_up_at_once(twins: Twins) -> None:
    first, second = begin_text(twins, BEN), twins.visitor()
    second.password(1, BEN)
    second.fill(1, "/set-up", type="totp")
    secret = re.search(r'data-totp-secret="(\w+)"', second.page.text)
    assert secret
    forms = [
        (first, "/set-up/text", {"csrf_token": first.csrf(), "code": twins.phone.text_code(BEN.mobile)}),
        (second, "/set-up/totp", {"csrf_token": second.csrf(), "code": App(secret[1]).code()}),
    ]
    answers = at_once(2, lambda number: forms[number][0].ask(number, *forms[number][1:]))
    (winner,) = opened(answers)
    assert [way.type for way in ways(twins, BEN)] == [("text", "totp")[answers.index(winner)]]
    assert len(live(twins, BEN)) == 1


def test_two_ways_that_replace_the_old_one_at_once(twins: Twins) -> None:
    visitor = at_code(twins, DEV)
    twins.edit(Authenticator, preference_confirmed_at=now() - timedelta(days=91))
    visitor.fill(0, "/sign-in/code", code=twins.phone.text_code(DEV.mobile))
    visitor.fill(1, "/confirm-preference", answer="change")
    visitor.fill(0, "/set-up", type="totp")
    secret = re.search(r'data-totp-secret="(\w+)"', visitor.page.text)
    assert secret
    visitor.fill(1, "/set-up/voice", phone=DEV.office)
    token = visitor.csrf()
    forms = [
        ("/set-up/totp", {"csrf_token": token, "code": App(secret[1]).code()}),
        ("/set-up/voice", {"csrf_token": token, "code": twins.phone.spoken_code(DEV.office)}),
    ]
    answers = at_once(2, lambda number: visitor.ask(number, *forms[number]))
    (winner,) = opened(answers)
    assert [way.type for way in ways(twins, DEV)] == [("totp", "voice")[answers.index(winner)]]
    assert len(live(twins, DEV)) == 1


@pytest.mark.parametrize("errand", ["add", "replace"])
def test_two_browsers_that_add_the_last_one_there_is_room_for_or_replace_the_same_one(
    twins: Twins, errand: str
) -> None:
    human = replace(newcomer(twins, f"ivy-{errand}"), mobile="+12055550171")
    visitors, numbers = (set_up_text(twins, human), twins.visitor()), ("+12055550172", "+12055550173")
    (first,) = ways(twins, human)
    if errand == "add":
        with twins.operator.database.writing() as connection:
            for _ in range(3):
                option(connection, first.user_id)
    visitors[1].password(1, human)
    visitors[1].fill(0, "/sign-in/code", code=twins.phone.text_code(human.mobile))
    for number, visitor in enumerate(visitors):
        if errand == "replace":
            proved(twins, visitor, human, f"replace:{first.id}")
            visitor.fill(number, f"/account/options/{first.id}/replace")
        elif number:
            proved(twins, visitor, human, "add")
        else:  # right after a set-up, without another code
            visitor.open(0, "/")
            visitor.fill(1, "/set-up/another")
        visitor.fill(number, "/set-up/text", phone=numbers[number])
    codes = [twins.phone.text_code(to) for to in numbers]
    forms = [{"csrf_token": each.csrf(), "code": code} for each, code in zip(visitors, codes, strict=True)]
    answers = at_once(2, lambda number: visitors[number].ask(number, "/set-up/text", forms[number]))
    (_winner,) = opened(answers)
    held = ways(twins, human)
    assert len(held) == (5 if errand == "add" else 1)
    assert (first.id in {each.id for each in held}) is (errand == "add")
    assert len(live(twins, human)) == 1


def test_keeping_twenty_times_at_once_makes_one_session(twins: Twins) -> None:
    visitor = at_code(twins, ADA)
    twins.edit(Authenticator, preference_confirmed_at=now() - timedelta(days=91))
    visitor.fill(0, "/sign-in/code", code=twins.phone.text_code(ADA.mobile))
    before, fields = len(live(twins, ADA)), {"csrf_token": visitor.csrf(), "answer": "keep"}
    answers = at_once(20, lambda number: visitor.ask(number, "/confirm-preference", fields))
    assert {answer.status for answer in answers} == {303}
    assert len(opened(answers)) == 1
    assert len(live(twins, ADA)) == before + 1


def test_a_session_goes_back_to_the_options_once(twins: Twins) -> None:
    visitor = set_up_text(twins, CORA)
    visitor.open(0, "/")
    before, fields = len(twins.rows(PendingSignIn)), {"csrf_token": visitor.csrf()}
    answers = at_once(20, lambda number: visitor.ask(number, "/set-up/another", fields))
    assert sum(answer.cookies.get("ssp_session", "").startswith("p.") for answer in answers) == 1
    assert len(twins.rows(PendingSignIn)) == before + 1
    assert live(twins, CORA) == []


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_giving_up_against_the_right_code(twins: Twins, _round: int) -> None:
    visitor = at_code(twins, ADA)
    before = len(live(twins, ADA))
    given_up = len(twins.rows(Event, kind="sign_in.given_up"))
    fields, token = {"code": twins.phone.text_code(ADA.mobile)}, visitor.csrf()
    answers = answers_against(
        visitor, "/sign-in/code", fields, lambda: visitor.ask(1, "/sign-out", {"csrf_token": token})
    )
    finished = len(opened(answers))
    assert len(live(twins, ADA)) - before == finished
    assert finished + len(twins.rows(Event, kind="sign_in.given_up")) - given_up == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_disabling_against_the_right_code(twins: Twins, _round: int) -> None:
    visitor = at_code(twins, BEN)
    fields = {"code": twins.phone.text_code(BEN.mobile), "trust_device": "yes"}
    try:
        answers = answers_against(
            visitor, "/sign-in/code", fields, lambda: people.disable(twins.operator, BEN.username)
        )
    finally:
        people.enable(twins.operator, BEN.username)
    assert live(twins, BEN) == []
    assert [device.revoked_at is None for device in twins.rows(TrustedDevice)] == [False] * len(opened(answers))
    take(visitor, answers)
    assert signed_in(visitor) == [False, False]
    assert visitor.password(0, BEN).location == "/sign-in/code"


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_resetting_against_a_set_up(twins: Twins, _round: int) -> None:
    visitor = begin_text(twins, CORA)
    fields = {"code": twins.phone.text_code(CORA.mobile)}
    answers = answers_against(visitor, "/set-up/text", fields, lambda: people.reset_mfa(twins.operator, CORA.username))
    assert ways(twins, CORA) == []
    assert live(twins, CORA) == []
    take(visitor, answers)
    assert signed_in(visitor) == [False, False]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_new_password_against_the_right_code(twins: Twins, number: int) -> None:
    human = newcomer(twins, f"gil{number}")
    changing, other = set_up_text(twins, human), twins.visitor()
    proved(twins, changing, human, "password")
    assert other.password(1, human).location == "/sign-in/code"
    fields = {"csrf_token": changing.csrf(), "current_password": human.password, "new_password": CHOICES[number]}
    changes: list[Answer] = []
    answers = answers_against(
        other,
        "/sign-in/code",
        {"code": twins.phone.text_code(human.mobile)},
        lambda: changes.append(changing.ask(0, "/account/password", fields)),
    )
    assert [change.location for change in changes] == ["/account/?done=password"]
    assert len(live(twins, human)) == 1
    take(other, answers)
    assert signed_in(other) == [False, False]
    changing.take(changes[0])
    assert signed_in(changing) == [True, True]


def test_of_many_passwords_by_one_link_one_counts(twins: Twins) -> None:
    human = newcomer(twins, "hal")
    visitor = twins.visitor()
    visitor.open(0, urlsplit(people.password_link(twins.operator, human.username)).path)
    visitor.open(1, "/password")
    link = re.search(r'name="link" value="([^"]+)"', visitor.page.text)
    assert link
    fields = {"csrf_token": visitor.csrf(), "link": link[1]}
    answers = at_once(
        len(CHOICES), lambda number: visitor.ask(number, "/password", {**fields, "new_password": CHOICES[number]})
    )
    # Hers is one place in each server's queue: who comes while it is taken is asked to wait.
    assert {answer.status for answer in answers} <= {303, 503}
    (winner,) = [answer for answer in answers if answer.location == "/sign-in?new-password=1"]
    changed = replace(human, password=CHOICES[answers.index(winner)])
    assert twins.visitor().password(0, changed).location == "/set-up"
    assert twins.visitor().password(1, human).status == 422


def test_each_of_many_sends_at_once_is_counted_once(twins: Twins) -> None:
    humans = [ADA, BEN, CORA, DEV]
    for human in humans:
        set_up_text(twins, human)
    twins.forget(Throttle)
    twins.phone.path.unlink()
    desks = [(human, twins.visitor()) for human in humans for _ in range(4)]
    for number, (human, visitor) in enumerate(desks):
        visitor.password(number, human)
    before = len(twins.phone.messages("text"))
    assert before == len(desks)
    for _ in range(2):
        twins.edit(Challenge, last_sent_at=now() - timedelta(minutes=5))
        at_once(len(desks), lambda number: press_again(desks[number][1], number))
    sent = Counter(each["to"] for each in twins.phone.messages("text"))
    counts = {each.key: each.count for each in twins.rows(Throttle)}
    assert set(sent.values()) == {5}  # a number gets no more in ten minutes
    assert counts["send:site:1h:all"] == counts["send:country:1h:US"] == counts["send:site:1d:all"] == sent.total()
    assert sorted(count for key, count in counts.items() if key.startswith("send:line:")) == [5, 5, 5, 5]
    assert [each.count for each in twins.rows(Throttle) if each.key.startswith("send:address:")] == [sent.total()]
    for human in humans:
        (person,) = twins.rows(User, username=human.username)
        assert counts[f"send:person:10m:{person.id}"] == sent[human.mobile]


def test_a_session_used_while_it_ends(twins: Twins) -> None:
    visitor = set_up_text(twins, DEV)
    visitor.open(0, "/")
    twins.edit(Session, last_seen_at=now() - timedelta(minutes=5))
    token = visitor.csrf()
    looks: list[Answer] = []
    at_once(
        20,
        lambda number: (
            visitor.ask(0, "/sign-out", {"csrf_token": token})
            if number == 10
            else looks.append(visitor.ask(number, "/"))
        ),
    )
    assert {look.status for look in looks} <= {200, 303}
    assert live(twins, DEV) == []
    assert signed_in(visitor) == [False, False]
