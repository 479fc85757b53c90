"""What people forget, and the links in the mails about it: opened by machines first, or on another device."""

import pytest

from tests.people import ADA, Browser, Human, follow, let_mail_leave, password, sign_in_by_text
from tests.troubles import Trouble

NEW = Human("ada", "a kettle sings to nobody")


def forget_password(browser: Browser) -> str:
    """Say on the page that shows that Ada forgot her password; return the link in the mail that comes."""
    follow(browser, "I forgot my password").fill(username=ADA.username)
    assert "Look into your mailbox" in browser.words
    let_mail_leave(browser.app)
    return browser.phone.link("password", ADA.email)


@pytest.fixture
def link(has_text: Browser) -> str:
    """Give a mailed link to choose a new password."""
    return forget_password(has_text.open("/sign-in"))


@Trouble(
    22,
    "Forgot the password",
    heard="“I do not remember my password.” Or: “It says that my username and password do not match.”",
    alone="They choose **I forgot my password** on the sign-in page, type their username, open the link in the mail,"
    " and choose a new one. Codes come as ever.",
    say="Choose I forgot my password on the sign-in page. A mail comes within minutes, to the address that we have for"
    " you; look into the spam folder, too. Its link works for 30 minutes, on any device. I cannot see your password,"
    " and do not tell it to me.",
    support="No mail: `flask events show NAME` says whether one was written, and why not; `flask user show NAME` has"
    " the address. If that is not theirs any more, make sure who it is, then `flask user password-link NAME`, and read"
    " the link to them. If the portal sends no mail, that is the way for everybody.",
    chromium=True,
)
def test_forgot_the_password(has_text: Browser) -> Browser:
    """Ada is back from her holiday, and the password is gone. A mail leads to a new one, and a text lets her in."""
    has_text.open("/sign-in").fill(username=ADA.username, password="what was it again")
    assert "do not match" in has_text.problem
    has_text.open(forget_password(has_text)).fill(new_password=NEW.password)
    assert has_text.note == "Your new password counts from now on. Sign in with it."
    assert "do not match" in password(has_text, ADA).problem
    return sign_in_by_text(has_text, NEW)


@Trouble(
    23,
    "Forgot the username",
    heard="“What is my username? I know my password.”",
    alone="They choose **I forgot my username** on the sign-in page and type their e-mail address. A mail has it.",
    say="Choose I forgot my username on the sign-in page, and type the e-mail address that you gave us. The page says"
    " the same whatever you type; only the mail tells.",
    support="No mail: perhaps it went to another address. `flask user list` has the names; `flask user show NAME` has"
    " the address. Make sure who it is before you say a username.",
)
def test_forgot_the_username(has_text: Browser) -> Browser:
    """Ada has not signed in for months, and tries what she uses elsewhere. A mail tells her username."""
    has_text.open("/sign-in").fill(username="adalovesboats", password=ADA.password)
    assert "do not match" in has_text.problem
    follow(has_text, "I forgot my username").fill(email=ADA.email)
    let_mail_leave(has_text.app)
    said = has_text.phone.messages("mail", ADA.email)[-1]["body"]
    username = said.partition("Your username is: ")[2].split()[0]
    return sign_in_by_text(follow(has_text, "Back to signing in"), Human(username, ADA.password))


@Trouble(
    38,
    "Link opened by a mail scanner first",
    heard="“Our mail system checks every link. Does yours still work then?”",
    alone="They open it as if nothing had happened. If it is over, its page has **Mail me a new link**.",
    say="Opening a link uses nothing up; only the button on its page does. If the page says that the link was used"
    " already, somebody has pressed that button, or your account has changed since.",
    support="If it was used and not by them: `flask user disable NAME`, then see trouble 33.",
    chromium=True,
)
def test_link_opened_by_a_mail_scanner_first(link: str, has_text: Browser, other_browser: Browser) -> Browser:
    """The scanner opens Ada's link to a new password three times before she does. It works for her, and once."""
    for _ in range(3):
        assert other_browser.open(link, 200).path == "/password"
    has_text.open(link).fill(new_password=NEW.password)
    assert has_text.note == "Your new password counts from now on. Sign in with it."
    assert "each link works once only" in other_browser.open(link, 410).words
    return sign_in_by_text(has_text, NEW)


@Trouble(
    39,
    "Link opened on another device",
    heard="“I read the mail on my phone, but I work at the computer.”",
    alone="They choose the new password on the phone, and sign in with it at the computer.",
    say="It does not matter where you open it. Choose the new password there, then use it anywhere. A page that you"
    " moved to another device without the link cannot work: open the link itself.",
)
def test_link_opened_on_another_device(link: str, has_text: Browser, other_browser: Browser) -> Browser:
    """Ada opens the link on her phone. The page's bare address does nothing on the computer; the new password does."""
    on_phone = other_browser.open(link)
    at_computer = has_text.open("/password", 404)
    assert "Open the link in the mail once more, whole and in this browser." in at_computer.words
    on_phone.fill(new_password=NEW.password)
    assert on_phone.path == "/sign-in", "choosing signs nobody in"
    return sign_in_by_text(at_computer, NEW)
