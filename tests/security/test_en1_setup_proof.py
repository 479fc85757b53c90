"""EN1, stricter: where the settings ask for more than the password, the password alone sets nothing up."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import update

from ssp.flows import address_proof, demo_people, key_rotation, known_phone, people, throttling, unfinished
from ssp.flows.throttling import TRIES_BEFORE_PAUSE
from ssp.infra.telephony.carrier import Reason, Unavailable
from ssp.models import Authenticator, MailedCode, OutgoingMail, Session, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    App,
    Browser,
    FakeCarrier,
    Human,
    Phone,
    events,
    let_mail_leave,
    letters,
    one,
    password,
    prove,
    replaced,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
    wrong,
)
from tests.security.tools import at_once, send

CODE = "/set-up/mail-code"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give a portal that mails a code before a first set-up."""
    return make_app(setup_proof="mail-code")


@pytest.fixture
def by_phone(make_app: Callable[..., Flask], phone: Phone) -> Browser:
    """Give a browser at a portal whose first options are numbers on file: Ada's mobile is, and no other one."""
    app = make_app(setup_proof="known-phone")
    people.set_phone(app.extensions["ssp"], "ada", "205-555-0123")
    return Browser(app, phone)


def mailed_code(browser: Browser, human: Human = ADA) -> str:
    """Return the code in the newest mail that has one."""
    let_mail_leave(browser.app)
    bodies = [each["body"] for each in browser.phone.messages("mail", human.email)]
    codes = [line for body in bodies for line in body.splitlines() if line.isdecimal()]
    return str(codes[-1])


def reasons(site: Site, kind: str) -> list[tuple[str, str | None]]:
    return [(each.outcome, each.reason) for each in events(site, kind)]


class TestMailCode:
    def test_the_password_alone_reaches_nothing_of_a_set_up(self, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        assert browser.path == CODE
        fields = browser.fields()
        for path in ("/set-up", "/set-up/text", "/set-up/voice", "/set-up/totp", "/set-up/done", "/", "/account/"):
            assert browser.open(path).path in {CODE, "/sign-in"}, path
            assert browser.post(path, {**fields, "type": "totp", "phone": ADA.mobile}).status_int in {303, 405}, path
        assert browser.open("/set-up").path == CODE
        assert table(site, Authenticator) == []
        assert table(site, Session) == []

    def test_the_mailed_code_opens_the_options_screen_and_signs_nobody_in(self, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        assert "e-mail to a•••@example.test" in browser.words
        assert "Step 2 of 4" in browser.words
        browser.fill(CODE, code=mailed_code(browser))
        assert browser.path == "/set-up"
        assert "Step 3 of 4" in browser.words
        assert table(site, Session) == []
        assert "Step 4 of 4" in browser.fill(type="text").words
        browser.fill(phone=ADA.mobile).fill(code=browser.phone.text_code())
        assert browser.path == "/set-up/done"
        assert [each.amr for each in table(site, Session)] == ["pwd sms mfa"]
        assert reasons(site, "set_up.code_mailed") == [("done", None)]
        assert reasons(site, "set_up.mailed_code") == [("done", "accepted")]

    def test_whoever_has_an_option_is_asked_for_no_mail(self, browser: Browser, clock: Clock) -> None:
        password(browser, ADA).fill(CODE, code=mailed_code(browser))
        browser.fill(type="text").fill(phone=ADA.mobile).fill(code=browser.phone.text_code())
        sign_out(browser)
        clock.move(minutes=1)
        assert sign_in_by_text(browser, ADA).path == "/"
        prove(browser, ADA, "add")
        assert browser.fill(type="totp").path == "/set-up/totp"

    def test_after_a_reset_it_is_asked_for_again(self, browser: Browser, site: Site, clock: Clock) -> None:
        password(browser, ADA).fill(CODE, code=mailed_code(browser))
        browser.fill(type="text").fill(phone=ADA.mobile).fill(code=browser.phone.text_code())
        people.reset_mfa(site, "ada")
        clock.move(minutes=1)
        assert password(browser, ADA).path == CODE

    def test_a_code_works_once(self, app: Flask, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        fields = {**browser.fields(), "code": mailed_code(browser)}
        cookies = browser.cookies
        answers = at_once(6, lambda _: send(app, CODE, fields, cookies))
        assert {(each.status_code, each.location) for each in answers} == {(303, "/set-up")}
        assert reasons(site, "set_up.mailed_code") == [("done", "accepted")]
        assert [each.code for each in table(site, MailedCode)] == [None]

    def test_it_is_worth_nothing_in_another_sign_in(self, browser: Browser, other_browser: Browser) -> None:
        password(browser, ADA)
        code = mailed_code(browser)
        password(other_browser, ADA)
        assert mailed_code(browser) != code
        other_browser.fill(CODE, code=code)
        assert (other_browser.path, other_browser.page.status_int) == (CODE, 422)
        assert "That code is not right." in other_browser.problem

    def test_of_a_double_click_one_mail_leaves(self, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        browser.open("/help/")
        code = mailed_code(browser)
        fields = {"username": ADA.username, "password": ADA.password, "csrf_token": ""}
        browser.open(CODE)
        fields["csrf_token"] = browser.csrf()
        assert browser.post("/sign-in", fields).status_int == 303
        assert len(letters(site)) == 1
        assert browser.open(CODE).fill(CODE, code=code).path == "/set-up"

    def test_it_lasts_ten_minutes(self, browser: Browser, clock: Clock) -> None:
        password(browser, ADA)
        code = mailed_code(browser)
        clock.move(minutes=10)
        assert browser.fill(CODE, code=code).path == "/sign-in"

    def test_a_code_that_a_later_sign_in_took_over_lasts_no_longer(self, browser: Browser, clock: Clock) -> None:
        password(browser, ADA)
        code, fields = mailed_code(browser), {"username": ADA.username, "password": ADA.password}
        clock.move(minutes=9)
        fields["csrf_token"] = browser.open(CODE).csrf()
        browser.post("/sign-in", fields)
        clock.move(minutes=1)
        browser.open(CODE).fill(CODE, code=code)
        assert "That code has expired." in browser.problem
        browser.fill(f"{CODE}/send")
        new = mailed_code(browser)
        assert new != code
        assert browser.fill(CODE, code=new).path == "/set-up"

    def test_five_wrong_ones_burn_it(self, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        code = mailed_code(browser)
        for by in range(1, 6):
            browser.fill(CODE, code=wrong(code, by))
            assert browser.page.status_int == 422
        assert "That code can no longer be used." in browser.problem
        browser.fill(CODE, code=code)
        assert browser.path == CODE
        assert "no more for this sign-in" in browser.words
        assert reasons(site, "set_up.mailed_code") == [("refused", "wrong")] * 4 + [("refused", "burned")] * 2

    def test_a_slip_of_the_hand_is_no_guess(self, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        browser.fill(CODE, code="12345")
        assert "That is not a whole code." in browser.problem
        assert reasons(site, "set_up.mailed_code") == []

    def test_wrong_ones_add_up_over_sign_ins_and_stop(self, browser: Browser, site: Site, clock: Clock) -> None:
        """As many as of any other code; the owner hears of it, and Web Support frees the account."""
        code = ""
        for tries in range(throttling.SECOND_FACTOR.for_strangers):
            if tries % 5 == 0:
                clock.move(hours=1)
                code = mailed_code(password(browser, ADA))
            browser.fill(CODE, code=wrong(code, 1 + tries % 5))
            if tries + 1 == TRIES_BEFORE_PAUSE:
                assert "This way is taking a break" in browser.words
        assert browser.fill(CODE, code=code).path == CODE
        assert "This way is taking a break." in browser.problem
        assert "Web Support can free it" in browser.words
        assert any("Wrong access codes" in each.subject for each in letters(site))
        browser.fill("/sign-out")
        clock.move(hours=1)
        password(browser, ADA)
        assert "none is on its way" in browser.words, "nothing is mailed that nobody could use"
        assert people.unlock(site, "ada") >= 1
        browser.fill(f"{CODE}/send")
        assert browser.fill(CODE, code=mailed_code(browser)).path == "/set-up"

    def test_the_owner_hears_of_a_sign_in_that_ended_with_a_wrong_one(
        self, browser: Browser, site: Site, clock: Clock
    ) -> None:
        password(browser, ADA)
        browser.fill(CODE, code=wrong(mailed_code(browser)))
        clock.move(minutes=11)
        unfinished.tell(site)
        assert any("was not finished" in each.subject for each in letters(site))

    def test_it_is_mailed_again_as_often_as_other_codes(self, browser: Browser, site: Site, clock: Clock) -> None:
        password(browser, ADA)
        code = mailed_code(browser)
        browser.fill(f"{CODE}/send")
        assert (browser.page.status_int, len(letters(site))) == (422, 1)
        assert "We sent it a moment ago." in browser.problem
        clock.move(minutes=1)
        browser.fill(f"{CODE}/send")
        assert mailed_code(browser) == code, "mails arrive out of order"
        clock.move(minutes=2)
        browser.fill(f"{CODE}/send")
        clock.move(minutes=4)
        assert "no more for this sign-in" in browser.open(CODE).words
        response = browser.post(f"{CODE}/send", browser.fields())
        assert response.status_int == 422
        assert len(letters(site)) == 3
        assert reasons(site, "set_up.code_mailed")[-1] == ("refused", "none_left")

    def test_new_sign_ins_mail_no_more_than_the_limit_of_a_person(
        self, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        app = make_app(setup_proof="mail-code", limit_person="2/10m")
        browser = Browser(app, phone)
        for _ in range(3):
            password(browser, ADA)
            browser.fill("/sign-out")
        password(browser, ADA)
        assert len(letters(app.extensions["ssp"])) == 2
        assert "none is on its way: too many were asked for lately" in browser.words
        assert browser.fill(CODE, code="123456").page.status_int == 422
        assert "That code has expired." in browser.problem
        clock.move(minutes=9, seconds=59)
        browser.open(CODE).fill(f"{CODE}/send")
        assert "Too many codes were asked for lately." in browser.problem
        clock.move(seconds=1)
        password(browser, ADA)
        assert browser.fill(CODE, code=mailed_code(browser)).path == "/set-up"

    def test_what_is_sent_after_the_step_goes_on_from_there(self, browser: Browser, other_browser: Browser) -> None:
        password(browser, ADA)
        form, again = browser.form(CODE), browser.form(f"{CODE}/send")
        browser.fill(CODE, code=mailed_code(browser))
        for stale in (form, again):
            response = stale.submit(headers={"Origin": browser.origin})
            assert (response.status_int, str(response.location)[-7:]) == (303, "/set-up")
        assert other_browser.open(CODE).path == "/sign-in"

    def test_the_code_is_nowhere_in_the_clear(self, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        (kept,), (mail,) = table(site, MailedCode), table(site, OutgoingMail)
        code = mailed_code(browser)
        assert code not in " ".join((str(kept.code), mail.subject, mail.body, str(mail.link)))
        assert code not in browser.page.text

    def test_a_new_key_seals_it_anew(self, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        code = mailed_code(browser)
        key, outcomes = key_rotation.rotate(site)
        assert [each.done for each in outcomes if each.what == "codes by mail"] == [1]
        assert [row.code.startswith(f"{key.id}.") for row in table(site, MailedCode) if row.code] == [True]
        assert browser.fill(CODE, code=code).path == "/set-up"

    def test_before_the_date_it_can_wait_like_the_set_up_itself(
        self, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        app = make_app(setup_proof="mail-code", mfa_required_from=date(2026, 12, 24))
        browser = Browser(app, phone)
        password(browser, ADA)
        assert browser.path == CODE
        assert browser.fill("/set-up/later").path == "/"
        assert clock.now().year == 2026

    def test_on_the_date_it_cannot(self, browser: Browser, site: Site) -> None:
        password(browser, ADA)
        assert "Not now" not in browser.words
        assert browser.post("/set-up/later", browser.fields()).status_int == 303
        assert table(site, Session) == []

    @pytest.mark.parametrize("way_out", ["password", "unlock", "reset_mfa"])
    def test_whoever_knew_the_old_password_uses_up_no_mail_of_today(
        self, browser: Browser, site: Site, clock: Clock, way_out: str
    ) -> None:
        for _ in range(2):
            for _ in range(6):
                password(Browser(browser.app, browser.phone), ADA)
            clock.move(minutes=11)
        let_mail_leave(browser.app)
        assert len(browser.phone.messages("mail", ADA.email)) == 10
        human = ADA
        if way_out == "password":
            human = Human("ada", "a kettle sings to nobody")
            browser.open(people.password_link(site, "ada").removeprefix(site.settings.origin))
            browser.fill(new_password=human.password)
        else:
            getattr(people, way_out)(site, "ada")
        assert password(browser, human).fill(CODE, code=mailed_code(browser)).path == "/set-up"

    def test_giving_up_forgets_it(self, browser: Browser, site: Site) -> None:
        password(browser, ADA).fill("/sign-out")
        assert table(site, MailedCode) == []

    def test_ben_gets_his_own(self, browser: Browser) -> None:
        password(browser, ADA)
        let_mail_leave(browser.app)
        assert browser.phone.messages("mail", BEN.email) == []
        assert address_proof.masked_address("x@y.example") == "x•••@y.example"


class TestKnownPhone:
    def test_only_a_number_on_file_can_be_the_first_option(self, by_phone: Browser) -> None:
        site: Site = by_phone.app.extensions["ssp"]
        password(by_phone, ADA)
        assert by_phone.path == "/set-up"
        assert [each["value"] for each in by_phone.page.html.select("input[name=type]")] == ["text", "voice"]
        by_phone.fill(type="text").fill(phone=BEN.mobile)
        assert "This is not the number that we have on file for you." in by_phone.words
        assert (by_phone.page.status_int, by_phone.phone.messages("text")) == (422, [])
        assert table(site, Authenticator) == []
        assert reasons(site, "authenticator.set_up_begun") == [("refused", "not_on_file")]
        by_phone.fill(phone="(205) 555-0123").fill(code=by_phone.phone.text_code())
        assert by_phone.path == "/set-up/done"

    def test_a_call_to_it_does_as_well(self, by_phone: Browser) -> None:
        password(by_phone, ADA).fill(type="voice").fill(phone=ADA.mobile, extension="")
        assert by_phone.fill(code=by_phone.phone.spoken_code()).path == "/set-up/done"

    def test_an_extension_is_a_part_of_it(self, by_phone: Browser) -> None:
        password(by_phone, ADA).fill(type="voice").fill(phone=ADA.mobile, extension="12")
        assert "This is not the number that we have on file for you." in by_phone.words
        people.set_phone(by_phone.app.extensions["ssp"], "ada", "205-555-0123 ext. 12")
        by_phone.fill(phone=ADA.mobile, extension="12")
        assert by_phone.fill(code=by_phone.phone.spoken_code()).path == "/set-up/done"

    def test_an_app_is_no_first_option_whatever_is_sent(self, by_phone: Browser) -> None:
        site: Site = by_phone.app.extensions["ssp"]
        password(by_phone, ADA)
        fields = by_phone.fields()
        assert by_phone.post("/set-up", {**fields, "type": "totp"}).status_int == 422
        assert str(by_phone.post("/set-up/totp", fields).location).endswith("/set-up/totp")
        assert by_phone.post("/set-up/totp", {**fields, "code": "123456"}).status_int == 303
        assert by_phone.open("/set-up/totp").path == "/set-up"
        assert table(site, Authenticator) == []

    def test_nor_is_one_offered_where_no_text_arrives(self, by_phone: Browser) -> None:
        password(by_phone, ADA).fill(type="text")
        with replaced(by_phone.app, carrier=FakeCarrier(Unavailable(Reason.NOT_CONNECTED))):
            by_phone.fill("/set-up/text", phone=ADA.mobile)
        assert "We could not send the code just now" in by_phone.words
        assert "authenticator app" not in by_phone.words

    def test_but_a_further_one(self, by_phone: Browser) -> None:
        set_up_text(by_phone, ADA).fill("/set-up/another").fill(type="totp")
        app = App(str(one(by_phone.page.html, "[data-totp-secret]")["data-totp-secret"]))
        by_phone.fill(code=app.code())
        assert sorted(each.type for each in table(by_phone.app.extensions["ssp"], Authenticator)) == ["text", "totp"]

    def test_whoever_has_no_number_on_file_ends_at_web_support(self, by_phone: Browser) -> None:
        site: Site = by_phone.app.extensions["ssp"]
        password(by_phone, BEN)
        assert by_phone.path == "/set-up/support"
        assert "Please call Web Support" in by_phone.words
        assert "205-555-0100" in by_phone.words
        assert by_phone.open("/set-up/text").path == "/set-up/support"
        people.set_phone(site, "ben", BEN.mobile)
        assert by_phone.open("/set-up").path == "/set-up", "the sign-in goes on where it was"
        people.set_phone(site, "ben", "")
        assert by_phone.open("/set-up").path == "/set-up/support"
        assert reasons(site, "user.phone_on_file")[1:] == [("done", "changed"), ("done", "removed")]

    def test_before_the_date_that_can_wait(self, make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
        browser = Browser(make_app(setup_proof="known-phone", mfa_required_from=date(2026, 12, 24)), phone)
        assert password(browser, BEN).path == "/set-up/support"
        assert browser.fill("/set-up/later").path == "/"
        assert clock.now().year == 2026

    def test_after_a_reset_it_is_the_same(self, by_phone: Browser) -> None:
        set_up_text(by_phone, ADA)
        people.reset_mfa(by_phone.app.extensions["ssp"], "ada")
        password(by_phone, ADA).fill(type="text").fill(phone=BEN.mobile)
        assert "This is not the number that we have on file for you." in by_phone.words

    def test_the_number_cannot_be_found_by_trying(self, by_phone: Browser, clock: Clock) -> None:
        site: Site = by_phone.app.extensions["ssp"]
        password(by_phone, ADA).fill(type="text")
        for _ in range(10):
            by_phone.fill(phone=BEN.mobile)
        by_phone.fill(phone=ADA.mobile)
        assert "Too many numbers were tried today." in by_phone.words
        assert by_phone.phone.messages("text") == []
        assert reasons(site, "authenticator.set_up_begun")[-1] == ("refused", "too_many_numbers")
        clock.move(days=1)
        set_up_text(by_phone, ADA)
        assert by_phone.path == "/set-up/done"

    def test_what_was_begun_before_the_settings_asked_for_more_is_not_finished(
        self, browser: Browser, make_app: Callable[..., Flask], phone: Phone
    ) -> None:
        before = Browser(make_app(), phone)
        people.set_phone(before.app.extensions["ssp"], "ada", BEN.mobile)
        password(before, ADA).fill(type="text").fill(phone=ADA.mobile)
        code = phone.text_code()
        after = Browser(make_app(setup_proof="known-phone"), phone).carry(before.cookies)
        after.open("/set-up/text").fill(code=code)
        assert after.path != "/set-up/done"
        assert all(each.confirmed_at is None for each in table(browser.app.extensions["ssp"], Authenticator))

    def test_a_new_key_seals_it_anew(self, by_phone: Browser) -> None:
        site: Site = by_phone.app.extensions["ssp"]
        key, outcomes = key_rotation.rotate(site)
        assert [each.done for each in outcomes if each.what == "phone numbers on file"] == [1]
        with site.database.reading() as connection:
            ada = user.by_username(connection, "ada")
        assert ada
        assert ada.phone
        assert ada.phone.startswith(f"{key.id}.")
        assert "0123" not in ada.phone
        assert set_up_text(by_phone, ADA).path == "/set-up/done"

    def test_a_new_key_in_the_middle_of_a_set_up_changes_nothing(self, by_phone: Browser) -> None:
        site: Site = by_phone.app.extensions["ssp"]
        password(by_phone, ADA).fill(type="text").fill(phone=ADA.mobile)
        code = by_phone.phone.text_code()
        with site.database.writing() as connection:  # as it is under a key that was not the first one then
            connection.execute(update(Authenticator).values(fingerprint="0" * 64))
        assert by_phone.fill(code=code).path == "/set-up/done"

    def test_a_new_password_gives_new_tries(self, by_phone: Browser) -> None:
        site: Site = by_phone.app.extensions["ssp"]
        password(by_phone, ADA).fill(type="text")
        for _ in range(known_phone.MOST_A_DAY):
            by_phone.fill(phone=BEN.mobile)
        assert "not the number" not in by_phone.fill(phone=ADA.mobile).words
        assert by_phone.page.status_int == 422
        human = Human("ada", "a kettle sings to nobody", mobile=ADA.mobile)
        by_phone.open(people.password_link(site, "ada").removeprefix(site.settings.origin))
        by_phone.fill(new_password=human.password)
        assert set_up_text(by_phone, human).path == "/set-up/done"

    def test_demo_people_have_numbers(self, make_app: Callable[..., Flask], phone: Phone) -> None:
        app = make_app(setup_proof="known-phone")
        demo_people.add_missing(app.extensions["ssp"])
        cora = next(each for each in demo_people.PEOPLE if each.username == "cora")
        human = Human("cora", cora.password, mobile=cora.phone)
        browser = Browser(app, phone)
        password(browser, human).fill(type="text").fill(phone=cora.phone).fill(code=phone.text_code())
        assert browser.path == "/set-up/done"
