"""Static files under names that follow their content."""

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client, TestResponse
from whitenoise import WhiteNoise

from ssp.web.assets import Assets, immutable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CSS = "main { max-width: 60ch }\n" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "parts").mkdir(parents=True)
    (folder / "site.css").write_text(CSS)
    (folder / "parts" / "a.b.js").write_text("0;\n")
    (folder / "THIRD-PARTY.md").write_text("For people who read the source.\n")
    return folder


def compress(path: Path, newer_by: int) -> None:
    """Put a compressed copy beside a file, so many seconds newer than it."""
    copy = Path(f"{path}.gz")
    copy.write_bytes(gzip.compress(path.read_bytes()))
    time = path.stat().st_mtime + newer_by
    os.utime(copy, (time, time))


def nothing(_environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
    """Answer what is no static file."""
    start("404 Not Found", [])
    return []


def get(assets: Assets, path: str, encoding: str = "identity") -> TestResponse:
    """Return the answer to a request for a path, as it goes over the wire."""
    whitenoise = WhiteNoise(nothing, immutable_file_test=immutable)
    assets.serve(whitenoise)
    return Client(whitenoise).get(path, headers={"Accept-Encoding": encoding}, buffered=True)


def test_each_file_has_its_content_in_its_name(folder: Path) -> None:
    assets = Assets(folder, {})
    # The first letters of the file's SHA-256.
    assert assets.url("parts/a.b.js") == "/static/parts/a.b.d7780b804db5.js"
    assert assets.url("site.css").startswith("/static/site.")
    before = assets.url("site.css")
    (folder / "site.css").write_text(f"{CSS} ")
    assert Assets(folder, {}).url("site.css") != before
    assert assets.url("site.css") == before


def test_what_is_not_there_has_no_address(folder: Path) -> None:
    assets = Assets(folder, {})
    compress(folder / "site.css", 0)
    for name in ("other.css", "THIRD-PARTY.md", "site.css.gz", "", "../static/site.css"):
        with pytest.raises(KeyError):
            assets.url(name)


def test_files_from_elsewhere_are_served_too(folder: Path, tmp_path: Path) -> None:
    logo = tmp_path / "our logo.svg"
    logo.write_text("<svg/>")
    assets = Assets(folder, {"logo.svg": logo})
    answer = get(assets, assets.url("logo.svg"))
    assert (answer.mimetype, answer.text) == ("image/svg+xml", "<svg/>")


def test_files_may_be_kept_for_ever(folder: Path) -> None:
    assets = Assets(folder, {})
    answer = get(assets, assets.url("site.css"))
    assert (answer.mimetype, answer.text) == ("text/css", CSS)
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"


def test_only_hashed_names_are_served(folder: Path) -> None:
    assets = Assets(folder, {})
    for path in ("/static/site.css", "/static/THIRD-PARTY.md", "/site.css", "/static/", "/static/../site.css"):
        assert get(assets, path).status_code == 404
    assert immutable("", assets.url("site.css"))
    assert not immutable("", "/favicon.ico")


@pytest.mark.parametrize("newer_by, encoding", [(0, "gzip"), (5, "gzip"), (-1, None)])
def test_a_compressed_copy_is_sent_unless_it_is_older_than_its_file(
    newer_by: int, encoding: str | None, folder: Path
) -> None:
    compress(folder / "site.css", newer_by)
    assets = Assets(folder, {})
    answer = get(assets, assets.url("site.css"), "gzip, br")
    assert answer.headers.get("Content-Encoding") == encoding
    assert (gzip.decompress(answer.data) if encoding else answer.data) == CSS.encode()
    assert get(assets, assets.url("site.css")).text == CSS, "not everybody takes it compressed"


def test_a_file_of_the_same_name_in_another_folder_has_an_address_of_its_own(folder: Path) -> None:
    (folder / "parts" / "site.css").write_text(CSS)
    assets = Assets(folder, {})
    assert assets.url("site.css") != assets.url("parts/site.css")
