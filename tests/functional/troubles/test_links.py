"""Links in mails: opened by machines first, or on another device."""

import pytest

from tests.people import ADA, Browser, Human, let_mail_leave, sign_in_by_text, sign_out
from tests.troubles import Trouble

NEW = Human("ada", "a kettle sings to nobody")


@pytest.fixture
def link(has_text: Browser, other_browser: Browser) -> str:
    """Give a mailed link to choose a new password."""
    sign_out(sign_in_by_text(other_browser, ADA))
    let_mail_leave(has_text.app)
    has_text.open(has_text.phone.link("not-me", ADA.email)).fill("/not-me")
    let_mail_leave(has_text.app)
    return has_text.phone.link("password", ADA.email)


@Trouble(
    38,
    "Link opened by a mail scanner first",
    heard="“Our mail system checks every link. Does yours still work then?”",
    alone="They open it as if nothing had happened.",
    say="Opening a link uses nothing up; only the button on its page does. If the page says that the link was used"
    " already, somebody has pressed that button.",
    support="If it was used and not by them: `flask user disable NAME`, then see trouble 33.",
    chromium=True,
)
def test_link_opened_by_a_mail_scanner_first(link: str, has_text: Browser, other_browser: Browser) -> Browser:
    """The scanner opens Ada's link three times before she does. It works for her all the same, and once."""
    for _ in range(3):
        assert other_browser.open(link, 200).path == "/password"
    has_text.open(link).fill(new_password=NEW.password)
    assert has_text.note == "Your new password counts from now on. Sign in with it."
    assert "It was used already, and works once only." in other_browser.open(link, 410).words
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
