"""Pictures of every page, for people to look at: `make screenshots` keeps them, a test only sees that each is one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from tests.browser.gallery import View

pytestmark = pytest.mark.browser
Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[int, Scheme], ...] = ((1280, "light"), (1280, "dark"), (360, "light"), (360, "dark"))
# An article goes on as it begins; all of them whole would be most of the repository.
ARTICLE_HEIGHT = 1000


def test_every_page_has_its_pictures(views: dict[str, View], tmp_path: Path) -> None:
    kept = os.environ.get("SCREENSHOTS")
    folder, looks = (Path(kept), LOOKS) if kept else (tmp_path, LOOKS[-1:])
    folder.mkdir(parents=True, exist_ok=True)
    taken = {_take(folder, name, view, *look) for name, view in views.items() for look in looks}
    assert {picture.name for picture in folder.glob("*.png")} == taken, "pictures of pages that are no more can go"


def _take(folder: Path, name: str, view: View, width: int, scheme: Scheme) -> str:
    """Take one picture; return its file's name."""
    page = view.show(width, scheme)
    file = f"{name}-{width}-{scheme}.png"
    article = page.locator("main > article").count() > 0
    height = ARTICLE_HEIGHT if article else page.evaluate("document.documentElement.scrollHeight")
    page.screenshot(path=folder / file, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    return file
