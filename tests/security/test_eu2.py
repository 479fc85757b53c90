"""EU2: whoever forgot something gets one answer, whoever they name; mails leave beside the request, however slowly."""

import re
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, update

from ssp.flows import forgotten, people
from ssp.flows.people import NewPerson
from ssp.models import Throttle, User, Wish
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.people import ADA, BEN, SAM, Browser, Human, Phone, let_mail_leave, set_up_app, set_up_text, table
from tests.security.tools import PUBLIC
from tests.smtp import PostOffice, open_for_mail

DORA = Human("dora", "nobody ever typed this one")
PAGES = {"/forgot-password": "username", "/forgot-username": "email"}
Answer = tuple[int, list[tuple[str, str]], str]


@pytest.fixture
def all_kinds(site: Site, browser: Browser, clock: Clock) -> list[Human]:
    """Give people in every state that an account can be in, and one whom there is not."""
    set_up_text(browser, ADA)  # with an MFA option
    people.disable(site, "ben")
    people.invite(site, NewPerson("dora", DORA.email, "Dora", ()))  # without a password
    odd = [Human(name, "the words of somebody") for name in ("lost", "stolen", "often", "nobody")]
    for human in odd[:-1]:
        people.add(site, NewPerson(human.username, human.email, human.username, ()), human.password)
    with site.database.writing() as connection:
        connection.execute(update(User).where(User.username == "lost").values(email="", mailbox=""))
        stolen = update(User).where(User.username == "stolen")
        connection.execute(stolen.values(password_compromised_at=clock.now()))
    for _ in range(forgotten.MOST_LINKS + 1):
        for page, name in PAGES.items():
            ask(browser, page, name, odd[2])
    let_mail_leave(browser.app)
    clock.move(minutes=2)
    return [ADA, BEN, SAM, DORA, *odd]


def ask(browser: Browser, page: str, field: str, human: Human) -> list[Answer]:
    """Send the form for somebody; return all that comes back, without what differs from page to page."""
    browser.open(page)
    answers = [browser.send(**{field: human.username if field == "username" else human.email})]
    answers.append(answers[0].follow())
    return [
        (
            each.status_int,
            [pair for pair in each.headers.items() if pair[0] != "Content-Length"],
            re.sub(r'name="csrf_token" value="[^"]+"', "", each.text),
        )
        for each in answers
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_is_the_same_byte_for_byte(browser: Browser, all_kinds: list[Human], page: str) -> None:
    answers = [ask(browser, page, PAGES[page], human) for human in all_kinds]
    assert answers[0][0][0] == 303
    assert "Look into your mailbox" in answers[0][1][2]
    for human, each in zip(all_kinds, answers, strict=True):
        assert each == answers[0], human.username
    cookies = browser.cookies
    browser.post(page, {"csrf_token": browser.csrf(), PAGES[page]: "ada@example.test"})
    assert browser.cookies == cookies


@contextmanager
def statements(site: Site) -> Iterator[list[str]]:
    """Give the list of what this thread asks the database from now on."""
    asked = defaultdict[int, list[str]](list)

    def note(*call: object) -> None:
        asked[threading.get_ident()].append(str(call[2]))

    event.listen(site.database.engine, "before_cursor_execute", note)
    yield asked[threading.get_ident()]
    event.remove(site.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("page", PAGES)
def test_the_request_does_the_same_work_and_looks_nobody_up(
    browser: Browser, site: Site, all_kinds: list[Human], page: str
) -> None:
    """So its time cannot tell: what differs comes later, on a thread of its own."""
    work = []
    ask(browser, page, PAGES[page], SAM)  # the first one of a network address makes its counter
    let_mail_leave(browser.app)
    browser.app.extensions["ssp.courier"].close()
    browser.app.extensions["ssp.courier"].nudge = lambda: None
    for human in all_kinds:
        browser.open(page)
        with statements(site) as asked:
            browser.send(**{PAGES[page]: human.username if page == "/forgot-password" else human.email})
        work.append(asked)
    assert [len(table(site, Wish)), len(work[0]) > 3] == [len(all_kinds), True]
    assert all(each == work[0] for each in work[1:])
    assert not [each for each in work[0] if 'FROM "user"' in each]


def test_what_was_typed_lies_nowhere_in_the_clear(browser: Browser, site: Site) -> None:
    """People type passwords into the field for the username."""
    browser.app.extensions["ssp.courier"].close()
    browser.app.extensions["ssp.courier"].nudge = lambda: None
    for _ in range(2):
        browser.open("/forgot-password").fill(username="my real password")
    first, second = table(site, Wish)
    assert first.typed != second.typed
    assert len(first.typed) == len(second.typed)
    kept = repr([table(site, model) for model in (Wish, Throttle)])
    assert "my real password" not in kept


def test_a_long_name_is_no_more_than_a_long_name(browser: Browser, site: Site) -> None:
    browser.app.extensions["ssp.courier"].close()
    browser.app.extensions["ssp.courier"].nudge = lambda: None
    browser.open("/forgot-password").fill(username="x" * 4000)
    (row,) = table(site, Wish)
    assert len(row.typed) < 500


def post_office_portal(make_app: Callable[..., Flask], office: PostOffice, phone: Phone) -> Browser:
    """Return a browser in front of a portal that hands its mail to a mail server."""
    own = {"smtp_url": f"smtp://localhost:{office.port}", "mail_from": "portal@example.org"}
    return Browser(make_app(demo=False, base_url=PUBLIC, authenticators="totp", **own), phone, origin=PUBLIC)


def test_a_mail_server_that_says_nothing_slows_no_page(make_app: Callable[..., Flask], phone: Phone) -> None:
    with open_for_mail(PostOffice(silent=True)) as office:
        begun = time.monotonic()
        browser = post_office_portal(make_app, office, phone)
        set_up_app(browser, ADA)
        assert browser.open("/").path == "/"
        assert time.monotonic() - begun < 5, "the mail server would be waited for ten seconds"


def test_nor_whoever_forgot_something(make_app: Callable[..., Flask], phone: Phone) -> None:
    with open_for_mail(PostOffice(silent=True)) as office:
        browser = post_office_portal(make_app, office, phone)
        spans: dict[str, list[float]] = {"ada": [], "nobody": []}
        for _ in range(4):
            for name, taken in spans.items():
                for page, field in PAGES.items():
                    browser.open(page)
                    begun = time.monotonic()
                    answer = browser.send(**{field: name if field == "username" else f"{name}@example.test"})
                    taken.append(time.monotonic() - begun)
                    assert answer.status_int == 303
        assert all(statistics.median(taken) < 1 for taken in spans.values()), "it would be waited for ten seconds"
