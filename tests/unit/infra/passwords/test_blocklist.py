"""The list of common and breached passwords: what it holds, and that it is made from one package and no other."""

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from ssp.infra.passwords import blocklist
from ssp.infra.passwords.blocklist import DIGEST_BYTES, FILE, Blocklist, folded, shipped, written
from tests.tools import blocklist as tool


def made(path: Path, *entries: str) -> Blocklist:
    path.write_bytes(written(entries))
    return Blocklist(path)


def test_every_entry_is_found_and_nothing_else(tmp_path: Path) -> None:
    entries = [f"entry {number}" for number in range(1000)]
    found = made(tmp_path / "list", *entries, *entries[:10])
    assert len(found) == 1000
    assert all(entry in found for entry in entries)
    assert not [other for other in (f"other {number}" for number in range(1000)) if other in found]


def test_a_list_of_one_finds_it(tmp_path: Path) -> None:
    found = made(tmp_path / "list", "only this")
    assert "only this" in found
    assert not {"", "only", "only thi", "only this "} & {each for each in ("", "only", "only thi") if each in found}


@pytest.mark.parametrize(
    "text, plain",
    [
        ("PassWord", "password"),
        ("Ünïcödé", "unicode"),
        ("\uff50\uff41\uff53\uff53", "pass"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("\u0130stanbul", "istanbul"),
        ("p@ss w0rd!", "p@ss w0rd!"),
    ],
)
def test_folding_takes_away_what_nobody_guessing_cares_for(text: str, plain: str) -> None:
    assert folded(text) == plain
    assert folded(folded(text)) == folded(text)


def test_the_list_that_comes_along_is_large_sorted_and_read_once() -> None:
    assert len(shipped()) > 500_000
    assert shipped() is shipped()
    content = FILE.read_bytes()
    digests = [content[place : place + DIGEST_BYTES] for place in range(0, len(content), DIGEST_BYTES)]
    assert all(len(each) == DIGEST_BYTES for each in digests)
    assert digests == sorted(set(digests))


@pytest.mark.parametrize(
    "entry",
    [
        *("123456", "password", "iloveyou", "sunshine", "1qaz2wsx"),
        # As long as the policy asks for (ASVS 5.0 6.2.4).
        *("mailcreated5240", "momsanaladventure", "1qaz2wsx3edc4rfv", "passwordpassword", "123456789987654321"),
        *("correct horse battery staple", "correcthorsebatterystaple"),
    ],
)
def test_known_passwords_are_listed(entry: str) -> None:
    assert entry in shipped()


def package(path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a package like the one that the list comes from, and take it for that."""
    content = "".join(f"{line}\n" for line in lines).encode()
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(tool.ENTRIES)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    monkeypatch.setattr(tool, "INTEGRITY", f"sha512-{digest}")
    return path


def test_it_is_made_of_the_most_common_and_of_what_is_long_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "MOST_COMMON", 3)
    source = package(
        tmp_path / "package.tgz", ["Dragon", "abc", "LongEnough", "monkey", "longEnough", "8letters"], monkeypatch
    )
    target = tmp_path / "list"
    said = tool.make(source, target)
    phrases = 2 * len(tool.FAMOUS)
    assert said == f"{target}: {3 + phrases} entries, {(3 + phrases) * blocklist.DIGEST_BYTES} bytes"
    found = Blocklist(target)
    expected = {"dragon": True, "abc": False, "longenough": True, "monkey": False, "8letters": True}
    assert {entry: entry in found for entry in expected} == expected
    first = target.read_bytes()
    tool.make(source, target)
    assert target.read_bytes() == first


def test_another_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = package(tmp_path / "package.tgz", ["password"], monkeypatch)
    source.write_bytes(source.read_bytes() + b"\0")
    with pytest.raises(tool.WrongPackageError, match="has the checksum sha512-"):
        tool.make(source, tmp_path / "list")
    assert not (tmp_path / "list").exists()
