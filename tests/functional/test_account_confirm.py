"""The fresh code before a change: where it goes, another way, once more, wrong ones, and leaving it."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.flows import throttling, unfinished
from ssp.models import Challenge, StepUp, Throttle, authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    Phone,
    add_way,
    events,
    letters,
    password,
    prove,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

PAGE = "/account/confirm/password"


@pytest.fixture
def asked(browser: Browser, clock: Clock) -> Browser:
    """Give a browser where Ada has texts and calls, and was sent a code for another password."""
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    sign_out(browser)
    clock.move(minutes=15)
    return sign_in_by_text(browser, ADA).open(PAGE).fill()


def sent(browser: Browser) -> int:
    return len(browser.phone.messages("text")) + len(browser.phone.messages("voice"))


def test_a_page_sends_nothing_and_a_press_sends_one_text(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    before = sent(browser)
    form = browser.open(PAGE).open(PAGE).form()
    assert (sent(browser), [each.action for each in table(site, StepUp)]) == (before, ["add_option"])
    for _ in range(2):
        assert form.submit().headers["Location"] == PAGE
    assert sent(browser) == before + 1
    assert sorted(each.action for each in table(site, StepUp)) == ["add_option", "change_password"]
    body = browser.phone.messages("text")[-1]["body"]
    assert "is your access code to change your account, good for 10 minutes." in body
    assert [each.purpose for each in table(site, Challenge)][-1] == "step-up"


def test_the_page_says_where_the_code_went(asked: Browser) -> None:
    assert "We sent a text message to ••• ••23 at" in asked.words
    assert "Do not challenge me" not in asked.words
    assert asked.open(PAGE).path == PAGE


def test_what_is_proved_leads_on(asked: Browser) -> None:
    asked.fill(PAGE, code=asked.phone.text_code())
    for path in (PAGE, f"{PAGE}/choose", f"{PAGE}/status"):
        assert asked.open(path).path == "/account/password"


def test_a_wrong_code_says_what_to_do_and_counts_with_the_sign_ins(asked: Browser, site: Site) -> None:
    asked.fill(PAGE, code=asked.phone.wrong_code())
    assert asked.page.status_int == 422
    assert asked.problem.startswith("That code is not right.")
    assert "You have 4 tries left." in asked.problem
    (counter,) = [each for each in table(site, Throttle) if each.key.startswith("second-factor:")]
    assert counter.count == 1
    password(sign_out(asked), ADA)
    asked.fill("/sign-in/code", code=asked.phone.wrong_code())
    assert [each.count for each in table(site, Throttle) if each.key == counter.key] == [2]


def test_another_way_of_ones_own(asked: Browser) -> None:
    asked.open(f"{PAGE}/choose")
    assert "How would you like to get your code?" in asked.words
    ways = [str(each["value"]) for each in asked.page.html.select("[name=authenticator]")]
    asked.fill(authenticator=ways[1])
    assert asked.path == PAGE
    assert "automated voice call to ••• ••45" in asked.words
    assert "It brings your access code for a change of your account." in asked.phone.messages("voice")[-1]["body"]
    assert asked.fill(PAGE, code=asked.phone.spoken_code()).path == "/account/password"


def test_nobody_elses_way(asked: Browser) -> None:
    asked.open(f"{PAGE}/choose")
    response = asked.post(f"{PAGE}/choose", {"csrf_token": asked.csrf(), "authenticator": "a" * 22})
    assert response.status_int == 422
    assert "Choose one of your ways to get a code." in response.text


def test_once_more_after_a_little_wait(asked: Browser, clock: Clock) -> None:
    before = sent(asked)
    asked.fill(f"{PAGE}/send")
    assert asked.page.status_int == 422
    assert "a moment ago" in asked.problem
    clock.move(seconds=30)
    assert asked.open(PAGE).fill(f"{PAGE}/send").path == PAGE
    assert sent(asked) == before + 1


def test_a_code_that_ran_out_is_begun_anew(asked: Browser, clock: Clock) -> None:
    clock.move(minutes=10)
    assert asked.fill(PAGE, code=asked.phone.text_code()).path == PAGE
    assert "First, an access code" in asked.words
    for path in (f"{PAGE}/choose", f"{PAGE}/status"):
        assert asked.open(path).path == PAGE
    token = asked.csrf()
    for path in (f"{PAGE}/choose", f"{PAGE}/send"):
        assert asked.post(path, {"csrf_token": token}).headers["Location"] == PAGE


def test_a_way_that_is_on_offer_no_more(asked: Browser, make_app: Callable[..., Flask]) -> None:
    later = Browser(make_app(authenticators=("totp",)), asked.phone).carry(asked.cookies)
    for path in (PAGE, f"{PAGE}/status"):
        assert later.open(path).path == f"{PAGE}/choose"
    assert "not available at present" in later.words


def test_an_app_needs_nothing_sent(browser: Browser, clock: Clock, site: Site) -> None:
    app = set_up_app(browser, BEN)
    clock.move(minutes=1)
    browser.open(PAGE).fill()
    assert "Open your authenticator app" in browser.words
    assert sent(browser) == 0
    assert browser.fill(PAGE, code=app.code()).path == "/account/password"
    (event,) = events(site, "step_up.proved")
    assert (event.subject, event.reason) == ("ben", "change_password")


def test_a_code_of_an_app_that_is_used_up_counts_for_nothing_here(browser: Browser) -> None:
    app = set_up_app(browser, BEN)
    browser.open(PAGE).fill()
    browser.fill(PAGE, code=app.code())
    assert browser.problem.startswith("That code was used already.")


def test_a_way_that_rests_says_so_here_too(asked: Browser, site: Site, clock: Clock) -> None:
    with site.database.writing() as connection:
        way, *_ = authenticator.confirmed(connection, 1)
        throttling.claim(connection, way, clock.now(), known=True)
    for _ in range(9):
        asked.fill(PAGE, code=asked.phone.wrong_code())
    assert asked.open(PAGE).note.startswith("This change")
    assert "This way is taking a break" in asked.words


def test_without_a_way_that_is_on_offer_web_support_helps(
    asked: Browser, make_app: Callable[..., Flask], phone: Phone
) -> None:
    apps_only = Browser(make_app(authenticators=("totp",)), phone).carry(asked.cookies)
    assert apps_only.open(PAGE).path == f"{PAGE}/choose"
    assert "are not available at present" in apps_only.words
    token = apps_only.csrf()
    assert apps_only.post(PAGE, {"csrf_token": token, "code": "123456"}).headers["Location"] == PAGE
    assert apps_only.post(f"{PAGE}/send", {"csrf_token": token}).headers["Location"] == PAGE


def test_the_owner_hears_of_a_change_that_was_left_after_a_wrong_code(asked: Browser, clock: Clock, site: Site) -> None:
    """Whoever has a stolen session and no code could else try until the tenth, and nobody would know."""
    asked.fill(PAGE, code=asked.phone.wrong_code())
    clock.move(minutes=9)
    assert unfinished.tell(site) == 0
    clock.move(minutes=1)
    assert [unfinished.tell(site), unfinished.tell(site)] == [1, 0]
    letter = letters(site)[-1]
    assert letter.subject == "A change of your account at Secure Services Portal that was not finished"
    assert "wanted to change it, typed a wrong access code" in letter.body


def test_they_hear_of_one_a_day_beside_sign_ins(asked: Browser, clock: Clock, site: Site) -> None:
    told = []
    for _ in range(2):
        asked.open(PAGE).fill(PAGE, code=asked.phone.wrong_code())
        clock.move(minutes=11)
        told.append(unfinished.tell(site))
        asked.open(PAGE).fill()
    assert told == [1, 0]


def test_a_slip_before_the_right_code_is_told_to_nobody(asked: Browser, clock: Clock, site: Site) -> None:
    """Neither in the same try nor in one that had run out."""
    asked.fill(PAGE, code=asked.phone.wrong_code())
    clock.move(minutes=11)
    prove(asked, ADA, "password")
    assert unfinished.tell(site) == 0
    clock.move(minutes=11)
    asked.open(PAGE).fill().fill(PAGE, code=asked.phone.wrong_code())
    asked.fill(PAGE, code=asked.phone.text_code())
    clock.move(minutes=11)
    assert unfinished.tell(site) == 0


def test_what_nobody_can_do_is_no_page(browser: Browser) -> None:
    set_up_text(browser, ADA)
    for errand in ("fly", "password:x", "add:x", ""):
        browser.open(f"/account/confirm/{errand}", status=404)


def test_the_news_of_the_code_are_told_and_keep_nobody_signed_in(asked: Browser, clock: Clock) -> None:
    clock.move(minutes=9)
    assert asked.web.get(f"{PAGE}/status").status_int == 204
    clock.move(minutes=21)
    assert asked.open("/account/").path == "/sign-in"
