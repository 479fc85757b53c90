"""OT9: a code on its way is on disk only sealed, bound to its row, and gone once it was used."""

import hashlib

import pytest
from sqlalchemy import update

from ssp.flows import key_rotation
from ssp.infra.crypto import SealError
from ssp.models import Challenge
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, password, set_up_text, sign_out, table
from tests.security.tools import on_disk


def test_the_disk_holds_neither_the_code_nor_a_plain_hash_of_it(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    code = browser.phone.text_code().encode()
    held = on_disk(site)
    assert b"sign-in" in held
    for form in (code, *(hashlib.new(name, code).hexdigest().encode() for name in ("md5", "sha1", "sha256"))):
        assert form not in held
    for name in ("md5", "sha1", "sha256"):
        assert hashlib.new(name, code).digest() not in held


def test_a_rotation_seals_it_anew_and_it_still_counts(browser: Browser, site: Site) -> None:
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    before = table(site, Challenge)[0].code
    key, _ = key_rotation.rotate(site)
    after = table(site, Challenge)[0].code
    assert str(before).startswith("k1.")
    assert str(after).startswith(f"{key.id}.")
    assert browser.fill("/set-up/text", code=browser.phone.text_code()).path == "/set-up/done"


def test_it_is_gone_once_it_was_used(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    (used,) = table(site, Challenge)
    assert used.code is None
    assert used.consumed_at is not None


def test_it_opens_in_its_own_row_only(browser: Browser, other_browser: Browser, site: Site) -> None:
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    password(other_browser, BEN).fill(type="text").fill(phone=BEN.mobile)
    one, other = table(site, Challenge)
    assert site.keys.open("code", one.id, str(one.code))
    with pytest.raises(SealError):
        site.keys.open("code", one.id, str(other.code))
    with site.database.writing() as connection:
        connection.execute(update(Challenge).where(Challenge.id == one.id).values(code=other.code))
        connection.execute(update(Challenge).where(Challenge.id == other.id).values(code=one.code))
    for code in (browser.phone.text_code(BEN.mobile), browser.phone.text_code(ADA.mobile)):
        assert browser.fill("/set-up/text", code=code).page.status_int == 500
        browser.open("/set-up/text")
