"""Recovery codes: making ten, keeping them, and getting back in with one when the phone is gone."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import insert, update
from webtest import TestResponse

from ssp.flows import unfinished
from ssp.infra.passwords import Busy, Check
from ssp.models import Authenticator, RecoveryCode, Throttle
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    BEN,
    Browser,
    Phone,
    add_way,
    events,
    make_codes,
    notices,
    one,
    options,
    password,
    prove,
    recover,
    replaced,
    set_up_app,
    set_up_text,
    sign_in_by_text,
    sign_out,
    table,
)

NEW_MOBILE = "+12055550177"
ANY = "K7-4QXM-9RTD-2WPC-H5NB"


class Full:
    """A hasher that has no time."""

    def hash(self, _typed: str, **_more: object) -> str:
        raise Busy

    def check(self, _stored: str | None, _typed: str, **_more: object) -> Check:
        raise Busy


@pytest.fixture
def codes(browser: Browser, clock: Clock) -> list[str]:
    """Give the codes of Ada, who gets texts, made them, and signed out."""
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    made = make_codes(browser, ADA)
    sign_out(browser)
    clock.move(minutes=1)
    return made


def spend(site: Site, left: int) -> None:
    """Let all codes but so many be used."""
    used = [each.id for each in table(site, RecoveryCode)][left:]
    with site.database.writing() as connection:
        connection.execute(
            update(RecoveryCode).where(RecoveryCode.id.in_(used)).values(used_at=RecoveryCode.created_at)
        )


def set_up_new_mobile(browser: Browser) -> Browser:
    browser.fill(type="text").fill(phone=NEW_MOBILE)
    return browser.fill(code=browser.phone.text_code(NEW_MOBILE))


# ---- Making them ----


def test_the_account_page_offers_them_in_a_friendly_way(browser: Browser) -> None:
    set_up_text(browser, ADA).open("/account/")
    section = one(browser.page.html, "section[aria-labelledby=codes]")
    assert "Ten codes on paper let you in when your phone is lost or broken." in " ".join(section.get_text().split())
    assert one(section, "a[href*=confirm]").get_text() == "Make recovery codes"


def test_ten_are_made_with_a_fresh_code_and_shown(browser: Browser, clock: Clock, site: Site) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    assert browser.open("/account/recovery-codes").path == "/account/confirm/codes"
    prove(browser, ADA, "codes")
    assert browser.path == "/account/recovery-codes"
    assert "Your old recovery codes" not in browser.words
    browser.fill()
    shown = [each.get_text() for each in browser.page.html.select(".sheet code")]
    assert len(set(shown)) == 10
    assert browser.page.headers["Cache-Control"] == "no-store"
    (event,) = events(site, "recovery_codes.made")
    assert (event.subject, event.reason) == ("ada", "first")
    assert "10 of 10 left, made on November 22, 2026" in browser.open("/account/").words


def test_the_sheet_says_no_more_than_it_must(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    made = make_codes(browser, ADA)
    sheet = one(browser.page.html, ".sheet").get_text(" ", strip=True)
    assert sheet == " ".join(["Secure Services Portal", "ada", "November 22, 2026", *made])


@pytest.mark.usefixtures("clock")
def test_loading_the_page_again_says_calmly_that_they_were_shown(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    prove(browser, ADA, "codes")
    fields = browser.fields()
    browser.fill()
    made = [each.get_text() for each in browser.page.html.select(".sheet code")]
    assert browser.post("/account/recovery-codes", fields).headers["Location"] == "/account/recovery-codes"
    browser.open("/account/recovery-codes")
    assert "Your recovery codes were shown once" in browser.words
    assert "10 are left" in browser.words
    assert not any(code in browser.page.text for code in made)
    assert len(table(site, RecoveryCode)) == 10


@pytest.mark.usefixtures("clock")
def test_they_are_given_as_a_file(browser: Browser) -> None:
    set_up_text(browser, ADA)
    made = make_codes(browser, ADA)
    browser.fill("/account/recovery-codes/download")
    file = browser.page
    assert file.content_type == "text/plain"
    assert file.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert file.headers["Cache-Control"] == "no-store"
    assert file.text.splitlines() == [
        "Secure Services Portal",
        "Recovery codes of ada",
        "November 22, 2026",
        "",
        *made,
        "",
        "Each code works once, after your password.",
    ]


@pytest.mark.parametrize("sent", ["", "hello", f"{ANY} <script>", " ".join([ANY] * 11)])
def test_a_file_holds_nothing_but_codes(browser: Browser, sent: str) -> None:
    set_up_text(browser, ADA)
    token = browser.open("/account/").csrf()
    assert browser.post("/account/recovery-codes/download", {"csrf_token": token, "codes": sent}).status_int == 400


def test_new_ones_end_the_old_ones(browser: Browser, codes: list[str], clock: Clock, site: Site) -> None:
    sign_in_by_text(browser, ADA)
    clock.move(minutes=1)
    prove(browser, ADA, "codes")
    assert "Your old recovery codes, 10 of which are left, stop working." in browser.words
    browser.fill()
    assert len(table(site, RecoveryCode)) == 10
    assert [each.reason for each in events(site, "recovery_codes.made")] == ["first", "renewed"]
    clock.move(minutes=1)
    recover(sign_out(browser), ADA, codes[0])
    assert browser.problem.startswith("That recovery code is not right.")


def test_somebody_without_an_option_sets_one_up_first(make_app: Callable[..., Flask], phone: Phone) -> None:
    browser = password(Browser(make_app(mfa_required_from="2999-01-01"), phone), ADA).fill("/set-up/later")
    assert "Set up an MFA option first." in browser.open("/account/").words
    assert "First, an MFA option" in browser.open("/account/recovery-codes").words


@pytest.mark.usefixtures("clock")
def test_a_busy_portal_makes_none_and_keeps_the_proof(browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    prove(browser, ADA, "codes")
    with replaced(browser.app, passwords=Full()):
        assert browser.send().status_int == 503
    assert table(site, RecoveryCode) == []
    browser.open("/account/recovery-codes").fill()
    assert len(table(site, RecoveryCode)) == 10


class Meanwhile:
    """A hasher that takes so long that something else comes first."""

    def __init__(self, site: Site, deed: Callable[[], object]) -> None:
        self._own, self._deed = site.passwords, deed

    def hash(self, typed: str, *, whose: str) -> str:
        self._deed()
        return self._own.hash(typed, whose=whose)

    def check(self, stored: str | None, typed: str, *, decoy: str | None, whose: str) -> Check:
        self._deed()
        return self._own.check(stored, typed, decoy, whose=whose)


def test_of_many_presses_at_once_one_is_hashed_for(browser: Browser, clock: Clock, site: Site) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    prove(browser, ADA, "codes")
    token, others = browser.csrf(), []

    def press() -> TestResponse:
        return browser.post("/account/recovery-codes", {"csrf_token": token})

    with replaced(browser.app, passwords=Meanwhile(site, lambda: others.append(press()))):
        assert press().status_int == 200
    assert {each.headers["Location"] for each in others} == {"/account/confirm/codes"}
    assert (len(others), len(table(site, RecoveryCode))) == (10, 10)
    assert len(events(site, "recovery_codes.made")) == 1


@pytest.mark.usefixtures("clock")
def test_a_session_that_ends_meanwhile_gets_none(browser: Browser, other_browser: Browser, site: Site) -> None:
    set_up_text(browser, ADA)
    prove(browser, ADA, "codes")
    other_browser.carry(browser.cookies)
    form = {"csrf_token": other_browser.open("/account/").csrf()}
    with replaced(browser.app, passwords=Meanwhile(site, partial(other_browser.post, "/sign-out", form))):
        browser.fill()
    assert browser.path == "/sign-in"
    assert table(site, RecoveryCode) == []


# ---- Getting back in ----


def test_the_phone_is_gone_and_a_code_lets_somebody_in_by_a_new_one(
    browser: Browser, other_browser: Browser, codes: list[str], site: Site, clock: Clock
) -> None:
    sign_in_by_text(other_browser, ADA, trust=True)
    clock.move(minutes=1)
    password(browser, ADA)
    assert browser.path == "/sign-in/code"
    browser.page = browser.page.click("Use a recovery code")
    assert not browser.page.html.select("[name=trust_device]")
    browser.fill(recovery_code=codes[3].lower().replace("-", " "))
    assert browser.path == "/set-up"
    assert browser.note.startswith("Your recovery code was right, and is used up.")
    assert "Keep what I have" not in browser.words
    assert other_browser.open("/").path == "/sign-in"
    assert other_browser.note.startswith("A recovery code was used to sign in, which ends all other sessions.")
    set_up_new_mobile(browser)
    assert browser.path == "/set-up/done"
    assert "Lost the old one? It still counts." in browser.note
    assert sorted(each.label for each in table(site, Authenticator)) == ["••• ••23", "••• ••77"]
    assert "9 of 10 left" in browser.open("/account/").words
    assert "A recovery code for Secure Services Portal was used" in [each.subject for each in notices(site)]
    # The new phone is the preferred one from now on, and the old one goes with one more code.
    clock.move(minutes=1)
    password(sign_out(browser), ADA)
    assert "••77" in browser.words
    browser.fill("/sign-in/code", code=browser.phone.text_code(NEW_MOBILE))
    clock.move(minutes=10)
    lost = options(browser)[1]
    browser.open(f"/account/confirm/remove:{lost}").fill()
    browser.fill(f"/account/confirm/remove:{lost}", code=browser.phone.text_code(NEW_MOBILE))
    browser.fill()
    assert [each.label for each in table(site, Authenticator)] == ["••• ••77"]


def test_until_then_every_page_leads_to_set_up(browser: Browser, codes: list[str], site: Site) -> None:
    recover(browser, ADA, codes[0])
    token = browser.csrf()
    for path in ("/", "/account/", "/sign-in/code", "/sign-in/choose", "/sign-in/recovery", "/confirm-preference"):
        assert browser.open(path).path == "/set-up"
    assert browser.post("/set-up/later", {"csrf_token": token}).headers["Location"] == "/set-up"
    assert events(site, "authenticator.preference") == []  # nobody said that the lost phone is still right
    for path in ("/sign-in/code", "/sign-in/code/send", "/sign-in/choose", "/sign-in/recovery"):
        fields = {"csrf_token": token, "code": "123456", "recovery_code": codes[1]}
        assert browser.post(path, fields).headers["Location"] == "/set-up"
    assert browser.open("/account/").path == "/set-up"


def test_the_same_phone_may_be_set_up_anew(browser: Browser, codes: list[str], site: Site) -> None:
    recover(browser, ADA, codes[0])
    for _ in range(2):
        assert browser.words.startswith("Recovery · Your MFA option")
        browser.fill(**({"type": "text"} if browser.path == "/set-up" else {"phone": ADA.mobile}))
    browser.fill(code=browser.phone.text_code(ADA.mobile))
    assert browser.path == "/set-up/done"
    (way,) = table(site, Authenticator)
    assert way.confirmed_at == way.last_used_at
    assert notices(site)[-1].subject == "An MFA option for Secure Services Portal was added"


def test_an_app_has_no_place_and_stays(browser: Browser, clock: Clock, site: Site) -> None:
    app = set_up_app(browser, ADA)
    clock.move(minutes=1)
    browser.open("/account/confirm/codes").fill().fill(code=app.code())
    browser.fill()
    code = one(browser.page.html, ".sheet code", first=True).get_text()
    clock.move(minutes=1)
    recover(sign_out(browser), ADA, code)
    set_up_again = browser.fill(type="totp")
    secret = str(one(set_up_again.page.html, "[data-totp-secret]")["data-totp-secret"])
    browser.fill(code=type(app)(secret).code())
    assert [each.type for each in table(site, Authenticator)] == ["totp", "totp"]


def test_there_are_ten_new_minutes_for_setting_up(browser: Browser, codes: list[str], clock: Clock) -> None:
    password(browser, ADA)
    clock.move(minutes=9)
    browser.open("/sign-in/recovery").fill(recovery_code=codes[0])
    clock.move(minutes=9)
    assert browser.open("/set-up").path == "/set-up"
    clock.move(minutes=1)
    assert browser.open("/set-up").path == "/sign-in"


def test_it_leads_on_to_where_the_person_wanted_to_go(browser: Browser, codes: list[str]) -> None:
    password(browser, ADA, "/sign-in?next=/account/").open("/sign-in/recovery").fill(recovery_code=codes[0])
    set_up_new_mobile(browser)
    assert one(browser.page.html, "a.button")["href"] == "/account/"


def test_nobody_without_codes_sees_the_way(browser: Browser, site: Site, clock: Clock) -> None:
    sign_out(set_up_text(browser, ADA))
    clock.move(minutes=1)
    password(browser, ADA)
    assert "Use a recovery code" not in browser.words
    assert browser.open("/sign-in/recovery").path == "/sign-in/code"
    fields = {"csrf_token": browser.csrf(), "recovery_code": ANY}
    assert browser.post("/sign-in/recovery", fields).headers["Location"] == "/sign-in/code"
    assert events(site, "sign_in.recovery_code") == []
    assert [each.key for each in table(site, Throttle) if each.key.endswith("recovery")] == []


def test_what_is_no_whole_code_is_not_counted(browser: Browser, codes: list[str], site: Site) -> None:
    password(browser, ADA).open("/sign-in/recovery").fill(recovery_code=codes[0][:-1])
    assert browser.page.status_int == 422
    assert browser.problem.startswith("That is not a whole recovery code. Type all 18 letters and digits.")
    assert [each.key for each in table(site, Throttle) if each.key.endswith("recovery")] == []
    assert browser.fill(recovery_code=codes[0]).path == "/set-up"


def test_each_one_works_once(browser: Browser, codes: list[str], clock: Clock) -> None:
    recover(browser, ADA, codes[0])
    clock.move(minutes=11)
    recover(browser, ADA, codes[0])
    assert (
        browser.problem == "That recovery code was used already. Each one works once. Take the next one on your list."
    )


# ---- Where else there would be no way out ----


def test_it_works_where_the_way_is_paused(browser: Browser, codes: list[str]) -> None:
    password(browser, ADA)
    for _ in range(10):
        browser.fill("/sign-in/code", code=browser.phone.wrong_code(ADA.mobile))
    assert "This way is taking a break" in browser.open("/sign-in/code").words
    browser.page = browser.page.click("Use a recovery code")
    assert browser.fill(recovery_code=codes[0]).path == "/set-up"


def test_it_works_where_no_way_is_on_offer_any_more(
    browser: Browser, codes: list[str], make_app: Callable[..., Flask], phone: Phone
) -> None:
    app_only = password(Browser(make_app(authenticators=("totp",)), phone).carry(browser.cookies), ADA)
    assert app_only.path == "/sign-in/choose"
    assert "Use a recovery code, or contact Web Support" in app_only.words
    app_only.page = app_only.page.click("Use a recovery code")
    assert one(app_only.page.html, ".actions a", first=True)["href"] == "/sign-in/choose"
    assert app_only.fill(recovery_code=codes[0]).path == "/set-up"


def test_the_list_of_ways_has_it_too(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    add_way(browser, "voice", phone=ADA.office, extension="")
    clock.move(minutes=1)
    (code, *_) = make_codes(browser, ADA)
    clock.move(minutes=1)
    password(sign_out(browser), ADA).open("/sign-in/choose")
    browser.page = browser.page.click("Use a recovery code")
    assert browser.fill(recovery_code=code).path == "/set-up"


# ---- Wrong ones ----


def test_wrong_ones_pause_recovery_codes_and_nothing_else(browser: Browser, codes: list[str], site: Site) -> None:
    password(browser, ADA).open("/sign-in/recovery")
    for _ in range(10):
        browser.fill(recovery_code="00-0000-0000-0000-0000")
    browser.fill(recovery_code=codes[0])
    assert browser.problem.startswith("Recovery codes are taking a break.")
    assert "This way is taking a break until" in browser.note
    assert [each.reason for each in events(site, "sign_in.recovery_code")] == ["wrong"] * 10 + ["paused"]
    assert [each.reason for each in events(site, "recovery_codes.paused")] == ["wrong_10"]
    assert events(site, "authenticator.paused") == []
    told = notices(site)[-1]
    assert told.subject.startswith("Wrong recovery codes")
    assert "10 wrong recovery codes in a row." in told.body
    assert "no recovery codes are taken for the next 15 minutes" in told.body
    browser.open("/sign-in/code").fill("/sign-in/code", code=browser.phone.text_code(ADA.mobile))
    assert browser.path == "/"


def test_after_the_pause_it_works(browser: Browser, codes: list[str], clock: Clock) -> None:
    password(browser, ADA).open("/sign-in/recovery")
    for _ in range(10):
        browser.fill(recovery_code="00-0000-0000-0000-0000")
    clock.move(minutes=15)
    assert recover(browser, ADA, codes[0]).path == "/set-up"


def test_a_busy_portal_counts_nothing(browser: Browser, codes: list[str], site: Site) -> None:
    password(browser, ADA).open("/sign-in/recovery")
    with replaced(browser.app, passwords=Full()):
        assert browser.send(recovery_code=codes[0]).status_int == 503
    assert [each.count for each in table(site, Throttle) if each.key.endswith("recovery")] == [0]
    assert browser.fill(recovery_code=codes[0]).path == "/set-up"


def half_way(browser: Browser, other: Browser) -> Browser:
    """Go to the page for recovery codes, also in another window of the same browser."""
    password(browser, ADA).open("/sign-in/recovery")
    return other.carry(browser.cookies).open("/sign-in/recovery")


def test_whoever_ends_the_sign_in_meanwhile_guesses_no_more_quietly(
    browser: Browser, other_browser: Browser, codes: list[str], site: Site
) -> None:
    assert codes
    for _ in range(10):
        window = half_way(browser, other_browser)
        form = {"csrf_token": window.csrf()}
        with replaced(browser.app, passwords=Meanwhile(site, partial(window.post, "/sign-out", form))):
            browser.fill(recovery_code="00-0000-0000-0000-0000")
        assert browser.path == "/sign-in"
    assert [each.reason for each in events(site, "sign_in.recovery_code")] == ["wrong"] * 10
    assert [each.reason for each in events(site, "recovery_codes.paused")] == ["wrong_10"]
    assert notices(site)[-1].subject.startswith("Wrong recovery codes")


def test_the_owner_hears_of_it_also_when_it_was_begun_anew(
    browser: Browser, other_browser: Browser, codes: list[str], site: Site, clock: Clock
) -> None:
    assert codes
    window = half_way(browser, other_browser)

    def begin_anew() -> None:
        with replaced(browser.app, passwords=site.passwords):
            form = {"csrf_token": window.csrf(), "username": ADA.username, "password": ADA.password}
            assert window.post("/sign-in", form).headers["Location"] == "/sign-in/code"

    with replaced(browser.app, passwords=Meanwhile(site, begin_anew)):
        browser.fill(recovery_code="00-0000-0000-0000-0000")
    clock.move(minutes=11)
    assert unfinished.tell(site) == 1


def test_a_right_one_that_comes_too_late_is_kept_and_noted(
    browser: Browser, other_browser: Browser, codes: list[str], site: Site
) -> None:
    window = half_way(browser, other_browser)
    form = {"csrf_token": window.csrf()}
    with replaced(browser.app, passwords=Meanwhile(site, lambda: window.post("/sign-out", form))):
        browser.fill(recovery_code=codes[0])
    assert browser.path == "/sign-in"
    assert [each.reason for each in events(site, "sign_in.recovery_code")] == ["expired"]
    assert recover(browser, ADA, codes[0]).path == "/set-up"


# ---- How many are left ----


@pytest.mark.parametrize(
    "left, said", [(3, ""), (2, "You have 2 recovery codes left."), (1, "You have 1 recovery code left.")]
)
def test_few_are_said_after_a_sign_in_and_on_the_account_page(
    browser: Browser, codes: list[str], site: Site, left: int, said: str
) -> None:
    assert len(codes) == 10
    spend(site, left)
    sign_in_by_text(browser, ADA)
    for path in ("/", "/account/"):
        assert browser.open(path).note.startswith(said)
        assert ("Make new ones while" in browser.note) is bool(said)


def test_after_the_last_one_the_page_says_so_at_once(browser: Browser, codes: list[str], site: Site) -> None:
    spend(site, 1)
    (selector,) = [each.selector for each in table(site, RecoveryCode) if not each.used_at]
    (code,) = [each for each in codes if each.startswith(selector)]
    set_up_new_mobile(recover(browser, ADA, code))
    assert "You have no recovery codes left." in browser.note
    assert "0 of 10 left" in browser.open("/account/").words


# ---- Nobody else's ----


def test_one_of_somebody_else_opens_nothing(other_browser: Browser, codes: list[str], clock: Clock) -> None:
    set_up_text(other_browser, BEN)
    clock.move(minutes=1)
    make_codes(other_browser, BEN)
    clock.move(minutes=1)
    recover(sign_out(other_browser), BEN, codes[0])
    assert other_browser.problem.startswith("That recovery code is not right.")


# ---- On a trusted device, which asks for no code at a sign-in ----


def test_whoever_is_signed_in_and_gets_no_codes_any_more_is_led_to_one(
    browser: Browser, codes: list[str], clock: Clock, site: Site
) -> None:
    sign_in_by_text(browser, ADA, trust=True)
    clock.move(minutes=1)
    password(sign_out(browser), ADA)
    assert browser.path == "/"
    browser.open("/account/confirm/add").fill("/account/recover")
    assert (browser.path, "recovery code" in browser.words) == ("/sign-in", True)
    browser.fill(username=ADA.username, password=ADA.password).open("/sign-in/recovery").fill(recovery_code=codes[0])
    assert one(set_up_new_mobile(browser).page.html, "a.button")["href"] == "/account/"
    assert [each.reason for each in events(site, "device.revoked")] == ["by_owner"]


def test_so_is_somebody_on_a_device_that_is_not_trusted(browser: Browser, codes: list[str], clock: Clock) -> None:
    assert codes
    sign_in_by_text(browser, ADA)
    clock.move(minutes=1)
    browser.open("/account/confirm/add").fill("/account/confirm/add")
    browser.fill("/account/recover")
    assert browser.path == "/sign-in"


def test_without_codes_the_pages_of_a_change_do_not_speak_of_them(browser: Browser, clock: Clock) -> None:
    set_up_text(browser, ADA)
    clock.move(minutes=1)
    assert "recovery code" not in browser.open("/account/confirm/password").words
    assert "recovery code" not in browser.fill().words


def test_there_is_room_for_one_more_option_however_many_are_lost(
    browser: Browser, codes: list[str], site: Site, clock: Clock
) -> None:
    (held,) = table(site, Authenticator)
    kept = {each.name: getattr(held, each.name) for each in Authenticator.__table__.columns}
    with site.database.writing() as connection:
        for number in range(4):
            row = kept | {"id": f"{number}" * 22, "fingerprint": str(number), "preference_confirmed_at": None}
            connection.execute(insert(Authenticator).values(**row))
    recover(browser, ADA, codes[0])
    clock.move(minutes=1)
    assert set_up_new_mobile(browser).path == "/set-up/done"
    assert len(table(site, Authenticator)) == 6
