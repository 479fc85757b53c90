"""How many options somebody can have, by place, whatever types are on offer."""

from collections.abc import Callable

from flask import Flask

from ssp.authenticators.protocol import APP, PHONE
from ssp.models import Authenticator
from ssp.web.portal import Site


def held(**numbers: int) -> list[Authenticator]:
    return [Authenticator(type=kind) for kind, number in numbers.items() for _ in range(number)]


def test_texts_and_calls_share_the_phones(site: Site) -> None:
    assert site.types.room([]) == {PHONE: 5, APP: 2}
    assert site.types.room(held(text=2, voice=2, totp=1)) == {PHONE: 1, APP: 1}
    assert site.types.has_room("text", held(text=2, voice=2))
    assert not site.types.has_room("voice", held(text=5))
    assert site.types.has_room("totp", held(text=5))


def test_more_than_there_can_be_leaves_no_less_than_nothing(site: Site) -> None:
    assert site.types.room(held(text=7, totp=3)) == {PHONE: 0, APP: 0}


def test_what_is_not_on_offer_takes_no_room_and_has_none(make_app: Callable[..., Flask]) -> None:
    types = make_app(authenticators=("text",)).extensions["ssp"].types
    assert types.room(held(voice=5, totp=2, text=1)) == {PHONE: 4}
