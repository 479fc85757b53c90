"""TD2: the browser holds random values, the database digests of them: what is on disk makes no cookie."""

import base64
import hashlib

from ssp.models import TrustedDevice
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_in_by_text, sign_out, table
from tests.security.tools import on_disk


def trusted(browser: Browser, clock: Clock) -> Browser:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    return sign_out(sign_in_by_text(browser, ADA, trust=True))


def test_the_cookie_is_random_and_not_on_disk(browser: Browser, site: Site, clock: Clock) -> None:
    trusted(browser, clock)
    ((name, value),) = browser.devices.items()
    selector, verifier = value.split(".")
    assert [len(base64.urlsafe_b64decode(part + "==")) for part in (selector, verifier)] == [16, 32]
    assert verifier.encode() not in on_disk(site)
    (device,) = table(site, TrustedDevice)
    assert device.verifier_hash == hashlib.sha256(verifier.encode()).hexdigest()
    assert "ada" not in name + value


def test_a_copy_of_the_database_makes_no_cookie(browser: Browser, site: Site, clock: Clock) -> None:
    trusted(browser, clock)
    ((name, value),) = browser.devices.items()
    (device,) = table(site, TrustedDevice)
    for forged in (device.verifier_hash, device.verifier_hash[:43], ""):
        browser.carry({name: f"{device.id}.{forged}"})
        assert password(browser, ADA).path == "/sign-in/code"
        browser.fill("/sign-out")
    assert value.split(".")[0] == device.id
