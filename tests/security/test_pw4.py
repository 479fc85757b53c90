"""PW4: any sign and any space, the same however it is composed (NFC), at setting and at checking."""

import unicodedata

import pytest

from ssp.web.portal import Site
from tests.people import Browser, Human, join, password

COMPOSED = "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


@pytest.mark.parametrize("kept, typed", [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), (DECOMPOSED, DECOMPOSED)])
def test_spellings_are_one(browser: Browser, site: Site, kept: str, typed: str) -> None:
    assert COMPOSED != DECOMPOSED
    join(site, Human("zoe", kept))
    assert password(browser, Human("zoe", typed)).path == "/set-up"


@pytest.mark.parametrize(
    "typed", ["  spaces around  it  ", "\t\u3000\u00a0 wide", "\U0001f5dd\ufe0f\u200d\U0001f525", "ключ от дома ."]
)
def test_every_sign_counts(browser: Browser, site: Site, typed: str) -> None:
    join(site, Human("zoe", typed))
    assert (
        password(browser, Human("zoe", typed.strip() if typed != typed.strip() else typed[1:])).page.status_int == 422
    )
    assert password(browser, Human("zoe", typed)).path == "/set-up"


def test_what_only_looks_alike_is_another_password(browser: Browser, site: Site) -> None:
    join(site, Human("zoe", "\ufb01ne words with a ligature"))
    assert password(browser, Human("zoe", "fine words with a ligature")).page.status_int == 422
