"""The first visit, with nothing in the browser yet: few bytes, few requests, one origin, and nothing that jumps."""

from __future__ import annotations

import http.client
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.serving import Portal
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
MOST_BYTES = 16 * 1024
MOST_REQUESTS = 4

# What has moved so far. Two frames on, the browser has told of all that it drew.
SHIFTS = """() => new Promise(resolve => {
  const shifts = [];
  new PerformanceObserver(list => shifts.push(...list.getEntries().map(entry => entry.value)))
    .observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(shifts))));
})"""


def test_the_first_visit_is_light(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive(portal)
    wire = visitor.page.context.new_cdp_session(visitor.page)
    asked: dict[str, str] = {}
    weighed: dict[str, int] = {}
    wire.on("Network.requestWillBeSent", lambda sent: asked.update({sent["requestId"]: sent["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda got: weighed.update({got["requestId"]: int(got["encodedDataLength"])}))
    wire.send("Network.enable")
    visitor.open("/sign-in")
    visitor.page.wait_for_load_state("networkidle")
    weights = {url: weighed[request] for request, url in asked.items() if not url.startswith("data:")}
    assert all(url.startswith(f"{portal.origin}/") for url in weights)
    assert len(weights) <= MOST_REQUESTS, weights
    assert sum(weights.values()) <= MOST_BYTES, f"is `make static` up to date? {weights}"


def test_nothing_jumps_and_no_font_is_loaded(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    page = arrive(portal).open("/sign-in").page
    page.wait_for_load_state("networkidle")
    assert page.evaluate(SHIFTS) == []
    assert page.evaluate("document.fonts.size") == 0
    page.evaluate("document.querySelector('h1').before(document.createElement('hr'))")
    assert page.evaluate(SHIFTS) != [], "a jump that was made is seen"


def test_static_files_are_compressed_and_never_change(portal: Portal, arrive: Callable[..., Visitor]) -> None:
    page = arrive(portal).open("/sign-in").page
    loaded = page.locator("link[rel=stylesheet], script").all()
    urls = [each.get_attribute("href") or each.get_attribute("src") or "" for each in loaded]
    assert len(urls) == MOST_REQUESTS - 1
    for url in urls:
        headers = _headers(portal, url)
        assert "immutable" in headers["cache-control"], url
        assert headers["content-encoding"] in {"br", "gzip"}, f"{url}: is `make static` up to date?"


def _headers(portal: Portal, url: str) -> dict[str, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", portal.port, timeout=5)) as connection:
        connection.request("GET", url, headers={"Accept-Encoding": "gzip, br"})
        answer = connection.getresponse()
        answer.read()
        return {name.lower(): value for name, value in answer.getheaders()}
