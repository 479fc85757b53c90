"""The confirmation that is due every few months."""

from tests.conftest import Clock
from tests.people import ADA, Browser, add_app_later, answer, password, set_up_text, sign_out, use_another_way
from tests.troubles import Trouble

NEW_NUMBER = "+12055550171"


@Trouble(
    40,
    "The 90-day confirmation with a number that is gone",
    heard="“It asks whether my number is still right. It is not, and it sends the code there.” Even a trusted device"
    " is asked.",
    alone="With a second way: **Use another way**, then **Change it** on the page that asks, and set up the new"
    " number. The old one is replaced.",
    say="Choose Use another way if you have one. After the code the page asks whether the old number is still right:"
    " press Change it and type the new one.",
    support="Without a second way the code cannot come: make sure who it is, then `flask user reset-mfa NAME`; they"
    " set up the new number at the next sign-in.",
)
def test_the_90_day_confirmation_with_a_number_that_is_gone(browser: Browser, clock: Clock) -> Browser:
    """Ada gave up her number in spring. When the portal asks, she takes a code from her app and changes it."""
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    app = add_app_later(browser, ADA)
    sign_out(browser)
    clock.move(days=90)
    use_another_way(password(browser, ADA), "Authenticator app").fill("/sign-in/code", code=app.code())
    assert "You get your access codes by text message to ••• ••23" in browser.words
    answer(browser, "change").fill(type="text")
    browser.fill(phone=NEW_NUMBER).fill(code=browser.phone.text_code(NEW_NUMBER))
    assert "••• ••71" in browser.open("/account/").words
    assert "••• ••23" not in browser.words
    return browser
