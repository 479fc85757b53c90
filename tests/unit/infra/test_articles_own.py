"""The operator's own articles: they replace and add, and a broken one hurts nobody."""

import logging
import os
from pathlib import Path

import pytest

from ssp.infra.articles import Articles
from ssp.infra.articles.source import LARGEST, ArticleError, read
from ssp.settings import Settings
from tests.articles import LIMITS, article

GOOD = "---\ntitle: {title}\nsummary: S\n---\n{body}\n"


def write(folder: Path, slug: str, text: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{slug}.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    write(folder, "mfa", GOOD.format(title="Ours", body="Our words, {{ trust_days }} days."))
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


def shelf(shipped: Path, own: Path) -> Articles:
    return Articles(Settings(demo=True), shipped, own, LIMITS)


def title(articles: Articles, slug: str) -> str | None:
    page = articles.get(slug)
    return page.title if page else None


def test_a_file_of_the_same_name_replaces_ours(shipped: Path, own: Path) -> None:
    write(own, "mfa", GOOD.format(title="Theirs", body="Also {{ trust_days }}."))
    page = article(shelf(shipped, own), "mfa")
    assert page.title == "Theirs"
    assert "Also 30." in page.html


def test_a_new_name_makes_a_new_page_at_the_end_of_the_index(shipped: Path, own: Path) -> None:
    write(own, "parking", GOOD.format(title="Parking", body="Behind the house."))
    groups = shelf(shipped, own).index()
    assert [page.slug for group in groups for page in group.articles] == ["mfa", "parking"]
    assert groups[-1].name == "More help"


def test_changes_show_without_a_restart(shipped: Path, own: Path) -> None:
    articles = shelf(shipped, own)
    assert title(articles, "mfa") == "Ours"
    path = write(own, "mfa", GOOD.format(title="First", body="1"))
    assert title(articles, "mfa") == "First"
    path = write(own, "mfa", GOOD.format(title="Other", body="2"))
    os.utime(path, ns=(1, 1))  # the same size, so only the time tells
    assert title(articles, "mfa") == "Other"
    path.unlink()
    assert title(articles, "mfa") == "Ours"


@pytest.mark.parametrize(
    "text,fault",
    [
        ("No front matter at all", "does not begin with front matter"),
        ("---\ntitle: T\nsummary: S\nno end", "does not begin with front matter"),
        ("---\n\n---\nBody", "front matter has no title and no summary"),
        ("---\ntitle: T\n---\nBody", "front matter has no summary"),
        ("---\ntitle: T\nsumary: S\n---\nBody", "line 3: front matter knows title, summary"),
        ("---\ntitle: T\nsummary S\n---\nBody", "line 3: front matter knows title, summary"),
        ("---\ntitle: T\nsummary: S\norder: soon\n---\nBody", "line 4: order is not a whole number"),
        ("---\ntitle: T\nsummary: S\n---\nBody\n{% if trust_days %}\nno end", "line 7: "),
        ("---\ntitle: T\nsummary: S\n---\n{% if 1 %}\nBody\n{% endif %}\n{{ trust_days", "line 8: "),
        ("---\ntitle: {{ oops\nsummary: S\n---\nBody", "title: "),
        ("---\ntitle: T\nsummary: {{ oops }}\n---\nBody", "summary: UndefinedError: 'oops' is undefined"),
        (GOOD.format(title="T", body="{{ trust_day }}"), "text: UndefinedError: 'trust_day' is undefined"),
        (GOOD.format(title="T", body="{{ 1 // 0 }}"), "text: ZeroDivisionError: "),
        (GOOD.format(title="T", body="{{ ''.__class__.__mro__ }}"), "text: SecurityError: "),
        (GOOD.format(title="T", body="{% include 'base.html' %}"), "text: "),
        (b"---\ntitle: T\nsummary: caf\xe9\n---\n", "line 3 is not UTF-8"),
        (GOOD.format(title="T", body="x" * LARGEST), "is longer than 200,000 bytes"),
    ],
)
def test_a_broken_file_leaves_ours_and_is_named_once(
    text: str | bytes, fault: str, shipped: Path, own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for slug in ("mfa", "parking"):
        write(own, slug, text)
    write(own, "shuttle", GOOD.format(title="Shuttle", body="Every hour."))
    articles = shelf(shipped, own)
    assert title(articles, "mfa") == "Ours"
    assert title(articles, "parking") is None
    assert title(articles, "shuttle") == "Shuttle"
    said = [record.getMessage() for record in caplog.records]
    for slug, line in zip(("mfa", "parking"), said, strict=True):
        assert line.startswith(f"help article {own}/{slug}.md is passed over: {fault}")
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    assert not any("\n" in line for line in said)


@pytest.mark.parametrize("name", ["My page", "MFA", "a_b", "a.b", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_a_name_that_is_no_address_is_passed_over(
    name: str, shipped: Path, own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(own, name, GOOD.format(title="T", body="B"))
    articles = shelf(shipped, own)
    assert articles.get(name) is None
    assert "small letters, digits and hyphens" in caplog.text


@pytest.mark.parametrize("name", [".hidden.md", "notes.txt", "mfa.md~"])
def test_other_files_are_none_of_our_business(
    name: str, shipped: Path, own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own.mkdir()
    (own / name).write_text("anything")
    (own / "folder.md").mkdir()
    assert [page.slug for group in shelf(shipped, own).index() for page in group.articles] == ["mfa"]
    assert not caplog.records


@pytest.mark.parametrize("slug", ["../own/secret", "..", "/etc/passwd", "mfa.md", "", "MFA"])
def test_only_names_lead_to_articles(slug: str, shipped: Path, own: Path) -> None:
    write(own, "secret", GOOD.format(title="T", body="B"))
    assert shelf(shipped, own).get(slug) is None


def test_a_folder_that_cannot_be_read_is_named(shipped: Path, own: Path, caplog: pytest.LogCaptureFixture) -> None:
    own.write_text("not a folder")
    articles = shelf(shipped, own)
    assert title(articles, "mfa") == "Ours"
    assert [record.getMessage() for record in caplog.records] == [f"help folder {own} is passed over: Not a directory"]


def test_a_file_that_cannot_be_read_is_named(own: Path) -> None:
    with pytest.raises(ArticleError, match="cannot be read: No such file"):
        read(own / "gone.md", {})


def test_files_from_windows_and_quoted_titles_are_fine(shipped: Path, own: Path) -> None:
    text = "---\r\ntitle: \"Quoted\"\r\nsummary: 'Also'\r\n---\r\nOne.\r\n"
    write(own, "parking", b"\xef\xbb\xbf" + text.encode())
    page = article(shelf(shipped, own), "parking")
    assert (page.title, page.summary, page.html) == ("Quoted", "Also", "<p>One.</p>\n")


def test_a_line_with_a_tag_alone_leaves_no_gap(shipped: Path, own: Path) -> None:
    body = "1. a\n{% if trust_days %}\n2. b\n{% endif %}\n{# why #}\n3. c {% if 1 %}d{% endif %}\n\nEnd."
    write(own, "parking", GOOD.format(title="T", body=body))
    page = article(shelf(shipped, own), "parking")
    assert page.html == "<ol>\n<li>a</li>\n<li>b</li>\n<li>c d</li>\n</ol>\n<p>End.</p>\n"


def test_an_unchanged_folder_is_not_read_again(shipped: Path, own: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(own, "mfa", "broken")
    articles = shelf(shipped, own)
    assert title(articles, "mfa") == title(articles, "mfa") == "Ours"
    assert len(caplog.records) == 1
