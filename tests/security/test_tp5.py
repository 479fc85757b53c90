"""TP5: on disk a secret is sealed, with a key that is elsewhere, and opens in its own row only."""

import base64

from sqlalchemy import update

from ssp.flows import key_rotation
from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, password, set_up_app, sign_out, table
from tests.security.tools import on_disk


def test_the_disk_holds_no_secret_and_no_key(browser: Browser, site: Site) -> None:
    secret = set_up_app(browser, ADA).secret
    raw, held = base64.b32decode(secret), on_disk(site)
    for form in (secret.encode(), raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        assert form not in held
        assert form.lower() not in held
    for line in site.settings.key_file.read_text().splitlines():
        assert line.split()[1].encode() not in held


def test_its_keys_id_stands_before_it_and_another_key_takes_over(browser: Browser, site: Site, clock: Clock) -> None:
    app = set_up_app(browser, ADA)
    (way,) = table(site, Authenticator)
    assert way.data.startswith("k1.")
    key, _ = key_rotation.rotate(site)
    (way,) = table(site, Authenticator)
    assert way.data.startswith(f"{key.id}.")
    clock.move(minutes=1)
    assert password(sign_out(browser), ADA).fill("/sign-in/code", code=app.code()).path == "/"


def test_anothers_secret_does_not_open(browser: Browser, other_browser: Browser, site: Site, clock: Clock) -> None:
    first, second = set_up_app(browser, ADA), set_up_app(other_browser, BEN)
    one, other = table(site, Authenticator)
    with site.database.writing() as connection:
        connection.execute(update(Authenticator).where(Authenticator.id == one.id).values(data=other.data))
        connection.execute(update(Authenticator).where(Authenticator.id == other.id).values(data=one.data))
    clock.move(minutes=5)
    sign_out(browser)
    for token in (first, second):
        assert password(browser.open("/sign-in"), ADA).fill("/sign-in/code", code=token.code()).page.status_int == 500
        browser.open("/sign-in/code").fill("/sign-out")
