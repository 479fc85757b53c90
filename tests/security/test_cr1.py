"""CR1: every change needs a POST, the page's own token, and an origin that is ours."""

from collections.abc import Callable

import pytest
from flask import Flask

from ssp.models import Event
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, ORIGIN, Browser, password, set_up_text, sign_out, table
from tests.security.tools import PUBLIC, addresses

FOREIGN = [
    {"Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "https://localhost:8000"},
    {"Origin": f"{ORIGIN}.evil.example"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
]
FIELDS = {"username": "ada", "password": ADA.password, "type": "text", "phone": ADA.mobile, "answer": "keep"}


def to_nobody(browser: Browser, _clock: Clock) -> Browser:
    return browser.open("/sign-in")


def to_set_up(browser: Browser, _clock: Clock) -> Browser:
    return password(browser, ADA)


def to_code(browser: Browser, clock: Clock) -> Browser:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    return password(browser, ADA)


def to_session(browser: Browser, _clock: Clock) -> Browser:
    return set_up_text(browser, ADA).open("/")


def happened(site: Site) -> int:
    """Return how many events there are, but for those that say that the provider did not sign."""
    return len([each for each in table(site, Event) if each.kind != "delivery.callback_refused"])


Place = Callable[[Browser, Clock], Browser]
PLACES: list[Place] = [to_nobody, to_set_up, to_code, to_session]


@pytest.mark.parametrize("place", PLACES)
def test_no_form_counts_without_its_token_or_from_elsewhere(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock, place: Place
) -> None:
    place(browser, clock)
    token, foreign_token = browser.csrf(), other_browser.open("/sign-in").csrf()
    before, sent = happened(site), len(browser.phone.messages("text"))
    for endpoint, path in addresses(browser.app, "POST"):
        for bad in ("", "x", foreign_token, f"{token}x"):
            assert browser.post(path, {**FIELDS, "csrf_token": bad}).status_int == 403, endpoint
        assert browser.post(path, FIELDS).status_int == 403, endpoint
        for headers in FOREIGN:
            fields = {**FIELDS, "csrf_token": token}
            assert browser.web.post(path, fields, headers=headers, expect_errors=True).status_int == 403, headers
    assert happened(site) == before
    assert len(browser.phone.messages("text")) == sent


@pytest.mark.parametrize("headers", [{}, {"Origin": ORIGIN}, {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}])
def test_our_own_pages_count(browser: Browser, headers: dict[str, str]) -> None:
    fields = {**FIELDS, "csrf_token": browser.open("/sign-in").csrf()}
    assert browser.web.post("/sign-in", fields, headers=headers).status_int == 303


@pytest.mark.parametrize("origin", [ORIGIN, "http://portal.example.org", f"{PUBLIC}:444", f"{PUBLIC}."])
def test_on_the_web_the_origin_is_the_address_of_the_settings(public: Browser, origin: str) -> None:
    fields = {**FIELDS, "csrf_token": public.open("/sign-in").csrf()}
    assert public.post("/sign-in", fields, Origin=origin).status_int == 403
    assert public.post("/sign-in", fields, Origin=PUBLIC).status_int == 303


def test_the_token_may_not_come_by_another_way(browser: Browser) -> None:
    token = browser.open("/sign-in").csrf()
    assert browser.post(f"/sign-in?csrf_token={token}", FIELDS).status_int == 403
    browser.carry({"csrf_token": token})
    assert browser.post("/sign-in", FIELDS).status_int == 403


def test_it_changes_with_the_sign_in(browser: Browser) -> None:
    tokens = [browser.open("/sign-in").csrf(), password(browser, ADA).csrf()]
    browser.fill(type="text").fill(phone=ADA.mobile).fill(code=browser.phone.text_code())
    tokens.append(browser.open("/").csrf())
    tokens.append(sign_out(browser).csrf())
    for number, token in enumerate(tokens[:3]):
        browser.open("/sign-in")
        assert browser.post("/sign-in", {**FIELDS, "csrf_token": token}).status_int == 403, number


def test_a_get_changes_nothing(browser: Browser, app: Flask, site: Site, clock: Clock) -> None:
    to_code(browser, clock)
    before, sent = len(table(site, Event)), len(browser.phone.messages("text"))
    reads = {path for _, path in addresses(app, "GET")}
    for endpoint, path in addresses(app, "POST"):
        query = f"?code={browser.phone.text_code()}&type=text&answer=keep&authenticator=x&trust_device=yes"
        status = browser.web.get(path + query, expect_errors=True).status_int
        # All lead back to where one is, or say that there is no link; some read like names of options or like tokens.
        names = {"/set-up/later", "/set-up/another", "/not-me/send", "/undo-email/send"}
        readable = path in reads or path in names
        assert status in ({200, 303, 404} if readable else {405}), endpoint
    assert len(table(site, Event)) == before
    assert len(browser.phone.messages("text")) == sent
