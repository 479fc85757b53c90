"""A phone that is new, has a new number, or is gone."""

from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    add_app_later,
    add_way_later,
    follow,
    options,
    password,
    prove,
    set_up_text,
    sign_in_by_text,
    sign_out,
    use_another_way,
)
from tests.troubles import Ending, Trouble, call_web_support

NEW_NUMBER = "+12055550171"


@Trouble(
    1,
    "New phone, same number",
    heard="“I have a new phone. Do I have to set it up again?” Or the new phone is asked for a code, and the old one"
    " was not.",
    alone="Nothing. Texts and calls follow the number, so the code comes to the new phone.",
    say="Your number is the same, so nothing has to be changed. The new phone counts as a new device: it needs one"
    " code, and you may tick the box there. If your codes come from an app, they do not move by themselves.",
    support="Nothing. For an app see trouble 16.",
    chromium=True,
)
def test_new_phone_same_number(browser: Browser, other_browser: Browser, clock: Clock) -> Browser:
    """Ben trusted his old phone. The new one has the same number, asks for a code, and gets it."""
    sign_out(set_up_text(browser, BEN))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, BEN, trust=True))
    clock.move(days=2)
    new_phone = password(other_browser, BEN)
    assert "Another browser, a private window or deleted cookies make it a new one." in new_phone.note
    new_phone.fill("/sign-in/code", code=new_phone.phone.text_code(BEN.mobile), trust_device=True)
    sign_out(new_phone)
    assert password(new_phone, BEN).path == "/"
    return new_phone


@Trouble(
    2,
    "New number, old phone still there",
    heard="“I get a new number next week.” The old number still gets codes.",
    alone="They choose **Account**, then **Add another MFA option**, prove it with a code to the old number, and set"
    " up the new one. Then **Remove** takes the old one away.",
    say="Change it while the old number still works: choose Account and add the new one. If a page asks for a code,"
    " it comes to the old phone first, then to the new one.",
    support="Nothing. If the old number is gone already, see trouble 5.",
    chromium=True,
)
def test_new_number_old_phone_still_there(browser: Browser, clock: Clock) -> Browser:
    """Ben adds his new number with a code to the old one, takes the old one away, and signs in with the new one."""
    set_up_text(browser, BEN)
    clock.move(minutes=15)
    old = options(add_way_later(browser, BEN, "text", phone=NEW_NUMBER))
    assert len(old) == 2
    moved = next(way for way in old if masked(browser, way).endswith("67"))
    prove(browser, BEN, f"remove:{moved}").fill()
    assert "That MFA option is removed." in browser.note
    sign_out(browser)
    clock.move(minutes=1)
    password(browser, BEN).fill("/sign-in/code", code=browser.phone.text_code(NEW_NUMBER))
    return browser


def masked(browser: Browser, way: str) -> str:
    """Return how the account page names an option, such as `text message to ••• ••67`."""
    link = browser.page.html.select_one(f'a[href="/account/options/{way}/remove"]')
    assert link
    return str(link["aria-label"])


@Trouble(
    3,
    "Lost phone, another way set up",
    heard="“My phone is gone. I also have the app on my tablet.”",
    alone="On the code page they choose **Use another way**. Signed in, they choose **Account** and **Remove** the"
    " lost one.",
    say="Choose Use another way on the page that asks for the code. Then open Account and remove the phone you lost,"
    " so that nobody gets codes there.",
    support="Only if they are in a hurry: `flask user sign-out NAME` ends all sessions and trust, on the lost phone,"
    " too.",
)
def test_lost_phone_another_way_set_up(browser: Browser, other_browser: Browser, clock: Clock) -> Browser:
    """Ada gets texts and has an app on her tablet. The app lets her in, and she removes the lost phone."""
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    app = add_app_later(browser, ADA)
    clock.move(days=1)
    at_home = use_another_way(password(other_browser, ADA), "Authenticator app")
    at_home.fill("/sign-in/code", code=app.code())
    lost = next(way for way in options(at_home) if "text message" in masked(at_home, way))
    clock.move(minutes=1)
    use_another_way(at_home.open(f"/account/confirm/remove:{lost}").fill(), "Authenticator app")
    at_home.fill(f"/account/confirm/remove:{lost}", code=app.code()).fill()
    assert "That MFA option is removed." in at_home.note
    return at_home


@Trouble(
    5,
    "Lost everything",
    heard="“My phone was stolen, and I have nothing else.” They are at the code page and cannot go on.",
    alone="They call. The page leads to **I have another phone or number now** and **I do not have my phone**, and"
    " both say so.",
    say="I first make sure that it is you. Then I clear the lost phone, and at your next sign-in you set up a new"
    " one. I will not ask for your password or a code. Have your phone company block the SIM card.",
    support="Make sure who is calling: call back at a number you know, or ask their office. Then `flask user"
    " reset-mfa NAME`. It forgets all their options and ends all sessions and trust; the person gets a mail about it.",
    ending=Ending.WITH_HELP,
)
def test_lost_everything(browser: Browser, clock: Clock) -> Browser:
    """Ben's bag is gone, with his only phone in it. Web Support clears it, and he sets up a new one."""
    sign_out(set_up_text(browser, BEN))
    clock.move(days=3)
    follow(password(browser, BEN), "I have another phone or number now")
    call_web_support(browser, "user", "reset-mfa", "ben")
    password(browser, BEN).fill(type="text").fill(phone=NEW_NUMBER)
    return browser.fill(code=browser.phone.text_code(NEW_NUMBER))
