"""RC1: ten recovery codes of 80 bits, hashed one by one, shown once, each good once; new ones end the old ones."""

import re

import pytest

from ssp.infra import letters
from ssp.models import PendingSignIn, RecoveryCode, Throttle, TrustedDevice
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, let_mail_leave, make_codes, password, recover, set_up_text, sign_out, table
from tests.security.racers import live, proved
from tests.security.racers import set_up_text as set_up
from tests.security.served import Twins, Visitor
from tests.security.tools import Costs, at_once, on_disk

WRONG = "00-0000-0000-0000-0000"


@pytest.fixture
def codes(browser: Browser, clock: Clock) -> list[str]:
    """Give Ada's recovery codes; her browser is signed out."""
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    made = make_codes(browser, ADA)
    sign_out(browser)
    clock.move(minutes=1)
    return made


def test_there_are_ten_of_two_letters_and_eighty_bits(codes: list[str]) -> None:
    assert len(set(codes)) == 10
    assert len({code[:2] for code in codes}) == 10
    for code in codes:
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{2}(-[0-9A-HJKMNP-TV-Z]{4}){4}", code)


def test_each_has_an_argon2id_hash_of_its_own(site: Site, codes: list[str]) -> None:
    hashes = [row.code_hash for row in table(site, RecoveryCode)]
    assert len(set(hashes)) == len(codes)
    assert all(each.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for each in hashes)


def test_neither_the_database_nor_any_message_has_one(site: Site, browser: Browser, codes: list[str]) -> None:
    recover(browser, ADA, codes[0])
    let_mail_leave(browser.app)
    held = on_disk(site).upper()
    messages = str(browser.phone.messages()).upper()
    for code in codes:
        for spelled in (code, code.replace("-", ""), code[3:], code[3:].replace("-", "")):
            assert spelled.encode() not in held
            assert spelled not in messages


@pytest.mark.usefixtures("clock")
def test_no_other_page_shows_them(browser: Browser) -> None:
    set_up_text(browser, ADA)
    made = make_codes(browser, ADA)
    for path in ("/account/", "/account/recovery-codes", "/account/confirm/codes", "/"):
        browser.open(path)
        assert not any(code in browser.page.text for code in made)


@pytest.mark.parametrize("typed", ["right", "wrong", "unknown"])
def test_one_hash_is_computed_for_a_try_whatever_was_typed(
    browser: Browser, codes: list[str], hashed: Costs, typed: str
) -> None:
    free = next(each for each in (f"0{sign}" for sign in letters.ALL) if each not in {code[:2] for code in codes})
    code = {"right": codes[0], "wrong": codes[0][:2] + WRONG[2:], "unknown": free + WRONG[2:]}[typed]
    password(browser, ADA).open("/sign-in/recovery")
    before = len(hashed())
    browser.fill(recovery_code=code)
    assert hashed()[before:] == [(19456, 2, 1)]


def test_a_used_one_costs_the_same_and_one_that_is_held_up_nothing(
    browser: Browser, codes: list[str], hashed: Costs
) -> None:
    recover(browser, ADA, codes[0])
    sign_out(browser.open("/set-up"))
    recover(browser, ADA, codes[0])
    before = len(hashed())
    for _ in range(12):
        browser.fill(recovery_code=codes[0])
    assert "taking a break" in browser.problem
    assert len(hashed()) - before == 9  # the first of ten wrong ones came before


def test_a_used_one_is_refused(browser: Browser, codes: list[str], clock: Clock) -> None:
    recover(browser, ADA, codes[0])
    clock.move(minutes=11)
    recover(browser, ADA, codes[0])
    assert browser.page.status_int == 422
    assert browser.path == "/sign-in/recovery"
    assert browser.fill(recovery_code=codes[1]).path == "/set-up"


def test_new_ones_end_the_old_ones(browser: Browser, codes: list[str], clock: Clock) -> None:
    password(browser, ADA).fill("/sign-in/code", code=browser.phone.text_code(ADA.mobile))
    clock.move(minutes=1)
    (new, *_) = make_codes(browser, ADA)
    clock.move(minutes=1)
    password(sign_out(browser), ADA).open("/sign-in/recovery")
    for old in codes[:3]:
        assert browser.fill(recovery_code=old).page.status_int == 422
    assert browser.fill(recovery_code=new).path == "/set-up"


def test_a_try_is_counted_before_it_is_looked_at_wherever_it_comes_from(
    browser: Browser, other_browser: Browser, codes: list[str], site: Site, clock: Clock
) -> None:
    for _ in range(2):
        for _ in range(10):
            recover(other_browser, ADA, WRONG)
            sign_out(other_browser.open("/sign-in/recovery"))
            other_browser.web.reset()
        clock.move(minutes=16)
    recover(other_browser, ADA, codes[0])
    assert "Web Support can free it" in other_browser.words  # twenty were for browsers that she never signed in with
    (row,) = [each for each in table(site, Throttle) if each.key.endswith(":recovery")]
    assert (row.count, row.known_count) == (20, 0)
    assert recover(browser, ADA, codes[0]).path == "/set-up"  # and ten are hers


# ---- Two servers ----


def code_of(twins: Twins, visitor: Visitor) -> list[str]:
    proved(twins, visitor, ADA, "codes")
    page = visitor.take(visitor.ask(0, "/account/recovery-codes", {"csrf_token": visitor.csrf()}))
    return re.findall(r"<code>([^<]+)</code>", page.text)


@pytest.fixture
def _fresh(twins: Twins) -> None:
    twins.forget(RecoveryCode)


@pytest.mark.usefixtures("nothing_before", "_fresh")
def test_of_twenty_at_once_one_passes(twins: Twins) -> None:
    codes = code_of(twins, set_up(twins, ADA))
    twins.forget(Throttle)
    visitor = twins.visitor()
    assert visitor.password(1, ADA).location == "/sign-in/code"
    fields = {"csrf_token": visitor.csrf(), "recovery_code": codes[0]}
    answers = at_once(20, lambda number: visitor.ask(number, "/sign-in/recovery", fields))
    passed = [answer for answer in answers if answer.cookies.get("ssp_session", "").startswith("p.")]
    assert [answer.location for answer in passed] == ["/set-up"]
    assert {answer.status for answer in answers} <= {303, 422, 503}
    assert len([each for each in twins.rows(RecoveryCode) if each.used_at]) == 1
    assert len(twins.rows(PendingSignIn, asked_because="recovery")) == 1
    assert live(twins, ADA) == []
    assert twins.rows(TrustedDevice) == []


@pytest.mark.usefixtures("nothing_before", "_fresh")
def test_of_twenty_browsers_at_once_one_passes(twins: Twins) -> None:
    codes = code_of(twins, set_up(twins, ADA))
    twins.forget(Throttle)
    visitors = [twins.visitor() for _ in range(6)]
    for number, visitor in enumerate(visitors):
        assert visitor.password(number, ADA).location == "/sign-in/code"
    fields = [{"csrf_token": visitor.csrf(), "recovery_code": codes[0]} for visitor in visitors]
    answers = at_once(6, lambda number: visitors[number].ask(number, "/sign-in/recovery", fields[number]))
    assert len([answer for answer in answers if answer.location == "/set-up"]) == 1
    assert len(twins.rows(PendingSignIn, asked_because="recovery")) == 1


@pytest.mark.usefixtures("nothing_before", "_fresh")
def test_a_proof_makes_one_set(twins: Twins) -> None:
    visitor = set_up(twins, ADA)
    proved(twins, visitor, ADA, "codes")
    fields = {"csrf_token": visitor.csrf()}
    answers = at_once(4, lambda number: visitor.ask(number, "/account/recovery-codes", fields))
    (shown,) = [answer for answer in answers if answer.status == 200]
    places = {"/account/recovery-codes", "/account/confirm/codes"}  # as the one that was first has got on
    assert {answer.location for answer in answers if answer is not shown} <= places
    kept = {row.selector for row in twins.rows(RecoveryCode)}
    assert {code[:2] for code in re.findall(r"<code>([^<]+)</code>", shown.text)} == kept
    assert len(twins.rows(RecoveryCode)) == 10
