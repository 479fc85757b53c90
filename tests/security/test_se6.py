"""SE6: only a sign-in begins the limits anew; after an idle end the whole sign-in is asked for, with a new id."""

from tests.conftest import Clock
from tests.people import ADA, Browser, password, prove, set_up_text, sign_in_by_text, sign_out


def test_the_password_alone_resumes_nothing(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    old = browser.cookies["ssp_session"]
    clock.move(minutes=30)
    assert browser.open("/").path == "/sign-in"
    assert browser.fill(username="ada", password=ADA.password).path == "/sign-in/code"
    assert browser.fill("/sign-in/code", code=browser.phone.text_code()).path == "/"
    assert browser.cookies["ssp_session"] != old
    assert browser.carry({"ssp_session": old}).open("/").path == "/sign-in"


def test_a_trusted_device_needs_no_code_for_it(browser: Browser, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_in_by_text(browser, ADA, trust=True)
    clock.move(minutes=30)
    assert browser.open("/").path == "/sign-in"
    assert password(browser, ADA).path == "/"


def test_a_fresh_code_and_a_further_option_move_the_last_end_not_at_all(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    for hour in range(11):
        for _ in range(3):
            clock.move(minutes=20)
            browser.open("/")
        if hour % 3 == 2:
            prove(browser, ADA, "password")
            prove(browser, ADA, "add")
            assert browser.fill("/set-up/later").path == "/account/"
    for _ in range(2):
        clock.move(minutes=20)
        assert browser.open("/").path == "/"
    clock.move(minutes=20, seconds=-1)
    assert browser.open("/").path == "/"
    clock.move(seconds=1)
    assert browser.open("/").path == "/sign-in"
    assert "a session ends 12 hours after signing in" in browser.note
