"""IN4: what clients send is data: no statement, template, pickle or path is made of it."""

import base64
import pickle

import pytest

from ssp.models import Authenticator, User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_out, table

PROBES = [
    "' OR '1'='1",
    "ada'--",
    'ada" OR ""="',
    "ada'; DROP TABLE user;--",
    "%' OR 1=1 --",
    "_da",
    "%",
    "a\\da",
    "$(id)",
    "`id`",
    "!!python/object/apply:os.system ['id']",
    "../../etc/passwd",
    "__class__",
]


@pytest.mark.parametrize("probe", PROBES)
def test_in_the_username(browser: Browser, site: Site, probe: str) -> None:
    for typed in (ADA.password, probe):
        assert browser.open("/sign-in").fill(username=probe, password=typed).page.status_int == 422
    assert len(table(site, User)) == 3


def test_in_every_choice(browser: Browser, site: Site, clock: Clock) -> None:
    password(browser, ADA)
    for probe in [*PROBES, "ssp.authenticators.totp", "os", "delivered", "protocol"]:
        assert browser.post("/set-up", {"csrf_token": browser.csrf(), "type": probe}).status_int == 422
        assert browser.web.get(f"/set-up/{probe.replace('/', '%2F')}", expect_errors=True).status_int == 404
    set_up_text(browser.fill("/sign-out"), ADA)
    clock.move(minutes=1)
    sign_out(browser)
    password(browser, ADA)
    for probe in PROBES:
        fields = {"csrf_token": browser.csrf(), "authenticator": probe}
        assert browser.post("/sign-in/choose", fields).status_int == 422
    assert len(table(site, Authenticator)) == 1


class Bomb:
    """What would run code if anybody unpickled it."""

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return (SystemExit, ("somebody unpickled a cookie",))


def test_in_cookies(browser: Browser) -> None:
    bomb = base64.urlsafe_b64encode(pickle.dumps(Bomb())).decode().rstrip("=")
    for value in (bomb, f"s.{bomb}", f"s.{bomb[:43]}", f".{bomb}.x.y", *(f"s.{probe}" for probe in PROBES)):
        browser.web.reset()
        response = browser.web.get("/", headers={"Cookie": f"ssp_session={value}"}, expect_errors=True)
        assert response.headers["Location"] == "/sign-in", value
