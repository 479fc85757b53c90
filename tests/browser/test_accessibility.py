"""Every page for everybody: axe finds nothing, in both color schemes; titles tell pages apart; focus can be seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.tools import axe_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.gallery import View
    from tests.browser.serving import Portal
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    views: dict[str, View], scheme: Literal["light", "dark"], subtests: pytest.Subtests
) -> None:
    for name, view in views.items():
        with subtests.test(name):
            assert axe_faults(view.show(scheme=scheme)) == []


def test_axe_finds_what_is_wrong(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    page = arrive(portal).open("/sign-in").page
    page.evaluate(
        """() => {
          document.querySelector('label[for="username"]').remove();
          document.querySelector('.lead').style.color = '#ccc';
          document.documentElement.removeAttribute('lang');
        }"""
    )
    found = {fault.split(":")[0] for fault in axe_faults(page)}
    assert {"label", "color-contrast", "html-has-lang"} <= found


def test_each_page_has_one_heading_and_a_title_of_its_own(views: dict[str, View]) -> None:
    headings: dict[str, set[str]] = {}
    for name, view in views.items():
        title = view.tab.title().removeprefix("Error: ")
        assert title.endswith(" · Secure Services Portal"), name
        (heading,) = view.tab.get_by_role("heading", level=1).all_inner_texts()
        headings.setdefault(title, set()).add(heading.partition(",")[0])  # "Welcome, Ada Marsh"
    assert {title: names for title, names in headings.items() if len(names) > 1} == {}


def test_a_page_with_an_error_says_so_first(views: dict[str, View]) -> None:
    wrong = {name for name, view in views.items() if view.tab.title().startswith("Error: ")}
    assert wrong == {name for name in views if name.endswith(("-error", "-refused", "-clock-off"))}
    for name in wrong:
        focused = views[name].tab.locator(":focus")
        assert focused.get_attribute("role") == "alert", name


# For each thing that the keyboard reaches: its ring, and what is around that. A row that is one label shows its box's.
RINGS = """() => {
  const reached = 'a[href], button, summary, input:not([type=hidden])';
  const paper = element => {
    const color = getComputedStyle(element).backgroundColor;
    return color.endsWith(', 0)') ? paper(element.parentElement) : color;
  };
  return [...document.querySelectorAll(reached)].filter(element => element.checkVisibility()).map(element => {
    element.focus();
    const shown = element.closest('.way') ?? element;
    const {outlineStyle, outlineColor, boxShadow} = getComputedStyle(shown);
    const around = paper(shown.parentElement);
    const shadow = boxShadow.match(/^rgba?\\([^)]*\\)/)?.[0] ?? around;
    return [element.outerHTML.slice(0, 90), outlineStyle === 'none' ? shadow : outlineColor, around];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["sign-in", "options", "app", "code-text", "services", "help", "phone"])
def test_the_keyboard_s_place_can_be_seen(views: dict[str, View], name: str, scheme: Literal["light", "dark"]) -> None:
    page = views[name].show(scheme=scheme)
    page.keyboard.press("Tab")  # from now on the browser shows where the keyboard is
    reached = page.evaluate(RINGS)
    assert len(reached) > 4
    assert [element for element, ring, paper in reached if _contrast(ring, paper) < 3] == []


def test_a_place_that_cannot_be_seen_is_found(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    page = arrive(portal).open("/sign-in").page
    page.keyboard.press("Tab")
    page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync('* { outline: 0 none !important; box-shadow: none !important }');
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    reached = page.evaluate(RINGS)
    assert [element for element, ring, paper in reached if _contrast(ring, paper) >= 3] == []


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colors as browsers write them (WCAG 2.2, 1.4.11 asks for 3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    assert not color.startswith("rgba"), "whatever shines through would count, too"
    red, green, blue = (int(value) / 255 for value in re.findall(r"\d+", color))
    parts = (0.2126 * _linear(red), 0.7152 * _linear(green), 0.0722 * _linear(blue))
    return sum(parts)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def test_contrast_is_what_the_standard_says() -> None:
    assert _contrast("rgb(255, 255, 255)", "rgb(0, 0, 0)") == pytest.approx(21)
    assert _contrast("rgb(119, 119, 119)", "rgb(255, 255, 255)") == pytest.approx(4.48, abs=0.01)
