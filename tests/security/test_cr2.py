"""CR2: nobody is signed in to somebody else's account by a form of another site."""

import pytest

from ssp.models import PendingSignIn
from ssp.web.portal import Site
from tests.people import BEN, Browser, table


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {}],
    ids=["origin", "fetch metadata", "hidden origin", "old browser"],
)
def test_a_foreign_form_with_the_attackers_own_token(
    browser: Browser, other_browser: Browser, site: Site, headers: dict[str, str]
) -> None:
    browser.open("/sign-in")
    token = other_browser.open("/sign-in").csrf()
    fields = {"csrf_token": token, "username": BEN.username, "password": BEN.password}
    assert browser.web.post("/sign-in", fields, headers=headers, expect_errors=True).status_int == 403
    assert table(site, PendingSignIn) == []


def test_not_even_by_a_browser_that_was_never_here(browser: Browser, other_browser: Browser, site: Site) -> None:
    token = other_browser.open("/sign-in").csrf()
    fields = {"csrf_token": token, "username": BEN.username, "password": BEN.password}
    assert browser.web.post("/sign-in", fields, expect_errors=True).status_int == 403
    assert table(site, PendingSignIn) == []
