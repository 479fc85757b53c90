"""HX1: what people typed is shown as they typed it: never markup, a template or a format string; no inline script."""

from collections.abc import Callable, Iterator

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from ssp.flows import people
from ssp.flows.courier import send_waiting
from ssp.flows.people import NewPerson
from ssp.settings import Service
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    Human,
    Phone,
    add_way,
    let_mail_leave,
    one,
    password,
    prove,
    set_up_text,
    sign_out,
)
from tests.security.tools import addresses, choices

HOSTILE = ["<svg onload=alert(1)>", '"><script>alert(1)</script>', "{{7*7}}{%x%}", "{0.__class__}%s%n", "${7*7}<%=1%>"]


def pages(browser: Browser) -> Iterator[str]:
    """Give every page that this browser sees now."""
    for _, path in addresses(browser.app, "GET"):
        response = browser.web.get(path, expect_errors=True)
        if response.content_type == "text/html":
            yield response.text


def check(text: str) -> None:
    """Check that a page has no script or style of its own."""
    page = BeautifulSoup(text, "html.parser")
    assert [script for script in page.select("script") if not str(script.get("src", "")).startswith("/static/")] == []
    assert page.select("style, iframe, object, embed, base") == []
    for element in page.select("*"):
        for name, value in element.attrs.items():
            assert not name.startswith("on"), element
            assert name != "style", element
            assert "javascript:" not in str(value).lower(), element


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_and_settings(make_app: Callable[..., Flask], phone: Phone, clock: Clock, hostile: str) -> None:
    own = Service(name=hostile, address="/x", words=hostile)
    app = make_app(portal_name=hostile, organisation=hostile, services=(own,), support_hours=hostile)
    zoe = Human("zoe", "the words that zoe types")
    people.add(app.extensions["ssp"], NewPerson("zoe", "zoe@example.test", hostile, (hostile,)), zoe.password)
    browser = set_up_text(Browser(app, phone, agent=hostile), zoe)
    clock.move(minutes=1)
    add_way(browser, "voice", phone=zoe.office, extension="1")
    shown = browser.open("/")
    assert f"Welcome, {hostile}" in shown.words
    assert one(shown.page.html, ".services b").get_text() == hostile
    seen = [*pages(browser)]
    sign_out(browser)
    clock.move(minutes=9)
    password(browser, zoe)
    seen += [browser.page.text, *pages(browser)]
    for text in seen:
        check(text)
        assert "49" not in BeautifulSoup(text, "html.parser").get_text().split()
    let_mail_leave(app)
    mail = phone.messages("mail")[-1]["body"]
    assert f"Hello {hostile}," in mail
    assert f"for {hostile} was added" in mail
    browser.open(phone.link("not-me"))
    check(browser.page.text)
    check(browser.fill("/not-me").page.text)
    send_waiting(app.extensions["ssp"])
    browser.open(phone.link("password"))
    check(browser.page.text)
    check(browser.fill(new_password=hostile[:9]).page.text)
    for page, typed in (("password", {"username": "zoe"}), ("username", {"email": "zoe@example.test"})):
        browser.open(f"/forgot-{page}").fill(**typed)
        check(browser.page.text)
        let_mail_leave(app)
        assert f"Hello {hostile}," in phone.messages("mail")[-1]["body"]


@pytest.mark.parametrize("hostile", ["{{7*7}}@new.test", "$id@{0.__class__}.test", "%s'or'1@${7*7}.test"])
def test_a_mail_address(browser: Browser, phone: Phone, clock: Clock, hostile: str) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=15)
    prove(browser, ADA, "email").fill(email=hostile)
    assert hostile in browser.words
    check(browser.page.text)
    let_mail_leave(browser.app)
    browser.open(phone.link("email", hostile))
    assert hostile in browser.words
    check(browser.page.text)
    check(browser.fill().page.text)
    check(browser.open("/account/").page.text)
    assert hostile in browser.words
    let_mail_leave(browser.app)
    browser.open(phone.link("undo-email", ADA.email))
    check(browser.page.text)
    check(browser.fill().page.text)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_typed_into_fields(browser: Browser, hostile: str) -> None:
    browser.open("/sign-in").fill(username=hostile, password=hostile)
    assert one(browser.page.html, "#username")["value"] == hostile
    check(browser.page.text)
    for page, field in (("password", "username"), ("username", "email")):
        browser.open(f"/forgot-{page}").fill(**{field: hostile})
        assert [each["value"] for each in browser.page.html.select("#email")] in ([], [hostile])
        check(browser.page.text)
    for kind, names in (("text", ("phone",)), ("voice", ("phone", "extension"))):
        password(browser, ADA).fill(type=kind)
        browser.fill(**dict.fromkeys(names, hostile))
        assert [one(browser.page.html, f"#{name}")["value"] for name in names] == [hostile] * len(names)
        check(browser.page.text)
        browser.fill("/sign-out")

    check(browser.web.get("/help/", {"q": hostile}).text)
    check(browser.web.get(f"/help/{'x' * 9}", {"q": hostile}, expect_errors=True).text)


def test_every_page_at_every_step(browser: Browser, clock: Clock) -> None:
    seen = [*pages(browser)]
    password(browser, ADA)
    seen += pages(browser)
    browser.fill(type="totp")
    seen.append(browser.page.text)
    browser.open("/set-up").fill(type="voice")
    seen += [browser.page.text, browser.fill(phone=ADA.office, extension="").page.text]
    browser.fill(code=browser.phone.spoken_code())
    clock.move(minutes=1)
    add_way(browser, "text", phone=ADA.mobile)
    seen += [browser.page.text, *pages(browser)]
    sign_out(browser)
    clock.move(days=90)
    password(browser, ADA)
    seen += [browser.page.text, *pages(browser)]
    browser.fill(authenticator=choices(browser)[1]).fill("/sign-in/code", code=browser.phone.text_code())
    assert browser.path == "/confirm-preference"
    seen += pages(browser)
    for text in seen:
        check(text)
