"""EN1: the password alone sets up the first option, so its owner is told at once, by mail to the address on file."""

from collections.abc import Callable

from flask import Flask

from ssp.models import OutgoingMail
from tests.people import ADA, Browser, Phone, set_up_app, set_up_text, table


def test_the_mail_says_what_when_from_where_and_whom_to_call(browser: Browser) -> None:
    browser.web.extra_environ["REMOTE_ADDR"] = "203.0.113.9"
    set_up_text(browser, ADA)
    browser.app.extensions["ssp.courier"].close()
    (mail,) = browser.phone.messages("mail", ADA.email)
    for words in ("text message to ••• ••23", "203.0.113.9", "If it was not you", "205-555-0100", " UTC "):
        assert words in mail["body"], words
    assert "555-0123" not in mail["body"]


def test_it_is_committed_with_the_option(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(demo=False, base_url="http://localhost:8000")  # without a mail server it waits
    token = set_up_app(Browser(app, phone), ADA)
    (mail,) = table(app.extensions["ssp"], OutgoingMail)
    assert (mail.to, mail.sent_at) == (ADA.email, None)
    assert "your authenticator app" in mail.body
    assert token.secret not in mail.body
