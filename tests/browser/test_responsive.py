"""Every page on every screen: from a small phone to a wall, enlarged, touched, and on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.browser.gallery import View

pytestmark = pytest.mark.browser

TOO_WIDE = """() => {
  const limit = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= limit) return [];
  return [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > limit + 0.5)
    .map(element => element.outerHTML.slice(0, 120));
}"""
# Links inside sentences may be smaller (WCAG 2.2, 2.5.8); a row that is one label counts as a whole.
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'button, summary, input:not([type=hidden], [type=radio], [type=checkbox]), label.way, label.trust, ' +
    'header a, footer a, .actions a, .topics a, .services a, a.button, .addresses a'
  )].filter(element => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility() && (box.width < 24 || box.height < 24);
  }).map(element => element.outerHTML.slice(0, 120))"""

# A window of 1280 pixels in which everything is twice as large.
TWICE = {"width": 640, "height": 400, "deviceScaleFactor": 2, "mobile": False}


@pytest.mark.parametrize("width", [320, 360, 1280, 3840])
def test_no_page_scrolls_sideways(views: dict[str, View], width: int) -> None:
    too_wide: dict[str, Any] = {}
    for name, view in views.items():
        too_wide[name] = view.show(width).evaluate(TOO_WIDE)
    assert {name: found for name, found in too_wide.items() if found} == {}


def test_no_page_scrolls_sideways_when_enlarged_to_twice_the_size(views: dict[str, View]) -> None:
    too_wide: dict[str, Any] = {}
    for name, view in views.items():
        page = view.show()
        screen = page.context.new_cdp_session(page)
        screen.send("Emulation.setDeviceMetricsOverride", TWICE)
        too_wide[name] = page.evaluate(TOO_WIDE)
        screen.detach()
    assert {name: found for name, found in too_wide.items() if found} == {}


def test_a_thumb_hits_every_control(views: dict[str, View]) -> None:
    small: dict[str, Any] = {}
    for name, view in views.items():
        small[name] = view.show(360).evaluate(SMALL_TARGETS)
    assert {name: found for name, found in small.items() if found} == {}


def test_too_wide_and_too_small_are_found(views: dict[str, View]) -> None:
    page = views["not-found"].tab.context.new_page()
    page.set_content("<main><button style='all: unset'>x</button><p style='width: 9999px'>wide</p></main>")
    assert len(page.evaluate(TOO_WIDE)) == 1
    assert len(page.evaluate(SMALL_TARGETS)) == 1
    page.close()


def test_paper_shows_the_words_alone(views: dict[str, View]) -> None:
    for name in ("help-mfa", "app", "services"):
        page = views[name].show()
        page.emulate_media(media="print")
        assert page.get_by_role("heading", level=1).is_visible()
        shown = page.locator("header, footer, .actions, button, [type=submit], [type=search]")
        assert [each.inner_text() for each in shown.all() if each.is_visible()] == [], name
        page.emulate_media(media="screen")


def test_of_recovery_codes_paper_shows_whose_they_are_and_nothing_else(views: dict[str, View]) -> None:
    page = views["recovery-codes"].show()
    codes = page.locator(".sheet code").all_inner_texts()
    assert len(codes) == 10
    page.emulate_media(media="print")
    lines = [line.strip() for line in page.locator("body").inner_text().splitlines()]
    portal, person, day, *printed = filter(None, lines)
    assert (portal, person) == ("Secure Services Portal", "dev")
    assert re.fullmatch(r"[A-Z][a-z]+ [0-9]+, 20[0-9]{2}", day)
    assert printed == codes
    page.emulate_media(media="screen")


def test_a_button_prints_recovery_codes(views: dict[str, View]) -> None:
    page = views["recovery-codes"].show()
    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
    page.get_by_role("button", name="Print them").click()
    assert page.locator("body").get_attribute("data-printed") == "yes"
