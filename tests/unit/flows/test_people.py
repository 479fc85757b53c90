"""What those who run the portal do with accounts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from ssp.authenticators.protocol import Verdict
from ssp.flows import credentials, demo_people, people, person_sheet, throttling
from ssp.flows.attempts import Over
from ssp.flows.people import OPERATOR, NewPerson, PeopleError
from ssp.flows.sign_in import look
from ssp.flows.steps import Step
from ssp.flows.throttling import Claimant
from ssp.infra.passwords import UnusablePasswordError
from ssp.models import Event, User, authenticator, event, recovery_code, user
from ssp.web.portal import Site
from tests import rows
from tests.conftest import Clock
from tests.desk import VISIT, Desk, settle_chance, wrong
from tests.people import ADA, BEN, App, Human, Phone

DORA = NewPerson("Dora", "dora@example.test", "Dora Vale", ("agents", "insureds"))
SECRET = "four tall blue windows"


def found(site: Site, username: str) -> User:
    with site.database.reading() as connection:
        return people.find(connection, username)


def newest(site: Site, username: str) -> Event:
    """Return the newest event of a person."""
    with site.database.reading() as connection:
        return event.of_user(connection, found(site, username).id, 1)[0]


@pytest.fixture
def member(site: Site, phone: Phone, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give Ada, who gets texts, signed in a minute ago and trusts her browser."""
    settle_chance(monkeypatch)
    desk = Desk(site, ADA)
    desk.password()
    desk.begin("text", {"phone": ADA.mobile})
    assert desk.confirm("text", phone.text_code()) is Verdict.ACCEPTED
    clock.move(minutes=1)
    desk = desk.leave()
    desk.password()
    assert desk.answer(phone.text_code(), trust=True) is Verdict.ACCEPTED
    assert desk.session
    return desk


# ---- Adding ----


def test_a_person_is_added_and_can_sign_in(site: Site, clock: Clock) -> None:
    people.add(site, DORA, SECRET)
    dora = found(site, "dora")
    assert (dora.username, dora.email, dora.name, dora.groups) == (
        "dora",
        "dora@example.test",
        "Dora Vale",
        ("agents", "insureds"),
    )
    assert (dora.created_at, dora.disabled_at, dora.security_epoch, dora.demo) == (clock.now(), None, 1, False)
    assert (credentials.stored(site, dora) or "").startswith("$argon2id$")
    assert Desk(site, Human("dora", SECRET)).password().step is Step.SET_UP
    first = newest_of_all(site)[0]
    assert (first.kind, first.outcome, first.subject, first.agent) == ("user.added", "done", "dora", "command line")


def newest_of_all(site: Site) -> list[Event]:
    with site.database.reading() as connection:
        return event.of_user(connection, people.find(connection, "dora").id, 9)[::-1]


@pytest.mark.parametrize("username", ["ada", "ADA", "\uff21da "])
def test_a_name_that_somebody_has_is_refused(username: str, site: Site) -> None:
    with pytest.raises(PeopleError, match=r"^there is a ada already$"):
        people.add(site, NewPerson(username, "x@example.test", "X", ()), SECRET)
    assert found(site, "ada").email == "ada@example.test"


@pytest.mark.parametrize("username", ["", "a b", "x" * 65, "adm\u0131n", "-x", "a\nb"])
def test_what_cannot_be_a_username_is_refused_in_one_line(username: str, site: Site) -> None:
    with pytest.raises(PeopleError) as refusal:
        people.add(site, NewPerson(username, "x@example.test", "X", ()), SECRET)
    assert str(refusal.value) == f"{username!r} cannot be a username: use letters, digits and . _ - @ + ', at most 64"
    assert len(people.everybody(site)) == 3


@pytest.mark.parametrize("email", ["", "nonsense", "a@", "a b@example.test", "x" * 250 + "@example.test"])
def test_mail_goes_to_an_address(email: str, site: Site) -> None:
    with pytest.raises(PeopleError, match="is no e-mail address"):
        people.add(site, NewPerson("dora", email, "Dora", ()), SECRET)
    assert len(people.everybody(site)) == 3


def test_a_password_that_cannot_be_one_adds_nobody(site: Site) -> None:
    with pytest.raises(UnusablePasswordError):
        people.add(site, DORA, "x" * 257)
    assert len(people.everybody(site)) == 3


# ---- Looking ----


def test_everybody_comes_by_name(site: Site) -> None:
    people.add(site, DORA, SECRET)
    assert [person.username for person in people.everybody(site)] == ["ada", "ben", "dora", "sam"]


def test_somebody_new_is_described(site: Site, clock: Clock) -> None:
    people.add(site, NewPerson("eve", "eve@example.test", "Eve", ()), SECRET)
    assert person_sheet.describe(site, " EVE ") == [
        ("username", "eve"),
        ("name", "Eve"),
        ("email", "eve@example.test"),
        ("groups", "-"),
        ("phone on file", "no"),
        ("added", f"{clock.now():%Y-%m-%d %H:%M} UTC"),
        ("disabled", "no"),
        ("last signed in", "never"),
        ("trusted devices", "0"),
        ("recovery codes", "none"),
        ("recovery", "no"),
    ]


def test_a_recovery_under_way_is_described(site: Site, clock: Clock) -> None:
    with site.database.writing() as connection:
        ada = user.by_username(connection, "ada")
        assert ada
        user.change(connection, ada.id, password_compromised_at=clock.now())
    said = f"since {clock.now():%Y-%m-%d %H:%M} UTC; no new password yet"
    assert dict(person_sheet.describe(site, "ada"))["recovery"] == said


def test_a_member_is_described_without_secrets(member: Desk, site: Site, clock: Clock) -> None:
    people.disable(site, "ada")
    people.enable(site, "ada")
    described = dict(person_sheet.describe(site, "ada"))
    assert described["groups"] == "agents"
    assert described["last signed in"] == f"{clock.now():%Y-%m-%d %H:%M} UTC"
    assert described["MFA option"] == "text message to ••• ••23"
    assert described["trusted devices"] == "0"
    assert member.human.mobile[-7:] not in str(described)
    people.disable(site, "ada")
    assert dict(person_sheet.describe(site, "ada"))["disabled"] == f"{clock.now():%Y-%m-%d %H:%M} UTC"


def test_holds_are_described_and_ended(member: Desk, site: Site, phone: Phone, clock: Clock) -> None:
    stranger = member.leave()
    stranger.password()
    for by in range(1, throttling.TRIES_BEFORE_PAUSE + 1):
        stranger.answer(wrong(phone.text_code(), by))
    with site.database.writing() as connection:
        ada = people.find(connection, "ada")
        for known, times in ((False, 6), (True, 1)):
            for _ in range(times):
                throttling.claim_password(connection, site.keys, Claimant("ada", ada, known), clock.now())
    described = person_sheet.describe(site, "ada")
    until = clock.now() + throttling.PAUSE
    assert described[-5:] == [
        ("wrong passwords", "5 in new browsers, 1 in known ones, 1 not looked at"),
        ("held", f"new browsers, until {clock.now() + timedelta(seconds=1):%Y-%m-%d %H:%M:%S} UTC"),
        ("MFA option", "text message to ••• ••23"),
        ("wrong codes", "10 in new browsers, 0 in known ones, 0 not looked at"),
        ("held", f"new browsers, until {until:%Y-%m-%d %H:%M:%S} UTC"),
    ]
    assert people.unlock(site, "ada") == 2
    assert [name for name, _ in person_sheet.describe(site, "ada")][-2:] == ["recovery", "MFA option"]


def test_recovery_codes_and_tries_at_them_are_described(site: Site, clock: Clock) -> None:
    with site.database.writing() as connection:
        ada = people.find(connection, "ada")
        first, _ = (rows.on_paper(connection, ada.id, created_at=clock.now(), selector=each) for each in ("K7", "X2"))
        recovery_code.claim(connection, first, clock.now())
        throttling.claim(connection, throttling.recovery_key(ada.id), clock.now(), known=False)
        throttling.claim(connection, throttling.address_key(ada.id), clock.now(), known=True)
    described = person_sheet.describe(site, "ada")
    assert described[-4:-1] == [
        ("recovery codes", f"1 of 2 left, made {clock.now():%Y-%m-%d %H:%M} UTC"),
        ("wrong recovery codes", "1 in new browsers, 0 in known ones, 0 not looked at"),
        ("wrong mailed codes", "0 in new browsers, 1 in known ones, 0 not looked at"),
    ]
    assert people.unlock(site, "ada") == 2
    people.reset_mfa(site, "ada")
    assert dict(person_sheet.describe(site, "ada"))["recovery codes"] == "none"


def test_a_hold_without_an_end_says_how_it_is_ended(site: Site, clock: Clock) -> None:
    with site.database.writing() as connection:
        claimant = Claimant("ada", people.find(connection, "ada"), known=True)
        for number in range(throttling.PASSWORDS_BEFORE_STOP):
            at = clock.now() - timedelta(days=2) + number * throttling.PAUSE
            throttling.claim_password(connection, site.keys, claimant, at)
    assert person_sheet.describe(site, "ada")[-3:] == [
        ("wrong passwords", "0 in new browsers, 100 in known ones, 0 not looked at"),
        ("held", "new browsers, until `flask user unlock`"),
        ("held", "known browsers, until `flask user unlock`"),
    ]


def test_trusted_devices_are_counted(member: Desk, site: Site, clock: Clock) -> None:
    del member
    assert dict(person_sheet.describe(site, "ada"))["trusted devices"] == "1"
    clock.move(days=30)
    assert dict(person_sheet.describe(site, "ada"))["trusted devices"] == "0"


def test_an_option_that_is_no_longer_offered_is_named(member: Desk, make_app: Callable[..., Flask]) -> None:
    del member
    site: Site = make_app(authenticators="totp").extensions["ssp"]
    assert dict(person_sheet.describe(site, "ada"))["MFA option"] == "text"


VERBS = [person_sheet.describe, people.disable, people.enable, people.reset_mfa, people.unlock]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
@pytest.mark.parametrize("username", ["nobody", "a b"])
def test_nobody_of_that_name_is_said_so(verb: Callable[[Site, str], Any], username: str, site: Site) -> None:
    with pytest.raises(PeopleError, match=f"^there is nobody called {username}$"):
        verb(site, username)


# ---- Locking out and freeing ----


def test_a_disabled_person_is_out_at_once_everywhere(member: Desk, site: Site, phone: Phone) -> None:
    begun = member.leave()
    begun.password()
    epoch = found(site, "ada").security_epoch
    people.disable(site, "Ada")
    assert member.session is None
    assert look(site, VISIT, begun.token) is Over.ENDED
    assert found(site, "ada").disabled_at is not None
    assert found(site, "ada").security_epoch == epoch + 1
    noted = newest(site, "ada")
    assert (noted.kind, noted.actor, noted.request_id) == ("user.disabled", OPERATOR.actor, OPERATOR.request_id)
    people.enable(site, "ada")
    assert found(site, "ada").disabled_at is None
    assert newest(site, "ada").kind == "user.enabled"
    assert member.session is None, "what ended stays ended"
    back = Desk(site, ADA, cookies=member.cookies)
    assert back.password().step is Step.CHALLENGE, "a device that was trusted before is not any more"
    assert back.answer(phone.text_code()) is Verdict.ACCEPTED


def test_others_stay_signed_in(member: Desk, site: Site) -> None:
    people.disable(site, "ben")
    people.reset_mfa(site, "ben")
    assert member.session


def test_a_reset_forgets_options_counters_trust_and_sessions(member: Desk, site: Site, phone: Phone) -> None:
    begun = member.leave()
    begun.password()
    begun.answer(wrong(phone.text_code()))
    assert people.reset_mfa(site, "ada") == 1
    assert member.session is None
    assert look(site, VISIT, begun.token) is Over.ENDED
    assert (newest(site, "ada").kind, newest(site, "ada").reason) == ("authenticator.removed", "reset_by_operator")
    assert people.unlock(site, "ada") == 0
    back = Desk(site, ADA, cookies=member.cookies)
    assert back.password().step is Step.SET_UP
    assert people.reset_mfa(site, "ada") == 0


def test_unlocking_frees_a_paused_option_and_nothing_else(member: Desk, site: Site, phone: Phone) -> None:
    desk = member.leave()
    desk.password()
    code = phone.text_code()
    for by in range(1, throttling.TRIES_BEFORE_PAUSE + 1):
        desk.answer(wrong(code, by))
    assert desk.paused_until()
    assert people.unlock(site, "ada") == 1
    assert desk.paused_until() is None
    assert (newest(site, "ada").kind, newest(site, "ada").reason) == ("authenticator.resumed", "by_operator")
    assert member.session
    assert people.unlock(site, "ada") == 0


def test_unlocking_one_person_frees_nobody_whose_number_begins_alike(site: Site) -> None:
    with site.database.writing() as connection:
        for number in range(20):
            rows.person(connection, f"p{number}")
        numbers = {person.id: person for person in user.everybody(connection)}
        first = min(numbers)
        alike = next(number for number in numbers if number != first and str(number).startswith(str(first)))
        for number in (first, alike):
            row = rows.option(connection, number)
            way = next(each for each in authenticator.confirmed(connection, number) if each.id == row)
            throttling.claim(connection, way, rows.AT, known=False)
    assert people.unlock(site, numbers[first].username) == 1
    assert people.unlock(site, numbers[alike].username) == 1


# ---- Demo people ----


def test_demo_people_are_added_once(make_app: Callable[..., Flask], site: Site) -> None:
    demo_people.add_missing(site)
    names = [person.username for person in people.everybody(site)]
    assert names == sorted({"ada", "ben", "sam"} | {person.username for person in demo_people.PEOPLE})
    demo_people.add_missing(make_app().extensions["ssp"])
    assert [person.username for person in people.everybody(site)] == names
    added = [person for person in people.everybody(site) if person.username in {"cora", "dev"}]
    assert [(person.demo, person.email) for person in added] == [
        (True, "cora@example.test"),
        (True, "dev@example.test"),
    ]


def test_demo_people_get_the_number_that_they_had_not(site: Site) -> None:
    demo_people.add_missing(site)
    people.set_phone(site, "cora", "")
    demo_people.add_missing(site)
    assert found(site, "cora").phone_fingerprint is not None
    assert found(site, "ada").phone_fingerprint is None, "who has a demo person's name is none"


def test_demo_people_have_no_number_where_none_like_it_is_allowed(make_app: Callable[..., Flask]) -> None:
    site: Site = make_app(countries="GB").extensions["ssp"]
    demo_people.add_missing(site)
    demo_people.add_missing(site)
    assert found(site, "cora").phone_fingerprint is None


def test_demo_people_can_sign_in_as_it_says_and_cover_every_group(site: Site) -> None:
    demo_people.add_missing(site)
    groups = {group for person in demo_people.PEOPLE for group in person.groups}
    assert groups == {"agents", "policyholders", "insureds", "employees", "support"}
    cora = next(person for person in demo_people.PEOPLE if person.username == "cora")
    assert Desk(site, Human("cora", cora.password)).password().step is Step.SET_UP
    assert all(len(person.password) >= site.settings.password_min for person in demo_people.PEOPLE)


def test_outside_demo_mode_demo_people_are_closed(site: Site, make_app: Callable[..., Flask]) -> None:
    demo_people.add_missing(site)
    real: Site = make_app(demo=False, base_url="https://portal.example.org", authenticators="totp").extensions["ssp"]
    cora, ada = found(real, "cora"), found(real, "ada")
    assert people.may_sign_in(site, cora)
    assert not people.may_sign_in(real, cora)
    assert people.may_sign_in(real, ada)
    people.disable(real, "ada")
    assert not people.may_sign_in(site, found(real, "ada"))


def test_a_person_with_an_app_is_reset_too(site: Site, clock: Clock) -> None:
    del clock
    desk = Desk(site, BEN)
    desk.password()
    desk.begin("totp", {})
    app = App(site.types["totp"].shown(desk.draft("totp"), desk.attempt.user)["secret"])
    assert people.reset_mfa(site, "ben") == 1, "a draft counts"
    assert look(site, VISIT, desk.token) is Over.ENDED
    assert len(app.secret) == 32
