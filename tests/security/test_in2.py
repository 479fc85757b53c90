"""IN2: a username has one spelling, everywhere; mail goes to the address on file, never to a typed one."""

import pytest

from ssp.flows.people import PeopleError
from ssp.models import Throttle, User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    SAM,
    Browser,
    Human,
    full_width,
    join,
    password,
    set_up_text,
    sign_out,
    table,
    wrong,
)

SPELLINGS = ["SAM", " sam ", "\u017fam", full_width("SAM"), "sam\u3000"]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_every_spelling_is_the_same_person(browser: Browser, site: Site, spelled: str) -> None:
    browser.open("/sign-in").fill(username=spelled, password=SAM.password)
    assert browser.path == "/set-up"
    with pytest.raises(PeopleError, match="there is a sam already"):
        join(site, Human(spelled, "the words of somebody else"))
    assert len(table(site, User)) == 3


@pytest.mark.parametrize(
    "spelled", ["s\u0430m", "sam\u200b", "sa m", "s\u00e4m", "sam\0", "", "x" * 65, "_sam", "'sam"]
)
def test_what_only_looks_alike_is_nobody(browser: Browser, site: Site, spelled: str) -> None:
    with pytest.raises(PeopleError, match="cannot be a username"):
        join(site, Human(spelled, "the words of somebody else"))
    if "\0" not in spelled and spelled:
        assert browser.open("/sign-in").fill(username=spelled, password=SAM.password).page.status_int == 422


def test_the_kelvin_sign_is_a_k(browser: Browser, site: Site) -> None:
    join(site, Human("\u212aim", "the words that kim types"))
    assert password(browser, Human("kim", "the words that kim types")).path == "/set-up"


def test_wrong_codes_count_for_the_person_however_spelled(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    for spelled in ("ada", "ADA", full_width("ada")):
        clock.move(minutes=5)
        browser.open("/sign-in").fill(username=spelled, password=ADA.password)
        browser.fill("/sign-in/code", code=wrong(browser.phone.text_code())).fill("/sign-out")
    assert [each.count for each in table(site, Throttle) if each.key.startswith("second-factor:")] == [3]


@pytest.mark.parametrize("typed", ["ADA@EXAMPLE.TEST", "ada@example.test\u3000"])
def test_forgotten_names_go_to_the_address_on_file(browser: Browser, typed: str) -> None:
    browser.open("/forgot-username").fill(email=typed)
    browser.open("/forgot-password").fill(username=full_width("ADA"))
    browser.open("/forgot-password").fill(username=typed)
    browser.app.extensions["ssp.courier"].close()
    assert {mail["to"] for mail in browser.phone.messages("mail")} == {ADA.email}


def test_mail_goes_to_the_address_on_file(browser: Browser) -> None:
    password(browser, ADA)
    fields = {"csrf_token": browser.csrf(), "type": "text", "email": "evil@evil.example", "to": "evil@evil.example"}
    browser.page = browser.post("/set-up", fields).follow()
    browser.fill(phone=ADA.mobile).fill(code=browser.phone.text_code())
    browser.app.extensions["ssp.courier"].close()
    assert {mail["to"] for mail in browser.phone.messages("mail")} == {ADA.email}
