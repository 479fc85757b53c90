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


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "application/json",
        "application/xml",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded, text/plain",
        ";",
        'a/b/c; q="',
        "x" * 3000,
    ],
)
def test_forms_come_as_forms(browser: Browser, kind: str) -> None:
    token = browser.open("/sign-in").csrf()
    body = f"csrf_token={token}&username=ada&password={ADA.password}".replace(" ", "+")
    for _, path in addresses(browser.app, "POST"):
        response = browser.web.post(path, body, headers={"Content-Type": kind}, expect_errors=True)
        assert response.status_int in {303, 400, 403, 415, 422}, path
        assert response.status_int in {400, 403, 415} or kind.endswith(("utf-7", ";"))


def test_random_addresses(browser: Browser) -> None:
    client = browser.app.test_client()
    for _ in range(100):
        path = "/" + "".join(CHANCE.choice("%/.;?=&+ab\\{}<>'\"~^|%0%2f%00") for _ in range(CHANCE.randrange(25)))
        response = client.get(path, base_url=browser.origin)
        assert response.status_code in {200, 303, 308, 400, 404, 405}, path
