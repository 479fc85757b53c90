"""TP7: a secret shows on its set-up page alone, which nothing keeps; the picture is drawn here."""

from collections.abc import Callable

from flask import Flask

from tests.people import ADA, App, Browser, Human, Phone, join, one, password, set_up_app, sign_out


def test_it_is_never_shown_again(browser: Browser) -> None:
    secret = set_up_app(browser, ADA).secret
    for path in ("/set-up/totp", "/set-up", "/", "/set-up/done"):
        text = browser.open(path).page.text
        assert secret not in text
        assert "otpauth" not in text
    sign_out(browser)
    password(browser, ADA)
    for path in ("/set-up/totp", "/sign-in/code"):
        assert secret not in browser.open(path).page.text


def test_nothing_keeps_the_page_and_nobody_else_draws_it(browser: Browser) -> None:
    password(browser, ADA).fill(type="totp")
    assert browser.page.headers["Cache-Control"] == "no-store"
    page = browser.page.html
    assert one(page, "[role=img]").select("svg path")
    sources = [str(each["src"]) for each in page.select("main [src]")]
    assert [source for source in sources if not source.startswith("/static/")] == []
    secret = str(one(page, "[data-totp-secret]")["data-totp-secret"])
    assert secret not in browser.page.request.url
    assert [link["href"] for link in page.select("[href]") if secret in str(link["href"])] == [
        one(page, 'a[href^="otpauth:"]')["href"]
    ]


def test_names_are_encoded_in_its_address(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(portal_name="A: B & C? #1 100%")
    odd = Human("o'neil+1@example.test", "some words of a phrase")
    join(app.extensions["ssp"], odd)
    browser = password(Browser(app, phone), odd).fill(type="totp")
    address = str(one(browser.page.html, 'a[href^="otpauth:"]')["href"])
    label, query = address.removeprefix("otpauth://totp/").split("?")
    assert label == "A%3A%20B%20%26%20C%3F%20%231%20100%25:o%27neil%2B1%40example.test"
    assert query.split("&")[1:] == ["issuer=A%3A%20B%20%26%20C%3F%20%231%20100%25"]
    assert App(query.split("&")[0].removeprefix("secret=")).code()
