"""The code page: where the code went, what the person can do there, and why they are asked."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import people
from ssp.infra.telephony.carrier import Reason, Rejected, Unavailable
from ssp.models import Challenge
from ssp.web import words
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    FakeCarrier,
    Phone,
    add_way,
    add_way_later,
    events,
    full_width,
    one,
    password,
    replaced,
    set_up_app,
    set_up_text,
    set_up_voice,
    sign_in_by_text,
    sign_out,
    table,
    wrong,
)


def text_page(browser: Browser, clock: Clock) -> Browser:
    """Bring Ada, who gets texts, to the code page."""
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=5)
    return password(browser, ADA)


def two_ways(browser: Browser, clock: Clock) -> Browser:
    """Bring Ada, who prefers calls but gets texts, too, to the code page."""
    set_up_voice(browser, ADA)
    clock.move(minutes=1)
    add_way(browser, "text", phone=ADA.mobile)
    sign_out(browser)
    clock.move(minutes=5)
    return password(browser, ADA)


class TestWhatItShows:
    def test_a_masked_number_and_the_time(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        assert browser.path == "/sign-in/code"
        assert "text message to ••• ••23" in browser.words
        assert "555" not in browser.words
        assert "at 2:05 pm" in browser.words
        assert "good until 2:15 pm" in browser.words
        assert "Step 2 of 2 · Your access code" in browser.words

    def test_the_app_is_named_and_nothing_is_sent(self, browser: Browser, clock: Clock) -> None:
        set_up_app(browser, ADA)
        sign_out(browser)
        clock.move(minutes=1)
        password(browser, ADA)
        assert "your authenticator app" in browser.words
        assert not browser.page.html.select('form[action="/sign-in/code/send"]')
        assert browser.phone.messages("text") == []

    def test_one_field_for_the_code(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        field = one(browser.page.html, "main input:not([type=hidden]):not([type=checkbox])")
        assert (field["name"], field["autocomplete"], field["inputmode"]) == ("code", "one-time-code", "numeric")
        assert "Six-digit code" in one(browser.page.html, "label[for=code]").get_text()

    def test_the_trust_box_is_not_ticked_and_says_until_when(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        box = one(browser.page.html, "input[name=trust_device]")
        assert not box.has_attr("checked")
        words = " ".join(one(browser.page.html, "label.trust").get_text(" ").split())
        assert words.startswith("Do not challenge me on this device for the next 30 days")
        assert "December 22, 2026" in words
        assert "Not on a shared or public computer." in words

    def test_help_that_fits_the_way(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        assert one(browser.page.html, 'main a[href="/help/no-code"]')
        browser.fill("/sign-out")
        set_up_app(browser, BEN)
        sign_out(browser)
        clock.move(minutes=1)
        password(browser, BEN)
        assert one(browser.page.html, 'main a[href="/help/wrong-code"]')
        assert one(browser.page.html, 'main a[href="/help/lost-phone"]')


class TestAnswers:
    def test_spaces_and_hyphens_are_ignored(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        code = browser.phone.text_code()
        assert browser.fill("/sign-in/code", code=f"{code[:2]} {code[2:4]}-{code[4:]}").path == "/"

    @pytest.mark.parametrize("typed", ["", "12345", full_width("123456"), "1e5", "-12345"])
    def test_what_is_no_code(self, browser: Browser, clock: Clock, typed: str) -> None:
        text_page(browser, clock).fill("/sign-in/code", code=typed)
        assert browser.page.status_int == 422
        assert browser.problem.startswith("That is not a whole code.")
        assert one(browser.page.html, "#code")["aria-invalid"] == "true"
        assert one(browser.page.html, "title").get_text().startswith("Error: ")

    def test_five_tries(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        code = browser.phone.text_code()
        for left in (4, 3, 2):
            assert browser.fill("/sign-in/code", code=wrong(code)).problem.endswith(f"You have {left} tries left.")
        browser.fill("/sign-in/code", code=wrong(code))
        browser.fill("/sign-in/code", code=wrong(code))
        assert browser.problem.startswith("That code can no longer be used.")
        assert browser.fill("/sign-in/code", code=code).page.status_int == 422
        page = browser.page
        browser.page = browser.post("/sign-in/code/send", {"csrf_token": browser.csrf()})
        assert browser.problem.startswith("This code was typed wrong too often. Start over to get a new one")
        browser.page = page
        browser.fill("/sign-out")
        password(browser, ADA)
        assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"

    def test_signing_in_again_in_the_same_browser_gives_no_new_tries(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        code = browser.phone.text_code()
        for _ in range(5):
            browser.fill("/sign-in/code", code=wrong(code))
        fields = {"csrf_token": browser.csrf(), "username": ADA.username, "password": ADA.password}
        browser.page = browser.post("/sign-in", fields).follow()
        assert browser.path == "/sign-in/code"
        assert browser.fill("/sign-in/code", code=code).problem.startswith("That code can no longer be used.")

    def test_ten_wrong_answers_are_a_break_for_this_way_alone(self, browser: Browser, clock: Clock, app: Flask) -> None:
        two_ways(browser, clock)
        for _ in range(10):
            browser.fill("/sign-in/code", code=wrong(browser.phone.spoken_code()))
        assert "This way is taking a break until 2:21 pm" in browser.note
        browser.fill("/sign-in/code", code=browser.phone.spoken_code())
        assert browser.problem.startswith("This way is taking a break.")
        text = next(each for each in browser.open("/sign-in/choose").page.html.select("label.way") if "23" in str(each))
        browser.fill(authenticator=str(one(text, "input")["value"]))
        assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"
        app.extensions["ssp.courier"].close()
        notice = browser.phone.messages("mail", ADA.email)[-1]["body"]
        assert notice.startswith("Wrong access codes for Secure Services Portal")

    def test_after_the_break_it_goes_on(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        for _ in range(10):
            browser.fill("/sign-in/code", code=browser.phone.wrong_code())
        clock.move(minutes=15, seconds=-1)
        password(browser.open("/sign-in"), ADA)
        assert "taking a break" in browser.note
        clock.move(seconds=1)
        browser.open("/sign-in/code")
        assert "taking a break" not in browser.note
        browser.fill("/sign-in/code/send")  # nothing was sent while nothing would have been taken
        assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"

    def test_thirty_wrong_answers_stop_the_way_until_support_frees_it(
        self, browser: Browser, clock: Clock, site: Site
    ) -> None:
        text_page(browser, clock)
        for _ in range(3):
            for _ in range(10):
                browser.fill("/sign-in/code", code=browser.phone.wrong_code())
            clock.move(minutes=15)
            password(browser.open("/sign-in"), ADA)
        assert "because too many codes were wrong. Web Support can free it." in browser.note
        clock.move(days=300)
        assert "Web Support can free it" in password(browser, ADA).note
        people.unlock(site, "ada")
        browser.open("/sign-in/code").fill("/sign-in/code/send")
        assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path != "/sign-in"
        assert events(site, "sign_in.finished")[-1].reason == "sms"

    def test_a_right_answer_clears_the_count(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        for _ in range(3):
            for _ in range(4):
                browser.fill("/sign-in/code", code=browser.phone.wrong_code())
                assert "taking a break" not in browser.note
            assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"
            sign_out(browser)
            clock.move(minutes=10)
            password(browser, ADA)

    def test_an_old_code_of_the_same_sign_in_runs_out(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        code = browser.phone.text_code()
        clock.move(minutes=6)
        fields = {"csrf_token": browser.csrf(), "username": ADA.username, "password": ADA.password}
        browser.page = browser.post("/sign-in", fields).follow()
        clock.move(minutes=4)
        assert browser.fill("/sign-in/code", code=code).problem.startswith("That code has expired.")
        browser.fill("/sign-in/code/send")
        assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"

    def test_an_app_code_works_once(self, browser: Browser, clock: Clock) -> None:
        app = set_up_app(browser, ADA)
        sign_out(browser)
        password(browser, ADA).fill("/sign-in/code", code=app.code())
        assert browser.problem.startswith("That code was used already.")
        assert "Wait until your app shows the next one." in browser.problem
        clock.move(seconds=30)
        assert browser.fill("/sign-in/code", code=app.code()).path == "/"


class TestSendingAgain:
    def test_it_waits_and_counts(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        sent = len(browser.phone.messages("text"))
        assert "2 left" in browser.words
        assert browser.fill("/sign-in/code/send").problem.startswith("We sent it a moment ago.")
        clock.move(seconds=30)
        browser.fill("/sign-in/code/send")
        assert (browser.path, browser.page.status_int) == ("/sign-in/code", 200)
        clock.move(seconds=60)
        browser.fill("/sign-in/code/send")
        assert len(browser.phone.messages("text")) == sent + 2
        assert not browser.page.html.select('form[action="/sign-in/code/send"]')
        browser.page = browser.post("/sign-in/code/send", {"csrf_token": browser.csrf()})
        assert browser.problem.startswith("We sent this code as often as we can.")

    def test_without_a_form_that_says_where(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        response = browser.post("/sign-in/code/send", {"csrf_token": browser.csrf(), "authenticator": "somebody's"})
        assert response.status_int == 422
        assert "Choose one of your ways to get a code." in response.text


class TestAnotherWay:
    def test_there_is_none_with_one_way(self, browser: Browser, clock: Clock) -> None:
        text_page(browser, clock)
        assert "Use another way" not in browser.words

    def test_the_preferred_one_is_asked_first_and_the_other_is_a_step_away(
        self, browser: Browser, clock: Clock
    ) -> None:
        two_ways(browser, clock)
        assert "automated voice call to ••• ••45" in browser.words
        texts = len(browser.phone.messages("text"))
        browser.open("/sign-in/choose")
        choices = browser.page.html.select("label.way")
        assert ["To ••• ••45" in choices[0].get_text(), "To ••• ••23" in choices[1].get_text()] == [True, True]
        assert not browser.page.html.select("input[checked]")
        browser.fill(authenticator=str(one(choices[1], "input")["value"]))
        assert browser.path == "/sign-in/code"
        assert "text message to ••• ••23" in browser.words
        assert len(browser.phone.messages("text")) == texts + 1
        assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"

    def test_going_back_and_forth_sends_nothing_new(self, browser: Browser, clock: Clock) -> None:
        two_ways(browser, clock)
        ways = [str(each["value"]) for each in browser.open("/sign-in/choose").page.html.select("[name=authenticator]")]
        for way in (ways[1], ways[0], ways[1], ways[0]):
            browser.open("/sign-in/choose").fill(authenticator=way)
        assert len(browser.phone.messages("text")) == 2
        assert len(browser.phone.messages("voice")) == 2
        assert browser.fill("/sign-in/code", code=browser.phone.spoken_code()).path == "/"

    def test_the_send_form_can_name_another_way(self, browser: Browser, clock: Clock) -> None:
        two_ways(browser, clock)
        ways = [str(each["value"]) for each in browser.open("/sign-in/choose").page.html.select("[name=authenticator]")]
        fields = {"csrf_token": browser.csrf(), "authenticator": ways[1]}
        browser.page = browser.post("/sign-in/code/send", fields).follow()
        assert "text message to ••• ••23" in browser.words
        assert len(browser.phone.messages("text")) == 2

    @pytest.mark.parametrize("chosen", ["", "voice", "0" * 22])
    def test_only_the_persons_own(self, browser: Browser, clock: Clock, chosen: str) -> None:
        two_ways(browser, clock)
        token = browser.open("/sign-in/choose").csrf()
        browser.page = browser.post("/sign-in/choose", {"csrf_token": token, "authenticator": chosen})
        assert browser.page.status_int == 422
        assert browser.problem == "Choose one of your ways to get a code."

    def test_a_way_that_is_no_longer_offered_is_not_asked(
        self, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        first = Browser(make_app(), phone)
        two_ways(first, clock)
        later = password(Browser(make_app(authenticators=("text", "totp")), phone), ADA)
        assert "text message to ••• ••23" in later.words
        assert "Use another way" not in later.words
        none = password(Browser(make_app(authenticators=("totp",)), phone), ADA)
        assert none.path == "/sign-in/choose"
        assert "not available at present. Please contact Web Support" in none.words
        response = none.post("/sign-in/code/send", {"csrf_token": none.csrf()})
        assert response.follow().request.path == "/sign-in/choose"
        assert none.open("/sign-in/code").path == "/sign-in/choose"


class TestWhyAmIAsked:
    @pytest.fixture
    def trusting(self, browser: Browser, clock: Clock) -> Browser:
        """Give a browser that Ada trusts, signed out."""
        sign_out(set_up_text(browser, ADA))
        clock.move(minutes=1)
        return sign_out(sign_in_by_text(browser, ADA, trust=True))

    def asked(self, browser: Browser) -> str:
        assert password(browser, ADA).path == "/sign-in/code"
        return browser.note

    def test_a_new_device(self, trusting: Browser, other_browser: Browser) -> None:
        assert password(trusting, ADA).path == "/"
        assert words.ASKED_BECAUSE["new"] == self.asked(other_browser)

    def test_the_time_is_over(self, trusting: Browser, clock: Clock) -> None:
        clock.move(days=30)
        assert words.ASKED_BECAUSE["expired"] == self.asked(trusting)

    def test_somebody_ended_the_trust(self, trusting: Browser, site: Site) -> None:
        people.disable(site, "ada")
        people.enable(site, "ada")
        assert words.ASKED_BECAUSE["revoked"] == self.asked(trusting)

    def test_the_options_changed(self, trusting: Browser, other_browser: Browser, clock: Clock) -> None:
        clock.move(minutes=1)
        sign_in_by_text(other_browser, ADA)
        add_way_later(other_browser, ADA, "voice", phone=ADA.office, extension="")
        assert words.ASKED_BECAUSE["outdated"] == self.asked(trusting)

    def test_an_old_copy_was_used(self, trusting: Browser, clock: Clock) -> None:
        name, value = next(each for each in trusting.cookies.items() if each[0].startswith("ssp_device_"))
        sign_out(password(trusting, ADA))
        clock.move(seconds=11)
        trusting.web.set_cookie(name, value)
        assert words.ASKED_BECAUSE["replayed"] == self.asked(trusting)

    def test_the_option_is_to_be_confirmed(self, make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
        browser = Browser(make_app(reconfirm_days=5), phone)
        sign_out(set_up_text(browser, ADA))
        sign_out(sign_in_by_text(browser, ADA, trust=True))
        clock.move(days=5)
        assert words.ASKED_BECAUSE["due"] == self.asked(browser)

    def test_where_nobody_can_trust_a_device_nothing_is_said(
        self, make_app: Callable[..., Flask], phone: Phone
    ) -> None:
        browser = Browser(make_app(trust_days=0), phone)
        sign_out(set_up_text(browser, ADA))
        assert self.asked(browser) == ""


class TestTrouble:
    @pytest.mark.parametrize(
        "receipt, status",
        [(Unavailable(Reason.TIMEOUT), "unsure"), (Rejected(Reason.OPTED_OUT), "failed")],
    )
    def test_a_code_that_cannot_leave_is_noted_and_counts_no_try(
        self, app: Flask, browser: Browser, clock: Clock, receipt: Rejected | Unavailable, status: str
    ) -> None:
        sign_out(set_up_text(browser, ADA))
        clock.move(minutes=1)
        with replaced(app, carrier=FakeCarrier(receipt)) as site:
            password(browser, ADA)
            assert (browser.path, browser.page.status_int) == ("/sign-in/code", 200)
            assert ("none is on its way" in browser.words) is (status == "failed")
            (code,) = [each for each in table(site, Challenge) if each.purpose == "sign-in"]
            assert (code.tries, code.delivery_status, code.delivery_reason) == (0, status, receipt.reason.value)
            (failed,) = [each for each in events(site, "sign_in.code_sent") if each.outcome == "failed"]
            assert (failed.reason, failed.subject, failed.authenticator_type) == (receipt.reason.value, "ada", "text")
        clock.move(seconds=30)
        browser.fill("/sign-in/code/send")
        assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"

    def test_a_number_whose_country_was_taken_off_the_list(
        self, browser: Browser, make_app: Callable[..., Flask], phone: Phone, clock: Clock, site: Site
    ) -> None:
        sign_out(set_up_text(browser, ADA))
        clock.move(minutes=1)
        texts = len(phone.messages("text"))
        narrower = password(Browser(make_app(countries=("CA",)), phone), ADA)
        assert "We do not send codes to this number any more." in narrower.note
        narrower.fill("/sign-in/code/send")
        assert narrower.problem.startswith("We do not send codes to this number any more.")
        assert len(phone.messages("text")) == texts
        assert {each.reason for each in events(site, "sign_in.code_sent")} >= {"not_allowed"}

    def test_at_set_up_too(self, app: Flask, browser: Browser, clock: Clock) -> None:
        password(browser, ADA).fill(type="voice")
        with replaced(app, carrier=FakeCarrier(Unavailable(Reason.PROVIDER_DOWN))):
            browser.fill(phone=ADA.office, extension="7")
            assert (browser.path, browser.page.status_int) == ("/set-up/voice", 200)
            assert "We could not send the code just now" in browser.note
            assert "We tried to call (205) 555-0145 , extension 7 , at 2:00 pm" in browser.words
        clock.move(minutes=1)
        browser.fill("/set-up/voice/send")
        assert browser.fill(code=browser.phone.spoken_code()).path == "/set-up/done"

    def test_the_other_way_still_works(self, app: Flask, browser: Browser, clock: Clock) -> None:
        two_ways(browser, clock)
        ways = [str(each["value"]) for each in browser.open("/sign-in/choose").page.html.select("[name=authenticator]")]
        with replaced(app, carrier=FakeCarrier(Unavailable(Reason.BUSY))):
            browser.fill(authenticator=ways[1])
        assert "We could not send the code just now" in browser.note
        browser.open("/sign-in/choose").fill(authenticator=ways[0])
        assert browser.fill("/sign-in/code", code=browser.phone.spoken_code()).path == "/"


def test_a_call_to_an_office_line_is_masked_too(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_voice(browser, BEN, "4521"))
    clock.move(minutes=2)
    password(browser, BEN)
    assert "automated voice call to ••• ••89, extension ••21" in browser.words
    assert browser.fill("/sign-in/code", code=browser.phone.spoken_code()).path == "/"
