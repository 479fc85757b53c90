"""The key list in its file: what is refused, how it is made, changed and followed."""

import base64
import errno
import os
import secrets
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ssp.infra.crypto import BEGUN, NEXT, Key, KeyList, KeyRing, SealError
from ssp.infra.key_file import KeyFile, KeyFileError, change, load_keys, new_key, parse
from tests.keys import ONE, THREE, TWO, line

FILE = Path("keys.txt")


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


FEW = bytes(place * place + 100 for place in range(12)) + b"\x00\x01\x02\x03"
WEAK = {
    "zeros": bytes(32),
    "one byte": b"\xa5" * 32,
    "halves alike": ONE[:15] * 2 + ONE[:2],
    "counting": bytes(range(32)),
    "counting from one": bytes(range(1, 33)),
    "counting past the end": bytes((200 + 7 * place) % 256 for place in range(32)),
    "fifteen bytes": FEW[:15] + FEW[:15][::-1] + FEW[:2],
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


def test_sixteen_different_bytes_are_enough() -> None:
    assert len(set(FEW)) == 16
    secret = FEW + FEW[::-1]
    assert parse(line("k1", secret), FILE) == KeyList((Key("k1", secret),))


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


def test_a_doubled_key_is_refused_but_for_the_look_up_key(path: Path) -> None:
    message = refusal(write(path, line("k1", ONE) + line("k2", TWO) + line("k3", ONE)))
    assert "line 3 repeats the key of another line" in message
    found = parse(line("k1", ONE) + line("lookup", ONE), FILE)
    assert found == KeyList((Key("k1", ONE),), Key("lookup", ONE))
    assert parse(line("lookup", ONE) + line("k1", ONE), FILE) == found


def test_a_look_up_key_alone_is_no_list(path: Path) -> None:
    assert "holds no key" in refusal(write(path, line("lookup", ONE)))


@pytest.mark.parametrize("state", [NEXT, BEGUN, "2026-11-22T14:00:07Z"])
def test_a_key_says_how_far_its_rotation_is(state: str) -> None:
    assert parse(line("k2", TWO) + line("k1", ONE, state), FILE).keys[1] == Key("k1", ONE, state)


@pytest.mark.parametrize("state", ["done", "2026-11-22", "2026-13-42T99:00:00Z", "next begun"])
def test_another_word_behind_a_key_is_refused(state: str, path: Path) -> None:
    assert "line 1 is no strong key" in refusal(write(path, line("k1", ONE, state)))


def test_a_key_that_is_still_to_come_cannot_be_first(path: Path) -> None:
    assert "the first key is still to come" in refusal(write(path, line("k2", TWO, NEXT) + line("k1", ONE)))


CLASSICS = {
    "typed": "this-is-my-very-secret-key-please-change-it",
    "in capitals": "THIS_IS_MY_VERY_SECRET_KEY_PLEASE_CHANGE_IT",
    "dev": ("dev" * 15)[:43],
    "changeme": ("changeme" * 6)[:43],
    "hexadecimal": "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71b",
}


@pytest.mark.parametrize("name", CLASSICS)
def test_what_documentation_and_people_write_for_a_key_is_refused(name: str, path: Path) -> None:
    assert "line 1 is no strong key" in refusal(write(path, f"k1 {CLASSICS[name]}\n"))


def test_a_weak_draw_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([bytes(32), ONE[:16] * 2, THREE, b"12345"])
    monkeypatch.setattr(secrets, "token_bytes", lambda _size: next(draws))
    assert new_key("k1").secret == THREE


def test_new_keys_have_ids_of_their_own() -> None:
    keys = [new_key(state=NEXT) for _ in range(100)]
    assert len({key.id for key in keys}) == len({key.secret for key in keys}) == 100
    parse(line("first", ONE) + "".join(line(key.id, key.secret, key.state) for key in keys), FILE)


def test_a_new_list_has_a_look_up_key_of_its_own(path: Path) -> None:
    load_keys(path)
    found = KeyFile(path).read()
    assert found.lookup
    assert found.lookup.secret != found.keys[0].secret


# ---- Changing it ----


def added(keys: KeyList) -> KeyList:
    return replace(keys, keys=(Key("k2", TWO, BEGUN), *keys.keys))


def left_alone(path: Path) -> None:
    assert [each.name for each in path.parent.iterdir()] == ["keys.txt"]


def test_a_change_replaces_the_file_in_one_piece(path: Path) -> None:
    write(path, line("k1", ONE))
    before = path.stat()
    assert change(path, added).keys == (Key("k2", TWO, BEGUN), Key("k1", ONE))
    assert path.read_text() == line("k2", TWO, BEGUN) + line("k1", ONE)
    after = path.stat()
    assert after.st_ino != before.st_ino
    assert stat.S_IMODE(after.st_mode) == 0o600
    left_alone(path)


def test_what_changes_nothing_writes_nothing(path: Path) -> None:
    write(path, line("k1", ONE) + line("lookup", TWO), 0o400)
    before = path.stat()
    change(path, lambda keys: keys)
    assert path.stat().st_ino == before.st_ino


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    write(path, line("k1", ONE))
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    change(link, added)
    assert link.is_symlink()
    assert load_keys(path).current.id == "k2"


def test_the_file_keeps_its_owner(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, line("k1", ONE))
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    monkeypatch.setattr(os, "chown", lambda _path, user, group: given.append((user, group)))
    change(path, added)
    assert given == [(path.stat().st_uid, path.stat().st_gid)]


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("failing", ["fsync", "replace", "open"])
def test_what_cannot_be_written_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    text = line("k1", ONE)
    write(path, text)

    def fail(*_: object) -> None:
        raise FULL

    with monkeypatch.context() as full:
        if failing == "replace":
            full.setattr(Path, "replace", fail)
        else:
            full.setattr(os, failing, fail)
        with pytest.raises(KeyFileError, match=r"cannot be changed, and is as it was .*No space left"):
            change(path, added)
    assert path.read_text() == text
    left_alone(path)
    assert change(path, added).keys[0].id == "k2"


def test_a_list_that_is_no_list_is_not_changed(path: Path) -> None:
    write(path, "changeme\n")
    with pytest.raises(KeyFileError, match="no strong key"):
        change(path, added)
    assert path.read_text() == "changeme\n"


def test_two_changes_at_once_both_count(path: Path) -> None:
    write(path, line("k1", ONE))
    start = threading.Barrier(8)

    def add_one() -> None:
        start.wait(10)
        change(path, lambda keys: replace(keys, keys=(*keys.keys, new_key())))

    threads = [threading.Thread(target=add_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(KeyFile(path).read().keys) == 9
    left_alone(path)


# ---- Following it ----


def test_a_ring_follows_the_file_before_it_seals(path: Path) -> None:
    ring = load_keys(write(path, line("k1", ONE)))
    old = ring.seal("code", "row", "048291")
    change(path, added)
    assert ring.seal("code", "row", "048291").startswith("k2.")
    assert ring.open("code", "row", old) == "048291"


def test_a_ring_follows_the_file_where_it_meets_an_unknown_key(path: Path) -> None:
    ring = load_keys(write(path, line("k1", ONE)))
    change(path, added)
    sealed = KeyRing([Key("k2", TWO)]).seal("code", "row", "048291")
    assert ring.open("code", "row", sealed) == "048291"


def test_digests_come_from_the_same_key_before_and_after(path: Path) -> None:
    ring = load_keys(path)
    before = ring.mac("number", "+12055550123"), ring.lasting("flask")
    change(path, added)
    assert ring.current.id == "k2"
    assert (ring.mac("number", "+12055550123"), ring.lasting("flask")) == before
    fresh = load_keys(path)
    assert (fresh.mac("number", "+12055550123"), fresh.lasting("flask")) == before


def test_a_key_that_was_dropped_opens_until_the_process_ends(path: Path) -> None:
    ring = load_keys(write(path, line("k2", TWO) + line("k1", ONE)))
    old = KeyRing([Key("k1", ONE)]).seal("code", "row", "048291")
    change(path, lambda keys: replace(keys, keys=keys.keys[:1]))
    assert ring.seal("code", "row", "x").startswith("k2.")
    assert ring.open("code", "row", old) == "048291"


SPOILED: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "no list": lambda path: path.write_text("changeme\n"),
    "open to others": lambda path: path.chmod(0o644),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_file_that_goes_bad_is_said_once_and_the_keys_go_on(
    path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, line("k1", ONE) + line("lookup", THREE))
    ring = load_keys(path)
    SPOILED[how](path)
    if path.exists():
        os.utime(path, ns=(1, 1))
    for _ in range(3):
        assert ring.open("code", "row", ring.seal("code", "row", "048291")) == "048291"
    said = [each for each in caplog.messages if "goes on with the keys that it has" in each]
    assert len(said) == 1
    assert base64.urlsafe_b64encode(ONE).decode() not in caplog.text
    write(path, line("k2", TWO) + line("k1", ONE))
    assert ring.seal("code", "row", "048291").startswith("k2.")


def test_an_unknown_key_stays_unknown_where_the_file_cannot_be_read(path: Path) -> None:
    ring = load_keys(write(path, line("k1", ONE)))
    path.unlink()
    with pytest.raises(SealError, match="not in the key list"):
        ring.open("code", "row", "k2.AAAA")
