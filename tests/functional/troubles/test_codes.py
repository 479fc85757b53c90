"""Codes that do not come, come in a tangle, are mistyped, or are too old."""

from tests.conftest import Clock
from tests.people import ADA, Browser, FakeCarrier, follow, password, replaced, wrong
from tests.troubles import Trouble


@Trouble(
    6,
    "No code arriving",
    heard="“I am waiting for the code, and nothing comes.”",
    alone="They wait a minute, check that the phone has reception, and choose **Send the text again** or **Call"
    " again**. If a second way is set up, **Use another way** is quicker.",
    say="Look at the end of the number on the page. Is that the phone in your hand? Then send it again. Look among"
    " the messages from unknown senders, too.",
    support="`flask events show NAME` says whether the code left and arrived, and why not. If nobody gets codes,"
    " `flask delivery check` names the fault.",
    chromium=True,
)
def test_no_code_arriving(has_text: Browser, clock: Clock) -> Browser:
    """Ada's first text is lost on its way. The help page says to wait and send again, and the second one comes."""
    browser = has_text
    with replaced(browser.app, carrier=FakeCarrier()):
        password(browser, ADA)
    assert "Wait a full minute, then send it again." in follow(browser, "I am not getting a code").words
    assert browser.open("/sign-in").path == "/sign-in/code", "reading loses nothing"
    clock.move(minutes=1)
    browser.fill("/sign-in/code/send")
    return browser.fill("/sign-in/code", code=browser.phone.text_code())


@Trouble(
    7,
    "Several codes arriving out of order",
    heard="“Now I have three messages. Which one counts?”",
    alone="They type any of them: within one sign-in all of them have the same code.",
    say="They all say the same code, so it does not matter. If one differs, it is from an earlier sign-in; take the"
    " newest.",
)
def test_several_codes_arriving_out_of_order(has_text: Browser, clock: Clock) -> Browser:
    """Ada asks three times, then three texts come at once. The one on top of the list works like the others."""
    browser = password(has_text, ADA)
    for minutes in (1, 2):
        clock.move(minutes=minutes)
        browser.fill("/sign-in/code/send")
    texts = [text["body"].rpartition("#")[2] for text in browser.phone.messages("text", ADA.mobile)[-3:]]
    assert len(set(texts)) == 1
    assert "Send the text again: no more for this sign-in" in browser.words
    return browser.fill("/sign-in/code", code=texts[0])


@Trouble(
    8,
    "Wrong code typed, twice, five times",
    heard="“It says that my code is not right.” Later: “That code can no longer be used.”",
    alone="The page counts the tries that are left. After the last one they choose **Start over with another"
    " username**, type the password again and get a new code.",
    say="Use the newest message, and type every digit. If the page says that the code can no longer be used, start"
    " over for a new one. Nothing is locked.",
    support="After very many wrong codes in a row the way pauses, and in the end it closes. Then `flask user unlock"
    " NAME` opens it. Ask first whether it was they who typed them; see trouble 33.",
)
def test_wrong_code_typed_twice_five_times(has_text: Browser) -> Browser:
    """Ada reads a 7 as a 1 five times. The code is burned, and the next sign-in brings a new one."""
    browser = password(has_text, ADA)
    code = browser.phone.text_code()
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        browser.fill("/sign-in/code", code=wrong(code))
        assert browser.problem.endswith(f"You have {left} left."), browser.problem
    browser.fill("/sign-in/code", code=wrong(code))
    assert browser.problem.startswith("That code can no longer be used.")
    assert "Start over to get a new one" in browser.problem
    browser.fill("/sign-out")
    password(browser, ADA)
    return browser.fill("/sign-in/code", code=browser.phone.text_code())


@Trouble(
    9,
    "Code expired while looking for the glasses",
    heard="“I typed the code, and I am back at the beginning.” The page says that signing in took too long.",
    alone="They sign in again, and get a new code.",
    say="The code is good for some minutes only, and so is the sign-in. Put your glasses on, then start again. The"
    " code page says until when it is good.",
)
def test_code_expired_while_looking_for_the_glasses(has_text: Browser, clock: Clock) -> Browser:
    """Ada finds her glasses after eleven minutes. The old code is no use; the page says why, and the new one works."""
    browser = password(has_text, ADA)
    assert "The code is good until 2:11 pm" in browser.words
    clock.move(minutes=11)
    browser.fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.note.startswith("Signing in took more than 10 minutes, so we stopped to keep your account safe.")
    password(browser, ADA)
    return browser.fill("/sign-in/code", code=browser.phone.text_code())
