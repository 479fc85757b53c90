"""IN1: no bytes at all make the portal fail; `tests/functional/test_bad_input.py` does it field by field."""

import random

import pytest

from tests.people import ADA, Browser, password
from tests.security.tools import Costs, addresses

CHANCE = random.Random(20261122)
BITS = [
    b"%00",
    b"%FF",
    b"%ED%A0%80",
    b"%E2%80%AE",
    b"=",
    b"&",
    b"+",
    b"%",
    b"%zz",
    b";",
    b"username",
    b"code",
    b"-1",
    b"9" * 40,
]


def body() -> bytes:
    return b"".join(CHANCE.choice([*BITS, CHANCE.randbytes(3)]) for _ in range(CHANCE.randrange(30)))


@pytest.mark.parametrize("signed_in", [False, True])
def test_random_bodies_to_every_form(browser: Browser, hashed: Costs, *, signed_in: bool) -> None:
    if signed_in:
        password(browser, ADA)
    token = browser.open("/sign-in").csrf().encode()
    for endpoint, path in addresses(browser.app, "POST"):
        for number in range(12):
            sent = (b"csrf_token=" + token + b"&" if number % 2 else b"") + body()
            response = browser.app.test_client().post(
                path,
                data=sent,
                base_url=browser.origin,
                headers={
                    "Cookie": f"ssp_session={browser.cookies['ssp_session']}",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
            assert response.status_code in {303, 400, 403, 413, 415, 422}, (endpoint, sent)
            assert b"Traceback" not in response.data
    assert len(hashed()) < 30


def test_random_addresses(browser: Browser) -> None:
    client = browser.app.test_client()
    for _ in range(100):
        path = "/" + "".join(CHANCE.choice("%/.;?=&+ab\\{}<>'\"~^|%0%2f%00") for _ in range(CHANCE.randrange(25)))
        response = client.get(path, base_url=browser.origin)
        assert response.status_code in {200, 303, 308, 400, 404, 405}, path
