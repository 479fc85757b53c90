"""EU3: before the right password nothing tells who has which phone; other people's ids look like none at all."""

from flask import Flask

from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, add_way, password, set_up_text, sign_out, table
from tests.security.tools import addresses, choices

OPEN = {"auth.sign_in", "health.alive", "health.ready", "help.index", "help.article", "demo.phone"}
OPEN |= {"forgotten.password", "forgotten.username"}


def test_nobody_sees_the_sign_in_page_and_what_is_open_to_all(browser: Browser, app: Flask) -> None:
    for endpoint, path in addresses(app, "GET"):
        if endpoint.startswith("recovery."):
            assert "This link" in browser.open(path, status=404).words
            continue
        page = browser.open(path, status=200)
        assert page.path == (path if endpoint in OPEN else "/sign-in"), endpoint


# The sign-in form says that they do not match; the provider's addresses are closed to all but the provider.
REFUSALS = {
    "auth.sign_in_with_password": (422, None),
    # Without a link there is nothing to press.
    **dict.fromkeys(("recovery.disown", "recovery.send_again"), (303, "/not-me")),
    **dict.fromkeys(("recovery.undo", "recovery.send_again_undone"), (303, "/undo-email")),
    "recovery.choose": (303, "/password"),
    "recovery.confirm": (303, "/email"),
    # Nothing was typed.
    **dict.fromkeys(("forgotten.mail_link", "forgotten.mail_usernames"), (422, None)),
    **dict.fromkeys(("provider.text", "provider.call", "provider.key"), (403, None)),
}


def test_nobody_gets_anywhere_with_a_form(browser: Browser, app: Flask, site: Site) -> None:
    set_up_text(browser, ADA)
    (way,) = table(site, Authenticator)
    sign_out(browser)
    token = browser.open("/sign-in").csrf()
    for endpoint, path in addresses(app, "POST"):
        for value in (way.id, "0" * 22):
            fields = {"csrf_token": token, "authenticator": value, "type": "text", "code": "123456", "answer": "keep"}
            response = browser.post(path, fields)
            expected = REFUSALS.get(endpoint, (303, "/sign-in"))
            location = response.headers.get("Location")
            assert (response.status_int, location and location.partition("?")[0]) == expected, endpoint
            if endpoint == "auth.sign_out":
                token = browser.open("/sign-in").csrf()


def test_anothers_way_and_no_way_are_the_same(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(other_browser, BEN)
    (bens,) = table(site, Authenticator)
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    sign_out(add_way(browser, "voice", phone=ADA.office, extension=""))
    clock.move(minutes=9)
    password(browser, ADA)
    assert bens.id not in choices(browser)
    token = browser.csrf()
    for path in ("/sign-in/choose", "/sign-in/code/send"):
        pages = [browser.post(path, {"csrf_token": token, "authenticator": value}) for value in (bens.id, "0" * 22)]
        assert {page.status_int for page in pages} == {422}
        assert pages[0].text.replace(token, "") == pages[1].text.replace(token, "")
    assert len(browser.phone.messages("text", BEN.mobile)) == 1
