"""Finding articles: what people really type leads to the page they need."""

from dataclasses import replace
from functools import partial

import pytest
from markupsafe import Markup

from ssp.infra.articles import Article, Articles
from ssp.infra.articles.search import search
from tests import articles

EMPTY = Article("", "", "", "Group", 1, "", (), frozenset(), Markup(), "")
page = partial(replace, EMPTY)


def found(pages: list[Article], question: str) -> list[str]:
    return [article.slug for article in search(pages, question)]


@pytest.fixture(scope="module")
def shipped() -> Articles:
    return articles.shipped()


@pytest.mark.parametrize(
    "question,slug",
    [
        ("lost my phone", "lost-phone"),
        ("STOLEN", "lost-phone"),
        ("I didn't get a code", "no-code"),
        ("didn\N{RIGHT SINGLE QUOTATION MARK}t get the text message", "no-code"),
        ("code is wrong", "wrong-code"),
        ("too many attempts", "wrong-code"),
        ("extensions", "office-line"),
        ("desk phone", "office-line"),
        ("landline", "no-mobile"),
        ("iphone time", "clock"),
        ("vacation", "travelling"),
        ("traveling abroad", "travelling"),
        ("30 days", "trusted-devices"),
        ("keeps asking for code", "trusted-devices"),
        ("new number", "new-phone"),
        ("help desk", "support"),
        ("risk management", "support"),
        ("scam", "unexpected-code"),
        ("old portal", "moving"),
        ("deadline", "changes"),
        ("what is mfa", "about-mfa"),
        ("why do I have to do this", "why-mfa"),
        ("google authenticator", "mfa"),
    ],
)
def test_questions_find_their_page(question: str, slug: str, shipped: Articles) -> None:
    assert slug in [article.slug for article in shipped.search(question)[:2]]


@pytest.mark.parametrize("question", ["", "   ", "?!", "zebra", "\x00", "\ud800", "\N{PILE OF POO}", "'\"<>&;--", "_"])
def test_nothing_is_found_for_nothing(question: str, shipped: Articles) -> None:
    assert shipped.search(question) == []


def test_a_huge_question_is_cut(shipped: Articles) -> None:
    assert shipped.search("zebra " * 200_000) == []
    assert found([page(slug="a", title="late")], "x " * 200 + "late") == []


def test_titles_count_more_than_keywords_summaries_and_text() -> None:
    in_text, in_summary = page(slug="d", text="lamp"), page(slug="c", summary="lamp")
    in_keywords, in_title = page(slug="b", keywords="lamp"), page(slug="a", title="Lamp")
    assert found([in_text, in_summary, in_keywords, in_title], "lamp") == ["a", "b", "c", "d"]


def test_pages_with_more_of_the_words_come_alone() -> None:
    pages = [page(slug="both", text="red lamp"), page(slug="one", title="Red"), page(slug="none", title="Blue")]
    assert found(pages, "the red lamp") == ["both"]
    assert found(pages, "red door") == ["one", "both"]


def test_equal_pages_keep_the_order_of_the_index() -> None:
    pages = [page(slug=slug, title="Lamp", order=order) for slug, order in (("b", 2), ("c", 1), ("a", 1))]
    assert found(pages, "lamp") == ["a", "c", "b"]


def test_beginnings_and_plurals_match_but_short_words_only_whole() -> None:
    pages = [page(slug="a", title="Authenticator apps"), page(slug="b", title="Is it on?")]
    assert found(pages, "authent") == ["a"]
    assert found(pages, "authenticators app") == ["a"]
    assert found(pages, "au") == []
    assert found(pages, "on") == ["b"]


def test_fillers_count_only_alone() -> None:
    pages = [page(slug="a", title="How to"), page(slug="b", title="Lamp")]
    assert found(pages, "how to lamp") == ["b"]
    assert found(pages, "how to") == ["a"]


@pytest.mark.parametrize("word", ["caf\u00e9", "\u0434\u0430", "\u5bc6\u7801"])
def test_accents_and_other_alphabets_are_words_too(word: str) -> None:
    assert found([page(slug="a", title=word), page(slug="b", title="Caf")], word.upper()) == ["a"]
