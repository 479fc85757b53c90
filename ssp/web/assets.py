"""Static files under names that change with their content, so that browsers may keep them for ever."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from whitenoise import WhiteNoise

PREFIX = "/static/"
HASH_LETTERS = 12
_COMPRESSED = {".gz", ".br"}


class Assets:
    """Where each static file is on the web."""

    def __init__(self, folder: Path, extra: Mapping[str, Path]) -> None:
        files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
        shown = {name: path for name, path in files.items() if path.suffix not in _COMPRESSED | {".md"}}
        self._files = {_hashed(name, path): path for name, path in {**shown, **extra}.items()}
        self._urls = dict(zip({**shown, **extra}, self._files, strict=True))

    def url(self, name: str) -> str:
        """Return the address of a static file. Raises KeyError for one that is not there."""
        return self._urls[name]

    def serve(self, whitenoise: WhiteNoise) -> None:
        """Let WhiteNoise serve the files, each in its compressed forms if they are not older than the file."""
        for url, path in self._files.items():
            whitenoise.add_file_to_dictionary(url, str(path), stat_cache=_fresh(path))


def _hashed(name: str, path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_LETTERS]
    stem, dot, ending = name.rpartition(".")
    return f"{PREFIX}{stem}.{digest}{dot}{ending}"


def _fresh(path: Path) -> dict[str, os.stat_result]:
    own = path.stat()
    forms = [Path(f"{path}{ending}") for ending in sorted(_COMPRESSED)]
    stats = {str(form): form.stat() for form in forms if form.is_file()}
    return {str(path): own, **{name: stat for name, stat in stats.items() if stat.st_mtime >= own.st_mtime}}


def immutable(_path: str, url: str) -> bool:
    """Return whether a browser may keep the file for ever: all of ours have their content in their name."""
    return url.startswith(PREFIX)
