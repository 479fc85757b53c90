"""Away from home, at somebody else's computer, and devices that are asked all the same."""

from collections.abc import Callable

import pytest

from ssp.flows.devices import MOST
from ssp.infra.telephony.carrier import Reason, Unavailable
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    FakeCarrier,
    Human,
    add_app_later,
    answer,
    one,
    password,
    prove,
    replaced,
    set_up_text,
    sign_in_by_text,
    sign_out,
)
from tests.troubles import Trouble

Cause = Callable[[Browser, Browser, Clock], None]


@Trouble(
    18,
    "Abroad, no reception",
    heard="“I am in Portugal, and my phone has no signal.”",
    alone="With an app: the page offers **Use my authenticator app**, which needs no reception. On a trusted device"
    " no code is asked at all until its date.",
    say="Do you have the app as well, or a recovery code? Both work without reception and without roaming. Otherwise"
    " try again where the phone has a signal. Codes go to your own number, not to a local SIM card.",
    support="With neither there is only a reset: `flask events show REFERENCE`, make sure who it is, then `flask user"
    " reset-mfa NAME`; they connect an app.",
)
def test_abroad_no_reception(browser: Browser, clock: Clock) -> Browser:
    """Ada is on an island without a signal. The page knows that her phone cannot be reached, and offers the app."""
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    app = add_app_later(browser, ADA)
    sign_out(browser)
    clock.move(days=5)
    with replaced(browser.app, carrier=FakeCarrier(Unavailable(Reason.UNREACHABLE))):
        password(browser, ADA)
    assert "The phone cannot be reached just now." in browser.words
    button = one(browser.page.html, "form.remedy")
    assert "Use my authenticator app" in button.get_text()
    browser.fill(str(button["action"]))
    return browser.fill("/sign-in/code", code=app.code())


@Trouble(
    19,
    "Shared computer, two people",
    heard="“The page wants my colleague's code.” Or: “I ticked the box, and my husband is still asked.”",
    alone="They choose **Start over with another username** and sign in with their own. Each ticks the box for"
    " themselves.",
    say="Each of you signs in with your own username. The box counts for the one who ticked it. Sign out when you are"
    " done; who signs in next signs you out anyhow.",
    support="If they share one username: `flask user add NAME --email ADDRESS` for the second person.",
)
def test_shared_computer_two_people(browser: Browser, clock: Clock) -> Browser:
    """Ada and Ben share a computer. Her trust spares him no code, and he ends nothing of hers but her session."""
    sign_out(set_up_text(browser, ADA))
    sign_out(set_up_text(browser, BEN))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    password(browser, BEN).fill("/sign-out")
    assert browser.path == "/sign-in"
    assert password(browser, ADA).path == "/", "hers was kept while he began"
    sign_out(browser)
    sign_in_by_text(browser, BEN)
    assert "You are signed in as ben" in browser.open("/").words
    return browser


def another_browser(_trusting: Browser, other: Browser, _clock: Clock) -> None:
    password(other, ADA)


def cookies_deleted(trusting: Browser, _other: Browser, _clock: Clock) -> None:
    trusting.web.reset()  # as a private window, too, forgets them
    password(trusting, ADA)


def time_over(trusting: Browser, _other: Browser, clock: Clock) -> None:
    clock.move(days=30)
    password(trusting, ADA)


def ended_by_hand(trusting: Browser, other: Browser, clock: Clock) -> None:
    clock.move(minutes=1)
    sign_in_by_text(other, ADA).open("/account/").fill(device_form(other))
    password(trusting, ADA)


def password_changed(trusting: Browser, other: Browser, clock: Clock) -> None:
    clock.move(minutes=1)
    sign_in_by_text(other, ADA)
    clock.move(minutes=1)
    prove(other, ADA, "password").fill(current_password=ADA.password, new_password=NEW.password)
    password(trusting, NEW)


def confirmation_due(trusting: Browser, _other: Browser, clock: Clock) -> None:
    for days in (35, 35):
        clock.move(days=days)
        sign_out(sign_in_by_text(trusting, ADA, trust=True))
    clock.move(days=19)
    assert password(trusting, ADA).path == "/"
    sign_out(trusting)
    clock.move(days=1)
    password(trusting, ADA)


def many_newer_devices(trusting: Browser, other: Browser, clock: Clock) -> None:
    for _ in range(MOST):
        other.web.reset()
        clock.move(hours=3)
        sign_in_by_text(other, ADA, trust=True)
    password(trusting, ADA)


def copied_cookie(trusting: Browser, other: Browser, clock: Clock) -> None:
    other.carry(trusting.devices)
    password(other, ADA)
    clock.move(minutes=1)
    password(trusting, ADA)


def device_form(browser: Browser) -> str:
    """Return where the button is that ends the trust in a device."""
    return str(one(browser.page.html, "form[action$='/revoke']")["action"])


NEW = Human("ada", "a kettle sings to nobody")
NEW_DEVICE = "this device is not one that you told us to trust. Another browser, a private window or deleted cookies"


@pytest.mark.parametrize(
    "cause,says",
    [
        (another_browser, NEW_DEVICE),
        (cookies_deleted, NEW_DEVICE),
        (time_over, "that time is over"),
        (ended_by_hand, "You ended the trust in this device on your account page."),
        (many_newer_devices, "You have trusted several newer devices"),
        (confirmation_due, "It is time to check that your MFA option is still right"),
        (password_changed, "Your password or your MFA options changed since you trusted this device."),
        (copied_cookie, "A used copy of this device's cookie came back"),
    ],
)
@Trouble(
    20,
    "Ticked the box, still asked",
    heard="“I ticked the box, and it asks me for a code again.” The page says why, as far as it can know.",
    alone="They read the note above the field, type the code, and tick the box once more. **Why do you ask for a code"
    " again?** leads to all the causes.",
    say="Read me the note on the page. Another browser, a private window or deleted cookies make a device new. The"
    " days may be over, the trust was ended, the password or an option was changed, or it is time to confirm the"
    " option. Tick the box again, in a normal window.",
    support="`flask events show NAME` has the cause in the newest lines. If the note speaks of a copy of the cookie,"
    " and nobody put back a backup of that computer, then `flask user sign-out NAME`, and have them change the"
    " password.",
    chromium=True,
)
def test_ticked_the_box_still_asked(
    has_text: Browser, other_browser: Browser, clock: Clock, cause: Cause, says: str
) -> Browser:
    """Ada trusted her laptop. For each reason to ask her anyway, the page says the reason, and a code lets her in."""
    trusting = sign_out(sign_in_by_text(has_text, ADA, trust=True))
    cause(trusting, other_browser, clock)
    asked = other_browser if cause is another_browser else trusting
    assert says in asked.note
    asked.fill("/sign-in/code", code=asked.phone.text_code(), trust_device=True)
    for _ in asked.page.html.select("button[value=keep]"):  # where the confirmation is due
        answer(asked, "keep")
    return asked


@Trouble(
    21,
    "Ticked the box on a public computer",
    heard="“I ticked the box in the library.” Or: “I forgot to sign out there.”",
    alone="At home they choose **Account** and **End trust** beside that computer, which signs it out, too; or **Sign"
    " out everywhere else** for all at once.",
    say="You need not go back. Sign in at home, choose Account, and press End trust beside that computer. If the"
    " browser there saved your password, change it.",
    support="If they cannot sign in now: make sure who it is, then `flask user sign-out NAME`.",
    chromium=True,
)
def test_ticked_the_box_on_a_public_computer(has_text: Browser, other_browser: Browser, clock: Clock) -> Browser:
    """Ada ticked the box in the library and went home. From there she ends it, and the library is asked for a code."""
    library = sign_out(sign_in_by_text(has_text, ADA, trust=True))
    password(library, ADA)
    clock.move(hours=1)
    password(other_browser, ADA).fill("/sign-in/code", code=other_browser.phone.text_code())
    other_browser.open("/account/").fill(device_form(other_browser))
    assert "That device is no longer trusted." in other_browser.note
    assert library.open("/").path == "/sign-in"
    assert "You ended the trust in this device on your account page." in password(library, ADA).note
    return other_browser
