"""The people of the tests, the browsers they sit at, and the phones they hold: stories go through the front door."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from webtest import TestApp

from ssp.flows import credentials, people
from ssp.flows.courier import send_waiting
from ssp.infra.telephony.carrier import Accepted
from ssp.models import Event, OutgoingMail, User, columns, user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bs4 import Tag
    from flask import Flask
    from webtest import TestResponse
    from webtest.forms import Form

    from ssp.flows.portal import Portal
    from ssp.infra.telephony.carrier import Message, Receipt
    from ssp.web.portal import Site

T = TypeVar("T")

REFERENCE = r"If you call Web Support, give them this reference: ([0-9A-Z]{5})-([0-9A-Z]{5})"
ORIGIN = "http://localhost:8000"


@dataclass(frozen=True)
class Human:
    """Somebody with an account, a mobile phone and an office line."""

    username: str
    password: str
    groups: tuple[str, ...] = ("agents",)
    mobile: str = "+12055550123"
    office: str = "+12055550145"

    @property
    def email(self) -> str:
        """Return an address that belongs to nobody."""
        return f"{re.sub('[^a-z0-9.]', '-', self.username)}@example.test"


ADA = Human("ada", "lantern over quiet harbor")
BEN = Human("ben", "seven green paper boats", ("policyholders",), "+12055550167", "+12055550189")
SAM = Human("sam", "nine answers before noon", ("support",), "+12055550111", "+12055550112")


def wrong(code: str, by: int = 1) -> str:
    """Return another code of the same length."""
    return f"{(int(code) + by) % 10 ** len(code):0{len(code)}d}"


def full_width(text: str) -> str:
    """Return ASCII text in the wide letters and digits of East Asian keyboards."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


def join(site: Portal, *humans: Human) -> None:
    """Give people their accounts."""
    for human in humans:
        person = people.NewPerson(human.username, human.email, human.username.title(), human.groups)
        people.add(site, person, human.password)


@dataclass
class Phone:
    """What the demo's outbox holds: every message that would have left."""

    path: Path

    def messages(self, channel: str | None = None, to: str | None = None) -> list[dict[str, Any]]:
        """Return the messages, the oldest first."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        every = [json.loads(line) for line in lines]
        return [each for each in every if channel in {None, each["channel"]} and to in {None, each["to"]}]

    def link(self, page: str, to: str | None = None, nth: int = -1) -> str:
        """Return the path of the link to a page such as `not-me` in the newest mail that has one, or in another one."""
        found = [re.search(rf"^\S+?(/{page}/\S+)$", each["body"], re.MULTILINE) for each in self.messages("mail", to)]
        return [match[1] for match in found if match][nth]

    def text_code(self, to: str | None = None) -> str:
        """Return the code of the newest text."""
        match = re.search(r"#(\d+)$", self.messages("text", to)[-1]["body"])
        assert match
        return match[1]

    def wrong_code(self, to: str | None = None) -> str:
        """Return a code that is not the one of the newest text."""
        code = self.text_code(to)
        return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"

    def spoken_code(self, to: str | None = None) -> str:
        """Return the digits of the newest call, as somebody hears them."""
        said = re.search(r"<prosody[^>]*>(.*?)</prosody>", self.messages("voice", to)[-1]["body"])
        assert said
        return re.sub(r"<[^>]*>|[^0-9]", "", said[1])


@dataclass
class App:
    """An authenticator app: its own reading of RFC 6238, apart from the portal's library."""

    secret: str

    def code(self, steps: int = 0) -> str:
        """Return the code that shows now, or so many steps away."""
        key = base64.b32decode(self.secret)
        counter = int(time.time()) // 30 + steps
        digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
        start = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"

    def wrong(self) -> str:
        """Return a code that shows neither now nor soon, nor was shown lately."""
        real = {self.code(steps) for steps in range(-30, 31)}
        return next(code for code in (f"{number:06d}" for number in range(len(real) + 1)) if code not in real)


def one(page: Tag, selector: str, *, first: bool = False) -> Tag:
    """Return the one element that a selector finds, or the first of several."""
    found = page.select(selector)
    assert len(found) == 1 or (found and first), f"{selector}: {len(found)} of them"
    return found[0]


@dataclass
class Browser:
    """A browser in front of the portal: follows redirects, keeps cookies, fills in the forms that are there."""

    app: Flask
    phone: Phone
    agent: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0"
    origin: str = ORIGIN
    page: TestResponse = field(init=False)

    def __post_init__(self) -> None:
        site = urlsplit(self.origin)
        environ = {"HTTP_HOST": site.netloc, "REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": self.agent}
        environ["wsgi.url_scheme"] = site.scheme
        self.web = TestApp(self.app, extra_environ=environ, cookiejar=None, parser_features="lxml")

    @property
    def cookies(self) -> dict[str, str]:
        """Return the browser's cookies."""
        return {name: value.strip('"') for name, value in self.web.cookies.items() if value is not None}

    @property
    def devices(self) -> dict[str, str]:
        """Return the cookies of the people who trust this browser."""
        return {name: value for name, value in self.cookies.items() if "ssp_device_" in name}

    def carry(self, cookies: dict[str, str]) -> Browser:
        """Put cookies into the browser, in place of its own of the same names."""
        for name, value in cookies.items():
            self.web.set_cookie(name, value)
        return self

    @property
    def known(self) -> dict[str, str]:
        """Return the cookies of the people who have signed in with this browser before."""
        return {name: value for name, value in self.cookies.items() if "ssp_known_" in name}

    @property
    def path(self) -> str:
        """Return the address that shows."""
        return str(self.page.request.path)

    @property
    def words(self) -> str:
        """Return the words of the page's main part, white space folded."""
        return " ".join(one(self.page.html, "main").get_text(" ").split())

    @property
    def problem(self) -> str:
        """Return what the page says went wrong; empty if it says nothing."""
        return " ".join(" ".join(each.get_text(" ").split()) for each in self.page.html.select("[role=alert]"))

    @property
    def note(self) -> str:
        """Return what else the page points out; empty if it points out nothing."""
        return " ".join(" ".join(each.get_text(" ").split()) for each in self.page.html.select(".note:not(.bad)"))

    @property
    def reference(self) -> str:
        """Return what the page gives to whoever calls Web Support, in its plain form; empty if it gives nothing."""
        lines = [" ".join(each.get_text().split()) for each in self.page.html.select(".reference")]
        assert len(lines) <= 1, lines
        return re.sub(REFERENCE, r"\1\2", "".join(lines))

    def open(self, path: str, status: int | None = None) -> Browser:
        """Go to an address and follow redirects; an error page counts as a page."""
        self.page = self._follow(self.web.get(path, expect_errors=True))
        assert status in {None, self.page.status_int}, self.page.status
        return self

    def fill(self, action: str | None = None, **fields: str | bool) -> Browser:
        """Fill in the form with this action (the page's own without one), send it, follow redirects."""
        self.page = self._follow(self.send(action, **fields))
        return self

    def send(self, action: str | None = None, **fields: str | bool) -> TestResponse:
        """Fill in a form and send it without following redirects."""
        form = self.form(action)
        for name, value in fields.items():
            form[name] = value
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return form.submit(expect_errors=True, headers=headers)

    def form(self, action: str | None = None) -> Form:
        """Return the form with this action; without one, the first form of the page's main part."""
        forms = [each for number, each in self.page.forms.items() if isinstance(number, int)]
        return next(each for each in forms if each.method.upper() == "POST" and action in {None, each.action})

    def post(self, path: str, fields: dict[str, str], **headers: str) -> TestResponse:
        """Send values to an address as a hand-made request would, with this browser's cookies."""
        return self.web.post(path, fields, headers={"Origin": self.origin, **headers}, expect_errors=True)

    def csrf(self) -> str:
        """Return the CSRF value of the page that shows."""
        return str(one(self.page.html, "form[method=post] input[name=csrf_token]", first=True)["value"])

    def fields(self) -> dict[str, str]:
        """Return what the hidden fields of the form that shows send along."""
        hidden = one(self.page.html, "form[method=post]", first=True).select("input[type=hidden]")
        return {str(each["name"]): str(each["value"]) for each in hidden}

    def _follow(self, response: TestResponse) -> TestResponse:
        while 300 <= response.status_int < 400:
            response = response.follow(expect_errors=True)
        return response


def password(browser: Browser, human: Human, path: str = "/sign-in") -> Browser:
    """Type username and password."""
    return browser.open(path).fill(username=human.username, password=human.password)


def set_up_text(browser: Browser, human: Human) -> Browser:
    """Sign in for the first time and set up text messages."""
    password(browser, human).fill(type="text")
    browser.fill(phone=human.mobile)
    return browser.fill(code=browser.phone.text_code(human.mobile))


def set_up_voice(browser: Browser, human: Human, extension: str = "") -> Browser:
    """Sign in for the first time and set up voice calls."""
    password(browser, human).fill(type="voice")
    browser.fill(phone=human.office, extension=extension)
    return browser.fill(code=browser.phone.spoken_code(human.office))


def set_up_app(browser: Browser, human: Human) -> App:
    """Sign in for the first time and set up an authenticator app."""
    return scan(password(browser, human))


def sign_out(browser: Browser) -> Browser:
    """Sign out on the services page."""
    return browser.open("/").fill("/sign-out")


def sign_in_by_text(browser: Browser, human: Human, *, trust: bool = False) -> Browser:
    """Sign in with the code of a text; afterwards the services page shows."""
    password(browser, human)
    fields: dict[str, str | bool] = {"code": browser.phone.text_code(human.mobile)}
    return browser.fill("/sign-in/code", **fields, **({"trust_device": True} if trust else {}))


def add_way(browser: Browser, type_name: str, **typed: str) -> Browser:
    """Set up a further way to get codes, right after the first one, by phone."""
    browser.fill("/set-up/another")
    return _set_up_further(browser, type_name, **typed)


def add_way_later(browser: Browser, human: Human, type_name: str, **typed: str) -> Browser:
    """Set up a further way to get codes at any other time, by phone: a text with a fresh code comes first."""
    prove(browser, human, "add")
    return _set_up_further(browser, type_name, **typed)


def add_app_later(browser: Browser, human: Human) -> App:
    """Set up an authenticator app at any other time: a text with a fresh code comes first."""
    return scan(prove(browser, human, "add"))


def follow(browser: Browser, words: str) -> Browser:
    """Follow the link with these words."""
    links = [each for each in browser.page.html.select("main a") if " ".join(each.get_text().split()) == words]
    assert len(links) == 1, f"{words}: {len(links)} of them"
    return browser.open(str(links[0]["href"]))


def answer(browser: Browser, given: str) -> Browser:
    """Press Keep or Change where a way is to be confirmed."""
    form = browser.form()
    browser.page = form.submit("answer", value=given, headers={"Origin": browser.origin}).follow()
    return browser


def use_another_way(browser: Browser, name: str) -> Browser:
    """Choose another way to get a code by a part of its name."""
    follow(browser, "Use another way")
    (way,) = [each for each in browser.page.html.select("label.way") if name in each.get_text()]
    return browser.fill(authenticator=str(one(way, "input")["value"]))


def _set_up_further(browser: Browser, type_name: str, **typed: str) -> Browser:
    browser.fill(type=type_name)
    browser.fill(f"/set-up/{type_name}", **typed)
    codes = {"text": browser.phone.text_code, "voice": browser.phone.spoken_code}
    return browser.fill(code=codes[type_name](typed["phone"]))


def prove(browser: Browser, human: Human, errand: str, by: str = "text") -> Browser:
    """Get a text, or a call, with a fresh code for one errand on the account pages, and type it."""
    browser.open(f"/account/confirm/{errand}").fill()
    phone = browser.phone
    code = phone.text_code(human.mobile) if by == "text" else phone.spoken_code(human.office)
    return browser.fill(f"/account/confirm/{errand}", code=code)


def make_codes(browser: Browser, human: Human) -> list[str]:
    """Make recovery codes on the account pages, with a fresh code by text; return them as the page shows them."""
    prove(browser, human, "codes").fill()
    return [each.get_text() for each in browser.page.html.select(".sheet code")]


def recover(browser: Browser, human: Human, code: str) -> Browser:
    """Type the password, and then a recovery code in place of an access code."""
    password(browser, human).open("/sign-in/recovery")
    return browser.fill(recovery_code=code)


def begin_change(browser: Browser, words: str) -> Browser:
    """Follow a link of one of the MFA options on the account page, named as screen readers say it, and get a code."""
    browser.open(str(one(browser.open("/account/").page.html, f'a[aria-label="{words}"]')["href"]))
    return browser.fill()


def prove_change(browser: Browser, code: str) -> Browser:
    """Type the code that a change takes; what is left is to press its button."""
    return browser.fill(browser.path, code=code)


def scan(browser: Browser) -> App:
    """Choose an authenticator app, and type the code that it shows once it knows the key on the page."""
    browser.fill(type="totp")
    app = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
    browser.fill(code=app.code())
    return app


def options(browser: Browser) -> list[str]:
    """Return the ids of the person's MFA options that can be removed, the preferred one first."""
    links = browser.open("/account/").page.html.select("a[href^='/account/options/'][href$='/remove']")
    return [str(each["href"]).split("/")[3] for each in links]


def a_generation_on(site: Site, human: Human) -> None:
    """Do the one thing that all changes which end what somebody has have in common, and nothing else."""
    (person,) = (each for each in table(site, User) if each.username == human.username)
    with site.database.writing() as connection:
        user.raise_epoch(connection, person.id)


def notices(site: Site) -> list[OutgoingMail]:
    """Return the mails that people were or will be sent, the oldest first."""
    return sorted(table(site, OutgoingMail), key=lambda each: each.created_at)


def table(site: Portal, model: type[T]) -> list[T]:
    """Return all rows of a table."""
    with site.database.reading() as connection:
        return columns.rows(connection, columns.columns(model), model)


def hashes(site: Portal) -> dict[str, str | None]:
    """Return everybody's password hash, opened, by username."""
    return {person.username: credentials.stored(site, person) for person in table(site, User)}


def events(site: Site, kind: str = "") -> list[Event]:
    """Return what the security log holds of one kind, the oldest first; of every kind without one."""
    return sorted((each for each in table(site, Event) if kind in {"", each.kind}), key=lambda each: each.id)


def letters(site: Site) -> list[OutgoingMail]:
    """Return all mails in the queue, sent ones too, the oldest first."""
    return sorted(table(site, OutgoingMail), key=lambda each: each.created_at)


def let_mail_leave(app: Flask) -> None:
    """Wait until all mail left that was written so far."""
    app.extensions["ssp.courier"]._pool.submit(int).result()  # noqa: SLF001 - the one thread has done all before it
    send_waiting(app.extensions["ssp"])


@dataclass
class FakeCarrier:
    """A carrier that gives one answer to everything, and remembers what it was handed."""

    receipt: Receipt = field(default_factory=lambda: Accepted("fake"))
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        """Return the answer."""
        self.sent.append(message)
        return self.receipt


@contextmanager
def replaced(app: Flask, **parts: object) -> Iterator[Site]:
    """Run the portal with some of its parts replaced, such as its carrier."""
    whole = app.extensions["ssp"]
    app.extensions["ssp"] = replace(whole, **parts)
    try:
        yield app.extensions["ssp"]
    finally:
        app.extensions["ssp"] = whole


@contextmanager
def gone(site: Site) -> Iterator[None]:
    """Take the database's files away while the portal has them open."""
    path = site.settings.instance / "ssp.db"
    for file in site.settings.instance.glob("ssp.db*"):
        file.rename(file.with_name(f"away-{file.name}"))
    path.mkdir()
    yield
    path.rmdir()
    for file in site.settings.instance.glob("away-*"):
        file.rename(file.with_name(file.name.removeprefix("away-")))
