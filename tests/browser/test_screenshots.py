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


def test_every_page_has_its_pictures(views: dict[str, View], tmp_path: Path) -> None:
    kept = os.environ.get("SCREENSHOTS")
    folder, looks = (Path(kept), LOOKS) if kept else (tmp_path, LOOKS[-1:])
    folder.mkdir(parents=True, exist_ok=True)
    for name, view in views.items():
        for width, scheme in looks:
            picture = folder / f"{name}-{width}-{scheme}.png"
            view.show(width, scheme).screenshot(path=picture, full_page=True)
    assert len(list(folder.glob("*.png"))) >= len(looks) * len(views)
