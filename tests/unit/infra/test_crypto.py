"""The key list, and what is sealed with it."""

import base64
import os
import secrets
import stat
import threading
from pathlib import Path

import pytest

from ssp.infra.crypto import Key, KeyList, KeyRing, SealError
from ssp.infra.key_file import KeyFileError, load_keys, parse

# Three keys that nobody uses: SHA-256 of "one", "two" and "three".
ONE, TWO, THREE = (
    bytes.fromhex(digest)
    for digest in (
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
        "8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f",
    )
)
FILE = Path("keys.txt")


def line(key_id: str, secret: bytes) -> str:
    return f"{key_id} {base64.urlsafe_b64encode(secret).decode()}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "keys.txt"


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(KeyFileError) as refused:
        load_keys(path)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message


# ---- The file ----


def test_the_first_start_makes_a_key_that_its_owner_alone_can_read(path: Path) -> None:
    ring = load_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["keys.txt"]
    assert ring.current.id == "k1"
    assert len(ring.current.secret) == 32
    assert load_keys(path).current == ring.current


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    assert load_keys(tmp_path / "a" / "keys.txt").current != load_keys(tmp_path / "b" / "keys.txt").current


def test_two_processes_that_start_at_once_have_one_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both_saw_no_file, token_hex, rings = threading.Barrier(2), secrets.token_hex, list[KeyRing]()

    def meet(size: int) -> str:
        both_saw_no_file.wait(10)
        return token_hex(size)

    monkeypatch.setattr(secrets, "token_hex", meet)
    starts = [threading.Thread(target=lambda: rings.append(load_keys(path))) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert rings[0].current == rings[1].current
    assert [each.name for each in path.parent.iterdir()] == ["keys.txt"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_file_that_others_can_read_is_refused(mode: int, path: Path) -> None:
    assert refusal(write(path, line("k1", ONE), mode)).endswith("run chmod 600 on it")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_that_its_owner_can_read_will_do(mode: int, path: Path) -> None:
    assert load_keys(write(path, line("k1", ONE), mode)).current == Key("k1", ONE)


def test_a_file_that_is_a_folder_is_named(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True)
    assert "the key list cannot be read or made" in refusal(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "the key list cannot be read or made" in refusal(tmp_path / "file" / "keys.txt")


def test_signs_beyond_ascii_are_named(path: Path) -> None:
    assert "the key list cannot be read or made" in refusal(write(path, "k1 ключ\n"))


def test_nothing_is_left_behind_where_links_do_not_work(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(_source: Path, _target: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", link)
    assert "no links here" in refusal(path)
    assert list(path.parent.iterdir()) == []


# ---- The keys ----


def test_keys_are_read_in_their_order() -> None:
    text = f"{line('new', TWO)}  {line('k1', ONE)}"
    expected = KeyList((Key("new", TWO), Key("k1", ONE)))
    assert parse(text, FILE) == parse(text.replace("=", ""), FILE) == expected


WEAK = {
    "zeros": bytes(32),
    "one byte": b"\xa5" * 32,
    "halves alike": ONE[:15] * 2 + ONE[:2],
    "counting": bytes(range(32)),
    "counting from one": bytes(range(1, 33)),
    "changeme": b"changeme" * 4,
    "hexadecimal text": b"0123456789abcdef" * 2,
    "random hexadecimal text": b"9f86d081884c7d659a2feaa0c55ad015",
    "a sentence": b"this-is-a-very-secret-key-32-by!",
    "letters": b"abcdefghijklmnopqrstuvwxyzABCDEF",
}


@pytest.mark.parametrize("name", WEAK)
def test_weak_and_documented_keys_are_refused(name: str, path: Path) -> None:
    assert len(WEAK[name]) == 32
    message = refusal(write(path, line("k1", ONE) + line("k2", WEAK[name])))
    assert "line 2 is no strong key" in message


@pytest.mark.parametrize(
    "text",
    [
        "changeme",
        "k1",
        "k1 ",
        f"k1 {'A' * 42}",
        f"k1 {'A' * 45}",
        line("K1", ONE),
        line("k-1", ONE),
        line("k" * 17, ONE),
        line("", ONE),
        line("k1", ONE).replace(" ", "\t"),
        line("k1", ONE) + "\n" + line("k2", TWO),
        f"# comment\n{line('k1', ONE)}",
        line("k1", ONE[:31]),
        line("k1", ONE + b"\xff"),
    ],
)
def test_lines_that_are_no_key_are_named_by_number(text: str, path: Path) -> None:
    message = refusal(write(path, text))
    number = 2 if text.startswith("k1 dpLD") and "\n\n" in text else 1
    assert f"line {number} is no strong key" in message


def test_a_doubled_id_is_refused(path: Path) -> None:
    message = refusal(write(path, line("k1", ONE) + line("k2", TWO) + line("k1", THREE)))
    assert "line 3 repeats the id k1; give each key its own" in message


def test_an_empty_list_is_refused(path: Path) -> None:
    assert "holds no key" in refusal(write(path, ""))


def test_refusals_and_keys_show_no_secret(path: Path) -> None:
    shown = base64.urlsafe_b64encode(ONE).decode()
    message = refusal(write(path, f"{line('k1', ONE)}k1 {shown[::-1]}\n"))
    assert shown not in message
    assert shown[::-1] not in message
    assert repr(Key("k1", ONE)) == str(Key("k1", ONE)) == "Key(k1)"


def test_a_hundred_new_keys_are_strong(tmp_path: Path) -> None:
    found = {load_keys(tmp_path / str(number) / "keys.txt").current.secret for number in range(100)}
    assert len(found) == 100


# ---- Sealing ----


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
