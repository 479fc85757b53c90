"""The tests' own helpers see what they are there to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.tools import need

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.serving import Portal
    from tests.browser.visitor import Visitor, Watch

pytestmark = pytest.mark.browser

TROUBLE = """<!doctype html><title>Trouble</title><p style="color: red">inline</p>
<img src="/static/missing.png" alt=""><img src="http://elsewhere.test/x.png" alt=""><script>oops()</script>"""


def test_a_portal_that_cannot_start_says_why(start_portal: Callable[..., Portal]) -> None:
    with pytest.raises(AssertionError, match="SSP_TRUST_DAYS"):
        start_portal(trust_days="never")


def test_a_missing_tool_skips_with_its_name() -> None:
    with pytest.raises(pytest.skip.Exception, match="NOT TESTED HERE: sums, because abacus-9000 is missing"):
        need("sums", "abacus-9000")


def test_the_watch_sees_errors_and_strangers(portal: Portal, arrive: Callable[..., Visitor], watch: Watch) -> None:
    visitor = arrive(portal)
    policy = {"Content-Security-Policy": "style-src 'self'", "Content-Type": "text/html"}
    visitor.page.route("**/trouble", lambda route: route.fulfill(body=TROUBLE, headers=policy))
    visitor.open("/trouble").page.wait_for_load_state("networkidle")
    met = "\n".join(watch.faults)
    watch.faults.clear()
    assert "Content Security Policy" in met
    assert "/static/missing.png answers 404" in met
    assert "http://elsewhere.test/x.png is not of" in met
    assert "http://elsewhere.test/x.png failed: net::ERR_NAME_NOT_RESOLVED" in met
    assert "a script threw oops is not defined" in met
