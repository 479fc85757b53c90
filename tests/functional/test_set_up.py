"""Setting up each type: what is typed, what is sent, what is refused, and what a half-done set-up leaves behind."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from ssp.infra.telephony import wording
from ssp.models import Authenticator, Challenge
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    App,
    Browser,
    Human,
    Phone,
    add_way,
    events,
    full_width,
    one,
    password,
    set_up_app,
    set_up_text,
    set_up_voice,
    sign_in_by_text,
    sign_out,
    table,
)


def begin(browser: Browser, human: Human, type_name: str) -> Browser:
    return password(browser, human).fill(type=type_name)


def faults(browser: Browser) -> dict[str, str]:
    """Return what the page marks as wrong: words by field, each tied to its field for screen readers."""
    found: dict[str, str] = {}
    for field in browser.page.html.select("input[aria-invalid=true]"):
        told = [one(browser.page.html, f"#{each}") for each in str(field["aria-describedby"]).split()]
        found[str(field["name"])] = " ".join(each.get_text().strip() for each in told if "error" in str(each["id"]))
    return found


def key(browser: Browser) -> App:
    return App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))


def left(browser: Browser) -> str:
    """Return the button that sends again, and how often it may be used; the time from when is for the eye."""
    form = one(browser.page.html, 'form[action$="/send"]')
    for time in form.select("[data-from]"):
        time.extract()
    return " ".join(form.get_text(" ").split())


def confirmed(site: Site) -> list[str]:
    return sorted(way.type for way in table(site, Authenticator) if way.confirmed_at)


class TestText:
    @pytest.mark.parametrize(
        "typed", ["(205) 555-0123", "205.555.0123", "+1 205 555 0123", "1-205-555-0123", full_width("2055550123")]
    )
    def test_a_number_can_be_typed_in_any_way(self, browser: Browser, typed: str) -> None:
        begin(browser, ADA, "text").fill(phone=typed)
        assert browser.path == "/set-up/text"
        assert [message["to"] for message in browser.phone.messages("text")] == ["+12055550123"]

    def test_the_number_shows_in_full_with_the_time(self, browser: Browser, clock: Clock) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        assert clock.now().hour == 14
        assert "We sent a text message to (205) 555-0123 at 2:00 pm" in browser.words
        assert "good until 2:10 pm" in browser.words
        field = one(browser.page.html, "#code")
        assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
        assert "Six-digit code" in browser.words

    @pytest.mark.parametrize(
        "typed, said",
        [
            ("", "Enter your phone number."),
            ("call me", "Use digits only"),
            ("555-0123", "too short"),
            ("205-555-0123-4567", "too long"),
            ("+44 7400 123456", "We cannot send codes to that country."),
            ("900-555-0123", "special-rate"),
            ("800-555-0123", "toll-free"),
            ("205-555-0123 ext 4", "A text cannot reach an extension."),
            ("x" * 4000, "That number is too long."),
        ],
    )
    def test_a_number_that_cannot_get_texts_is_explained(
        self, browser: Browser, site: Site, typed: str, said: str
    ) -> None:
        begin(browser, ADA, "text").fill(phone=typed)
        assert (browser.page.status_int, browser.path) == (422, "/set-up/text")
        assert browser.problem == "Please check what you typed."
        assert said in faults(browser)["phone"]
        assert one(browser.page.html, "#phone")["value"] == typed
        assert one(browser.page.html, "title").get_text().split()[0] == "Error:"
        assert browser.phone.messages() == []
        assert table(site, Authenticator) == []

    def test_the_risk_is_said_before_a_phone_is_bound(self, browser: Browser) -> None:
        begin(browser, ADA, "text")
        assert "The code travels over the phone network; an authenticator app is safer." in browser.words

    def test_spaces_and_hyphens_in_a_code_do_no_harm(self, browser: Browser) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        code = browser.phone.text_code()
        assert browser.fill(code=f" {code[:3]}-{code[3:]} ").path == "/set-up/done"

    def test_a_wrong_code_is_marked_and_counted(self, browser: Browser, site: Site) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        wrong = f"{(int(browser.phone.text_code()) + 1) % 10**6:06d}"
        browser.fill(code=wrong)
        assert browser.page.status_int == 422
        assert browser.problem.startswith("That code is not right.")
        assert browser.problem.endswith("You have 4 tries left.")
        assert one(browser.page.html, "#code")["aria-invalid"] == "true"
        for _ in range(3):
            browser.fill(code=wrong)
        assert browser.problem.endswith("You have 1 try left.")
        browser.fill(code=wrong)
        assert browser.problem.startswith("That code can no longer be used.")
        browser.fill(code=browser.phone.text_code())
        assert browser.problem.startswith("That code can no longer be used.")
        assert confirmed(site) == []

    def test_after_a_burned_code_the_number_can_be_typed_again(self, browser: Browser, clock: Clock) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        wrong = f"{(int(browser.phone.text_code()) + 1) % 10**6:06d}"
        for _ in range(5):
            browser.fill(code=wrong)
        clock.move(seconds=31)
        browser.open("/set-up/text?another=1").fill(phone=ADA.mobile)
        assert len(browser.phone.messages("text")) == 2
        assert browser.fill(code=browser.phone.text_code()).path == "/set-up/done"

    @pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", full_width("123456"), "12_3456", "+123456"])
    def test_what_is_no_code_is_said_so_and_costs_no_try_of_the_code(self, browser: Browser, typed: str) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        browser.fill(code=typed)
        assert browser.page.status_int == 422
        assert browser.problem == "That is not a whole code. Type all six digits, and digits only."
        assert browser.fill(code=browser.phone.text_code()).path == "/set-up/done"

    def test_another_number_gets_a_code_of_its_own(self, browser: Browser, site: Site) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        browser.open("/set-up/text?another=1").fill(phone=BEN.mobile)
        assert "(205) 555-0167" in browser.words
        first, second = browser.phone.text_code(ADA.mobile), browser.phone.text_code(BEN.mobile)
        assert browser.fill(code=first).page.status_int == 422
        assert browser.fill(code=second).path == "/set-up/done"
        assert len(table(site, Authenticator)) == 1
        assert len(table(site, Challenge)) == 1

    def test_the_same_number_again_is_no_second_text(self, browser: Browser) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        browser.open("/set-up/text?another=1").fill(phone="205-555-0123")
        assert len(browser.phone.messages("text")) == 1
        assert browser.fill(code=browser.phone.text_code()).path == "/set-up/done"


class TestSendingAgain:
    def test_it_waits_counts_and_repeats_the_code(self, browser: Browser, clock: Clock) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        assert left(browser) == "Send the text again 2 left"
        browser.fill("/set-up/text/send")
        assert browser.page.status_int == 422
        assert browser.problem.startswith("We sent it a moment ago.")
        clock.move(seconds=29)
        assert browser.fill("/set-up/text/send").page.status_int == 422
        clock.move(seconds=1)
        browser.fill("/set-up/text/send")
        assert (browser.page.status_int, browser.path) == (200, "/set-up/text")
        first, second = browser.phone.messages("text")
        assert first["body"].splitlines()[-1] == second["body"].splitlines()[-1]
        soonest = datetime.fromisoformat(str(one(browser.page.html, "[data-from]")["data-from"]))
        assert soonest - clock.now() == timedelta(minutes=1)
        assert left(browser) == "Send the text again 1 left"

    def test_the_wait_doubles_and_the_third_is_the_last(self, browser: Browser, clock: Clock) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        clock.move(seconds=30)
        browser.fill("/set-up/text/send")
        clock.move(seconds=59)
        assert browser.fill("/set-up/text/send").problem.startswith("We sent it a moment ago.")
        clock.move(seconds=1)
        browser.fill("/set-up/text/send")
        assert len(browser.phone.messages("text")) == 3
        assert "Send the text again" in browser.words
        assert not browser.page.html.select('form[action$="/send"]')
        page = browser.page
        browser.page = browser.post("/set-up/text/send", {"csrf_token": browser.csrf()})
        assert browser.problem.startswith("We sent this code as often as we can.")
        browser.page = page
        assert browser.fill("/set-up/text", code=browser.phone.text_code()).path == "/set-up/done"

    def test_late_it_is_a_new_code(self, browser: Browser, clock: Clock) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        old = browser.phone.text_code()
        clock.move(minutes=6)
        browser.fill("/set-up/text/send")
        new = browser.phone.text_code()
        assert "Check the newest code we sent" in browser.fill(code=old).problem
        assert browser.fill(code=new).path == "/set-up/done"

    def test_there_is_nothing_to_send_before_a_number_is_typed(self, browser: Browser) -> None:
        begin(browser, ADA, "text")
        browser.page = browser.post("/set-up/text/send", {"csrf_token": browser.csrf()}).follow()
        assert (browser.page.status_int, browser.path) == (200, "/set-up/text")
        assert browser.phone.messages() == []

    def test_too_slow_it_starts_over(self, browser: Browser, clock: Clock) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        token, late = browser.csrf(), browser.phone.text_code()
        clock.move(minutes=10)
        for path, fields in (
            ("/set-up/text/send", {}),
            ("/set-up/text", {"code": late}),
            ("/set-up/text", {"phone": ADA.mobile}),
        ):
            browser.page = browser.post(path, {"csrf_token": token, **fields}).follow()
            assert browser.path == "/sign-in"
        assert len(browser.phone.messages("text")) == 1

    def test_a_number_that_gets_too_many_waits(self, browser: Browser, other_browser: Browser, clock: Clock) -> None:
        # Five in ten minutes to one number, whoever asks for them.
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        for wait in (30, 60):
            clock.move(seconds=wait)
            browser.fill("/set-up/text/send")
        begin(other_browser, BEN, "text").fill(phone=ADA.mobile)
        clock.move(seconds=30)
        other_browser.fill("/set-up/text/send")
        assert len(browser.phone.messages("text")) == 5
        clock.move(seconds=60)
        other_browser.fill("/set-up/text/send")
        assert other_browser.page.status_int == 422
        assert other_browser.problem.startswith("Too many codes were asked for lately.")
        assert len(browser.phone.messages("text")) == 5
        clock.move(minutes=7)
        other_browser.fill("/set-up/text/send")
        assert len(browser.phone.messages("text")) == 6


class TestVoice:
    def test_the_call_greets_and_spells_the_code(self, browser: Browser) -> None:
        begin(browser, ADA, "voice").fill(phone=ADA.office, extension="")
        (call,) = browser.phone.messages("voice")
        said = wording.spoken(call["body"])
        assert "Secure Services Portal" in said[0]
        assert "access code" in said[1]
        assert said[-1] == "Goodbye."
        code = browser.phone.spoken_code()
        assert len(code) == 5
        assert [wording.code_in_speech(each) for each in said].count(code) == 3
        assert browser.fill(code=code).path == "/set-up/done"

    @pytest.mark.parametrize(
        "number, extension, dialed, shown",
        [
            ("205-555-0145", "12", "12", "12"),
            ("205-555-0145", ",12w3", "wwww12w3", ",12w3"),
            ("205-555-0145 ext. 7", "", "7", "7"),
        ],
    )
    def test_an_office_line_with_its_extension(
        self, browser: Browser, number: str, extension: str, dialed: str, shown: str
    ) -> None:
        begin(browser, ADA, "voice").fill(phone=number, extension=extension)
        (call,) = browser.phone.messages("voice")
        assert (call["to"], call["extension"]) == (ADA.office, dialed)
        assert f"We called (205) 555-0145 , extension {shown} , at" in browser.words

    @pytest.mark.parametrize(
        "number, extension, field, said",
        [
            ("205-555-0145", "abc", "extension", "Type the extension in digits."),
            ("205-555-0145", "12345678901", "extension", "That extension is too long."),
            ("205-555-0145 ext 5", "6", "extension", "There are two different extensions."),
            ("976-0145", "", "phone", "too short"),
            ("205-976-0145", "", "phone", "special-rate"),
        ],
    )
    def test_a_line_that_cannot_be_called_is_explained(
        self, browser: Browser, number: str, extension: str, field: str, said: str
    ) -> None:
        begin(browser, ADA, "voice").fill(phone=number, extension=extension)
        assert browser.page.status_int == 422
        assert list(faults(browser)) == [field]
        assert said in faults(browser)[field]
        kept = [one(browser.page.html, f"#{name}")["value"] for name in ("phone", "extension")]
        assert kept == [number, extension]
        assert browser.phone.messages() == []

    def test_three_wrong_codes_burn_a_short_one(self, browser: Browser) -> None:
        begin(browser, ADA, "voice").fill(phone=ADA.office, extension="")
        wrong = f"{(int(browser.phone.spoken_code()) + 1) % 10**5:05d}"
        assert browser.fill(code=wrong).problem.endswith("You have 2 tries left.")
        browser.fill(code=wrong)
        browser.fill(code=wrong)
        assert browser.fill(code=browser.phone.spoken_code()).problem.startswith("That code can no longer be used.")

    def test_calling_again_takes_a_minute(self, browser: Browser, clock: Clock) -> None:
        begin(browser, ADA, "voice").fill(phone=ADA.office, extension="")
        clock.move(seconds=59)
        assert browser.fill("/set-up/voice/send").page.status_int == 422
        clock.move(seconds=1)
        browser.fill("/set-up/voice/send")
        assert len(browser.phone.messages("voice")) == 2


@pytest.mark.usefixtures("clock")
class TestApp:
    def test_the_page_has_a_picture_a_key_and_a_way_to_copy_it(self, browser: Browser) -> None:
        begin(browser, ADA, "totp")
        assert browser.path == "/set-up/totp"
        page, app = browser.page.html, key(browser)
        assert one(page, "[role=img] svg")
        assert one(page, "#key").get_text() == " ".join(app.secret[start : start + 4] for start in range(0, 32, 4))
        assert one(page, "[data-copy=key]")
        link = str(one(page, 'a[href^="otpauth:"]')["href"])
        assert link.startswith("otpauth://totp/Secure%20Services%20Portal:ada?")
        assert f"secret={app.secret}" in link
        assert "issuer=Secure%20Services%20Portal" in link

    @pytest.mark.parametrize("steps", [-1, 0, 1])
    def test_a_code_one_step_early_or_late_counts(self, browser: Browser, steps: int) -> None:
        begin(browser, ADA, "totp")
        assert browser.fill(code=key(browser).code(steps)).path == "/set-up/done"

    @pytest.mark.parametrize("steps", [-20, -2, 2, 20])
    def test_a_clock_that_is_off_is_named(self, browser: Browser, site: Site, steps: int) -> None:
        begin(browser, ADA, "totp")
        app = key(browser)
        browser.fill(code=app.code(steps))
        assert browser.page.status_int == 422
        assert browser.problem.startswith("Your phone's clock is off.")
        assert confirmed(site) == []
        assert browser.fill(code=app.code()).path == "/set-up/done"

    def test_a_code_from_nowhere_is_just_wrong(self, browser: Browser) -> None:
        begin(browser, ADA, "totp")
        app = key(browser)
        near = {app.code(steps) for steps in range(-20, 21)}
        wrong = next(code for code in (f"{number:06d}" for number in range(100)) if code not in near)
        assert browser.fill(code=wrong).problem.startswith("That code is not right. Check the code that your app")

    def test_a_second_tab_shows_the_same_key(self, browser: Browser) -> None:
        first = key(begin(browser, ADA, "totp"))
        assert key(browser.open("/set-up").fill(type="totp")) == first
        assert key(browser.open("/set-up/totp")) == first

    def test_the_page_without_a_key_leads_to_the_options(self, browser: Browser) -> None:
        password(browser, ADA)
        assert browser.open("/set-up/totp").path == "/set-up"
        browser.page = browser.post("/set-up/totp", {"csrf_token": browser.csrf(), "code": "123456"}).follow()
        assert browser.path == "/set-up"

    def test_a_posted_page_without_a_code_begins_it(self, browser: Browser) -> None:
        password(browser, ADA)
        browser.page = browser.post("/set-up/totp", {"csrf_token": browser.csrf()}).follow()
        assert browser.path == "/set-up/totp"
        assert len(key(browser).secret) == 32


class TestHalfDone:
    def test_it_leaves_nothing_behind(self, browser: Browser, other_browser: Browser, site: Site) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        old = browser.phone.text_code()
        assert confirmed(site) == []
        password(other_browser, ADA)
        assert other_browser.path == "/set-up"
        other_browser.open("/set-up/text")
        assert "(205) 555-0123" not in other_browser.words
        other_browser.page = other_browser.post("/set-up/text", {"csrf_token": other_browser.csrf(), "code": old})
        assert other_browser.page.follow().request.path == "/set-up"
        assert confirmed(site) == []

    def test_giving_up_ends_the_code(self, browser: Browser, site: Site) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        browser.fill("/sign-out")
        assert table(site, Challenge) == []
        assert confirmed(site) == []

    def test_the_other_type_can_be_chosen_midway(self, browser: Browser, site: Site) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        browser.open("/set-up").fill(type="totp")
        browser.fill(code=key(browser).code())
        assert browser.path == "/set-up/done"
        assert confirmed(site) == ["totp"]

    def test_starting_over_never_harms_what_works(self, browser: Browser, clock: Clock, site: Site) -> None:
        set_up_text(browser, ADA)
        browser.fill("/set-up/another").fill(type="text")
        clock.move(minutes=1)
        browser.fill(phone=BEN.mobile)
        browser.fill(code="000000" if browser.phone.text_code() != "000000" else "000001")
        browser.fill("/sign-out")
        assert confirmed(site) == ["text"]
        clock.move(minutes=1)
        assert sign_in_by_text(browser, ADA).path == "/"

    def test_a_new_app_that_was_not_confirmed_leaves_the_old_one(self, browser: Browser, clock: Clock) -> None:
        old = set_up_app(browser, ADA)
        browser.fill("/set-up/another").fill(type="totp")
        new = key(browser)
        assert new != old
        browser.fill("/sign-out")
        clock.move(minutes=1)
        password(browser, ADA)
        assert browser.fill("/sign-in/code", code=new.code()).page.status_int == 422
        assert browser.fill("/sign-in/code", code=old.code()).path == "/"


class TestDone:
    def test_confirming_signs_in_and_offers_a_second_way(self, browser: Browser, site: Site) -> None:
        set_up_text(browser, ADA)
        assert browser.path == "/set-up/done"
        assert "You are signed in" in browser.words
        assert "Add a second way now" in browser.words
        assert [each.reason for each in events(site, "sign_in.finished")] == ["sms"]
        assert one(browser.page.html, "a.button")["href"] == "/"

    def test_the_trust_box_is_not_there(self, browser: Browser) -> None:
        begin(browser, ADA, "text").fill(phone=ADA.mobile)
        assert not browser.page.html.select("[name=trust_device]")
        token = browser.csrf()
        code = browser.phone.text_code()
        browser.post("/set-up/text", {"csrf_token": token, "code": code, "trust_device": "yes"})
        assert [name for name in browser.cookies if "device" in name] == []

    def test_a_second_way_is_kept_beside_the_first(self, browser: Browser, site: Site, clock: Clock) -> None:
        set_up_text(browser, ADA)
        clock.move(minutes=1)
        add_way(browser, "voice", phone=ADA.office, extension="12")
        assert browser.path == "/set-up/done"
        assert confirmed(site) == ["text", "voice"]
        sign_out(browser)
        password(browser, ADA)
        assert "text message to ••• ••23" in browser.words, "the first one stays the preferred one"
        assert "extension •2" in browser.open("/sign-in/choose").words

    def test_a_second_phone_is_kept_beside_the_first(self, browser: Browser, site: Site) -> None:
        set_up_text(browser, ADA)
        add_way(browser, "text", phone=BEN.mobile)
        assert confirmed(site) == ["text", "text"]

    def test_the_same_phone_is_not_kept_twice(self, browser: Browser, site: Site) -> None:
        set_up_text(browser, ADA)
        browser.fill("/set-up/another").fill(type="text")
        browser.fill("/set-up/text", phone=ADA.mobile)
        assert browser.page.status_int == 422
        assert "You get codes at this number already." in browser.words
        assert confirmed(site) == ["text"]

    def test_whoever_wants_no_second_way_after_all_keeps_the_first(self, browser: Browser, site: Site) -> None:
        set_up_text(browser, ADA)
        browser.fill("/set-up/another")
        assert browser.path == "/set-up"
        assert "Choose a further way and prove it with a code. What you have stays as it is." in browser.words
        assert browser.open("/").path == "/set-up"
        browser.fill("/set-up/later")
        assert browser.path == "/"
        assert "Welcome, Ada" in browser.words
        assert confirmed(site) == ["text"]

    def test_ten_minutes_later_a_second_way_needs_a_new_code(self, browser: Browser, clock: Clock, site: Site) -> None:
        set_up_text(browser, ADA)
        form = browser.form("/set-up/another")
        clock.move(minutes=10)
        assert "Add a second way" not in browser.open("/set-up/done").words
        response = form.submit(headers={"Origin": "http://localhost:8000"})
        assert response.follow().request.path == "/account/confirm/add"
        assert events(site, "session.signed_out") == []

    def test_a_second_press_of_the_button_does_not_ask_again(self, browser: Browser) -> None:
        set_up_text(browser, ADA)
        form, session = browser.form("/set-up/another"), browser.cookies["ssp_session"]
        form.submit()
        browser.web.set_cookie("ssp_session", session)
        assert form.submit().follow().request.path == "/sign-in"

    def test_nobody_else_can_add_a_way(self, browser: Browser) -> None:
        browser.open("/sign-in")
        for path in ("/set-up/another", "/set-up/later"):
            response = browser.post(path, {"csrf_token": browser.csrf()})
            assert response.follow().request.path == "/sign-in"

    def test_the_owner_hears_of_it_by_mail(self, browser: Browser, app: Flask) -> None:
        set_up_voice(browser, ADA, "12")
        app.extensions["ssp.courier"].close()
        (mail,) = browser.phone.messages("mail", ADA.email)
        assert mail["body"].startswith("Your MFA option for Secure Services Portal was set up")
        assert "automated voice call to ••• ••45, extension •2" in mail["body"]
        assert "205-555-0100" in mail["body"]
        assert ADA.office[-7:] not in mail["body"]


def test_longer_codes_are_asked_for_and_sent(make_app: Callable[..., Flask], phone: Phone) -> None:
    browser = begin(Browser(make_app(text_digits=8), phone), ADA, "text").fill(phone=ADA.mobile)
    assert "Eight-digit code" in browser.words
    assert len(phone.text_code()) == 8
    assert browser.fill(code=phone.text_code()).path == "/set-up/done"
