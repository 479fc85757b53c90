"""PW7: Argon2id at OWASP's minimum or above, with a salt of its own for every password."""

import base64

from ssp.web.portal import Site
from tests.people import Human, hashes, join


def test_the_row_says_how_it_was_made(site: Site) -> None:
    for kept in hashes(site).values():
        _, kind, version, cost, salt, tag = str(kept).split("$")
        assert (kind, version, cost) == ("argon2id", "v=19", "m=19456,t=2,p=1")
        assert [len(base64.b64decode(part + "==")) for part in (salt, tag)] == [16, 32]


def test_equal_passwords_are_kept_differently(site: Site) -> None:
    join(site, *(Human(name, "the same words for both") for name in ("yan", "zoe")))
    assert hashes(site)["yan"] != hashes(site)["zoe"]
