"""Where stories begin: some of the way is gone already, by the same pages and under the same eyes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.security.machine import witness
from tests.security.machine.ledger import Ledger
from tests.security.machine.passwords import CHOICES
from tests.security.machine.persons import Person
from tests.security.machine.world import QUILLON, ZEPHRINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.security.machine.seats import Beginning
    from tests.security.machine.test_machine import Machine

MINUTE = timedelta(minutes=1)


def begin_with(machine: Machine, name: str) -> Beginning:
    """Go through one of the stories, and return where it ends."""
    found = machine.world.rows('SELECT username, selector, id FROM "user"')
    by_name = {username: (selector, number) for username, selector, number in found}
    machine.ledger = Ledger(
        [Person(human, *by_name[human.username], password=human.password) for human in (QUILLON, ZEPHRINE)]
    )
    machine.begin(machine.end(), name)
    STORIES[name](machine)
    return machine.end()


def _nobody(_machine: Machine) -> None:
    """Nobody was here yet."""


def _text_and_app(machine: Machine) -> None:
    """Quillon gets texts, Zephrine has an app; both are signed out."""
    _set_up(machine, 0, "text")
    _set_up(machine, 1, "totp")
    for seat in (0, 1):
        machine.leave(seat=seat, server=seat)
    machine.world.traveller.shift(MINUTE)


def _trusted(machine: Machine) -> None:
    """Both come from a browser that they trust."""
    _set_up(machine, 0, "text")
    _set_up(machine, 1, "voice")
    for seat in (0, 1):
        machine.leave(seat=seat, server=seat)
        machine.world.traveller.shift(MINUTE)
        machine.type_right_password(seat=seat, server=seat, who=seat)
        machine.finish_code(seat, seat, trust=True)
        machine.leave(seat=seat, server=seat)
    machine.world.traveller.shift(MINUTE)


def _several(machine: Machine) -> None:
    """Quillon has two ways to get codes, and is signed in."""
    _set_up(machine, 0, "totp")
    machine.add_way(seat=0, server=0, kind="text", whole=True)


def _on_paper(machine: Machine) -> None:
    """Both made recovery codes, and are signed out; Zephrine is at the code page."""
    _set_up(machine, 0, "text")
    _set_up(machine, 1, "totp")
    machine.world.traveller.shift(MINUTE)
    for seat in (0, 1):
        machine.make_codes(seat=seat, server=seat, proved=True)
        machine.leave(seat=seat, server=seat)
    machine.world.traveller.shift(MINUTE)
    machine.type_right_password(seat=1, server=1, who=1)


def _guessed(machine: Machine) -> None:
    """Somebody typed nearly as many wrong codes for both as there may be."""
    _text_and_app(machine)
    for who in (0, 1):
        for times in (11, 11, 8):
            machine.type_right_password(seat=2, server=who, who=who)
            machine.guess(seat=2, server=0, times=times)
            machine.leave(seat=2, server=0)
            machine.world.traveller.shift(timedelta(minutes=16))


def _long_ago(machine: Machine) -> None:
    """Both confirmed their ways so long ago that they are nearly asked again."""
    _several(machine)
    _set_up(machine, 1, "voice")
    machine.world.traveller.shift(timedelta(days=90) - 2 * MINUTE)


def _at_the_last_question(machine: Machine) -> None:
    """Quillon is asked whether a way is still right; Zephrine said that it is not."""
    _several(machine)
    _set_up(machine, 1, "voice")
    machine.world.traveller.shift(timedelta(days=90))
    for seat in (0, 1):
        machine.type_right_password(seat=seat, server=seat, who=seat)
        machine.finish_code(seat, seat, trust=False)
    machine.fill(1, 0, "/confirm-preference", {"answer": "change"})


def _strict(machine: Machine) -> None:
    """Quillon's device is trusted still, but the way is to be confirmed; Zephrine is staff."""
    _trusted(machine)
    machine.world.running[:] = [4, 4]
    machine.world.traveller.shift(timedelta(days=10) - 2 * MINUTE)


def _before_the_date(machine: Machine) -> None:
    """Nobody was here yet, and nobody needs a second factor so far."""
    machine.world.running[:] = [2, 2]


def _at_two_desks(machine: Machine) -> None:
    """Both trust one browser; Quillon signed in at another one a moment ago, and Zephrine is asked for a code there."""
    _trusted(machine)
    machine.sign_in_whole(seat=2, server=0, who=0, kind="text", trust=False)
    machine.seats[1].jar.pop("ssp_device_" + machine.people[1].selector)
    machine.type_right_password(seat=1, server=1, who=1)


def _moved(machine: Machine) -> None:
    """Quillon has another mail address since an hour, and set up an app after that; Zephrine asked for one."""
    _set_up(machine, 0, "text")
    machine.change_email(seat=0, server=0, wanted="quill@new.test", act="proved")
    machine.use_mail_link(seat=2, server=0, who=0, pick=0, act="whole")
    machine.world.traveller.shift(timedelta(hours=1))
    machine.add_way(seat=0, server=0, kind="totp", whole=True)
    _set_up(machine, 1, "totp")
    machine.world.traveller.shift(MINUTE)
    machine.change_email(seat=1, server=1, wanted="zeph@new.test", act="proved")


def _disowned(machine: Machine) -> None:
    """Quillon told that a set-up was somebody else's, and has a link to a new password; Zephrine forgot hers."""
    _set_up(machine, 0, "text")
    _set_up(machine, 1, "totp")
    machine.use_link(seat=2, server=0, pick=0, act="whole", typed=CHOICES[0])
    machine.forget(seat=1, server=1, who=1, what="password")


def _set_up(machine: Machine, who: int, kind: str) -> None:
    machine.type_right_password(seat=who, server=who, who=who)
    machine.finish_set_up(who, who, kind)
    witness.tables(machine.world, machine.ledger)


STORIES: dict[str, Callable[[Machine], None]] = {
    "nobody": _nobody,
    "text and app": _text_and_app,
    "trusted": _trusted,
    "several": _several,
    "on paper": _on_paper,
    "guessed": _guessed,
    "long ago": _long_ago,
    "at the last question": _at_the_last_question,
    "strict": _strict,
    "at two desks": _at_two_desks,
    "before the date": _before_the_date,
    "moved": _moved,
    "disowned": _disowned,
}
