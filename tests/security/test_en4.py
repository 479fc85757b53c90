"""EN4: another number works only once it is proved; then the old one and the mail address hear of it."""

import pytest

from ssp.infra.telephony.carrier import Reason, Unavailable
from ssp.models import Authenticator
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import (
    ADA,
    Browser,
    FakeCarrier,
    events,
    let_mail_leave,
    letters,
    one,
    prove,
    replaced,
    set_up_app,
    set_up_text,
    set_up_voice,
    sign_in_by_text,
    sign_out,
    table,
    wrong,
)

NEW = "+12055550199"


@pytest.fixture
def changing(browser: Browser, clock: Clock) -> Browser:
    """Give Ada's browser on the way to another number, which is typed but not proved."""
    sign_out(set_up_text(browser, ADA))
    clock.move(days=91)
    sign_in_by_text(browser, ADA)
    return change(browser, "text", phone=NEW)


def change(browser: Browser, kind: str, **typed: str) -> Browser:
    """Give up the way there is for another one, as far as the code that proves it."""
    browser.page = browser.form().submit("answer", value="change", headers={"Origin": browser.origin}).follow()
    return browser.fill(type=kind).fill(**typed) if typed else browser.fill(type=kind)


def farewells(browser: Browser) -> list[str]:
    """Return to whom a text without a code went."""
    return [each["to"] for each in browser.phone.messages("text") if "#" not in each["body"]]


@pytest.fixture
def replacing(browser: Browser, clock: Clock) -> Browser:
    """Give Ada's browser on the way to another number by the account page, which is typed but not proved."""
    set_up_text(browser, ADA).open("/account/")
    clock.move(minutes=2)
    errand = str(one(browser.page.html, "a[href$='/replace']")["href"]).split("/")[3]
    return prove(browser, ADA, f"replace:{errand}").fill().fill(type="text").fill(phone=NEW)


def test_so_it_is_by_the_account_page(replacing: Browser, site: Site) -> None:
    assert farewells(replacing) == []
    replacing.fill(code=replacing.phone.text_code(NEW))
    assert farewells(replacing) == [ADA.mobile]
    assert letters(site)[-1].subject == "Your MFA option for Secure Services Portal was replaced"
    assert [row.label for row in table(site, Authenticator)] == ["••• ••99"]


def test_until_then_the_old_one_works(replacing: Browser, other_browser: Browser, site: Site) -> None:
    sign_in_by_text(other_browser, ADA)
    assert other_browser.path == "/"
    replacing.fill(code=wrong(replacing.phone.text_code(NEW)))
    assert replacing.problem
    assert [row.label for row in table(site, Authenticator) if row.confirmed_at] == ["••• ••23"]
    assert farewells(replacing) == []


def test_both_hear_of_it_once_the_new_number_is_proved(changing: Browser, site: Site) -> None:
    assert farewells(changing) == []
    changing.fill(code=changing.phone.text_code(NEW))
    assert changing.path == "/set-up/done"
    assert farewells(changing) == [ADA.mobile]
    text = changing.phone.messages("text", ADA.mobile)[-1]["body"]
    assert "not to this phone" in text
    assert "205-555-0100" in text
    assert "http" not in text
    assert "0199" not in text
    let_mail_leave(changing.app)
    mail = changing.phone.messages("mail", ADA.email)[-1]["body"]
    assert mail.startswith("Your MFA option for Secure Services Portal was replaced")
    assert "Before: text message to ••• ••23.\nNow: text message to ••• ••99." in mail
    assert [each.outcome for each in events(site, "authenticator.old_told")] == ["done"]


def test_stopping_midway_leaves_the_old_one(changing: Browser, site: Site, clock: Clock) -> None:
    clock.move(minutes=11)
    sign_in_by_text(changing, ADA)
    assert changing.path == "/confirm-preference"
    assert [row.label for row in table(site, Authenticator) if row.confirmed_at] == ["••• ••23"]
    assert farewells(changing) == []


def test_a_text_that_does_not_leave_changes_nothing_else(changing: Browser, site: Site) -> None:
    code = changing.phone.text_code(NEW)
    with replaced(changing.app, carrier=FakeCarrier(Unavailable(Reason.NOT_CONNECTED))):
        changing.fill(code=code)
    assert changing.path == "/set-up/done"
    (told,) = events(site, "authenticator.old_told")
    assert (told.outcome, told.reason, told.authenticator_type) == ("failed", "not_connected", "text")


def test_nothing_is_sent_to_a_number_that_cannot_be_read_or_is_not_allowed_any_more(
    changing: Browser, site: Site
) -> None:
    with site.database.writing() as connection:
        rows = Authenticator.__table__.update().where(Authenticator.confirmed_at.is_not(None))  # type: ignore[attr-defined] # the table
        connection.execute(rows.values(data="k0.AAAA"))
    changing.fill(code=changing.phone.text_code(NEW))
    assert changing.path == "/set-up/done"
    assert farewells(changing) == []


@pytest.mark.usefixtures("changing")
def test_a_country_that_was_closed_meanwhile_gets_no_text(site: Site) -> None:
    (old,) = [row for row in table(site, Authenticator) if row.confirmed_at]
    assert site.types["text"].farewell(old)
    site.types["text"]._settings.__dict__["countries"] = ("CA",)  # type: ignore[attr-defined]  # noqa: SLF001 - restarted with less
    assert site.types["text"].farewell(old) is None


@pytest.mark.parametrize("kind", ["voice", "totp"])
def test_lines_and_apps_get_the_mail_alone(browser: Browser, site: Site, clock: Clock, kind: str) -> None:
    app = set_up_app(browser, ADA) if kind == "totp" else None
    if app is None:
        set_up_voice(browser, ADA)
    sign_out(browser)
    clock.move(days=91)
    browser.open("/sign-in").fill(username="ada", password=ADA.password)
    browser.fill("/sign-in/code", code=app.code() if app else browser.phone.spoken_code())
    change(browser, "text", phone=NEW).fill(code=browser.phone.text_code(NEW))
    assert browser.path == "/set-up/done"
    assert farewells(browser) == []
    assert events(site, "authenticator.old_told") == []
    let_mail_leave(browser.app)
    assert "was replaced" in browser.phone.messages("mail", ADA.email)[-1]["body"]
