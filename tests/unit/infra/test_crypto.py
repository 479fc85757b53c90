"""What is sealed with the keys, and the digests that come from them."""

import base64

import pytest

from ssp.infra.crypto import NEXT, Key, KeyList, KeyRing, SealError
from tests.keys import ONE, THREE, TWO


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing([Key("k2", TWO), Key("k1", ONE)])


def test_what_is_sealed_opens_in_its_place(ring: KeyRing) -> None:
    for text in ("", "048291", "Grüße 🙂", "x" * 10_000):
        assert ring.open("code", "row", ring.seal("code", "row", text)) == text


def test_the_same_text_is_sealed_differently_each_time(ring: KeyRing) -> None:
    sealed = {ring.seal("code", "row", "048291") for _ in range(100)}
    assert len(sealed) == 100
    assert all("048291" not in each for each in sealed)


@pytest.mark.parametrize("purpose, place", [("other", "row"), ("code", "other"), ("code:row", ""), ("", "code:row")])
def test_what_is_sealed_opens_nowhere_else(purpose: str, place: str, ring: KeyRing) -> None:
    with pytest.raises(SealError, match="altered or belongs to another row"):
        ring.open(purpose, place, ring.seal("code", "row", "048291"))


def test_every_altered_byte_is_noticed(ring: KeyRing) -> None:
    key_id, _, body = ring.seal("code", "row", "048291").partition(".")
    raw = base64.urlsafe_b64decode(body)
    for place in range(len(raw)):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(SealError):
            ring.open("code", "row", f"{key_id}.{base64.urlsafe_b64encode(altered).decode()}")


@pytest.mark.parametrize("body", ["", "AAAA", "A", "é", "====", "A" * 15, "A" * 16, "A" * 37])
def test_what_was_never_sealed_does_not_open(body: str, ring: KeyRing) -> None:
    with pytest.raises(SealError, match="altered or belongs to another row"):
        ring.open("code", "row", f"k2.{body}")


def test_the_first_key_seals_and_every_key_opens(ring: KeyRing) -> None:
    old = KeyRing([Key("k1", ONE)]).seal("code", "row", "old")
    assert ring.open("code", "row", old) == "old"
    assert ring.seal("code", "row", "new").startswith("k2.")


@pytest.mark.parametrize("sealed", ["k1.AAAA", "k1", "", ".", "K2.AAAA"])
def test_a_key_that_is_gone_is_named(sealed: str) -> None:
    with pytest.raises(SealError, match="which is not in the key list"):
        KeyRing([Key("k2", TWO)]).open("code", "row", sealed)


def test_another_key_of_the_same_name_opens_nothing() -> None:
    sealed = KeyRing([Key("k1", ONE)]).seal("code", "row", "048291")
    with pytest.raises(SealError):
        KeyRing([Key("k1", TWO)]).open("code", "row", sealed)


def test_purposes_share_no_key(ring: KeyRing) -> None:
    derived = [ring.secret(purpose) for purpose in ("flask", "csrf", "code", "authenticator")]
    assert len(set(derived)) == 4
    assert {len(secret) for secret in derived} == {32}
    assert TWO not in derived
    assert ring.secret("flask") == KeyRing([Key("other", TWO)]).secret("flask")
    assert ring.secret("flask") != KeyRing([Key("k2", ONE)]).secret("flask")


def test_digests_depend_on_key_purpose_and_text(ring: KeyRing) -> None:
    digest = ring.mac("number", "+12055550123")
    assert len(digest) == 64
    assert digest == ring.mac("number", "+12055550123")
    others = [
        ring.mac("address", "+12055550123"),
        ring.mac("number", "+12055550124"),
        KeyRing([Key("k2", ONE)]).mac("number", "+12055550123"),
    ]
    assert digest not in others


def test_digests_that_follow_a_key_are_given_for_every_key(ring: KeyRing) -> None:
    old = KeyRing([Key("k1", ONE)]).digests("fingerprint", "+12055550123;")
    assert ring.digests("fingerprint", "+12055550123;")[1:] == old
    assert ring.digests("fingerprint", "+12055550123;")[0] != old[0]


def test_digests_that_follow_a_key_share_none_between_purposes(ring: KeyRing) -> None:
    device, fingerprint = (ring.digests(purpose, "+12055550123;") for purpose in ("device", "fingerprint"))
    assert not {*device} & {*fingerprint}


def test_lasting_digests_come_from_the_look_up_key() -> None:
    one, other = (KeyRing([Key("k", secret)], Key("lookup", THREE)) for secret in (ONE, TWO))
    assert one.mac("number", "+12055550123") == other.mac("number", "+12055550123")
    assert one.lasting("flask") == other.lasting("flask")
    assert one.lasting("flask") not in {one.lasting("csrf"), one.secret("flask"), THREE}
    # A list from before has it in its first key.
    assert KeyRing([Key("k", THREE)]).mac("number", "1") == one.mac("number", "1")


def test_a_secret_can_be_had_from_an_older_key(ring: KeyRing) -> None:
    assert ring.secret("log", "k1") == KeyRing([Key("k1", ONE)]).secret("log")
    assert ring.secret("log", "k2") == ring.secret("log")
    with pytest.raises(SealError, match="which is not in the key list"):
        ring.secret("log", "k3")


def test_older_keys_and_none_are_outdated(ring: KeyRing) -> None:
    assert ring.outdated(KeyRing([Key("k1", ONE)]).seal("code", "row", "x"))
    assert ring.outdated("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not ring.outdated(ring.seal("code", "row", "x"))
    prepared = KeyRing([Key("k1", ONE), Key("k2", TWO, NEXT)])
    assert not prepared.outdated(ring.seal("code", "row", "x")), "sealed where the next list is already"


def test_keys_are_never_shown() -> None:
    assert repr(KeyList((Key("k1", ONE),), Key("lookup", TWO))) == "KeyList(keys=(Key(k1),), lookup=Key(lookup))"
