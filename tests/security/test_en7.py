"""EN7: a code goes by ways that the person set up, and by no other, whatever a form says."""

from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, password, prove, set_up_app, set_up_text, sign_out, table


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


def codes_sent(browser: Browser) -> int:
    """Return how many texts and calls there were; mails come when they come."""
    return len([*browser.phone.messages("text"), *browser.phone.messages("voice")])


def test_nobody_prefers_or_replaces_anybody_elses(
    browser: Browser, other_browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(other_browser, BEN)
    (bens,) = [each.id for each in table(site, Authenticator)]
    set_up_text(browser, ADA)
    clock.move(minutes=2)
    before = codes_sent(browser)
    for deed in ("prefer", "replace", "rename", "remove"):
        csrf = browser.open("/account/").csrf()
        for path in (f"/account/options/{bens}/{deed}", f"/account/confirm/{deed}:{bens}"):
            assert browser.open(path).path == "/account/"
            assert browser.post(path, {"csrf_token": csrf, "name": "Mine"}).headers["Location"] == "/account/"
    assert codes_sent(browser) == before
    assert {each.name for each in table(site, Authenticator)} == {None}


def test_the_second_factor_goes_by_the_new_way_alone_once_it_is_in_place(
    browser: Browser, site: Site, clock: Clock
) -> None:
    set_up_text(browser, ADA)
    (old,) = [each.id for each in table(site, Authenticator)]
    clock.move(minutes=2)
    prove(browser, ADA, f"replace:{old}").fill().fill(type="text").fill(phone=BEN.mobile)
    browser.fill(code=browser.phone.text_code(BEN.mobile))
    clock.move(minutes=2)
    password(sign_out(browser), ADA)
    before = len(browser.phone.messages("text", ADA.mobile))
    response = browser.post("/sign-in/code/send", {"csrf_token": browser.csrf(), "authenticator": old})
    assert response.status_int == 422
    assert len(browser.phone.messages("text", ADA.mobile)) == before
