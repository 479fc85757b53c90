"""OT3, OT6, OT7, TH3, TP4, TD5, EN3, EN6: what works once works once: two real servers on one database."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from ssp.infra.clock import now
from ssp.models import Authenticator, Challenge, StepUp, Throttle, TrustedDevice
from tests.people import ADA, BEN, App, wrong
from tests.security.racers import CORA, DEV, at_code, live, opened, proved, set_up_text
from tests.security.served import Twins, Visitor
from tests.security.tools import at_once

pytestmark = pytest.mark.usefixtures("nothing_before")


def test_one_code_sent_twenty_times_makes_one_session(twins: Twins) -> None:
    visitor = at_code(twins, ADA)
    before = len(live(twins, ADA))
    fields = {"csrf_token": visitor.csrf(), "code": twins.phone.text_code(ADA.mobile), "trust_device": "yes"}
    answers = at_once(20, lambda number: visitor.ask(number, "/sign-in/code", fields))
    assert {answer.status for answer in answers} == {303}
    assert len(opened(answers)) == 1
    assert len(live(twins, ADA)) == before + 1
    assert len(twins.rows(TrustedDevice)) == 1
    visitor.take(opened(answers)[0])
    for server in (0, 1):
        assert "Welcome, Ada" in visitor.open(server, "/").text


def test_one_set_up_code_sent_twenty_times_makes_one_option_and_one_session(twins: Twins) -> None:
    visitor = twins.visitor()
    visitor.password(0, BEN)
    visitor.fill(0, "/set-up", type="text")
    visitor.fill(0, "/set-up/text", phone=BEN.mobile)
    fields = {"csrf_token": visitor.csrf(), "code": twins.phone.text_code(BEN.mobile)}
    answers = at_once(20, lambda number: visitor.ask(number, "/set-up/text", fields))
    assert len(opened(answers)) == 1
    assert len(live(twins, BEN)) == 1
    assert [way.confirmed_at is None for way in twins.rows(Authenticator)] == [False]


def test_a_step_of_an_app_counts_once(twins: Twins) -> None:
    visitor = twins.visitor()
    visitor.password(0, CORA)
    visitor.fill(0, "/set-up", type="totp")
    secret = re.search(r'data-totp-secret="(\w+)"', visitor.page.text)
    assert secret
    token = App(secret[1])
    assert "You are signed in" in visitor.fill(1, "/set-up/totp", code=token.code()).text
    waiting = [twins.visitor() for _ in range(6)]
    for number, each in enumerate(waiting):
        assert each.password(number, CORA).location == "/sign-in/code"
    code = token.code(1)
    fields = [{"csrf_token": each.csrf(), "code": code} for each in waiting]
    answers = at_once(6, lambda number: waiting[number].ask(number, "/sign-in/code", fields[number]))
    assert sorted(answer.status for answer in answers) == [303] + [422] * 5
    assert len(opened(answers)) == 1
    assert sum("That code was used already." in answer.text for answer in answers) == 5
    for server in (0, 1):
        late = waiting[answers.index(next(answer for answer in answers if answer.status == 422))]
        assert late.ask(server, "/sign-in/code", {"csrf_token": late.csrf(), "code": code}).status == 422


def test_a_value_of_a_trusted_device_counts_once_but_for_two_tabs(twins: Twins) -> None:
    visitor = at_code(twins, DEV)
    code = twins.phone.text_code(DEV.mobile)
    visitor.fill(0, "/sign-in/code", code=code, trust_device="yes")
    first = {name: value for name, value in visitor.cookies.items() if "device" in name}
    assert len(first) == 1
    known = {name: value for name, value in visitor.cookies.items() if name != "ssp_session"}
    tabs = [Visitor(visitor.ports, dict(known)) for _ in range(20)]
    for tab in tabs:
        tab.open(0, "/sign-in")
    fields = [{"csrf_token": tab.csrf(), "username": DEV.username, "password": DEV.password} for tab in tabs]
    before = len(live(twins, DEV))
    answers = at_once(20, lambda number: tabs[number].ask(number, "/sign-in", fields[number]))
    # So many at once are more than there are free tries, or than a server checks; who is sent away has lost nothing.
    assert {(answer.status, answer.location) for answer in answers} <= {(303, "/"), (422, ""), (503, "")}
    signed_in = [answer for answer in answers if answer.status == 303]
    # Nobody has more than ten sessions.
    assert len(live(twins, DEV)) == min(before + len(signed_in), 10)
    second, *others = [{k: v for k, v in answer.cookies.items() if "device" in k} for answer in signed_in]
    assert others == [second] * len(others)
    assert first.keys() == second.keys()
    assert first != second
    # A minute later the first value is spent: it ends the device, and the second one with it.
    twins.edit(TrustedDevice, rotated_at=now() - timedelta(minutes=1))
    for server, cookies in ((1, first), (0, second)):
        assert Visitor(visitor.ports, dict(cookies)).password(server, DEV).location == "/sign-in/code"
    assert [device.revoked_because for device in twins.rows(TrustedDevice)] == ["replayed"]


def test_thirty_wrong_codes_get_no_more_looks_than_there_are_tries(twins: Twins) -> None:
    visitor = at_code(twins, ADA)
    code, token = twins.phone.text_code(ADA.mobile), visitor.csrf()
    answers = at_once(
        30, lambda number: visitor.ask(number, "/sign-in/code", {"csrf_token": token, "code": wrong(code, number + 1)})
    )
    assert {answer.status for answer in answers} == {422}
    (asked,) = [each for each in twins.rows(Challenge, purpose="sign-in") if each.code]
    assert asked.tries == 5
    assert [each.count for each in twins.rows(Throttle) if each.key.startswith("second-factor")] == [10]
    assert visitor.ask(1, "/sign-in/code", {"csrf_token": token, "code": code}).status == 422


def test_presses_at_once_send_one_text(twins: Twins) -> None:
    visitor = at_code(twins, BEN)
    before, token = len(twins.phone.messages("text")), visitor.csrf()
    twins.edit(Challenge, last_sent_at=now() - timedelta(minutes=1))
    answers = at_once(10, lambda number: visitor.ask(number, "/sign-in/code/send", {"csrf_token": token}))
    assert sorted(answer.status for answer in answers) == [303] + [422] * 9
    assert len(twins.phone.messages("text")) == before + 1


def test_a_double_click_on_the_sign_in_form_sends_one_text(twins: Twins) -> None:
    set_up_text(twins, ADA)
    visitor = twins.visitor()
    visitor.open(0, "/sign-in")
    before = len(twins.phone.messages("text"))
    fields = {"csrf_token": visitor.csrf(), "username": ADA.username, "password": ADA.password}
    answers = at_once(2, lambda number: visitor.ask(number, "/sign-in", fields))
    assert [answer.location for answer in answers] == ["/sign-in/code"] * 2
    assert len(twins.phone.messages("text")) == before + 1


def test_a_proof_is_spent_once(twins: Twins) -> None:
    visitor = set_up_text(twins, BEN)
    proved(twins, visitor, BEN, "password")
    assert 'name="new_password"' in visitor.page.text
    fields = {"csrf_token": visitor.csrf(), "current_password": BEN.password}
    wanted = [f"number {number} of six paper boats" for number in range(6)]
    answers = at_once(
        6, lambda number: visitor.ask(number, "/account/password", {**fields, "new_password": wanted[number]})
    )
    assert len(opened(answers)) == 1
    assert len([each for each in twins.rows(StepUp) if each.spent_at]) == 1
    assert len(live(twins, BEN)) == 1
    (winner,) = [word for word, answer in zip(wanted, answers, strict=True) if opened([answer])]
    changed = replace(BEN, password=winner)
    assert twins.visitor().password(1, changed).location == "/sign-in/code"
    visitor.take(opened(answers)[0])
    proved(twins, visitor, changed, "password")
    back = {"csrf_token": visitor.csrf(), "current_password": winner, "new_password": BEN.password}
    assert visitor.ask(0, "/account/password", back).location == "/account/?done=password"


def test_of_two_last_options_one_stays(twins: Twins) -> None:
    visitor = set_up_text(twins, ADA)
    visitor.fill(0, "/set-up/another")
    visitor.fill(1, "/set-up", type="text")
    visitor.fill(0, "/set-up/text", phone="+12055550177")
    visitor.fill(1, "/set-up/text", code=twins.phone.text_code("+12055550177"))
    ways = [each.id for each in twins.rows(Authenticator)]
    assert len(ways) == 2
    for way in ways:
        proved(twins, visitor, ADA, f"remove:{way}")
    token = visitor.csrf()
    answers = at_once(
        6, lambda number: visitor.ask(number, f"/account/options/{ways[number % 2]}/remove", {"csrf_token": token})
    )
    assert len(opened(answers)) == 1
    assert len(twins.rows(Authenticator)) == 1


@pytest.mark.parametrize("value", ['"\\000.a"', '"\\377.a"', f"{'x' * 3000}.a"], ids=["nul", "no UTF-8", "long"])
def test_a_forged_device_cookie_is_as_good_as_none(twins: Twins, value: str) -> None:
    visitor = at_code(twins, DEV)
    visitor.fill(0, "/sign-in/code", code=twins.phone.text_code(DEV.mobile), trust_device="yes")
    (name,) = [name for name in visitor.cookies if "device" in name]
    assert Visitor(visitor.ports, {name: value}).password(0, DEV).location == "/sign-in/code"


def test_the_servers_had_nothing_to_complain_of(twins: Twins) -> None:
    set_up_text(twins, CORA)
    assert '"level": "error"' not in twins.log
    assert "Traceback" not in twins.log
