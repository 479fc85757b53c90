"""The HTML of every page: valid by html-validate, with nothing in it that the content security policy would stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from tests.browser.tools import html_faults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.gallery import View

pytestmark = pytest.mark.browser
LOADING = ["script", "link", "img", "iframe", "source", "video", "audio", "object", "embed"]
OWN = ("/static/", "data:image/svg+xml,")


def test_the_html_of_every_page_is_valid(views: dict[str, View], tmp_path: Path) -> None:
    assert html_faults({name: view.html for name, view in views.items()}, tmp_path) == []


def test_html_validate_finds_what_is_wrong(tmp_path: Path) -> None:
    html = (
        '<!doctype html><html lang="en"><head><title>One</title></head><body><p id="a"><div id="a"></p></body></html>'
    )
    assert any("no-dup-id" in fault for fault in html_faults({"page": html}, tmp_path))


def test_pages_hold_no_script_and_no_style_and_load_nothing_from_elsewhere(views: dict[str, View]) -> None:
    faults = [f"{name}: {fault}" for name, view in views.items() for fault in _strangers(view.html)]
    assert faults == []


def _strangers(html: str) -> list[str]:
    """Return what a page brings along that it should load, and what it loads that is not its own."""
    page = BeautifulSoup(html, "lxml")
    inline = [str(tag) for tag in page.find_all(["script", "style"]) if tag.name == "style" or not tag.get("src")]
    handlers = [str(tag) for tag in page.find_all() if any(name[:2] == "on" for name in tag.attrs) or tag.get("style")]
    loaded = [str(tag.get("src") or tag.get("href") or "") for tag in page.find_all(LOADING)]
    return inline + handlers + [url for url in loaded if url and not url.startswith(OWN)]


def test_a_page_with_strangers_is_found_out() -> None:
    html = '<p style="color: red" onclick="go()">x</p><script>go()</script><img src="https://elsewhere.test/x.png">'
    assert len(_strangers(html)) == 3
