"""Phones of all kinds: landlines, offices, voicemail, a phone that once said STOP, and no mobile at all."""

from collections.abc import Callable

from flask import Flask

from ssp.infra.telephony.carrier import Accepted, Reason, Rejected
from tests.conftest import Clock
from tests.listener import Listener
from tests.people import ADA, BEN, Browser, FakeCarrier, Phone, follow, one, password, replaced
from tests.provider import settings_for
from tests.troubles import Trouble

PUBLIC = "https://portal.example.org"
HOME = "+12055550199"


@Trouble(
    10,
    "Landline chosen for text",
    heard="“I chose text message, and it says that my number is a landline.”",
    alone="They press **Call this number instead** on the same page.",
    say="Texts reach mobile phones only. Press Call this number instead, pick up, and press 1.",
    support="Nothing. Where a phone company swallows the text without a word, the page cannot know: have them choose"
    " the voice call.",
)
def test_landline_chosen_for_text(browser: Browser) -> Browser:
    """Ben types his number at home for texts. The page says what is wrong, and one press calls it."""
    with replaced(browser.app, carrier=FakeCarrier(Rejected(Reason.NOT_MOBILE))):
        password(browser, BEN).fill(type="text").fill(phone=HOME)
    assert "This number cannot get text messages. It seems to be a landline." in browser.words
    button = one(browser.page.html, "form.remedy")
    assert "Call this number instead" in button.get_text()
    browser.fill(str(button["action"]))
    return browser.fill(code=browser.phone.spoken_code(HOME))


@Trouble(
    11,
    "Office line with an extension",
    heard="“The call goes to the front desk.” Or: “It hangs up before it reaches me.”",
    alone="They type the extension into its own field, with commas before it where the main number talks first.",
    say="Type the main number, and your extension in the field below. Each comma waits two seconds. Try with one,"
    " then with two. A person at the front desk cannot put the call through.",
    support="`flask delivery check --to NUMBER --voice --extension ,4021` places a test call.",
)
def test_office_line_with_an_extension(browser: Browser) -> Browser:
    """Ada's office has a menu. Two commas let it finish, then the call dials her desk."""
    password(browser, ADA).fill(type="voice")
    assert "A comma waits two seconds before the next digit." in browser.words
    browser.fill(phone=ADA.office, extension=",,4021")
    assert browser.phone.messages("voice")[-1]["extension"] == "wwwwwwww4021", "four seconds, in halves"
    assert "extension ,,4021" in browser.words
    return browser.fill(code=browser.phone.spoken_code(ADA.office))


@Trouble(
    12,
    "Voicemail answers",
    heard="“It never rang, and my voicemail has a message without a code.”",
    alone="The page says that nobody pressed 1. They choose **Call again**, pick up themselves, and press 1.",
    say="The call says the code only after somebody pressed 1, so no voicemail keeps it. Let unknown numbers ring"
    " through, call again, and press 1. Your phone may have to show its keypad first.",
    support="`flask events show NAME` says whether the call was answered. Some office systems do not pass the 1 on;"
    " then another way is needed.",
)
def test_voicemail_answers(make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> Browser:
    """Ada's phone is set to silent. The page says who answered; at the second call she picks up and presses 1."""
    app = make_app(demo=False, base_url=PUBLIC, **settings_for(None))
    browser, carrier = Browser(app, phone, origin=PUBLIC), FakeCarrier(Accepted("CA1"))
    with replaced(app, carrier=carrier):
        password(browser, ADA).fill(type="voice").fill(phone=ADA.mobile)
        voicemail = Listener(app, carrier.sent[-1]).pick_up()
        assert voicemail.codes == []
        voicemail.tell("completed")
        browser.open("/set-up/voice")
        assert "answered, but nobody pressed 1 . If it was your voicemail, it has no code on it." in browser.words
        clock.move(minutes=1)
        carrier.receipt = Accepted("CA2")
        browser.fill("/set-up/voice/send")
        ada = Listener(app, carrier.sent[-1], "CA2").pick_up("1")
        browser.fill(code=ada.code)
    return browser


@Trouble(
    13,
    "Texted STOP once",
    heard="“The page says that my phone answered STOP.”",
    alone="They text START to the number that the page names, and choose **Send the text again**. Or they take"
    " another way.",
    say="At some time this phone answered STOP to one of our texts, so the phone company holds them back. Text the"
    " word START to the number on the page, then send the code again.",
    support="Nothing: only the phone itself can say START. If texts come from a name, nobody can text to it;"
    " `reset-mfa` and a voice call are the way then.",
)
def test_texted_stop_once(has_text: Browser, clock: Clock) -> Browser:
    """Ada took a text for advertising and answered STOP. The page tells her to text START, and the next code comes."""
    with replaced(has_text.app, carrier=FakeCarrier(Rejected(Reason.OPTED_OUT))):
        password(has_text, ADA)
    assert "This phone once answered STOP to our texts, so they are held back." in has_text.words
    assert "text START to the number they come from" in has_text.words
    clock.move(minutes=1)
    has_text.fill("/sign-in/code/send")
    return has_text.fill("/sign-in/code", code=has_text.phone.text_code())


@Trouble(
    14,
    "No mobile phone at all",
    heard="“I do not own a cell phone.” They stand before the choice of MFA options.",
    alone="They choose **Automated voice call** for a phone at home or in the office, or an app on a tablet or"
    " computer. The page has the link **I have no mobile phone**.",
    say="You do not need one. We can call your phone at home or at work and read out the code. Or use an app on a"
    " tablet.",
)
def test_no_mobile_phone_at_all(browser: Browser) -> Browser:
    """Ben has a telephone in the hall, and no other. It rings, and reads him his code."""
    password(browser, BEN)
    assert "You do not need a mobile phone." in follow(browser, "I have no mobile phone").words
    browser.open("/sign-in").fill(type="voice").fill(phone=HOME)
    return browser.fill(code=browser.phone.spoken_code(HOME))
