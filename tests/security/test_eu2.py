"""EU2: mails leave beside the request, so that a slow mail server shows nobody what was done, and slows nobody."""

import time
from collections.abc import Callable

from flask import Flask

from tests.people import ADA, Browser, Phone, set_up_app
from tests.security.tools import PUBLIC
from tests.smtp import PostOffice, open_for_mail


def test_a_mail_server_that_says_nothing_slows_no_page(make_app: Callable[..., Flask], phone: Phone) -> None:
    with open_for_mail(PostOffice(silent=True)) as office:
        own = {"smtp_url": f"smtp://localhost:{office.port}", "mail_from": "portal@example.org"}
        app = make_app(demo=False, base_url=PUBLIC, authenticators="totp", **own)
        begun = time.monotonic()
        browser = Browser(app, phone, origin=PUBLIC)
        set_up_app(browser, ADA)
        assert browser.open("/").path == "/"
        assert time.monotonic() - begun < 5, "the mail server would be waited for ten seconds"
