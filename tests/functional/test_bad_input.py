"""What no browser of ours sends: a plain page with the right status, and nothing half-saved."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask import Flask
from webtest import TestResponse

from ssp.models import Authenticator, Session
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    Phone,
    add_way,
    events,
    full_width,
    password,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

OVERRIDE = "\u202e"
HIDDEN = "\u200b"


def at_sign_in(browser: Browser, _clock: Clock) -> Browser:
    return browser.open("/sign-in")


def at_options(browser: Browser, _clock: Clock) -> Browser:
    return password(browser, ADA)


def at_number(browser: Browser, _clock: Clock) -> Browser:
    return password(browser, ADA).fill(type="text")


def at_line(browser: Browser, _clock: Clock) -> Browser:
    return password(browser, ADA).fill(type="voice")


def at_proof(browser: Browser, clock: Clock) -> Browser:
    return at_number(browser, clock).fill(phone=ADA.mobile)


def at_key(browser: Browser, _clock: Clock) -> Browser:
    return password(browser, ADA).fill(type="totp")


def at_code(browser: Browser, clock: Clock) -> Browser:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    return password(browser, ADA)


def at_choice(browser: Browser, clock: Clock) -> Browser:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_out(add_way(browser, "voice", phone=ADA.office, extension=""))
    clock.move(minutes=1)
    return password(browser, ADA).open("/sign-in/choose")


def at_question(browser: Browser, clock: Clock) -> Browser:
    sign_out(set_up_text(browser, ADA))
    clock.move(days=90)
    return sign_in_by_text(browser, ADA)


@dataclass(frozen=True)
class Form:
    """Where somebody stands, where the form goes, and the field that gets odd values; the others are in order."""

    place: Callable[[Browser, Clock], Browser]
    path: str
    field: str
    others: dict[str, str]

    def __str__(self) -> str:
        return f"{self.path} {self.field}"


FORMS = [
    Form(at_sign_in, "/sign-in", "username", {"password": ADA.password}),
    Form(at_sign_in, "/sign-in", "password", {"username": "ada"}),
    Form(at_options, "/set-up", "type", {}),
    Form(at_number, "/set-up/text", "phone", {}),
    Form(at_line, "/set-up/voice", "phone", {"extension": ""}),
    Form(at_line, "/set-up/voice", "extension", {"phone": ADA.office}),
    Form(at_proof, "/set-up/text", "code", {}),
    Form(at_key, "/set-up/totp", "code", {}),
    Form(at_code, "/sign-in/code", "code", {}),
    Form(at_code, "/sign-in/code/send", "authenticator", {}),
    Form(at_choice, "/sign-in/choose", "authenticator", {}),
    Form(at_question, "/confirm-preference", "answer", {}),
]
ODD = {
    "nul": ("%00", 400),
    "nul inside": ("ada%00x", 400),
    "1 MB": ("a" * 1_000_000, 413),
    "longest form": ("9" * 60_000, 400),
    "invalid UTF-8": ("%FF%FE%C3", 422),
    "half a surrogate pair": ("%ED%A0%80", 422),
    "turned around": (urlencode({"": f"{OVERRIDE}ada{HIDDEN}"})[1:], 422),
    "negative and huge": ("-99999999999999999999", 422),
}


def send(browser: Browser, path: str, body: str, kind: str = "application/x-www-form-urlencoded") -> TestResponse:
    """Send a body as it is."""
    headers = {"Origin": browser.origin, "Content-Type": kind}
    return browser.web.post(path, body, headers=headers, expect_errors=True)


def state(site: Site) -> tuple[object, ...]:
    """Return all that a finished action would change."""
    ways = [(each.id, each.preference_confirmed_at) for each in table(site, Authenticator) if each.confirmed_at]
    return ways, [each.id for each in table(site, Session)], len(events(site, "sign_in.finished"))


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_no_field_minds_what_it_gets(browser: Browser, site: Site, clock: Clock, form: Form) -> None:
    page = form.place(browser, clock).path
    fields = urlencode({"csrf_token": browser.csrf(), **form.others})
    before, sent = state(site), len(browser.phone.messages())
    for name, (value, status) in ODD.items():
        answer = send(browser, form.path, f"{fields}&{form.field}={value}")
        expected = 422 if (form.field, name) == ("password", "longest form") else status
        assert answer.status_int == expected, name
        assert "Traceback" not in answer.text, name
        assert state(site) == before, name
        assert len(browser.phone.messages()) == sent, name
        assert browser.open(page).path == page, name


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_no_field_may_come_twice_and_no_form_as_something_else(
    browser: Browser, site: Site, clock: Clock, form: Form
) -> None:
    form.place(browser, clock)
    fields = urlencode({"csrf_token": browser.csrf(), **form.others, form.field: "ada"})
    before = state(site)
    assert send(browser, form.path, f"{fields}&{form.field}=ada").status_int == 400
    assert send(browser, form.path, f"{fields}&csrf_token=x").status_int == 400
    assert send(browser, form.path, fields, "text/plain").status_int == 415
    assert send(browser, form.path, '{"csrf_token": "x"}', "application/json").status_int == 415
    assert send(browser, form.path, "").status_int == 403
    assert state(site) == before


def test_a_wide_username_is_the_same_person_and_a_wide_code_is_none(browser: Browser, clock: Clock) -> None:
    at_code(browser, clock).fill("/sign-out")
    clock.move(minutes=1)
    browser.fill(username=full_width("ada"), password=ADA.password)
    code = browser.phone.text_code()
    assert browser.fill("/sign-in/code", code=full_width(code)).page.status_int == 422
    assert browser.fill("/sign-in/code", code=code).path == "/"


FORGED = [
    "",
    "x",
    "s.",
    f"s.{'A' * 43}",
    f"p.{'A' * 43}",
    f"v.{'A' * 43}",
    f"z.{'A' * 43}",
    f"s.{'A' * 42}\u00e9",
    f"s.{'A' * 3000}",
    "s.%00" + "A" * 40,
    '"\\000\\377"',
    ".eJwlzjkOwjAQAMC_uKbw.forged",
]


def test_a_forged_session_cookie_is_a_new_visitor(browser: Browser) -> None:
    for cookie in FORGED:
        browser.web.reset()
        headers = {"Cookie": f"ssp_session={cookie}".encode().decode("latin-1")}
        page = browser.web.get("/", headers=headers)
        assert (page.status_int, page.headers["Location"]) == (303, "/sign-in"), cookie
        browser.web.reset()
        assert browser.web.get("/sign-in", headers=headers).status_int == 200, cookie


class TestTwoTabs:
    def test_an_old_sign_in_page_says_what_to_do(self, browser: Browser) -> None:
        tab = browser.open("/sign-in").form()
        password(browser, ADA)
        tab["username"], tab["password"] = ADA.username, ADA.password
        browser.page = tab.submit(expect_errors=True)
        assert browser.page.status_int == 403
        assert "Continue, and you are where you left off." in browser.words
        assert browser.open("/").path == "/set-up"

    def test_both_show_where_the_sign_in_stands(self, browser: Browser, app: Flask, phone: Phone) -> None:
        password(browser, ADA).fill(type="text")
        tab = Browser(app, phone).carry(browser.cookies).open("/")
        assert tab.path == "/set-up"
        browser.fill(phone=ADA.mobile).fill(code=phone.text_code())
        assert browser.path == "/set-up/done"
        tab.page = tab.form().submit(headers={"Origin": tab.origin}, expect_errors=True)
        assert tab.page.headers["Location"] == "/"

    def test_the_same_code_sent_twice_signs_in_once(self, browser: Browser, clock: Clock, site: Site) -> None:
        at_code(browser, clock)
        form, pending = browser.form("/sign-in/code"), browser.cookies
        form["code"] = browser.phone.text_code()
        first = form.submit()
        browser.carry(pending)
        second = form.submit()
        assert (first.headers["Location"], second.headers["Location"]) == ("/", "/")
        assert "Set-Cookie" in first.headers
        assert "Set-Cookie" not in second.headers
        assert len([each for each in table(site, Session) if each.ended_at is None]) == 1


class TestBackButton:
    def test_it_leads_to_where_one_is(self, browser: Browser, clock: Clock) -> None:
        at_code(browser, clock).fill("/sign-in/code", code=browser.phone.text_code())
        for path in ("/sign-in/code", "/sign-in/choose", "/sign-in", "/set-up", "/set-up/text", "/confirm-preference"):
            assert browser.open(path).path == "/"

    def test_a_form_from_before_does_nothing(self, browser: Browser, clock: Clock, site: Site) -> None:
        form = at_code(browser, clock).form("/sign-in/code")
        browser.fill("/sign-in/code", code=browser.phone.text_code())
        form["code"] = browser.phone.text_code()
        assert form.submit(expect_errors=True).status_int == 403
        assert browser.open("/").path == "/"
        assert len(events(site, "sign_in.finished")) == 2


def test_no_page_minds_its_query(browser: Browser) -> None:
    queries = ["%00", "q=%00", "q=%FF", "q=1&q=2", "&&&=&", f"q={'a' * 8000}", "next=%00%0d%0a", "to=%ED%A0%80"]
    for path in ("/", "/sign-in", "/help/", "/demo/phone", "/set-up/done"):
        for query in queries:
            browser.open(f"{path}?{query}", status=200)
            assert "\0" not in browser.page.text


def test_a_form_of_a_thousand_fields_is_read_or_refused(browser: Browser) -> None:
    token = browser.open("/sign-in").csrf()
    many = "&".join(f"field{number}=x" for number in range(3000))
    answer = send(browser, "/sign-in", f"csrf_token={token}&username=ada&password=x&{many}")
    assert answer.status_int in {400, 422}
