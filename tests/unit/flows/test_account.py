"""The account's verbs for somebody whose rows went between two requests, and what two requests at once leave."""

from sqlalchemy import delete

from ssp.flows import account, new_password, sessions, step_up
from ssp.flows.step_up import Standing
from ssp.models import PendingSignIn, StepUp, User
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import VISIT
from tests.people import ADA, App, table
from tests.unit.flows.test_sessions import sign_in_by_app


def test_of_somebody_who_is_gone_nothing_shows(site: Site, clock: Clock) -> None:
    row = sign_in_by_app(site, clock, ADA).session
    assert row
    with site.database.writing() as connection:
        connection.execute(delete(User))
    assert account.overview(site, row, {}) == account.Overview([], None, [])
    assert step_up.look(site, VISIT, row, new_password.ERRAND).has_option is False
    refused = new_password.change(site, VISIT, row, ADA.password, "eleven quiet copper moons")
    assert refused.refusal is new_password.Refusal.NOT_PROVED
    sessions.sign_out(site, VISIT, row)


def test_what_is_proved_is_not_asked_for_again(site: Site, clock: Clock) -> None:
    desk = sign_in_by_app(site, clock, ADA)
    row = desk.session
    assert row
    step_up.begin(site, VISIT, row, new_password.ERRAND)
    view = step_up.look(site, VISIT, row, new_password.ERRAND)
    assert view.attempt
    assert view.attempt.chosen
    clock.move(minutes=1)
    app = App(site.types["totp"].shown(view.attempt.chosen, view.attempt.user)["secret"])
    progress = step_up.answer(site, VISIT, row, new_password.ERRAND, app.code())
    assert progress
    assert progress.session_token
    desk.token = progress.session_token
    assert desk.session
    step_up.begin(site, VISIT, desk.session, new_password.ERRAND)
    assert step_up.look(site, VISIT, desk.session, new_password.ERRAND).standing is Standing.PROVED
    assert [each.action for each in table(site, StepUp)].count("change_password") == 1
    assert step_up.answer(site, VISIT, row, new_password.ERRAND, app.code()) is None, "the old token opens nothing"


def test_where_the_sign_in_is_forgotten_tries_are_those_of_a_stranger(site: Site, clock: Clock) -> None:
    desk = sign_in_by_app(site, clock, ADA)
    for forgotten in (False, True):
        with site.database.writing() as connection:
            if forgotten:
                connection.execute(delete(PendingSignIn))
        row = desk.session
        assert row
        with site.database.reading() as connection:
            assert (sessions.known_browser(connection, row) is None) is forgotten
