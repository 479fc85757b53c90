"""EN7: a code goes by ways that the person set up, and by no other, whatever a form says."""

from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_app, sign_out


def test_who_has_an_app_gets_no_texts(browser: Browser, clock: Clock) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    clock.move(minutes=5)
    password(browser, ADA)
    csrf = browser.csrf()
    for path, fields, status in (
        ("/sign-in/code/send", {"authenticator": "text"}, 422),
        ("/sign-in/choose", {"authenticator": "text"}, 422),
        ("/sign-in/code/send", {"method": "sms", "phone": ADA.mobile}, 303),
        ("/set-up", {"type": "text"}, 303),
        ("/set-up/text", {"phone": ADA.mobile}, 303),
        ("/set-up/text/send", {}, 303),
        ("/set-up/later", {}, 303),
        ("/set-up/another", {}, 303),
    ):
        assert browser.post(path, {"csrf_token": csrf, **fields}).status_int == status, path
        assert browser.open("/").path == "/sign-in/code"
    assert browser.phone.messages("text") == browser.phone.messages("voice") == []
    assert browser.fill("/sign-in/code", code=token.code()).path == "/"
