"""When somebody else may be at it: codes out of the blue, the button in mails, and guesses by others."""

from tests.conftest import Clock
from tests.people import ADA, Browser, Human, follow, let_mail_leave, password, prove, sign_in_by_text, sign_out
from tests.troubles import Trouble

NEW = Human("ada", "a kettle sings to nobody")


@Trouble(
    33,
    "“I got a code I did not ask for”",
    heard="“My phone shows a code, and I was not signing in.” Sometimes: “Somebody called and asked me for it.”",
    alone="They keep the code to themselves, sign in, choose **Account**, then **Change your password**. Everybody"
    " else is signed out by that.",
    say="Tell the code to nobody, not even to me. Somebody may know your password. Sign in yourself and change it,"
    " and change it wherever else you use the same one. If you have told somebody a code, stay on the line.",
    support="`flask events show NAME` shows who tried, and from where. If a code was told to somebody: `flask user"
    " disable NAME` at once, then make sure who it is, `flask user enable NAME` and `flask user password-link NAME`.",
)
def test_i_got_a_code_i_did_not_ask_for(has_text: Browser, other_browser: Browser, clock: Clock) -> Browser:
    """A stranger has Ada's password and waits for her code. She keeps it, and changes the password instead."""
    stranger = password(other_browser, ADA)
    clock.move(minutes=5)
    advice = follow(has_text.open("/help/"), "I got a code I did not ask for").words
    assert "Do not give the code to anybody" in advice
    sign_in_by_text(has_text, ADA)
    clock.move(minutes=1)
    prove(has_text, ADA, "password").fill(current_password=ADA.password, new_password=NEW.password)
    assert has_text.note.startswith("Your password is changed.")
    assert stranger.fill("/sign-in/code", code="000000").path == "/sign-in", "what the stranger had begun is over"
    assert "do not match" in password(stranger, ADA).problem
    return has_text


@Trouble(
    34,
    "Clicked “this was not me”",
    heard="“I pressed the button in the mail, and now my password does not work.”",
    alone="They open the newest mail and choose a new password. If that mail is too old, its page has **Mail me a new"
    " link**; that of the first mail has **Send the mail again**. Then they sign in as ever.",
    say="That is what the button is for: your old password opens nothing any more, for you and for everybody else. A"
    " second mail has a link to choose a new one. If it was you after all, nothing is lost.",
    support="No mail, or another address: make sure who it is, then `flask user password-link NAME`, and read the"
    " link to them, or send it to an address that you know.",
)
def test_clicked_this_was_not_me(has_text: Browser, other_browser: Browser, clock: Clock) -> Browser:
    """Ada's own new computer frightens her, and she presses the button. A second mail gives her a new password."""
    sign_out(sign_in_by_text(other_browser, ADA))
    let_mail_leave(has_text.app)
    has_text.open(has_text.phone.link("not-me", ADA.email)).fill("/not-me")
    assert "your old password opens nothing any more" in has_text.words
    assert "do not match" in password(other_browser, ADA).problem
    clock.move(minutes=31)
    let_mail_leave(has_text.app)
    too_old = has_text.phone.link("password", ADA.email)
    assert "Its time is over. Let us mail you a new one" in has_text.open(too_old).words
    assert follow(has_text, "Mail me a new link").path == "/forgot-password"
    has_text.open(has_text.phone.link("not-me", ADA.email)).fill("/not-me/send")
    let_mail_leave(has_text.app)
    has_text.open(has_text.phone.link("password", ADA.email)).fill(new_password=NEW.password)
    assert has_text.note == "Your new password counts from now on. Sign in with it."
    return sign_in_by_text(has_text, NEW)


@Trouble(
    37,
    "Locked out by somebody else's guessing",
    heard="“It says that too many passwords for my username were wrong. I typed one.”",
    alone="They use a browser in which they have signed in before: it has tries of its own, which nobody else can use"
    " up. Or they wait until the time on the page.",
    say="Somebody typed wrong passwords for your username. They did not get in. Use the computer and the browser you"
    " always use; there you need not wait. If you have none at hand: what is the reference at the end of the page?",
    support="No such browser at hand: `flask events show REFERENCE`, make sure who it is, then `flask user unlock"
    " NAME`. `flask events show NAME` shows where the guesses come from.",
)
def test_locked_out_by_somebody_elses_guessing(has_text: Browser, other_browser: Browser) -> Browser:
    """Somebody guesses Ada's password again and again. A new browser has to wait; the one she always uses does not."""
    sign_out(sign_in_by_text(has_text, ADA))
    for guess in range(7):
        other_browser.open("/sign-in").fill(username="ada", password=f"ada's {guess}. guess")
    assert other_browser.problem.startswith("Too many passwords for this username were wrong.")
    assert "A browser in which you signed in before may not have to wait." in other_browser.problem
    assert "Use the browser that you usually use." in follow(other_browser, "What else you can do").words
    return sign_in_by_text(has_text, ADA)
