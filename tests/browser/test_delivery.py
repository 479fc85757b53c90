"""The code page while a text or call is on its way: the words follow by themselves, and nobody is disturbed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.telephone import Telephone
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
# When the page asks, in milliseconds after the time before, and how exactly that can be seen.
PAUSES = (4_500, 6_750, 10_000, 10_000)
STEP = 250
# Keep the time of the next time the page asks; what it asks with stays the browser's own.
NOTE_ASKING = """() => {
  window.asked = 0;
  window.ownFetch ??= window.fetch;
  window.fetch = (...of) => {
    window.asked = performance.now();
    return window.ownFetch(...of);
  };
}"""
LONG = 60_000


@pytest.fixture
def waiting(telephone: Telephone, arrive: Callable[..., Visitor]) -> Visitor:
    """Give somebody who waits for a first text, with a clock that only moves when told."""
    visitor = arrive(telephone.portal)
    visitor.page.clock.install()
    guest = telephone.newcomer()
    visitor.type_password(guest).choose("Text message").press("Continue")
    visitor.type(phone=guest.mobile).press("Text me a code")
    visitor.page.clock.pause_at(visitor.page.evaluate("Date.now()") / 1000 + 1)
    return visitor


def stands(page: Page, words: str) -> None:
    """Check what the page says of the text."""
    expect(page.locator("[role=status]")).to_contain_text(words)


def asks(page: Page) -> float:
    """Let time pass until the page asks, and let it be answered; return when that was by its clock."""
    page.evaluate(NOTE_ASKING)
    with page.expect_response(lambda response: "/status?seen=" in response.url) as answer:
        while not page.evaluate("asked"):
            page.clock.run_for(STEP)
    answer.value.finished()
    when: float = page.evaluate("asked")
    return when


def asks_no_more(page: Page) -> None:
    """Check that the page has given up asking."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(LONG)
    assert asked == []


def look(page: Page, *, away: bool) -> None:
    """Let the window be covered, or seen again."""
    page.evaluate(
        """away => {
          Object.defineProperty(document, 'hidden', {configurable: true, get: () => away});
          document.dispatchEvent(new Event('visibilitychange'));
        }""",
        away,
    )


def test_the_words_follow_and_what_is_typed_stays(telephone: Telephone, waiting: Visitor) -> None:
    page = waiting.page
    stands(page, "was sent")
    expect(page.get_by_role("link", name="Check again")).to_be_hidden()
    expect(page.get_by_text("We keep this up to date.")).to_be_visible()
    page.keyboard.type("123")
    telephone.tell("delivered")
    before = page.locator("#code").bounding_box()
    page.clock.run_for(3_000)
    stands(page, "was delivered")
    page.keyboard.type("456")
    expect(page.locator("#code")).to_have_value("123456")
    expect(page.locator("#code")).to_be_focused()
    assert page.locator("#code").bounding_box() == before, "nothing jumps"
    asks_no_more(page)


def test_it_asks_less_and_less_often(waiting: Visitor) -> None:
    times = [asks(waiting.page) for _ in range(len(PAUSES) + 1)]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == pytest.approx(PAUSES, abs=2 * STEP)
    stands(waiting.page, "was sent")


def test_a_failure_brings_what_helps_within_reach_of_the_keyboard(telephone: Telephone, waiting: Visitor) -> None:
    page = waiting.page
    telephone.tell("undelivered", 30006)
    page.clock.run_for(3_000)
    stands(page, "cannot get text messages")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Call this number instead")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert waiting.path == "/set-up/voice"
    stands(page, "is on its way")


def test_it_rests_while_nobody_looks(telephone: Telephone, waiting: Visitor) -> None:
    page = waiting.page
    look(page, away=True)
    asks_no_more(page)
    telephone.tell("delivered")
    look(page, away=False)
    stands(page, "was delivered")


def test_what_is_about_to_be_pressed_stays(telephone: Telephone, waiting: Visitor) -> None:
    page = waiting.page
    unsure = (
        "UPDATE challenge SET delivery_status = 'unsure', delivery_reason = 'timeout' WHERE delivery_status = 'sent'"
    )
    telephone.portal.edit(unsure)
    page.clock.run_for(3_000)
    stands(page, "may still arrive")
    page.get_by_role("button", name="Use an authenticator app instead").focus()
    telephone.tell("delivered")
    asks(page)
    stands(page, "may still arrive")
    page.locator("#code").focus()
    asks(page)
    stands(page, "was delivered")


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_jumps_when_the_words_change(telephone: Telephone, waiting: Visitor, width: int) -> None:
    page = waiting.page
    page.set_viewport_size({"width": width, "height": 800})
    before = page.locator("#code").bounding_box()
    size = page.locator(".delivery").evaluate("each => getComputedStyle(each).fontSize")
    telephone.tell("delivered")
    page.clock.run_for(3_000)
    stands(page, "was delivered")
    assert page.locator("#code").bounding_box() == before
    assert page.locator(".lead").evaluate("each => getComputedStyle(each).fontSize") == size


@pytest.mark.parametrize("end", ["its sign-in is over", "the portal is gone"])
def test_where_it_cannot_ask_the_link_comes_back(telephone: Telephone, waiting: Visitor, end: str) -> None:
    page = waiting.page
    if end == "the portal is gone":
        page.context.route("**/status?*", lambda route: route.abort("aborted"))
    else:
        telephone.portal.edit("UPDATE pending_sign_in SET ended_at = created_at WHERE ended_at IS NULL")
    before = page.locator("#code").bounding_box()
    page.clock.run_for(3_000)
    expect(page.get_by_role("link", name="Check again")).to_be_visible()
    expect(page.get_by_text("We keep this up to date.")).to_be_hidden()
    assert page.locator("#code").bounding_box() == before
    asks_no_more(page)


def test_it_ends_with_the_code(waiting: Visitor) -> None:
    page = waiting.page
    page.clock.fast_forward(11 * 60 * 1000)
    expect(page.get_by_role("link", name="Check again")).to_be_visible()
    asks_no_more(page)


def test_without_scripts_a_link_asks(telephone: Telephone, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive(telephone.portal, scripts=False)
    guest = telephone.newcomer()
    visitor.type_password(guest).choose("Automated voice call").press("Continue")
    visitor.type(phone=guest.mobile).press("Call me with a code")
    stands(visitor.page, "is on its way")
    telephone.tell("no-answer")
    visitor.follow("Check again")
    stands(visitor.page, "Nobody answered.")
    assert visitor.page.get_by_role("link", name="Check again").count() == 0
