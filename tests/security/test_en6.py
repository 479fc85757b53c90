"""EN6: the last way to get codes that works cannot be removed, by whatever form; `test_races.py` has two at once."""

from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, add_way, options, prove, set_up_text, sign_in_by_text, sign_out, table


def test_a_direct_request_is_refused_with_a_proof_and_without(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    (only,) = [each.id for each in table(site, Authenticator)]
    path = f"/account/options/{only}/remove"
    assert browser.open(path).path == "/account/"
    for proved in (False, True):
        if proved:
            clock.move(minutes=1)
            assert prove(browser, ADA, f"remove:{only}").path == "/account/"
        response = browser.post(path, {"csrf_token": browser.open("/account/").csrf()})
        assert response.headers["Location"] == "/account/?done=last"
    assert [each.id for each in table(site, Authenticator)] == [only]


def test_it_can_be_replaced_and_then_is_the_new_ones_turn(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    (only,) = [each.id for each in table(site, Authenticator)]
    clock.move(minutes=2)
    prove(browser, ADA, f"replace:{only}").fill().fill(type="text").fill(phone=BEN.mobile)
    browser.fill(code=browser.phone.text_code(BEN.mobile))
    (new,) = [each.id for each in table(site, Authenticator)]
    assert new != only
    response = browser.post(f"/account/options/{new}/remove", {"csrf_token": browser.open("/account/").csrf()})
    assert response.headers["Location"] == "/account/?done=last"


def test_a_second_one_is_encouraged(browser: Browser) -> None:
    set_up_text(browser, ADA)
    assert "Add a second way now" in browser.words
    assert "A second one helps when your phone is lost" in browser.open("/account/").words


def test_a_lost_one_can_go_at_once_by_the_other(browser: Browser, site: Site, clock: Clock) -> None:
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    sign_out(browser)
    clock.move(minutes=15)
    sign_in_by_text(browser, ADA)
    lost = options(browser)[1]
    prove(browser, ADA, f"remove:{lost}").fill()
    assert lost not in {each.id for each in table(site, Authenticator)}
