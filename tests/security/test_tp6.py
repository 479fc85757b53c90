"""TP6: a secret counts only once a right code proved it; a half-done set-up never harms the one that works."""

import pytest

from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, App, Browser, one, password, set_up_app, sign_out, table


def half_done(browser: Browser) -> App:
    """Begin to set up a further app; return what it would show."""
    browser.open("/set-up/done").fill("/set-up/another").fill(type="totp")
    return App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))


@pytest.mark.parametrize("way_out", ["sign out", "wait", "wrong code", "keep what I have"])
def test_the_old_one_works_and_the_new_one_does_not(
    browser: Browser, other_browser: Browser, clock: Clock, site: Site, way_out: str
) -> None:
    old = set_up_app(browser, ADA)
    new = half_done(browser)
    if way_out == "sign out":
        browser.fill("/sign-out")
    elif way_out == "wrong code":
        assert browser.fill(code=new.wrong()).page.status_int == 422
    elif way_out == "keep what I have":
        sign_out(browser.open("/set-up").fill("/set-up/later"))
    clock.move(minutes=11)
    assert [each.id for each in table(site, Authenticator) if each.confirmed_at] == [
        each.id for each in table(site, Authenticator) if each.pending_id is None
    ]
    password(other_browser, ADA)
    assert "Use another way" not in other_browser.words
    assert other_browser.fill("/sign-in/code", code=new.code()).page.status_int == 422
    assert other_browser.fill("/sign-in/code", code=old.code()).path == "/"


@pytest.mark.usefixtures("clock")
def test_it_belongs_to_one_browser(browser: Browser, other_browser: Browser, site: Site) -> None:
    password(browser, ADA).fill(type="totp")
    token = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
    password(other_browser, ADA).fill(type="totp")
    assert other_browser.fill(code=token.code()).page.status_int == 422
    assert not [each for each in table(site, Authenticator) if each.confirmed_at]


def test_ten_minutes_are_all_it_has(browser: Browser, clock: Clock, site: Site) -> None:
    password(browser, ADA).fill(type="totp")
    token = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
    form = browser.form("/set-up/totp")
    clock.move(minutes=10)
    form["code"] = token.code()
    browser.page = form.submit(headers={"Origin": browser.origin}).follow()
    assert browser.path == "/sign-in"
    assert not [each for each in table(site, Authenticator) if each.confirmed_at]
