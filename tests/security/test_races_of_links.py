"""RC4: links, and what ends them, at once on two real servers: each link acts once, and one of two changes wins."""

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest

from ssp.flows import email_change, forgotten, links
from ssp.flows.forgotten import Forgotten
from ssp.flows.links import Purpose
from ssp.flows.people import OPERATOR
from ssp.models import Event, MailedLink, OutgoingMail, User, Wish, user
from tests.people import Human
from tests.security.racers import newcomer
from tests.security.served import Answer, Twins, Visitor
from tests.security.tools import at_once

pytestmark = pytest.mark.usefixtures("nothing_before")
# Who comes first is chance, so the same race is run a few times.
ROUNDS = 3


def mailed(twins: Twins, human: Human, purpose: Purpose, email: str | None = None) -> str:
    """Make a link as a flow would; return its path."""
    site = twins.operator
    with site.database.writing() as connection:
        person = user.by_username(connection, human.username)
        assert person
        return urlsplit(links.make(connection, site, person, purpose, about={"email": email})).path


def at_page(twins: Twins, path: str) -> tuple[Visitor, dict[str, str]]:
    """Open a link; return the browser, and what the form of its page sends along."""
    visitor = twins.visitor()
    visitor.open(1, visitor.open(0, path).location)
    found = re.search(r'name="link" value="([^"]+)"', visitor.page.text)
    assert found, visitor.page.text
    return visitor, {"csrf_token": visitor.csrf(), "link": found[1]}


def press(twins: Twins, *paths: str, times: int = 1) -> list[Answer]:
    """Open links and press the buttons of their pages, all at once, each on both servers in turn."""
    pages = [(at_page(twins, path), f"/{path.split('/')[1]}") for path in paths * times]
    return at_once(len(pages), lambda number: _press(number, *pages[number]))


def _press(server: int, page: tuple[Visitor, dict[str, str]], path: str) -> Answer:
    visitor, fields = page
    return visitor.ask(server, path, fields)


def told(twins: Twins, human: Human, kind: str) -> Counter[str]:
    """Return how events of a kind about somebody went."""
    return Counter(each.outcome for each in twins.rows(Event, kind=kind, subject=human.username))


def address(twins: Twins, human: Human) -> str:
    (person,) = twins.rows(User, username=human.username)
    return str(person.email)


def test_a_new_address_is_taken_once(twins: Twins) -> None:
    eva = newcomer(twins, "eva")
    press(twins, mailed(twins, eva, Purpose.EMAIL, "eva@new.test"), times=6)
    assert address(twins, eva) == "eva@new.test"
    assert told(twins, eva, "email.changed") == {"done": 1, "refused": 1}, "what comes too late is told of once"
    (person,) = twins.rows(User, username="eva")
    (back,) = twins.rows(MailedLink, user_id=person.id, purpose="undo-email")
    assert back.email == eva.email


def test_an_old_address_comes_back_once(twins: Twins) -> None:
    fay = newcomer(twins, "fay")
    press(twins, mailed(twins, fay, Purpose.UNDO_EMAIL, "fay@old.test"), times=6)
    assert address(twins, fay) == "fay@old.test"
    assert told(twins, fay, "email.undone") == {"done": 1, "refused": 1}, "what comes too late is told of once"
    assert told(twins, fay, "recovery.begun") == {"done": 1}


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_way_back_against_a_change_that_waits(twins: Twins, number: int) -> None:
    """The owner's way back wins in either order: the change ends, or what it did is taken back by the older way."""
    gus = newcomer(twins, f"gus{number}")
    back = mailed(twins, gus, Purpose.UNDO_EMAIL, "gus@old.test")
    change = mailed(twins, gus, Purpose.EMAIL, "gus@evil.test")
    press(twins, back, change)
    assert address(twins, gus) == "gus@old.test"
    (person,) = twins.rows(User, username=gus.username)
    left = [each for each in twins.rows(MailedLink, user_id=person.id) if each.used_at is None]
    assert {each.purpose for each in left} == {"password"}


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_ways_back_end_at_the_older_address_or_at_one_that_it_undoes(twins: Twins, number: int) -> None:
    hal = newcomer(twins, f"hal{number}")
    first = mailed(twins, hal, Purpose.UNDO_EMAIL, "hal@old.test")
    second = mailed(twins, hal, Purpose.UNDO_EMAIL, "hal@evil.test")
    press(twins, second, first)
    assert address(twins, hal) == "hal@old.test"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_new_password_against_the_end_of_its_link(twins: Twins, number: int) -> None:
    """A link in the old mailbox and the change of address: whichever is first, the link is over afterwards."""
    ivy = newcomer(twins, f"ivy{number}")
    password = mailed(twins, ivy, Purpose.PASSWORD)
    change = mailed(twins, ivy, Purpose.EMAIL, "ivy@new.test")
    (chooser, fields), (mover, form) = at_page(twins, password), at_page(twins, change)
    fields["new_password"] = "nine owls above the mill"
    pages = [(chooser, "/password", fields), (mover, "/email", form)]
    at_once(2, lambda which: pages[which][0].ask(which, *pages[which][1:]))
    chosen = told(twins, ivy, "recovery.finished")["done"] == 1
    moved = told(twins, ivy, "email.changed")["done"] == 1
    assert chosen != moved, "each of them ends the other's link"
    assert address(twins, ivy) == ("ivy@new.test" if moved else ivy.email)


def test_one_wish_brings_one_mail_whoever_looks_at_it(twins: Twins) -> None:
    """Many processes look at the same table."""
    jon = newcomer(twins, "jon")
    site = twins.operator
    for _ in range(forgotten.MOST_LINKS + 2):
        assert forgotten.ask(site, OPERATOR, Forgotten.PASSWORD, "jon") is None
    at_once(4, lambda _: forgotten.grant(site))
    assert twins.rows(Wish) == []
    assert told(twins, jon, "recovery.begun") == {"done": forgotten.MOST_LINKS, "refused": 2}
    (person,) = twins.rows(User, username="jon")
    assert len(twins.rows(OutgoingMail, user_id=person.id)) == forgotten.MOST_LINKS


def test_a_change_is_given_up_or_made(twins: Twins) -> None:
    kim = newcomer(twins, "kim")
    path = mailed(twins, kim, Purpose.EMAIL, "kim@new.test")
    token = path.rpartition("/")[2]
    at_once(4, lambda _: email_change.confirm(twins.operator, OPERATOR, token))
    assert told(twins, kim, "email.changed") == {"done": 1, "refused": 1}, "what comes too late is told of once"
