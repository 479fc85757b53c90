"""PW8: a hash of another cost is replaced at the next sign-in, and one of absurd cost is never computed."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from ssp.models import User
from ssp.web.portal import Site
from tests.people import ADA, Browser, Phone, events, hashes, password
from tests.security.tools import Costs

ABSURD = "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43


def kept(site: Site) -> str:
    return str(hashes(site)["ada"])


def test_a_raised_cost_is_met_at_the_next_sign_in(make_app: Callable[..., Flask], phone: Phone, hashed: Costs) -> None:
    app = make_app(password_hash="20480,3,1")
    site: Site = app.extensions["ssp"]
    browser = Browser(app, phone)
    assert password(browser, ADA).path == "/set-up"
    assert kept(site).startswith("$argon2id$v=19$m=20480,t=3,p=1$")
    assert hashed() == [(19456, 2, 1), (20480, 3, 1)]
    assert [each.subject for each in events(site, "user.password_rehashed")] == ["ada"]
    assert password(Browser(app, phone), ADA).path == "/set-up"
    assert len(events(site, "user.password_rehashed")) == 1


def test_a_wrong_password_changes_nothing(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(password_hash="20480,3,1")
    before = kept(app.extensions["ssp"])
    Browser(app, phone).open("/sign-in").fill(username="ada", password="not her password at all")
    assert kept(app.extensions["ssp"]) == before


@pytest.mark.parametrize("planted", [ABSURD, "$argon2id$v=19$m=19456,t=9999999,p=1$" + ABSURD[34:], "x" * 500])
def test_a_planted_hash_only_refuses(browser: Browser, site: Site, hashed: Costs, planted: str) -> None:
    with site.database.writing() as connection:
        connection.execute(update(User).where(User.username == "ada").values(password_hash=planted))
    assert password(browser, ADA).page.status_int == 422
    assert browser.problem.startswith("That username and password do not match.")
    assert hashed() == [(19456, 2, 1)]  # the decoy
