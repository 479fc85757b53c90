"""The button "This was not me": from the mail to it, and from there to a new password and a way of one's own."""

import pytest
from flask import Flask

from ssp.flows import disowning, notices, people
from ssp.models import authenticator, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    Human,
    Phone,
    add_way_later,
    events,
    let_mail_leave,
    password,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
)

NEW = "a kettle sings to nobody"
STRANGER = Human("ada", ADA.password, mobile="+12055550199", office="+12055550198")


def mailed(browser: Browser, page: str, to: Human = ADA, nth: int = -1) -> str:
    """Return the address of the newest link to a page that somebody got by mail."""
    let_mail_leave(browser.app)
    return browser.phone.link(page, to.email, nth)


def press(browser: Browser, address: str) -> Browser:
    """Open the link of a notice and press its button."""
    return browser.open(address).fill("/not-me")


def choose(browser: Browser, address: str, new: str = NEW) -> Browser:
    """Open a link to choose a new password, and choose one."""
    return browser.open(address).fill(new_password=new)


def test_a_stranger_who_set_up_an_option_with_the_password_is_out_for_good(
    browser: Browser, other_browser: Browser
) -> None:
    stranger = set_up_text(other_browser, STRANGER)
    assert stranger.open("/").path == "/"
    browser.open(mailed(browser, "not-me"))
    assert browser.path == "/not-me"
    for words in ("an MFA option was set up: text message to ••• ••99", "network address 127.0.0.1"):
        assert words in browser.words
    browser.fill("/not-me")
    assert "your old password opens nothing any more" in browser.words
    assert stranger.open("/").path == "/sign-in"
    assert "do not match" in password(stranger, ADA).problem
    choose(browser, mailed(browser, "password"))
    assert (browser.path, browser.note) == ("/sign-in", "Your new password counts from now on. Sign in with it.")
    assert "do not match" in password(stranger, ADA).problem
    mine = Human("ada", NEW)
    set_up_text(browser, mine)
    assert browser.open("/").path == "/"


def test_what_the_stranger_had_begun_is_over_too(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=5)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    clock.move(minutes=1)
    password(other_browser, ADA)
    assert other_browser.path == "/sign-in/code"
    press(browser, mailed(browser, "not-me"))
    other_browser.fill("/sign-in/code", code=other_browser.phone.text_code())
    assert other_browser.path == "/sign-in"
    choose(browser, mailed(browser, "password"))
    mine = Human("ada", NEW)
    clock.move(minutes=1)
    assert password(browser, mine).path == "/sign-in/code", "no device is trusted, and an option in use stays"


def test_the_page_of_a_pressed_button_sends_the_mail_again_but_not_for_ever(
    browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    press(browser, mailed(browser, "not-me"))
    for _ in range(disowning.MOST_MAILS_AN_HOUR):
        assert browser.fill("/not-me/send").note == "We mailed it again."
        assert browser.reference == ""
    browser.fill("/not-me/send")
    assert "We mailed it several times within the hour." in browser.problem
    assert events(site, "recovery.begun")[-1].request_id == browser.reference
    assert browser.page.status_int == 422
    let_mail_leave(browser.app)
    assert len([each for each in browser.phone.messages("mail") if "/password/" in each["body"]]) == 4
    clock.move(minutes=60)
    browser.open(mailed(browser, "not-me")).fill("/not-me/send")
    assert browser.note == "We mailed it again."
    choose(browser, mailed(browser, "password"))
    assert browser.path == "/sign-in"


def test_an_older_one_of_these_mails_works_as_well_and_then_none_does(browser: Browser) -> None:
    set_up_text(browser, ADA)
    press(browser, mailed(browser, "not-me")).fill("/not-me/send")
    first, second = mailed(browser, "password", nth=-2), mailed(browser, "password")
    assert first != second
    choose(browser, first)
    browser.open(second, status=410)
    assert "It was used already" in browser.words


def test_after_the_new_password_the_page_says_that_all_is_done(browser: Browser) -> None:
    set_up_text(browser, ADA)
    notice = mailed(browser, "not-me")
    press(browser, notice)
    stale = browser.form("/not-me/send")
    choose(browser, mailed(browser, "password"))
    browser.open(notice, status=200)
    assert "a new password was chosen since" in browser.words
    answer = stale.submit(headers={"Origin": browser.origin})
    assert answer.location == "/not-me", "there is nothing to send any more"


def test_an_option_that_took_another_ones_place_stays_and_web_support_is_named(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    sign_out(browser)
    clock.move(days=91)
    sign_in_by_text(browser, ADA)
    browser.page = browser.form().submit("answer", value="change", headers={"Origin": browser.origin}).follow()
    browser.fill(type="voice")
    browser.fill(phone=ADA.office, extension="").fill(code=browser.phone.spoken_code())
    let_mail_leave(browser.app)
    body = browser.phone.messages("mail")[-1]["body"]
    assert "Before: text message to ••• ••23.\nNow: automated voice call to ••• ••45." in body
    press(browser, mailed(browser, "not-me"))
    assert "call Web Support: they put it right." in browser.note
    choose(browser, mailed(browser, "password"))
    assert password(browser, Human("ada", NEW)).path == "/sign-in/code"


def test_a_further_option_goes_and_the_one_before_it_stays(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(hours=4)
    sign_in_by_text(browser, ADA)
    clock.move(minutes=1)
    add_way_later(browser, ADA, "voice", phone=STRANGER.office, extension="")
    press(browser, mailed(browser, "not-me"))
    assert browser.note == ""
    choose(browser, mailed(browser, "password"))
    clock.move(minutes=1)
    assert password(browser, Human("ada", NEW)).path == "/sign-in/code"
    assert "text" in browser.words
    with site.database.reading() as connection:
        held = authenticator.confirmed(connection, 1)
    assert [way.type for way in held] == ["text"]


@pytest.mark.parametrize("days, status", [(9, 200), (10, 410)])
def test_the_link_holds_for_ten_days(browser: Browser, clock: Clock, days: int, status: int) -> None:
    set_up_text(browser, ADA)
    address = mailed(browser, "not-me")
    clock.move(days=days)
    browser.open(address, status=status)
    assert ("It worked for 10 days" in browser.words) == (status == 410)


def test_a_link_that_ran_out_while_its_page_was_open_does_nothing(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    browser.open(mailed(browser, "not-me"))
    cookies = browser.cookies
    clock.move(days=10)
    browser.carry(cookies).fill("/not-me")
    assert "Nothing was changed just now." in browser.words
    let_mail_leave(browser.app)
    assert len(browser.phone.messages("mail")) == 1


def test_an_altered_link_and_none_at_all_say_what_to_do(browser: Browser) -> None:
    set_up_text(browser, ADA)
    address = mailed(browser, "not-me")
    browser.open(address)
    for other in (f"{address[:-1]}!", f"{address}x", "/not-me/x", f"/not-me/{'x' * 43}"):
        browser.open(other, status=404)
        assert browser.path == "/not-me"
        assert "Open the link in the mail once more" in browser.words, "not the page of the link before"
    browser.open(f"/password/{address.rpartition('/')[2]}", status=404)


def test_a_link_of_somebody_who_is_gone_says_the_same(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    address = mailed(browser, "not-me")
    with site.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM \"user\" WHERE username = 'ada'")
    browser.open(address, status=404)
    assert "Open the link in the mail once more" in browser.words


def test_the_button_belongs_to_one_person_alone(browser: Browser, other_browser: Browser) -> None:
    set_up_app(other_browser, BEN)
    set_up_text(browser, ADA)
    press(browser, mailed(browser, "not-me"))
    assert other_browser.open("/").path == "/"


def test_two_browsers_at_one_page(browser: Browser, other_browser: Browser) -> None:
    set_up_text(browser, ADA)
    address = mailed(browser, "not-me")
    browser.open(address)
    other_browser.open(address).fill("/not-me")
    browser.fill("/not-me")
    assert "Thank you for telling us" in browser.words
    let_mail_leave(browser.app)
    assert len([each for each in browser.phone.messages("mail") if "/password/" in each["body"]]) == 1


def test_the_budget_of_notices_is_not_spent_by_recovering(app: Flask, phone: Phone, clock: Clock) -> None:
    """Nobody gets so many mails that the link to a new password is not among them."""
    del clock
    browser = set_up_text(Browser(app, phone), ADA)
    notice = mailed(browser, "not-me")
    site = app.extensions["ssp"]
    for _ in range(notices.MOST_AN_HOUR + 3):
        with site.database.writing() as connection:
            person = user.by_id(connection, 1)
            assert person
            way = notices.named(site, authenticator.confirmed(connection, 1)[0])
            notices.paused(connection, site, person, way, known=True)
    press(browser, notice)
    choose(browser, mailed(browser, "password"))
    assert browser.path == "/sign-in"


def test_a_notice_of_wrong_codes_stops_the_password_and_takes_no_option_away(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    for _ in range(10):
        browser.fill("/sign-in/code", code=browser.phone.wrong_code())
    press(browser, mailed(browser, "not-me"))
    assert browser.note == ""
    choose(browser, mailed(browser, "password"))
    clock.move(minutes=20)
    assert sign_in_by_text(browser, Human("ada", NEW)).path == "/"


def test_a_disabled_account_gets_no_link_that_would_outlast_it(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    notice = mailed(browser, "not-me")
    browser.open(notice)
    sent = {"link": browser.fields()["link"], "csrf_token": browser.csrf()}
    people.disable(site, "ada")
    browser.fill("/not-me")
    assert "Your account is disabled. Web Support can tell you why" in browser.words
    assert not browser.page.html.select("form[action='/not-me/send']")
    assert browser.post("/not-me/send", sent).location == "/not-me"
    people.enable(site, "ada")
    let_mail_leave(browser.app)
    assert [each for each in browser.phone.messages("mail") if "/password/" in each["body"]] == []
    assert browser.open(notice).fill("/not-me/send").note == "We mailed it again."
    choose(browser, mailed(browser, "password"))
    assert browser.path == "/sign-in"


def test_the_button_without_a_link_does_nothing(browser: Browser) -> None:
    answer = browser.post("/not-me", {"csrf_token": browser.open("/sign-in").csrf()})
    assert (answer.status_int, answer.location) == (303, "/not-me")
    assert browser.open("/not-me").page.status_int == 404


@pytest.mark.parametrize("page", ["not-me", "password"])
def test_the_next_person_at_a_browser_finds_no_link_of_before(browser: Browser, clock: Clock, page: str) -> None:
    set_up_text(browser, ADA)
    browser.open("/forgot-password").fill(username="ada")
    let_mail_leave(browser.app)
    browser.open(browser.phone.link(page, ADA.email), status=200)
    sign_out(browser)
    assert not [name for name in browser.cookies if name.startswith("ssp_link_")]
    browser.open(f"/{page}", status=404)
    browser.open(browser.phone.link(page, ADA.email), status=200)
    clock.move(minutes=10)
    set_up_text(browser, BEN)
    browser.open(f"/{page}", status=404)
