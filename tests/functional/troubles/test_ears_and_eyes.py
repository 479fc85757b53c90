"""People who do not hear, and people who do not see."""

from tests.conftest import Clock
from tests.people import ADA, BEN, App, Browser, follow, one, password, sign_out
from tests.troubles import Trouble


@Trouble(
    35,
    "Deaf, no calls",
    heard="They write: “I am deaf. Please do not call me.”",
    alone="They choose **Text message** or **Authenticator app**. No call ever comes that they did not ask for.",
    say="In writing: choose Text message or Authenticator app; nothing has to be heard. We answer by e-mail.",
    support="Never make a call back the only proof of who somebody is: ask their office in writing, or write to the"
    " address on file (`flask user show NAME`).",
)
def test_deaf_no_calls(browser: Browser, clock: Clock) -> Browser:
    """Ben does not hear. The page of options leads to the ways that fit; he takes texts, and nothing ever rings."""
    password(browser, BEN)
    words = follow(browser, "I do not hear or see well").words
    assert "Nothing has to be heard, and we never ring you by ourselves." in words
    assert "Write to Web Support instead of calling." in words
    browser.open("/sign-in").fill(type="text").fill(phone=BEN.mobile)
    sign_out(browser.fill(code=browser.phone.text_code(BEN.mobile)))
    clock.move(minutes=1)
    password(browser, BEN).fill("/sign-in/code", code=browser.phone.text_code(BEN.mobile))
    assert browser.phone.messages("voice") == []
    return browser


@Trouble(
    36,
    "Blind, no QR code",
    heard="“There is a picture that I should scan. I cannot see it.”",
    alone="They read the key below the picture, or press **Copy the key**, and type it into the app. On the phone"
    " with the app **Open it in your app** does it all.",
    say="You need not scan anything. Below the picture there is a key as text: copy it into your app. If you read"
    " this on the phone that has the app, choose Open it in your app. A text or a call works as well.",
    chromium=True,
)
def test_blind_no_qr_code(browser: Browser) -> Browser:
    """Ada listens to the page. The picture says that the key below does the same, and so does the link."""
    password(browser, ADA).fill(type="totp")
    picture = one(browser.page.html, "[role=img]")
    assert picture["aria-label"] == "QR code for your authenticator app. The key below does the same."
    key = one(browser.page.html, "#key").get_text().replace(" ", "")
    link = one(browser.page.html, "a[href^='otpauth://totp/']")
    assert link.get_text() == "Open it in your app"
    assert f"secret={key}" in str(link["href"])
    return browser.fill(code=App(key).code())
