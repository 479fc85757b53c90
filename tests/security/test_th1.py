"""TH1: ten wrong codes make a pause of fifteen minutes and a notice, thirty stop the way until Web Support frees it."""

from flask import Flask

from ssp.flows import people
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, events, password, set_up_app, sign_out


def test_thirty_are_the_most(browser: Browser, app: Flask, site: Site, clock: Clock) -> None:
    token = set_up_app(browser, ADA)
    sign_out(browser)
    looked_at = 0
    for _ in range(8):
        clock.move(minutes=15)
        password(browser, ADA)
        for _ in range(15):
            browser.fill("/sign-in/code", code=token.wrong())
            looked_at += browser.problem.startswith("That code is not right.")
        browser.fill("/sign-out")
    assert looked_at == 30
    assert [each.reason for each in events(site, "authenticator.paused")] == ["wrong_10", "wrong_20", "wrong_30"]
    clock.move(days=365)
    password(browser, ADA).fill("/sign-in/code", code=token.code())
    assert browser.problem.startswith("This way is taking a break.")
    people.unlock(site, "ada")
    assert browser.fill("/sign-in/code", code=token.code()).path != "/sign-in/code"
    app.extensions["ssp.courier"].close()
    subjects = [mail["body"].partition("\n")[0] for mail in browser.phone.messages("mail", ADA.email)]
    assert subjects.count("Wrong access codes for Secure Services Portal") >= 1
