"""The help pages as somebody reads them in a browser without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from ssp.settings import ROOT
from tests.people import ADA, Browser, set_up_text, sign_out
from tests.security.tools import PUBLIC, TWILIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from ssp.web.portal import Site
    from tests.people import Phone

LABELS = """Text me a code, Call me with a code, Use another number, Confirm, Continue, Send the text again, Call again,
Use another way, Keep it, Change it, Set up now, Not now, Do not challenge me on this device, Text message,
Automated voice call, Authenticator app""".replace("\n", " ").split(", ")
OWN = "---\ntitle: {}\nsummary: Ours alone.\n---\nThe office cat knows.\n"


@pytest.fixture
def reader(make_app: Callable[..., Flask], phone: Phone) -> Callable[..., Browser]:
    """Give a maker of browsers in front of a portal with these settings."""

    def make(**settings: object) -> Browser:
        return Browser(make_app(**settings), phone)

    return make


def ask(browser: Browser, question: str) -> Browser:
    form = next(form for form in browser.page.forms.values() if "q" in form.fields)
    form["q"] = question
    browser.page = form.submit()
    return browser


def title(browser: Browser) -> str:
    return texts(browser, "title")[0]


def texts(browser: Browser, selector: str) -> list[str]:
    return [" ".join(tag.get_text().split()) for tag in browser.page.html.select(selector)]


def links(browser: Browser, place: str = "main") -> dict[str, str]:
    return {str(tag["href"]): " ".join(tag.get_text().split()) for tag in browser.page.html.select(f"{place} a")}


def test_the_index_leads_to_every_article_and_each_has_a_way_back(browser: Browser) -> None:
    listed = {path: words for path, words in links(browser.open("/help/", 200)).items() if path.startswith("/help/")}
    assert len(listed) == len(list((ROOT / "templates" / "help" / "articles").glob("*.md")))
    for path, words in listed.items():
        browser.open(path, 200)
        assert texts(browser, "h1") == [words]
        assert title(browser).startswith(words)
        assert links(browser)["/sign-in"] == "Return to sign-in"


def test_the_way_back_leads_to_the_services_of_whoever_is_signed_in(browser: Browser) -> None:
    set_up_text(browser, ADA)
    for path in ("/help/", "/help/mfa"):
        assert links(browser.open(path))["/"] == "Return to your services"
    sign_out(browser)
    assert "Return to sign-in" in browser.open("/help/mfa").words


def test_reading_help_in_the_middle_of_a_sign_in_loses_nothing(browser: Browser) -> None:
    sign_out(set_up_text(browser, ADA))
    browser.open("/sign-in").fill(username=ADA.username, password=ADA.password)
    browser.open("/help/no-code", 200)
    browser.page = browser.page.click("Return to sign-in").follow()
    assert browser.path == "/sign-in/code"


def test_the_search_box_finds_pages_and_keeps_the_question(browser: Browser) -> None:
    ask(browser.open("/help/"), "lost phone")
    assert next(iter(links(browser))) == "/help/lost-phone"
    assert browser.page.html.select("input[name=q]")[0]["value"] == "lost phone"
    assert "pages for “lost phone”" in browser.words
    assert title(browser).startswith("Help: lost phone")
    assert "1 page for “deadline”" in ask(browser, "deadline").words


def test_nothing_found_says_so_and_whom_to_ask(browser: Browser) -> None:
    ask(browser.open("/help/"), "zebra")
    assert "Nothing found for “zebra”" in browser.words
    assert {"mailto:support@example.test", "tel:205-555-0100", "/help/mfa"} <= links(browser).keys()


@pytest.mark.parametrize("question", ["", " ", "%09%0A"])
def test_an_empty_question_shows_the_index(question: str, browser: Browser) -> None:
    browser.open(f"/help/?q={question}", 200)
    assert "Getting started" in browser.words
    assert "found" not in browser.words


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 20_000,
        "q=" + quote("<script>alert(1)</script>"),
        "q=" + quote('"><img src=x onerror=alert(1)>'),
        "q={{7*7}}",
        "q=%00%01%7F",
        "q=%FF%FE%ED%A0%80",
        "q=" + quote("\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH SPACE}\N{PILE OF POO}"),
        "q=1&q=2",
        "q[]=1&p=2",
        "q",
        "&&==",
    ],
)
def test_odd_questions_get_a_plain_page(query: str, browser: Browser) -> None:
    browser.open(f"/help/?{query}", 200)
    assert not browser.page.html.select("main script, main img")
    assert "49" not in browser.words
    assert len(browser.words) < 5_000
    assert all(sign.isprintable() for sign in browser.words)


@pytest.mark.parametrize("path", ["nothing", "MFA", "mfa.md", "mfa/", "..%2f..%2fsettings", "..%5cx", "%00", "README"])
def test_unknown_articles_are_not_found(path: str, browser: Browser) -> None:
    browser.open(f"/help/{path}", 404)


def test_web_support_edits_pages_while_the_portal_runs(browser: Browser, site: Site) -> None:
    folder = site.settings.instance / "help"
    assert "office cat" not in browser.open("/help/support").words
    folder.mkdir()
    (folder / "support.md").write_text(OWN.format("Ask the cat"))
    (folder / "cat.md").write_text(OWN.format("About the cat"))
    assert "office cat" in browser.open("/help/support", 200).words
    assert "About the cat" in browser.open("/help/", 200).words
    assert not texts(browser.open("/help/cat", 200), ".related")
    (folder / "support.md").write_text("oops")
    assert "office cat" not in browser.open("/help/support", 200).words
    (folder / "cat.md").unlink()
    browser.open("/help/cat", 404)


def test_pages_quote_the_limits_that_the_portal_keeps(reader: Callable[..., Browser]) -> None:
    words = reader().open("/help/wrong-code").words
    assert "one texted code 5 times, and one spoken code 3 times" in words
    assert "After 10 wrong answers in a row" in words
    assert "pauses for 15 minutes" in words
    assert "After 30 wrong answers" in words
    words = reader().open("/help/no-code").words
    assert "after 30 seconds for a text and after 60 seconds for a call" in words
    assert "up to 3 times in one sign-in" in words
    swapped = reader(text_digits=5, voice_digits=6).open("/help/wrong-code").words
    assert "one texted code 3 times, and one spoken code 5 times" in swapped


@pytest.mark.parametrize("keys", [True, False])
def test_pages_ask_for_a_key_only_where_calls_do(reader: Callable[..., Browser], *, keys: bool) -> None:
    made = reader(demo=False, base_url=PUBLIC, voice_press_key=keys, **TWILIO)
    pages = Browser(made.app, made.phone, origin=PUBLIC)
    for slug in ("mfa", "no-code", "office-line", "unexpected-code"):
        assert ("press 1" in pages.open(f"/help/{slug}", 200).words.lower()) is keys, slug
    assert ("never asks you to say or type anything" in pages.words) is not keys


def test_texts_and_calls_may_reach_different_countries(reader: Callable[..., Browser]) -> None:
    pages = reader(voice_countries=("CA",))
    for slug in ("no-code", "travelling"):
        said = "Texts go to numbers from the United States or Canada, and calls to numbers from Canada"
        assert said in pages.open(f"/help/{slug}", 200).words
    assert pages.open("/help/mfa").words.count("If it is from outside") == 1


def test_related_pages_stand_at_the_end(browser: Browser) -> None:
    related = links(browser.open("/help/lost-phone"), ".related")
    wanted = ["recovery-codes", "account", "new-phone", "trusted-devices", "unexpected-code", "support"]
    assert list(related) == [f"/help/{slug}" for slug in wanted]


def test_pages_need_no_style_and_no_script_of_their_own(browser: Browser) -> None:
    for path in ("/help/", "/help/mfa", "/help/office-line", "/help/?q=code"):
        assert not browser.open(path).page.html.select("main script, main style, main [style]")


def test_articles_name_buttons_as_the_pages_do() -> None:
    articles = _read(ROOT / "templates" / "help" / "articles", "*.md")
    pages = _read(ROOT / "templates", "[!h]*/*.html")
    for label in LABELS:
        assert f"**{label}" in articles, label
        assert label in pages, label


def _read(folder: Path, pattern: str) -> str:
    return " ".join(" ".join(path.read_text("utf-8").split()) for path in sorted(folder.glob(pattern)))
