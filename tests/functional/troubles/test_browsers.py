"""Browsers, and how people use them: password managers, screen readers, keyboards, tabs, cookies, and time."""

from bs4 import Tag

from tests.conftest import Clock
from tests.people import ADA, BEN, App, Browser, follow, one, password, sign_in_by_text, sign_out
from tests.troubles import Trouble

# What takes the keyboard by itself; anything else would need a script.
REACHED = "a[href], button, summary, input:not([type=hidden]):not([hidden]), select, textarea"


@Trouble(
    24,
    "A password manager fills the code field",
    heard="“My password manager puts the password into the code field.” Or: “The code was there before I typed it.”",
    alone="Nothing, or they delete what stands in the field and type the code. A manager that keeps the app's key"
    " fills in the right code.",
    say="Delete what is in the field and type the code. If your password manager shows codes itself, it may fill in"
    " the right one; just press Sign in.",
    chromium=True,
)
def test_a_password_manager_fills_the_code_field(has_text: Browser) -> Browser:
    """Ada's password manager knows each field by its name. The code goes into the only one for it, space and all."""
    has_text.open("/sign-in")
    names = [str(each["autocomplete"]) for each in has_text.page.html.select("main input[autocomplete]")]
    assert names == ["username", "current-password"]
    password(has_text, ADA)
    field = one(has_text.page.html, "main input:not([type=hidden], [type=checkbox])")
    assert (field["autocomplete"], field["type"]) == ("one-time-code", "text")
    has_text.fill("/sign-in/code", code=ADA.password[:20])
    assert has_text.problem.startswith("That is not a whole code.")
    code = has_text.phone.text_code()
    return has_text.fill("/sign-in/code", code=f"{code[:3]} {code[3:]}")


def labelled(page: Tag) -> list[str]:
    """Return the names of the fields that people fill in, as screen readers say them."""
    fields = page.select("main input:not([type=hidden], [hidden])")
    return [
        " ".join(one(page, f"label[for={each['id']}]").get_text().split()) for each in fields if each.has_attr("id")
    ]


@Trouble(
    25,
    "Screen reader",
    heard="“I use a screen reader. Where is the field for the code?”",
    alone="They go on: the field has the focus when the page opens, and what went wrong has it after an error, and is"
    " read once.",
    say="The page has one heading and one field for the code, and the cursor is in it already. After a mistake the"
    " reader says what is wrong first. Options are radio buttons with their explanation.",
    chromium=True,
)
def test_screen_reader(has_text: Browser) -> Browser:
    """Ada listens to the pages. Each field has a name, and what went wrong is an alert that is there once."""
    assert labelled(has_text.open("/sign-in").page.html) == ["Username", "Password"]
    password(has_text, ADA)
    assert labelled(has_text.page.html) == ["Six-digit code"]
    field = one(has_text.page.html, "#code")
    assert field.has_attr("autofocus")
    assert one(has_text.page.html, f"#{field['aria-describedby']}").get_text().strip().startswith("We sent a")
    has_text.fill("/sign-in/code", code=has_text.phone.wrong_code())
    assert len(has_text.page.html.select("[autofocus]")) == 1
    alert = one(has_text.page.html, "[role=alert][autofocus]")
    assert has_text.words.count(" ".join(alert.get_text(" ").split())) == 1
    return has_text.fill("/sign-in/code", code=has_text.phone.text_code())


@Trouble(
    26,
    "Keyboard only",
    heard="“I cannot use a mouse.”",
    alone="Tab goes through the page in its order, Space ticks and chooses, Enter sends. The first stop skips the"
    " menu.",
    say="Press Tab to move, Space to choose, Enter to go on. A ring shows where you are.",
    chromium=True,
)
def test_keyboard_only(has_text: Browser) -> Browser:
    """Ada's hand is in plaster. Whatever can be pressed is reached in the order of the page."""
    for page in (has_text.open("/sign-in").page.html, password(has_text, ADA).page.html):
        reached = page.select(REACHED)
        assert reached[0].get_text() == "Skip to the content"
        assert not page.select("[tabindex]:not([tabindex='-1']), [onclick], [accesskey]")
        assert page.select_one("main form button[type=submit]")
    return has_text.fill("/sign-in/code", code=has_text.phone.text_code())


@Trouble(
    27,
    "200% zoom on an old phone",
    heard="“The letters are too small.” Or: “Half of the page is missing on my phone.”",
    alone="They enlarge the page as they like. Nothing is cut off, and nothing has to be moved sideways.",
    say="Spread two fingers on the page, or make the letters larger in the phone's settings. The page adapts,"
    " whatever the size.",
    chromium=True,
)
def test_200_percent_zoom_on_an_old_phone(has_text: Browser) -> Browser:
    """Ada's phone is small, and her letters are large. The page adapts, and lets itself be enlarged."""
    for page in (has_text.open("/sign-in").page.html, password(has_text, ADA).page.html):
        viewport = str(one(page, "meta[name=viewport]")["content"])
        assert viewport == "width=device-width, initial-scale=1", "no word that keeps anybody from enlarging it"
    return has_text.fill("/sign-in/code", code=has_text.phone.text_code())


@Trouble(
    28,
    "No JavaScript",
    heard="“My company blocks scripts.” Or: “Nothing counts down here.”",
    alone="Nothing: every step works without. Instead of a page that renews itself there is a link.",
    say="You do not need scripts here. Go on as ever.",
    chromium=True,
)
def test_no_javascript(browser: Browser, clock: Clock) -> Browser:
    """Ben's office allows no scripts. He sets up an app with its key, comes back, and gets in with its code."""
    password(browser, BEN).fill(type="totp")
    app = App(one(browser.page.html, "#key").get_text().replace(" ", ""))
    browser.fill(code=app.code())
    sign_out(browser)
    clock.move(minutes=1)
    return password(browser, BEN).fill("/sign-in/code", code=app.code())


@Trouble(
    29,
    "Cookies blocked",
    heard="“It says: Please allow cookies.”",
    alone="They follow **How to allow cookies**, allow them for this site, and sign in again.",
    say="Your browser keeps nothing of our page, so it cannot tell that the next page is yours, too. The page How to"
    " allow cookies says where to change that. Another browser works as well.",
    support="Nothing. On computers at work somebody else may have set it.",
    chromium=True,
)
def test_cookies_blocked(has_text: Browser) -> Browser:
    """Ada's browser blocks cookies. The page says so in plain words, each time, and leads to how to allow them."""
    for _ in range(2):
        has_text.open("/sign-in").web.reset()
        has_text.fill(username=ADA.username, password=ADA.password)
        assert has_text.page.html.h1
        assert has_text.page.html.h1.get_text() == "Please allow cookies"
    follow(has_text, "How to allow cookies")
    assert has_text.words.startswith("Help · When something does not work Cookies")
    follow(has_text, "Return to sign-in")
    return sign_in_by_text(has_text, ADA)


@Trouble(
    30,
    "Two tabs",
    heard="“I have the page open twice.”",
    alone="They go on in either tab. The other one follows with its next click.",
    say="That does no harm. Go on in one of them and close the other.",
    chromium=True,
)
def test_two_tabs(has_text: Browser) -> Browser:
    """Ada's mail opened a second tab. She types the password in both and the code in the first; the second follows."""
    second = has_text.open("/sign-in").page
    password(has_text, ADA)
    first = has_text.page
    has_text.page = second
    has_text.fill(username=ADA.username, password=ADA.password)
    assert has_text.page.status_int == 403, "its form belongs to the beginning"
    has_text.page = first
    has_text.fill("/sign-in/code", code=has_text.phone.text_code())
    assert has_text.path == "/"
    has_text.page = first
    has_text.fill("/sign-in/code", code=has_text.phone.text_code())
    return has_text


@Trouble(
    31,
    "Back button",
    heard="“I pressed Back, and now I do not know where I am.”",
    alone="They press any button, or open the portal's address. The portal knows how far they are and shows that page.",
    say="Open the portal's address again. It takes you to where you were.",
    chromium=True,
)
def test_back_button(has_text: Browser) -> Browser:
    """Ada goes back from the services to the code page and sends the same code once more. She is where she was."""
    password(has_text, ADA)
    code_page = has_text.page
    has_text.fill("/sign-in/code", code=has_text.phone.text_code())
    has_text.page = code_page
    has_text.fill("/sign-in/code", code=has_text.phone.text_code())
    assert has_text.open("/sign-in/code").path == "/"
    return has_text


@Trouble(
    32,
    "The session ran out while reading",
    heard="“I was reading, clicked, and had to sign in again.”",
    alone="They sign in again, and are back on the page they wanted. The page said beforehand until when it held.",
    say="The portal signs people out when nothing happens for a while, so that nobody else uses their page. Sign in,"
    " and you are back on the same page. When the page warns you, press Stay signed in.",
    chromium=True,
)
def test_the_session_ran_out_while_reading(has_text: Browser, clock: Clock) -> Browser:
    """Ada's telephone rings, and she comes back after an hour. The sign-in says why she sees it, and leads back."""
    sign_in_by_text(has_text, ADA).open("/account/")
    assert "You stay signed in until 2:31 pm UTC" in has_text.words
    clock.move(hours=1)
    assert has_text.open("/account/").path == "/sign-in"
    assert has_text.note.startswith("You were signed out because nothing happened here for 30 minutes.")
    has_text.fill(username=ADA.username, password=ADA.password)
    has_text.fill("/sign-in/code", code=has_text.phone.text_code())
    assert has_text.path == "/account/"
    return has_text
