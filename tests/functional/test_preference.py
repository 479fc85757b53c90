"""Confirming the MFA preference: now and then people say that the chosen way is still right, or choose another."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import further, preference
from ssp.flows.attempts import Progress
from ssp.flows.steps import Step
from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT, Desk
from tests.people import (
    ADA,
    BEN,
    App,
    Browser,
    Phone,
    add_way,
    answer,
    events,
    one,
    password,
    set_up_app,
    set_up_text,
    set_up_voice,
    sign_in_by_text,
    sign_out,
    table,
)


def ways(site: Site) -> list[str]:
    """Return the confirmed ways, the preferred one first."""
    found = [each for each in table(site, Authenticator) if each.confirmed_at]
    return [each.label for each in sorted(found, key=lambda each: str(each.preference_confirmed_at), reverse=True)]


@pytest.fixture
def due(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada, whose way is due for confirmation, has just typed her code."""
    sign_out(set_up_text(browser, ADA))
    clock.move(days=90)
    sign_in_by_text(browser, ADA)
    return browser


def test_it_is_asked_after_ninety_days(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=90, seconds=-1)
    assert sign_in_by_text(browser, ADA).path == "/"
    sign_out(browser)
    clock.move(minutes=1)
    sign_in_by_text(browser, ADA)
    assert browser.path == "/confirm-preference"
    assert "You get your access codes by text message to ••• ••23" in browser.words
    assert [each["value"] for each in browser.page.html.select("button[name=answer]")] == ["keep", "change"]


def test_nobody_is_signed_in_before_the_answer(due: Browser, site: Site) -> None:
    for path in ("/", "/set-up", "/sign-in/code", "/sign-in"):
        assert due.open(path).path == "/confirm-preference"
    assert [each.reason for each in events(site, "sign_in.finished")] == ["sms"]


def test_keep_signs_in_and_holds_for_another_ninety_days(due: Browser, clock: Clock, site: Site) -> None:
    assert answer(due, "keep").path == "/"
    (kept,) = events(site, "authenticator.preference")
    assert (kept.subject, kept.reason, kept.authenticator_type) == ("ada", "kept", "text")
    sign_out(due)
    clock.move(days=89)
    assert sign_in_by_text(due, ADA).path == "/"
    sign_out(due)
    clock.move(days=1)
    assert sign_in_by_text(due, ADA).path == "/confirm-preference"


@pytest.mark.parametrize("answer", ["", "yes", "KEEP"])
def test_an_answer_has_to_be_given(due: Browser, answer: str) -> None:
    due.page = due.post("/confirm-preference", {"csrf_token": due.csrf(), "answer": answer})
    assert due.page.status_int == 422
    assert due.problem == "Choose Keep or Change."


def test_a_trusted_device_does_not_skip_the_code_while_it_is_due(browser: Browser, clock: Clock, site: Site) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=70)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    clock.move(days=19)
    assert password(browser, ADA).path == "/"
    sign_out(browser)
    clock.move(days=1)
    devices = browser.devices
    password(browser, ADA)
    assert browser.path == "/sign-in/code"
    assert browser.devices == devices  # not used, so not spent
    browser.fill("/sign-in/code", code=browser.phone.text_code())
    answer(browser, "keep")
    sign_out(browser)
    clock.move(days=1)
    assert password(browser, ADA).path == "/"
    assert [each.reason for each in events(site, "sign_in.finished")] == ["sms", "sms", "device", "sms", "device"]


class TestChange:
    def test_it_leads_to_the_options_and_replaces_nothing_yet(self, due: Browser, site: Site) -> None:
        answer(due, "change")
        assert due.path == "/set-up"
        assert "until then, everything stays as it is." in due.words
        assert "Step 2 of 3" not in due.words
        assert ways(site) == ["••• ••23"]
        assert events(site, "authenticator.preference")[-1].reason == "change_wanted"

    def test_a_number_that_codes_go_to_by_another_one_is_refused(
        self, browser: Browser, clock: Clock, site: Site
    ) -> None:
        set_up_text(browser, ADA)
        sign_out(add_way(browser, "text", phone=BEN.mobile))
        clock.move(days=90)
        answer(sign_in_by_text(browser, ADA), "change").fill(type="text").fill(phone=BEN.mobile)
        assert "You get codes at this number already." in browser.words
        assert ways(site) == ["••• ••23", "••• ••67"]

    def test_the_same_kind_takes_the_place_of_the_old_one(self, due: Browser, site: Site, clock: Clock) -> None:
        answer(due, "change").fill(type="text")
        due.fill(phone=BEN.mobile)
        assert ways(site) == ["••• ••23"]
        due.fill(code=due.phone.text_code(BEN.mobile))
        assert due.path == "/set-up/done"
        assert ways(site) == ["••• ••67"]
        (removed,) = events(site, "authenticator.removed")
        assert (removed.reason, removed.authenticator_type) == ("replaced", "text")
        clock.move(minutes=1)
        sign_out(due)
        password(due, ADA)
        assert "••• ••67" in due.words
        assert due.fill("/sign-in/code", code=due.phone.text_code(BEN.mobile)).path == "/"

    def test_another_kind_takes_its_place_as_well(self, due: Browser, site: Site, clock: Clock) -> None:
        answer(due, "change").fill(type="totp")
        app = App(str(one(due.page.html, "[data-totp-secret]")["data-totp-secret"]))
        due.fill(code=app.code())
        assert due.path == "/set-up/done"
        assert ways(site) == ["authenticator app"]
        clock.move(minutes=1)
        sign_out(due)
        password(due, ADA)
        assert "your authenticator app" in due.words
        assert len(due.open("/sign-in/choose").page.html.select("[name=authenticator]")) == 1

    def test_keep_what_i_have_is_an_answer(self, due: Browser, site: Site) -> None:
        answer(due, "change").fill("/set-up/later")
        assert due.path == "/"
        assert ways(site) == ["••• ••23"]

    def test_a_half_done_change_is_forgotten(self, due: Browser, site: Site, clock: Clock) -> None:
        answer(due, "change").fill(type="text")
        due.fill(phone=BEN.mobile).fill("/sign-out")
        clock.move(minutes=1)
        sign_in_by_text(due, ADA)
        assert due.path == "/confirm-preference"
        assert ways(site) == ["••• ••23"]

    def test_it_ends_other_sessions_and_all_trust(self, browser: Browser, other_browser: Browser, clock: Clock) -> None:
        sign_out(set_up_text(browser, ADA))
        clock.move(days=70)
        sign_out(sign_in_by_text(other_browser, ADA, trust=True))
        clock.move(days=19, hours=23, minutes=50)
        assert password(other_browser, ADA).path == "/"
        clock.move(minutes=10)
        sign_in_by_text(browser, ADA)
        answer(browser, "change").fill(type="text")
        assert other_browser.open("/").path == "/"
        browser.fill(phone=BEN.mobile).fill(code=browser.phone.text_code(BEN.mobile))
        assert other_browser.open("/").path == "/sign-in"
        assert "Your MFA options were changed" in other_browser.note
        assert password(other_browser, ADA).path == "/sign-in/code"


def test_the_app_is_named_as_well(browser: Browser, clock: Clock) -> None:
    app = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(days=90)
    password(browser, ADA).fill("/sign-in/code", code=app.code())
    assert browser.path == "/confirm-preference"
    assert "your authenticator app" in browser.words


def test_only_the_preferred_way_counts(browser: Browser, clock: Clock, site: Site) -> None:
    set_up_voice(browser, ADA)
    clock.move(minutes=1)
    sign_out(add_way(browser, "text", phone=ADA.mobile))
    clock.move(days=90)
    password(browser, ADA).fill("/sign-in/code", code=browser.phone.spoken_code())
    assert "automated voice call to ••• ••45" in browser.words
    answer(browser, "keep")
    assert ways(site) == ["••• ••45", "••• ••23"]


def test_a_preferred_way_that_is_not_offered_any_more_can_be_changed(
    browser: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock, site: Site
) -> None:
    set_up_voice(browser, ADA)
    clock.move(minutes=1)
    add_way(browser, "text", phone=ADA.mobile)
    clock.move(days=90)
    later = Browser(make_app(authenticators=("text",)), phone)
    sign_in_by_text(later, ADA)
    assert later.path == "/confirm-preference"
    assert "not available any more" in later.words
    answer(later, "change").fill(type="text")
    later.fill(phone=BEN.mobile).fill(code=phone.text_code(BEN.mobile))
    assert ways(site) == ["••• ••67", "••• ••23"]


def test_a_code_that_was_asked_for_is_asked_for_though_nothing_is_due_meanwhile(
    browser: Browser, other_browser: Browser, clock: Clock
) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=70)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    clock.move(days=20)
    assert password(browser, ADA).path == "/sign-in/code"
    clock.move(minutes=1)
    assert answer(sign_in_by_text(other_browser, ADA), "keep").path == "/"
    assert browser.open("/sign-in/code").path == "/sign-in/code"


def test_zero_never_asks(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
    browser = Browser(make_app(reconfirm_days=0), phone)
    sign_out(set_up_text(browser, ADA))
    clock.move(days=3000)
    assert sign_in_by_text(browser, ADA).path == "/"


def test_a_setting_that_was_switched_off_meanwhile_starts_over(
    due: Browser, make_app: Callable[..., Flask], phone: Phone
) -> None:
    later = Browser(make_app(reconfirm_days=0), phone).carry(due.cookies)
    assert later.open("/confirm-preference").path == "/sign-in"
    assert later.page.status_int == 200


def test_whoever_has_no_way_yet_cannot_keep_one(site: Site) -> None:
    desk = Desk(site, ADA)
    desk.password()
    kept = preference.leave(site, VISIT, desk.token)
    assert isinstance(kept, Progress)
    assert kept.step is Step.SET_UP


def test_a_further_way_is_begun_once(site: Site, phone: Phone) -> None:
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    desk.confirm("text", phone.text_code())
    session = desk.session
    assert session
    assert further.add_another(site, VISIT, session)
    assert further.add_another(site, VISIT, session) is None
