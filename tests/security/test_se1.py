"""SE1: the session cookie is a random reference: nothing can be read from it, and the database holds its digest."""

import base64
import hashlib

from ssp.models import PendingSignIn, Session
from ssp.web.portal import Site
from tests.people import ADA, Browser, password, set_up_text, table
from tests.security.tools import on_disk


def parts(browser: Browser) -> tuple[str, str]:
    kind, token = browser.cookies["ssp_session"].split(".")
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    return kind, token


def proved(browser: Browser) -> Browser:
    """Finish the sign-in of somebody who typed the password."""
    browser.fill(type="text").fill(phone=ADA.mobile)
    return browser.fill(code=browser.phone.text_code())


def test_each_kind_is_a_letter_and_256_random_bits(browser: Browser, site: Site) -> None:
    kinds = [parts(browser.open("/sign-in")), parts(password(browser, ADA)), parts(proved(browser))]
    assert [kind for kind, _ in kinds] == ["v", "p", "s"]
    tokens = [token for _, token in kinds]
    assert len(set(tokens)) == 3
    held = on_disk(site)
    assert not [token for token in tokens if token.encode() in held]
    digests = [hashlib.sha256(token.encode()).hexdigest() for token in tokens]
    assert digests[2] in {each.token_hash for each in table(site, Session)}
    assert digests[1] in {each.token_hash for each in table(site, PendingSignIn)}


def test_the_letter_gives_nothing(browser: Browser) -> None:
    _, token = parts(password(browser, ADA))
    assert browser.carry({"ssp_session": f"s.{token}"}).open("/").path == "/sign-in"
    _, token = parts(set_up_text(browser.open("/sign-in"), ADA))
    assert browser.carry({"ssp_session": f"p.{token}"}).open("/set-up").path == "/sign-in"


def test_digests_are_no_tokens(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    (session,) = table(site, Session)
    for forged in (session.token_hash, session.token_hash[:43], session.id):
        assert browser.carry({"ssp_session": f"s.{forged}"}).open("/").path == "/sign-in"
