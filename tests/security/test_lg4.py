"""LG4: a reference leads Web Support to what happened; it opens nothing, tells nothing, and costs the log nothing."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from ssp.flows import references as pages
from ssp.flows.references import Sight
from ssp.infra import letters, references
from ssp.infra.clock import now
from ssp.models import PendingSignIn
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, Browser, Phone, events, password, set_up_text, sign_out, table
from tests.security.tools import addresses

SHOWN = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}")


def half_way(browser: Browser) -> str:
    """Stop where a wrong code was typed; return the reference."""
    password(sign_out(set_up_text(browser, ADA)), ADA)
    browser.fill("/sign-in/code", code=browser.phone.wrong_code())
    assert browser.reference
    return browser.reference


def test_knowing_one_opens_nothing(app: Flask, browser: Browser, other_browser: Browser, site: Site) -> None:
    reference = half_way(browser)
    spellings = (reference, references.shown(reference), reference.lower())
    before = len(events(site))
    for _, path in addresses(app, "GET"):
        if path.startswith(("/demo/", "/help/", "/provider/")):
            continue
        plain = other_browser.open(path)
        ended = plain.path, plain.page.status_int, SHOWN.sub("", re.sub('value="[^"]*"', "", plain.page.text))
        for said in spellings:
            asked = other_browser.open(f"{path}?reference={said}&token={said}&request_id={said}")
            body = SHOWN.sub("", re.sub('value="[^"]*"', "", asked.page.text.replace(said, "")))
            assert (asked.path, asked.page.status_int) == ended[:2], path
            assert "ada" not in re.sub(r'href="[^"]*"', "", body), path
    for said in spellings:
        for kind in "vps":
            stranger = Browser(app, browser.phone).carry({"ssp_session": f"{kind}.{said.ljust(43, 'A')}"})
            assert stranger.open("/account/").path == "/sign-in"
            assert stranger.open("/sign-in/code").path == "/sign-in"
            assert stranger.reference == ""
        assert other_browser.open(f"/password/{said}", status=404).path == "/password"
        assert other_browser.open(f"/not-me/{said}", status=404).path == "/not-me"
    assert len(events(site)) == before


def test_only_the_browser_of_the_sign_in_is_shown_its_reference(browser: Browser, other_browser: Browser) -> None:
    reference = half_way(browser)
    assert browser.open("/help/no-code").reference == reference
    for path in ("/help/no-code", "/sign-in", "/sign-in/code"):
        assert other_browser.open(path).reference == "", path


def test_pages_that_show_one_are_kept_by_nobody(browser: Browser) -> None:
    half_way(browser)
    for path in ("/help/no-code", "/nothing", "/not-me"):
        browser.open(path)
        assert browser.reference
        assert browser.page.headers["Cache-Control"] == "no-store"
    browser.open("/sign-in").fill("/sign-out").fill(username="ada", password="not hers")
    assert browser.reference
    assert browser.page.headers["Cache-Control"] == "no-store"


def test_none_follows_from_another(site: Site, clock: Clock) -> None:
    drawn = [references.new() for _ in range(2000)]
    said = [pages.of_page(site, Sight.NO_PAGE) for _ in range(2000)]
    clock.move(minutes=1)
    said += [pages.of_page(site, Sight.NO_PAGE) for _ in range(2000)]
    assert len(set(drawn)) == len(drawn)
    assert len(set(said)) > 0.7 * len(said), "chance is a part of each, though none needs to be the only one"
    for some in (drawn, said):
        for place in range(references.LENGTH):
            seen = {reference[place] for reference in some}
            assert len(seen) == len(letters.ALL), "every letter stands in every place"


def test_what_nobody_gave_out_is_nothing(site: Site) -> None:
    made_up = [references.new() for _ in range(500)]
    assert sum(pages.look_up(site, each) is not None for each in made_up) < 5
    key = site.keys.lasting("another purpose")
    sealed = (references.sealed(key, now(), Sight.FAILED.number) for _ in range(20))
    # One in a thousand looks like one of ours by chance.
    stranger = next(each for each in sealed if pages.look_up(site, each) is None)
    assert references.opened(key, stranger, now()) is not None


@pytest.mark.parametrize("path", ["/nothing", "/sign-out", "/not-me", "/password", "/help/", "/sign-in", "/account/"])
def test_looking_at_pages_writes_nothing(browser: Browser, site: Site, path: str) -> None:
    before = len(events(site)), len(table(site, PendingSignIn))
    for _ in range(20):
        browser.open(path)
    assert (len(events(site)), len(table(site, PendingSignIn))) == before


def test_an_address_that_is_turned_away_writes_once(app: Flask, phone: Phone, site: Site, clock: Clock) -> None:
    browser = Browser(app, phone)
    seen = set()
    for number in range(40):
        browser.open("/sign-in").fill(username=f"nobody{number}", password="x")
        seen |= {browser.reference} if browser.page.status_int == 429 else set()
    assert len(seen) == 1
    assert len(events(site, "sign_in.held")) == 1
    clock.move(minutes=1)
    assert now() - events(site, "sign_in.held")[0].at == timedelta(minutes=1)
