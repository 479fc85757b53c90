"""OT14: a number is no way to sign in before a code proved it; it is kept in E.164 form, sealed."""

import json

from flask import Flask

from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, Human, Phone, join, password, set_up_text, sign_in_by_text, sign_out, table
from tests.security.tools import on_disk


def test_an_unproven_number_never_gets_sign_in_codes(browser: Browser, other_browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    browser.fill("/set-up/another").fill(type="text")
    browser.fill(phone=BEN.mobile)
    clock.move(minutes=1)
    assert sign_in_by_text(other_browser, ADA).path == "/"
    assert "Use another way" not in password(sign_out(other_browser), ADA).words
    assert len(browser.phone.messages("text", BEN.mobile)) == 1


def test_a_family_may_share_a_phone(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    password(other_browser, BEN).fill(type="text").fill(phone=ADA.mobile)
    assert other_browser.fill(code=browser.phone.text_code()).path == "/set-up/done"
    assert len(table(site, Authenticator)) == 2


def test_it_is_kept_as_e164_and_sealed(browser: Browser, site: Site) -> None:
    password(browser, ADA).fill(type="text").fill(phone="(205) 555-0123")
    browser.fill(code=browser.phone.text_code())
    (way,) = table(site, Authenticator)
    kept = json.loads(site.keys.open("authenticator", f"{way.user_id}:{way.id}", way.data))
    assert kept["phone"] == "+12055550123"
    held = on_disk(site)
    assert b"5550123" not in held
    assert b"555-0123" not in held


def test_a_family_may_share_a_phone_but_no_crowd(app: Flask, phone: Phone, site: Site, clock: Clock) -> None:
    family = [Human(f"member{number}", "words that this one types", mobile=ADA.mobile) for number in range(6)]
    join(site, *family)
    for human in family[:5]:
        assert set_up_text(Browser(app, phone), human).path == "/set-up/done"
        clock.move(minutes=10)
    last = password(Browser(app, phone), family[5]).fill(type="text").fill(phone=ADA.mobile)
    assert last.page.status_int == 422
    assert "Several other people get codes at this number already." in last.words
    assert len(phone.messages("text")) == 5
