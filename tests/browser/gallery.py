"""Every page of the portal in every state, reached the way people reach it, and left open in a tab of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from ssp.flows.demo_people import PEOPLE
from tests.browser.tools import app_code
from tests.people import Phone

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.serving import Portal
    from tests.browser.telephone import Telephone
    from tests.browser.visitor import Visitor, Windows

ADA, BEN, CORA, DEV, SAM = PEOPLE
ADAS_MOBILE = "205-555-0123"
BENS_OFFICE = "205-555-0189"
NOT_A_NUMBER = "12-34"
STOP_WAITING = "for (let timer = setTimeout(() => {}); timer; timer--) clearTimeout(timer)"


def soon() -> str:
    """Return a date on which the second factor becomes compulsory: twelve days from now."""
    return (datetime.now(UTC) + timedelta(days=12)).date().isoformat()


@dataclass(frozen=True)
class View:
    """One page in one state: open in a tab, and as it was sent."""

    tab: Page
    html: str

    def show(self, width: int = 1280, scheme: Literal["light", "dark"] = "light") -> Page:
        """Return the page as a screen of this width shows it."""
        self.tab.bring_to_front()  # a tab behind others is drawn once a second only
        self.tab.set_viewport_size({"width": width, "height": 800})
        self.tab.emulate_media(color_scheme=scheme)
        return self.tab


@dataclass
class Walk:
    """Somebody who leaves a tab open on each page worth seeing."""

    visitor: Visitor
    views: dict[str, View] = field(default_factory=dict)

    @property
    def phone(self) -> Phone:
        """Return everybody's phone."""
        return Phone(self.visitor.portal.instance / "outbox.jsonl")

    def keep(self, name: str, says: str = "") -> Visitor:
        """Leave the page that shows open under a name, go on in a new tab. `says` proves that it is the one meant."""
        assert name not in self.views
        assert says in self.visitor.page.locator("main").inner_text(), name
        self.views[name] = View(self.visitor.page, self.visitor.html)
        self.visitor.page = self.visitor.page.context.new_page()
        return self.visitor


@dataclass(frozen=True)
class Portals:
    """The portals that are walked through: two alike, and those with settings of their own."""

    portal: Portal
    another_one: Portal
    before_the_date: Portal
    mailing: Portal
    calling: Portal
    telephone: Telephone


def walk(windows: Windows, portals: Portals) -> dict[str, View]:
    """Return every page by name. Times that are far away are brought near in what the portal keeps."""
    portal, another_one, telephone = portals.portal, portals.another_one, portals.telephone
    views: dict[str, View] = {}
    stories = (
        _nobody,
        _first_sign_in_by_text,
        _second_way,
        _later_sign_in,
        _trusted_device,
        _preference,
    )
    ada = Walk(windows.open(portal), views)
    for story in stories:
        story(ada)
    _voice(Walk(windows.open(portal), views))
    _app(Walk(windows.open(portal), views))
    _not_me(Walk(windows.open(another_one), views))
    _account(Walk(windows.open(another_one), views))
    _own_options(Walk(windows.open(another_one), views))
    _recovery(Walk(windows.open(portal), views))
    _address(Walk(windows.open(another_one), views))
    _welcome(Walk(windows.open(another_one), views))
    _session_ending(Walk(windows.open(another_one), views))
    _not_yet(Walk(windows.open(portals.before_the_date), views))
    _mailed_code(Walk(windows.open(portals.mailing), views))
    _no_number(Walk(windows.open(portals.calling), views))
    _help(Walk(windows.open(portal), views))
    _text_on_its_way(Walk(windows.open(telephone.portal), views), telephone)
    _call_on_its_way(Walk(windows.open(telephone.portal), views), telephone)
    _call_that_fails(Walk(windows.open(telephone.portal), views), telephone)
    return views


def unguard(visitor: Visitor) -> Visitor:
    """Let the browser send what it would hold back, so that the portal has to answer."""
    visitor.page.evaluate("for (const field of document.querySelectorAll('[required]')) field.required = false")
    return visitor


def another(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def secret(visitor: Visitor) -> str:
    """Return the key that the page shows for an authenticator app."""
    return visitor.page.locator("[data-totp-secret]").get_attribute("data-totp-secret") or ""


def _nobody(walk: Walk) -> None:
    walk.visitor.open("/sign-in")
    walk.keep("sign-in").open("/sign-in").type(username="ada", password="not hers").press("Sign in")
    unguard(walk.keep("sign-in-error").open("/forgot-password")).press("Mail me a link")
    walk.keep("forgot-password-error", "Enter your username.").open("/forgot-password")
    walk.keep("forgot-password").open("/forgot-password").type(username="nobody").press("Mail me a link")
    walk.keep("forgot-password-sent", "Look into your mailbox").open("/forgot-username")
    walk.keep("forgot-username").open("/forgot-username").type(email="nobody@example.test")
    walk.visitor.press("Mail me my username")
    walk.keep("forgot-username-sent", "Look into your mailbox").open("/sign-in").type(
        username="ada", password="not hers"
    )
    walk.visitor.page.context.clear_cookies()
    walk.visitor.press("Sign in")
    walk.keep("cookies-blocked", "Allow cookies").open("/no/such/page")
    walk.keep("not-found")


def _first_sign_in_by_text(walk: Walk) -> None:
    walk.visitor.type_password(ADA)
    unguard(walk.keep("options").open("/set-up")).press("Continue")
    walk.keep("options-error").open("/set-up").choose("Text message").press("Continue")
    walk.keep("text").open("/set-up/text").type(phone=NOT_A_NUMBER).press("Text me a code")
    walk.keep("text-error").open("/set-up/text").type(phone=ADAS_MOBILE).press("Text me a code")
    code = walk.phone.text_code()
    walk.keep("text-code").open("/set-up/text").type(code=another(code)).press("Confirm")
    walk.keep("text-code-error").open("/set-up/text").type(code=code).press("Confirm")
    walk.keep("done").open("/")
    walk.keep("services-first")


def _second_way(walk: Walk) -> None:
    walk.visitor.open("/set-up/done").press("Add a second way now")
    walk.keep("options-another").open("/set-up").choose("Authenticator app").press("Continue")
    walk.visitor.type(code=app_code(secret(walk.visitor))).press("Confirm")
    walk.visitor.sign_out()
    walk.keep("signed-out")


def _later_sign_in(walk: Walk) -> None:
    walk.visitor.type_password(ADA)
    walk.keep("code-app").open("/sign-in/choose")
    unguard(walk.keep("choose").open("/sign-in/choose")).press("Continue")
    walk.keep("choose-error").open("/sign-in/choose").choose("Text message").press("Continue")
    walk.keep("code-text")
    # The picture is taken later, and the page is to look as it does a moment after the text.
    walk.visitor.page.clock.set_fixed_time(datetime.now(UTC))
    walk.visitor.open("/sign-in/code").press("Send the text again")
    code = walk.phone.text_code()
    walk.keep("code-refused", "a moment ago").open("/sign-in/code").type(code=another(code)).press("Sign in")
    walk.keep("code-error").open("/sign-in/code").type(code=code)
    walk.visitor.page.get_by_role("checkbox").check()
    walk.visitor.press("Sign in")
    walk.keep("services")


def _account(walk: Walk) -> None:
    """Show the account of somebody with two options and two sessions, and what asks for a code first."""
    walk.visitor.type_password(ADA).choose("Text message").press("Continue")
    walk.visitor.type(phone=ADAS_MOBILE).press("Text me a code").type(code=walk.phone.text_code()).press("Confirm")
    walk.visitor.press("Add a second way now").choose("Automated voice call").press("Continue")
    walk.visitor.type(phone=BENS_OFFICE).press("Call me with a code").type(code=walk.phone.spoken_code())
    walk.visitor.press("Confirm").sign_out().type_password(ADA)
    walk.visitor.page.get_by_role("checkbox").check()
    walk.visitor.type(code=walk.phone.text_code()).press("Sign in")
    walk.visitor.page.context.clear_cookies(name="ssp_session")
    walk.visitor.type_password(ADA)
    walk.visitor.open("/account/")
    walk.keep("account", "This one").open("/account/password")
    walk.keep("account-confirm", "First, an access code").open("/account/confirm/password").press("Get a code")
    code = walk.phone.text_code()
    walk.keep("account-code", "Enter your access code").open("/account/confirm/password/choose")
    unguard(walk.keep("account-choose").open("/account/confirm/password/choose")).press("Continue")
    walk.keep("account-choose-error").open("/account/confirm/password").type(code=another(code)).press("Continue")
    walk.keep("account-code-error").open("/account/confirm/password").type(code=code).press("Continue")
    walk.keep("account-password", "The password you have now").open("/account/password")
    walk.visitor.type(current_password=ADA.password, new_password="too short").press("Change my password")
    walk.keep("account-password-error").open("/account/").follow("Remove text message to ••• ••23")
    walk.visitor.press("Get a code").type(code=walk.phone.text_code()).press("Continue")
    walk.keep("account-remove", "Remove this option?").open("/account/?done=session")
    walk.keep("account-done", "That session is ended.").open("/account/activity")
    walk.keep("account-activity", "What happened in your account")


def _own_options(walk: Walk) -> None:
    """Show what somebody can do with their options, beginning with the offer of a second one."""
    walk.visitor.type_password(CORA).choose("Text message").press("Continue").type(phone="205-555-0134")
    walk.visitor.press("Text me a code").type(code=walk.phone.text_code()).press("Confirm").open("/")
    walk.keep("services-second-way", "A second way to get codes helps").open("/").press("Add a second way")
    walk.visitor.choose("Authenticator app").press("Continue").type(code=app_code(secret(walk.visitor)))
    _prove(walk, walk.visitor.press("Confirm"), "Rename text message to ••• ••34")
    page = walk.visitor.path
    walk.keep("account-rename", "What do you call it?").open(page).type(name="evil.example").press("Save the name")
    walk.keep("account-rename-error", "Leave out web").open(page).type(name="My mobile").press("Save the name")
    _prove(walk, walk.visitor, "Ask first: your authenticator app")
    _prove(walk, walk.keep("account-prefer", "Ask for this one first?"), "Replace text message to ••• ••34 (My mobile)")
    page = walk.visitor.path
    walk.keep("account-replace", "Set up the new one").open(page).press("Choose the new one")
    walk.visitor.portal.edit(
        "INSERT INTO authenticator (id, user_id, type, label, data, created_at, confirmed_at) SELECT"
        " hex(randomblob(11)), user_id, 'voice', label, data, created_at, confirmed_at FROM authenticator,"
        " (VALUES (1), (2), (3), (4), (5)) WHERE name = 'My mobile'"
    )
    walk.visitor.open("/set-up")
    walk.keep("options-replace", "as many as there can be")


def _prove(walk: Walk, visitor: Visitor, link: str) -> None:
    """Go from the account page to what takes a fresh code."""
    visitor.open("/account/").follow(link).press("Get a code").type(code=walk.phone.text_code()).press("Continue")


def _recovery(walk: Walk) -> None:
    """Show somebody with an app who makes recovery codes, uses nearly all of them, and loses the app."""
    walk.visitor.type_password(DEV).choose("Authenticator app").press("Continue")
    key = secret(walk.visitor)
    walk.visitor.type(code=app_code(key)).press("Confirm").open("/account/confirm/codes").press("Get a code")
    walk.visitor.type(code=app_code(key, 30)).press("Continue")
    walk.keep("recovery-make", "Make ten recovery codes?").open("/account/recovery-codes").press("Make and show them")
    code = walk.visitor.page.locator(".sheet code").first.inner_text()
    walk.keep("recovery-codes", code).open("/account/recovery-codes")
    walk.keep("recovery-kept", "were shown once").portal.edit(
        "UPDATE recovery_code SET used_at = created_at"
        " WHERE selector > (SELECT selector FROM recovery_code ORDER BY selector LIMIT 1 OFFSET 1)"
    )
    walk.visitor.open("/")
    walk.keep("services-few-codes", "You have 2 recovery codes left.").open("/account/")
    walk.keep("account-few-codes", "2 of 10 left").open("/").press("Sign out").type_password(DEV)
    walk.visitor.follow("Use a recovery code")
    walk.keep("recovery").open("/sign-in/recovery").type(recovery_code="K7-4QXM").press("Continue")
    walk.keep("recovery-error", "not a whole recovery code").open("/sign-in/recovery").type(recovery_code=code)
    walk.visitor.press("Continue")
    walk.keep("options-recovery", "is used up").open("/set-up").choose("Authenticator app").press("Continue")
    walk.visitor.type(code=app_code(secret(walk.visitor))).press("Confirm")
    walk.keep("done-recovery", "Lost the old one?")


def _address(walk: Walk) -> None:
    """Show how somebody gets another mail address, and the old one back."""
    new = "sam@new.example.test"
    walk.visitor.type_password(SAM).choose("Authenticator app").press("Continue")
    key = secret(walk.visitor)
    walk.visitor.type(code=app_code(key)).press("Confirm").open("/account/email").press("Get a code")
    walk.visitor.type(code=app_code(key, 30)).press("Continue")
    walk.keep("account-email", "Your new e-mail address").open("/account/email").type(email=SAM.email)
    walk.visitor.press("Mail a link to this address")
    walk.keep("account-email-error", "have already").open("/account/email").type(email=new)
    walk.visitor.press("Mail a link to this address")
    walk.keep("account-email-waits", "Not confirmed yet").open(mailed(walk.visitor, "email", new))
    walk.keep("email-confirm", new).open("/email").press("Use this address")
    walk.keep("email-done", "is changed").open(mailed(walk.visitor, "undo-email", SAM.email))
    walk.keep("undo-email", "Was this you?").open("/undo-email").press("This was not me")
    walk.keep("undo-email-done", "old e-mail address again")


def _welcome(walk: Walk) -> None:
    """Show what somebody new sees first, and what somebody who comes too late."""
    link = walk.visitor.portal.command("user", "add", "nell", "--email", "nell@example.test")
    walk.visitor.open(urlsplit(link).path)
    walk.keep("welcome", "Welcome, choose a password").open("/password").type(new_password="a kettle sings to nobody")
    walk.visitor.press("Set my password")
    walk.keep("sign-in-first-password", "Your password is set.").open(urlsplit(link).path)
    walk.keep("link-used-password", "let us mail you a new link")


def _session_ending(walk: Walk) -> None:
    """Show a session two minutes before its end. Its page waits for nothing more, or it would be left."""
    walk.visitor.type_password(BEN).choose("Text message").press("Continue")
    walk.visitor.type(phone="205-555-0167").press("Text me a code").type(code=walk.phone.text_code()).press("Confirm")
    walk.visitor.portal.edit("UPDATE session SET last_seen_at = datetime(last_seen_at, '-28 minutes')")
    walk.visitor.open("/set-up/done").page.evaluate(STOP_WAITING)
    walk.keep("session-ending", "You will be signed out at")


def _trusted_device(walk: Walk) -> None:
    walk.visitor.sign_out()
    walk.visitor.portal.edit("UPDATE trusted_device SET expires_at = datetime(expires_at, '-31 days')")
    walk.visitor.type_password(ADA)
    walk.keep("code-trust-over", "that time is over").open("/sign-in/code").press("Start over with another username")


def _preference(walk: Walk) -> None:
    walk.visitor.portal.edit(
        "UPDATE authenticator SET preference_confirmed_at = datetime(preference_confirmed_at, '-91 days')"
    )
    walk.visitor.type_password(ADA).open("/sign-in/choose").choose("Text message").press("Continue")
    walk.visitor.type(code=walk.phone.text_code()).press("Sign in")
    walk.keep("preference", "still right?").open("/confirm-preference").press("Change it")
    walk.keep("options-change")


def _voice(walk: Walk) -> None:
    walk.visitor.type_password(BEN).choose("Automated voice call").press("Continue")
    walk.keep("voice").open("/set-up/voice").type(phone=BENS_OFFICE, extension="front desk")
    walk.visitor.press("Call me with a code")
    walk.keep("voice-error").open("/set-up/voice").type(phone=BENS_OFFICE, extension="12,345")
    walk.visitor.press("Call me with a code")
    code = walk.phone.spoken_code()
    walk.keep("voice-code").open("/set-up/voice").type(code=another(code)).press("Confirm")
    walk.keep("voice-code-error").open("/set-up/voice").type(code=code).press("Confirm")
    walk.visitor.sign_out().type_password(BEN)
    walk.keep("code-voice").portal.edit(
        "UPDATE challenge SET delivery_status = 'failed', delivery_reason = 'unreachable' WHERE consumed_at IS NULL"
    )
    walk.visitor.open("/sign-in/code")
    walk.keep("code-undelivered", "cannot be reached")


def _text_on_its_way(walk: Walk, telephone: Telephone) -> None:
    """Show what the provider tells. Only where nothing more is to come a page stays as it is, so those come first."""
    guest = telephone.newcomer()
    walk.visitor.type_password(guest).choose("Text message").press("Continue")
    walk.visitor.type(phone=guest.mobile).press("Text me a code")
    telephone.tell("delivered")
    walk.visitor.open("/set-up/text")
    walk.keep("text-code-delivered", "was delivered").open("/set-up/text")
    walk.visitor.type(code=telephone.provider.phone.text_code()).press("Confirm")
    walk.visitor.sign_out().type_password(guest)
    walk.keep("code-text-sent", "was sent")


def _call_on_its_way(walk: Walk, telephone: Telephone) -> None:
    guest = telephone.newcomer()
    walk.visitor.type_password(guest).choose("Automated voice call").press("Continue")
    walk.visitor.type(phone=guest.mobile, extension="12").press("Call me with a code")
    telephone.tell("ringing")
    walk.visitor.open("/set-up/voice")
    walk.keep("voice-code-ringing", "is ringing")


def _call_that_fails(walk: Walk, telephone: Telephone) -> None:
    guest = telephone.newcomer()
    walk.visitor.type_password(guest).choose("Text message").press("Continue")
    walk.visitor.type(phone=guest.mobile).press("Text me a code")
    telephone.tell("undelivered", 30006)
    walk.visitor.open("/set-up/text")
    walk.keep("text-code-undelivered", "cannot get text messages").open("/set-up/text")
    walk.visitor.press("Call this number instead")
    telephone.tell("completed")
    walk.visitor.open("/set-up/voice")
    walk.keep("voice-code-hung-up", "nobody pressed 1")


def _app(walk: Walk) -> None:
    walk.visitor.type_password(CORA).choose("Authenticator app").press("Continue")
    key = secret(walk.visitor)
    walk.keep("app").open("/set-up/totp").type(code=another(app_code(key))).press("Confirm")
    walk.keep("app-error").open("/set-up/totp").type(code=app_code(key)).press("Confirm")
    walk.visitor.sign_out().type_password(CORA).type(code=app_code(key, 300)).press("Sign in")
    walk.keep("code-clock-off", "clock is off").open("/sign-in/code")
    for _ in range(9):
        walk.visitor.type(code=another(app_code(key))).press("Sign in")
    walk.visitor.open("/sign-in/code")
    walk.keep("code-paused", "taking a break")


def mailed(visitor: Visitor, page: str, to: str = DEV.email) -> str:
    """Return the path of the newest link to a page that somebody gets by mail, Dev mostly, once it is there."""
    link = visitor.open(f"/demo/phone?to={to}").page.locator(f'a[href*="/{page}/"]').first
    link.wait_for()
    return urlsplit(link.get_attribute("href") or "").path


def _not_me(walk: Walk) -> None:
    walk.visitor.type_password(DEV).choose("Authenticator app").press("Continue")
    walk.visitor.type(code=app_code(secret(walk.visitor))).press("Confirm")
    walk.visitor.open(mailed(walk.visitor, "not-me"))
    walk.keep("not-me", "Was this you?").open("/not-me").press("This was not me")
    walk.keep("disowned", "Thank you for telling us").open("/not-me")
    for _ in range(3):
        walk.visitor.press("Send the mail again")
    walk.keep("disowned-sent", "mailed it again").open("/not-me").press("Send the mail again")
    walk.keep("disowned-error", "several times").open(mailed(walk.visitor, "password"))
    walk.keep("new-password", "dev").open("/password").type(new_password="short").press("Set the new password")
    walk.keep("new-password-error").open("/password").type(new_password="a kettle sings to nobody")
    walk.visitor.press("Set the new password")
    walk.keep("sign-in-new-password", "new password counts").open(mailed(walk.visitor, "password"))
    walk.keep("link-used", "used already").open("/not-me/x")
    walk.keep("link-unknown", "once more")


def _not_yet(walk: Walk) -> None:
    walk.visitor.open("/demo/phone")  # nothing is ever sent here, so the page stays as it is
    walk.keep("phone-empty").type_password(DEV)
    walk.keep("options-before-the-date").open("/set-up").press("Not now")
    walk.keep("services-password-only")


def _mailed_code(walk: Walk) -> None:
    """Show what comes first where a first set-up takes a code from a mail."""
    walk.visitor.type_password(BEN)
    walk.keep("mail-code", "Enter the code from our mail").open("/set-up/mail-code").type(code="12").press("Continue")
    walk.keep("mail-code-error", "not a whole code")


def _no_number(walk: Walk) -> None:
    """Show whom a first set-up takes to Web Support, since no number came with the account."""
    walk.visitor.portal.edit("UPDATE user SET phone = NULL, phone_fingerprint = NULL WHERE username = 'ben'")
    walk.visitor.type_password(BEN)
    walk.keep("set-up-support", "Please call Web Support")


def _help(walk: Walk) -> None:
    walk.visitor.open("/help/")
    slugs = [link.get_attribute("href") or "" for link in walk.visitor.page.locator(".topics a").all()]
    walk.keep("help").open("/help/?q=lost+phone")
    walk.keep("help-found").open("/help/?q=zebra")
    walk.keep("help-nothing-found")
    for path in slugs:
        walk.visitor.open(path)
        walk.keep(path.strip("/").replace("/", "-"))
    walk.visitor.open("/demo/phone")
    walk.keep("phone")
