"""Flask's session as an opaque id: what a cookie may hold, and what follows from it."""

import pytest
from flask import Flask, session
from flask_login import current_user

from ssp.flows.attempts import Progress
from ssp.flows.steps import Step
from ssp.infra import tokens
from ssp.web.journey import onward
from ssp.web.portal import Site
from ssp.web.sessions import CSRF_FIELD, PENDING, SIGNED_IN, VISITOR, BrowserSession, Person, browser
from tests.conftest import Clock
from tests.desk import Desk
from tests.people import ADA, Phone

TOKEN = "a" * 43


@pytest.fixture
def signed_in(site: Site, phone: Phone, clock: Clock) -> Desk:
    """Give Ada with a session."""
    del clock
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    desk.confirm("text", phone.text_code())
    assert desk.session
    return desk


@pytest.mark.parametrize("kind", [VISITOR, PENDING, SIGNED_IN])
def test_a_cookie_is_a_kind_and_a_token(kind: str, site: Site) -> None:
    carried = BrowserSession(site, f"{kind}.{TOKEN}")
    assert (carried.kind, carried.token, carried.fresh, carried.cleared) == (kind, TOKEN, False, False)


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        ".",
        "s",
        "s.",
        f"x.{TOKEN}",
        f"S.{TOKEN}",
        TOKEN,
        f"s.{TOKEN[1:]}",
        f"s.{TOKEN}a",
        f"s.{'é' * 43}",
        f".{TOKEN}",
        f"s.p.{TOKEN}",
    ],
)
def test_any_other_cookie_is_a_visitor_without_a_token(cookie: str, site: Site) -> None:
    carried = BrowserSession(site, cookie)
    assert (carried.kind, carried.token, carried.person) == (VISITOR, "", None)


def test_a_session_is_a_persons_only_under_its_own_kind(signed_in: Desk, site: Site) -> None:
    found = BrowserSession(site, f"{SIGNED_IN}.{signed_in.token}").person
    assert found
    assert found.session.username == "ada"
    assert found.get_id() == found.session.id
    for cookie in (f"{PENDING}.{signed_in.token}", f"{VISITOR}.{signed_in.token}", f"{SIGNED_IN}.{TOKEN}"):
        assert BrowserSession(site, cookie).person is None


def name(carried: BrowserSession) -> str | None:
    """Return the username of whoever is signed in with a browser."""
    return carried.person.session.username if carried.person else None


def test_the_database_is_asked_once(signed_in: Desk, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    carried = BrowserSession(site, f"{SIGNED_IN}.{signed_in.token}")
    first = carried.person
    monkeypatch.setattr("ssp.web.sessions.sessions.recognise", lambda *_: pytest.fail("asked again"))
    assert first is carried.person is not None
    carried.drop()
    assert name(carried) is None


def test_a_new_token_is_looked_up_anew(signed_in: Desk, site: Site) -> None:
    carried = BrowserSession(site, "")
    assert name(carried) is None
    carried.carry(SIGNED_IN, signed_in.token)
    assert name(carried) == "ada"
    assert (carried.fresh, carried.cleared) == (True, False)
    carried.drop()
    assert (carried.kind, carried.token, carried.fresh, carried.cleared) == (VISITOR, "", False, True)


def test_the_csrf_value_follows_from_kind_and_token(site: Site) -> None:
    values = {
        BrowserSession(site, f"{kind}.{token}")[CSRF_FIELD]
        for kind in (VISITOR, PENDING, SIGNED_IN)
        for token in (TOKEN, "b" * 43)
    }
    assert len(values) == 6
    again = BrowserSession(site, f"{VISITOR}.{TOKEN}")
    assert again[CSRF_FIELD] == again[CSRF_FIELD] in values
    assert not [value for value in values if TOKEN in value]
    assert not again.fresh


def test_whoever_has_no_token_gets_one_with_the_first_form(site: Site) -> None:
    carried = BrowserSession(site, "")
    value = carried[CSRF_FIELD]
    assert (carried.kind, len(carried.token), carried.fresh) == (VISITOR, 43, True)
    assert BrowserSession(site, f"{VISITOR}.{carried.token}")[CSRF_FIELD] == value
    assert BrowserSession(site, "")[CSRF_FIELD] != value


def test_it_is_a_dictionary_for_flasks_extensions_and_keeps_nothing(app: Flask, site: Site) -> None:
    carried = BrowserSession(site, "")
    assert CSRF_FIELD in carried
    assert "other" not in carried
    carried["other"] = 1
    assert carried["other"] == 1
    with pytest.raises(KeyError):
        carried["more"]
    with app.test_request_context("/sign-in"):
        session["other"] = 1
        answer = app.make_response("")
        app.session_interface.save_session(app, session, answer)
    assert "Set-Cookie" not in answer.headers


def test_flask_login_knows_who_the_row_says_it_is(app: Flask, signed_in: Desk) -> None:
    with app.test_request_context("/", headers={"Cookie": f"ssp_session=s.{signed_in.token}"}):
        found = current_user._get_current_object()  # noqa: SLF001 - the proxy's own way
        assert isinstance(found, Person)
        assert (found.is_authenticated, found.session.username) == (True, "ada")
    with app.test_request_context("/", headers={"Cookie": f"ssp_session=s.{tokens.new_token()}"}):
        session["_user_id"] = signed_in.session.id if signed_in.session else ""
        found = current_user._get_current_object()  # noqa: SLF001 - the proxy's own way
        assert not isinstance(found, Person), "what Flask keeps makes nobody signed in"


def test_a_session_that_ended_in_the_same_moment_leads_to_the_sign_in_page(app: Flask) -> None:
    with app.test_request_context("/", headers={"Host": "localhost:8000"}):
        answer = onward(Progress(Step.SIGNED_IN, session_token=tokens.new_token()))
        assert (answer.status_code, answer.location) == (303, "/sign-in")
        assert browser().person is None
