"""A forgotten username: the address that the portal has for somebody gets a mail with it."""

import pytest

from ssp.flows import forgotten, people
from ssp.flows.people import NewPerson
from ssp.models import User, user
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, Browser, events, let_mail_leave, one, password, table

SENT = "If there is an account with that e-mail address, we have just mailed its username there."


def forget(browser: Browser, address: str = ADA.email) -> Browser:
    """Say that a username is forgotten, and let mail leave."""
    browser.open("/forgot-username").fill(email=address)
    let_mail_leave(browser.app)
    return browser


def mails(browser: Browser, to: str | None = None) -> list[str]:
    """Return what somebody was mailed."""
    return [each["body"] for each in browser.phone.messages("mail", to)]


def test_from_the_sign_in_page_to_the_inside(browser: Browser, site: Site) -> None:
    browser.open("/sign-in")
    browser.open(str(one(browser.page.html, "a[href='/forgot-username']")["href"]))
    forget(browser)
    assert (browser.path, browser.problem) == ("/forgot-username", "")
    assert SENT in browser.words
    (body,) = mails(browser, ADA.email)
    for words in ("Hello Ada,", "Your username is: ada", "network address 127.0.0.1", "sign in with it at http"):
        assert words in body
    assert "[link]" not in body
    assert password(browser, ADA).path == "/set-up"
    assert [(each.outcome, each.subject) for each in events(site, "recovery.usernames")] == [("done", "ada")]


@pytest.mark.parametrize("typed", ["ADA@EXAMPLE.TEST", " ada@example.test ", "Ada@Example.Test"])
def test_spelling_does_not_matter_and_mail_goes_to_the_address_on_file(browser: Browser, typed: str) -> None:
    forget(browser, typed)
    assert [each["to"] for each in browser.phone.messages("mail")] == [ADA.email]


def test_each_spelling_on_file_hears_of_its_own_people_alone(browser: Browser, site: Site) -> None:
    """A server may tell them apart."""
    for name, address in (("zoe", "Family@example.test"), ("cora", "family@example.test")):
        people.add(site, NewPerson(name, address, name.title(), ()), "many words in a row")
    forget(browser, "family@example.test")
    for to, name in (("Family@example.test", "zoe"), ("family@example.test", "cora")):
        (body,) = mails(browser, to)
        assert f"Your username is: {name}\n" in body


def test_domains_that_only_look_alike_are_two(browser: Browser, site: Site) -> None:
    for name, address in (("zoe", "zoe@stra\u00dfe.test"), ("cora", "zoe@strasse.test")):
        people.add(site, NewPerson(name, address, name.title(), ()), "many words in a row")
    forget(browser, "zoe@strasse.test")
    assert [each["to"] for each in browser.phone.messages("mail")] == ["zoe@strasse.test"]
    assert "Your username is: cora\n" in mails(browser)[0]
    forget(browser, "Zoe@STRA\u00dfE.test")
    assert "Your username is: zoe\n" in mails(browser, "zoe@stra\u00dfe.test")[0]


def test_several_people_of_one_address_are_in_one_mail(browser: Browser, site: Site) -> None:
    for name in ("zoe", "cora"):
        address = "Family@example.test"
        people.add(site, NewPerson(name, address, name.title(), ()), "many words in a row")
    forget(browser, "family@example.test")
    (mail,) = browser.phone.messages("mail")
    assert mail["to"] == "Family@example.test"
    assert "Hello,\n" in mail["body"]
    assert "These usernames belong to it: cora, zoe" in mail["body"]
    assert [each.subject for each in events(site, "recovery.usernames")] == ["cora", "zoe"]


def test_disabled_people_are_left_out(browser: Browser, site: Site) -> None:
    people.add(site, NewPerson("ada2", ADA.email, "Ada Two", ()), "many words in a row")
    people.disable(site, "ada2")
    forget(browser)
    assert "Your username is: ada\n" in mails(browser, ADA.email)[-1]
    people.disable(site, "ada")
    before = len(mails(browser))
    assert SENT in forget(browser).words
    assert [each for each in mails(browser)[before:] if "username is" in each] == []
    assert events(site, "recovery.usernames")[-1].reason == "disabled"


def test_nobody_s_address_gets_nothing(browser: Browser, site: Site) -> None:
    assert SENT in forget(browser, "nobody@example.test").words
    assert mails(browser) == []
    (event,) = events(site, "recovery.usernames")
    assert (event.reason, event.subject[:8]) == ("unknown", "unknown:")


@pytest.mark.parametrize("bad", ["", "ada", "ada@", "a b@example.test", "<ada@example.test>", "x" * 250 + "@e.test"])
def test_what_is_no_address_is_said_at_once(browser: Browser, bad: str) -> None:
    browser.open("/forgot-username").fill(email=bad)
    assert browser.page.status_int == 422
    assert "That is no e-mail address." in browser.problem
    assert one(browser.page.html, "#email")["value"] == bad


def test_nobody_is_buried_in_mail(browser: Browser, site: Site, clock: Clock) -> None:
    for spelled in (ADA.email, ADA.email.upper(), ADA.email.title(), ADA.email, ADA.email):
        assert SENT in forget(browser, spelled).words
        clock.move(minutes=2)
    forget(browser, BEN.email)
    assert len(mails(browser, ADA.email)) == forgotten.MOST_LISTS
    assert len(mails(browser, BEN.email)) == 1
    refused = [each.reason for each in events(site, "recovery.usernames") if each.outcome == "refused"]
    assert refused == ["too_many"] * 2
    clock.move(days=1)
    forget(browser)
    assert len(mails(browser, ADA.email)) == forgotten.MOST_LISTS + 1


def test_a_new_address_is_the_one_that_counts(browser: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        user.move(connection, 1, "\u00c4da@new.test")
    assert next(each.mailbox for each in table(site, User)) == "\u00e4da@new.test"
    forget(browser)
    assert mails(browser) == []
    forget(browser, "a\u0308DA@NEW.test")
    assert [each["to"] for each in browser.phone.messages("mail")] == ["\u00c4da@new.test"]


def test_a_network_address_that_asked_too_often_waits(browser: Browser) -> None:
    for _ in range(20):
        browser.open("/forgot-username").fill(email="nobody@example.test")
    browser.open("/forgot-username").fill(email=ADA.email)
    assert browser.page.status_int == 429
    assert one(browser.page.html, "#email")["value"] == ADA.email
