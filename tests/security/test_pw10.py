"""PW10: another password needs the present one, a new one, and a fresh second factor: no session alone changes it."""

import pytest

from ssp.models import User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, password, prove, set_up_text, sign_in_by_text, sign_out, table
from tests.security.tools import Costs

NEW = "eleven quiet copper moons"


def change(browser: Browser, current: str = ADA.password) -> str:
    """Send the form by hand; return where it leads."""
    token = browser.open("/account/").csrf()
    fields = {"csrf_token": token, "current_password": current, "new_password": NEW}
    return str(browser.post("/account/password", fields).headers.get("Location", ""))


def test_a_session_of_a_code_is_not_enough(browser: Browser, site: Site, hashed: Costs) -> None:
    set_up_text(browser, ADA)
    before, computed = [each.password_hash for each in table(site, User)], len(hashed())
    assert change(browser) == "/account/confirm/password"
    assert [each.password_hash for each in table(site, User)] == before
    assert len(hashed()) == computed, "and nothing is hashed for it"


def test_a_trusted_device_is_not_enough(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    sign_out(sign_in_by_text(browser, ADA, trust=True))
    assert password(browser, ADA).path == "/"
    before = [each.password_hash for each in table(site, User)]
    assert change(browser) == "/account/confirm/password"
    assert [each.password_hash for each in table(site, User)] == before


@pytest.mark.parametrize("current", ["not hers at all", "", NEW])
def test_a_fresh_code_is_not_enough(browser: Browser, site: Site, current: str) -> None:
    prove(set_up_text(browser, ADA), ADA, "password")
    before = [each.password_hash for each in table(site, User)]
    assert change(browser, current) == ""
    assert [each.password_hash for each in table(site, User)] == before


def test_all_three_are(browser: Browser, site: Site) -> None:
    prove(set_up_text(browser, ADA), ADA, "password")
    before = [each.password_hash for each in table(site, User)]
    assert change(browser) == "/account/?done=password"
    assert [each.password_hash for each in table(site, User)] != before
