"""TP1: the secret of an authenticator app is 20 random bytes, each time others."""

import base64

from ssp.authenticators.protocol import Destination
from ssp.models import User
from ssp.web.portal import Site
from tests.people import ADA, Browser, set_up_app


def test_two_hundred_secrets(site: Site) -> None:
    made = [site.types["totp"].destination({}, User()) for _ in range(200)]
    secrets = {each.data["secret"] for each in made if isinstance(each, Destination)}
    assert len(secrets) == 200
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}
    assert len({byte for secret in secrets for byte in base64.b32decode(secret)}) > 250


def test_the_page_shows_one_of_them(browser: Browser) -> None:
    assert len(base64.b32decode(set_up_app(browser, ADA).secret)) == 20
