"""Markdown to safe HTML: no raw HTML, headings in order, nothing that the content security policy would refuse."""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
# CommonMark 2.4: a backslash before any ASCII punctuation makes it plain text.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_ELSEWHERE = re.compile(r"(?:https?:)?//", re.IGNORECASE)


class Ready(str):
    """Text that is Markdown already, so that `escape` leaves it alone."""

    __slots__ = ()


def escape(value: object) -> str:
    """Return a value as one line of Markdown that shows exactly its text: no markup, no HTML, no link."""
    if isinstance(value, Ready):
        return value
    return _PUNCTUATION.sub(r"\\\1", " ".join(str(value).split()))


def render(source: str) -> tuple[Markup, str]:
    """Return Markdown as HTML that is safe to show, and the same as plain words for searching."""
    tokens = _MARKDOWN.parse(source)
    _order_headings(tokens)
    for token in _walk(tokens):
        _harmless(token)
    # Safe: raw HTML is off, so every tag in it comes from the renderer.
    page = Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 (see above)
    return page, " ".join(token.content for token in _walk(tokens) if not token.children)


def _walk(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _order_headings(tokens: Sequence[Token]) -> None:
    """Start at h2, since h1 is the page's title, skip no level, and give each an id to link to."""
    level, used = 1, {"main"}
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            level = min(max(int(token.tag[1]), 2), level + 1)
            token.attrSet("id", _new_id(tokens[place + 1].content, used))
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{level}"


def _new_id(words: str, used: set[str]) -> str:
    """Return an id made of the heading's words that no other heading has, and remember it."""
    stem = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "part"
    name, number = stem, 1
    while name in used:
        number += 1
        name = f"{stem}-{number}"
    used.add(name)
    return name


def _harmless(token: Token) -> None:
    """Take off what a page may not have, and keep other sites from learning where a reader comes from."""
    token.attrs.pop("style", None)  # Column alignment is written as a style attribute, which the policy forbids.
    if token.type == "link_open" and _ELSEWHERE.match(str(token.attrs["href"])):
        token.attrSet("rel", "noreferrer")
