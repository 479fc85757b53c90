"""Markdown to HTML: safe, in order, and nothing that the content security policy forbids."""

import pytest
from bs4 import BeautifulSoup

from ssp.infra.articles.markdown import Ready, escape, render


def test_raw_html_is_text() -> None:
    html, _ = render('<script>alert(1)</script>\n\na <b onclick="x()">b</b>')
    assert "<script" not in html
    assert "<b " not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("address", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x"])
def test_addresses_that_run_are_no_links(address: str) -> None:
    html, _ = render(f"[x]({address})")
    assert "href" not in html


@pytest.mark.parametrize(
    "address,rel",
    [
        ("https://example.org/", ["noreferrer"]),
        ("HTTP://example.org", ["noreferrer"]),
        ("//example.org/x", ["noreferrer"]),
        ("http://[oops", ["noreferrer"]),
        ("/help/mfa", None),
        ("#below", None),
        ("mailto:a@b.example", None),
    ],
)
def test_links_to_elsewhere_do_not_say_where_from(address: str, rel: list[str] | None) -> None:
    link = BeautifulSoup(render(f"see [there]({address}) now")[0], "lxml").find("a")
    assert link
    assert link.get("rel") == rel


def test_headings_start_at_two_skip_nothing_and_can_be_linked_to() -> None:
    html, _ = render("# Main\n\n#### Deep *down*\n\n## Main\n\n# Main\n\n## !!!")
    assert html.split("\n")[:5] == [
        '<h2 id="main-2">Main</h2>',
        '<h3 id="deep-down">Deep <em>down</em></h3>',
        '<h2 id="main-3">Main</h2>',
        '<h2 id="main-4">Main</h2>',
        '<h2 id="part">!!!</h2>',
    ]


def test_tables_have_no_style_of_their_own() -> None:
    html, _ = render("| a | b |\n|--:|:-:|\n| 1 | 2 |")
    assert "<td>1</td>" in html
    assert "style" not in html


def test_words_for_searching_have_no_markup() -> None:
    _, words = render("## A\n\nb **c** [d](/e) `f`\n\n| g |\n|---|\n| h |\n\n```\ni\n```")
    assert words.split() == list("Abcdfghi")


@pytest.mark.parametrize(
    "value",
    [
        "# no heading", "1. no list", "- no item", "> no quote", "*a* _b_ `c` ~~d~~", "[a](/b) <c@d.example> https://e.f",
        "a | b", "&lt; &copy;", "\\* \\", "---", "![a](b)", "    no code",
    ],
)  # fmt: skip
def test_escaped_text_shows_as_it_is(value: str) -> None:
    soup = BeautifulSoup(render(escape(value))[0], "lxml")
    assert [tag.name for tag in soup.find_all(recursive=True)] == ["html", "body", "p"]
    assert soup.get_text().strip() == " ".join(value.split())


def test_escaping_keeps_to_one_line_and_leaves_markdown_that_is_ready() -> None:
    assert escape("a\n\nb\t c") == "a b c"
    assert escape(30) == "30"
    assert escape(Ready("- **a**\n- b")) == "- **a**\n- b"
