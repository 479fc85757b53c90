"""People who race against each other, before two real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssp.flows import people
from ssp.flows.people import NewPerson
from ssp.models import Session, User
from tests.people import Human

if TYPE_CHECKING:
    from tests.security.served import Answer, Twins, Visitor

CORA = Human("cora", "slow train through maples", ("insureds",), "+12055550134")
DEV = Human("dev", "copper kettle at sunrise", ("employees",), "+12055550156")


def live(twins: Twins, human: Human) -> list[Session]:
    """Return somebody's sessions that are not over."""
    (person,) = twins.rows(User, username=human.username)
    return [each for each in twins.rows(Session, user_id=person.id) if each.ended_at is None]


def opened(answers: list[Answer]) -> list[Answer]:
    """Return the answers that sign somebody in."""
    return [answer for answer in answers if answer.cookies.get("ssp_session", "").startswith("s.")]


def begin_text(twins: Twins, human: Human) -> Visitor:
    """Sign in for the first time as far as the code that proves texts, by either server in turn."""
    visitor = twins.visitor()
    assert visitor.password(0, human).location == "/set-up"
    visitor.fill(1, "/set-up", type="text")
    visitor.fill(0, "/set-up/text", phone=human.mobile)
    return visitor


def set_up_text(twins: Twins, human: Human) -> Visitor:
    """Sign in for the first time."""
    visitor = begin_text(twins, human)
    visitor.fill(1, "/set-up/text", code=twins.phone.text_code(human.mobile))
    assert "You are signed in" in visitor.page.text
    return visitor


def at_code(twins: Twins, human: Human) -> Visitor:
    """Set up texts, and stand at the code page of the next sign-in."""
    set_up_text(twins, human)
    visitor = twins.visitor()
    assert visitor.password(1, human).location == "/sign-in/code"
    return visitor


def take(visitor: Visitor, answers: list[Answer]) -> None:
    """Let a browser have what was given to it by those answers that sign somebody in."""
    for answer in opened(answers):
        visitor.take(answer)


def proved(twins: Twins, visitor: Visitor, human: Human, errand: str) -> None:
    """Prove with the code of a text that somebody may do one thing."""
    path = f"/account/confirm/{errand}"
    visitor.open(0, path)
    visitor.fill(1, path)
    visitor.fill(0, path, code=twins.phone.text_code(human.mobile))


def newcomer(twins: Twins, username: str) -> Human:
    """Return somebody whom no other test knows."""
    human = Human(username, "nine grey herons at noon", ("agents",), "+12055550129")
    people.add(twins.operator, NewPerson(username, human.email, username.title(), human.groups), human.password)
    return human
