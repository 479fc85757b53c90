"""The confirmation that is due every few months."""

from collections.abc import Callable

import pytest

from tests.conftest import Clock
from tests.functional.troubles.test_phones import NEW_NUMBER, set_up_new_number
from tests.people import (
    ADA,
    Browser,
    add_app_later,
    answer,
    begin_change,
    follow,
    make_codes,
    password,
    prove_change,
    set_up_text,
    sign_out,
    use_another_way,
)
from tests.troubles import Trouble

WayIn = Callable[[Browser, Clock], Browser]
OLD = "Remove text message to ••• ••23"


def by_another_way(browser: Browser, clock: Clock) -> Browser:
    """Take a code from the app, and say that the number is not right any more."""
    app = add_app_later(browser, ADA)
    sign_out(browser)
    clock.move(days=90)
    use_another_way(password(browser, ADA), "Authenticator app").fill("/sign-in/code", code=app.code())
    assert "You get your access codes by text message to ••• ••23" in browser.words
    return answer(browser, "change")


def by_recovery_code(browser: Browser, clock: Clock) -> Browser:
    """Type a recovery code, which leads to setting up a way at once."""
    code = make_codes(browser, ADA)[0]
    sign_out(browser)
    clock.move(days=90)
    assert "••• ••23" in password(browser, ADA).words
    return follow(browser, "Use a recovery code").fill(recovery_code=code)


@pytest.mark.parametrize("way_in", [by_another_way, by_recovery_code])
@Trouble(
    40,
    "The 90-day confirmation with a number that is gone",
    heard="“It asks whether my number is still right. It is not, and it sends the code there.” Even a trusted device"
    " is asked.",
    alone="With a second way: **Use another way**, then **Change it** on the page that asks, and set up the new"
    " number in the place of the old one. With a list: **Use a recovery code**, set up the new number, then **Remove**"
    " the old one.",
    say="Choose Use another way if you have one. After the code the page asks whether the old number is still right:"
    " press Change it and type the new one. Or use a recovery code. If you have neither: what is the reference at the"
    " end of the page?",
    support="With neither the code cannot come: `flask events show REFERENCE`, make sure who it is, then `flask user"
    " reset-mfa NAME`; they set up the new number at the next sign-in. Trouble 5 plays it.",
)
def test_the_90_day_confirmation_with_a_number_that_is_gone(browser: Browser, clock: Clock, way_in: WayIn) -> Browser:
    """Ada gave up her number in spring. When the portal asks, she gets in otherwise, and sets up the new one."""
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    set_up_new_number(way_in(browser, clock))
    for _ in removable(browser):  # a recovery code left it where it was
        clock.move(minutes=1)
        prove_change(begin_change(browser, OLD), browser.phone.text_code(NEW_NUMBER)).fill()
    assert removable(browser) == []
    assert "••• ••71" in browser.words
    return browser


def removable(browser: Browser) -> list[str]:
    """Return the links by which the old number can be removed."""
    return [str(link["href"]) for link in browser.open("/account/").page.html.select(f'a[aria-label="{OLD}"]')]
