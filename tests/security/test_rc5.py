"""RC5: links begin as the settings say, their token leaves the address at once, and no other site sees it."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.people import ADA, Browser, Phone, let_mail_leave, set_up_app
from tests.security.tools import PUBLIC
from tests.smtp import PostOffice, open_for_mail

PAGES = {name: f"/{name}" for name in ("not-me", "password", "email", "undo-email")}
TOKEN = "t" * 43


@pytest.mark.parametrize("page", PAGES)
def test_the_token_leaves_the_address_at_once(public: Browser, page: str) -> None:
    answer = public.web.get(f"/{page}/{TOKEN}")
    assert (answer.status_int, answer.headers["Location"]) == (303, PAGES[page])
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert TOKEN not in answer.text
    (cookie,) = answer.headers.getall("Set-Cookie")
    assert cookie.startswith(f"__Host-ssp_link_{page}={TOKEN}; ")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1800"):
        assert part in cookie.split("; ")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("odd", ["x", f"{TOKEN}x", "a" * 42 + "%00", "a" * 42 + "%E2%82%AC", "%0d%0aSet-Cookie:%20a=b"])
def test_what_is_no_token_is_kept_nowhere(public: Browser, page: str, odd: str) -> None:
    public.web.get(f"/{page}/{TOKEN}")
    answer = public.web.get(f"/{page}/{odd}")
    assert (answer.status_int, answer.headers["Location"]) == (303, PAGES[page])
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    (cookie,) = answer.headers.getall("Set-Cookie")
    assert cookie.startswith(f"__Host-ssp_link_{page}=; ")


def test_the_pages_behind_it_name_no_other_site_and_hold_no_token(browser: Browser) -> None:
    set_up_app(browser, ADA)
    for page, action in (("not-me", "/not-me"), ("password", None)):
        let_mail_leave(browser.app)
        address = browser.phone.link(page)
        browser.open(address)
        assert browser.path == PAGES[page]
        assert address.rpartition("/")[2] not in browser.page.text
        assert "http" not in "".join(str(each["href"]) for each in browser.page.html.select("main [href]"))
        assert browser.page.headers["Referrer-Policy"] == "same-origin"
        if action:
            browser.fill(action)


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_FORWARDED": "host=evil.example;proto=http"},
        {"HTTP_X_ORIGINAL_URL": "https://evil.example/", "HTTP_X_FORWARDED_PROTO": "http"},
    ],
)
def test_the_host_comes_from_the_settings(
    make_app: Callable[..., Flask], phone: Phone, headers: dict[str, str]
) -> None:
    with open_for_mail(PostOffice()) as office:
        own = {"smtp_url": f"smtp://localhost:{office.port}", "mail_from": "portal@example.org"}
        browser = Browser(make_app(demo=False, base_url=PUBLIC, authenticators="totp", **own), phone, origin=PUBLIC)
        browser.web.extra_environ |= headers
        set_up_app(browser, ADA)
        let_mail_leave(browser.app)
    (mail,) = office.mails
    links = [line for line in mail.get_content().splitlines() if "://" in line]
    assert [line.rpartition("/")[0] for line in links] == [f"{PUBLIC}/not-me"]
    assert mail["To"] == ADA.email


@pytest.mark.parametrize("page", PAGES)
def test_another_host_gets_nothing(public: Browser, page: str) -> None:
    answer = public.web.get(f"/{page}/{TOKEN}", headers={"Host": "evil.example"}, expect_errors=True)
    assert answer.status_int == 400
    assert "Set-Cookie" not in answer.headers
