"""One article as a file: front matter between two lines of `---`, then Markdown with Jinja for the live figures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from ssp.infra.articles.figures import count
from ssp.infra.articles.markdown import escape, render

SLUG = re.compile(r"[a-z0-9-]+")
LARGEST = 200_000  # bytes; the longest article we ship has a few thousand
FIELDS = ("title", "summary", "order", "group", "keywords", "related", "needs")
_FRONT = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
# A line that holds one tag and nothing else. Its line end moves into the tag, so that it leaves no empty line in a
# list or table, while faults still name the right line.
_LONE_TAG = re.compile(r"^[ \t]*(\{([%#])(?:(?!\2\}).)*)(?<!-)\2\}[ \t]*\n", re.MULTILINE)


class ArticleError(Exception):
    """The file is not an article. The message says what is wrong with it, in one line."""


@dataclass(frozen=True)
class Article:
    """One help page, ready to show. `related` names other articles, `needs` the authenticator types it is about."""

    slug: str
    title: str
    summary: str
    group: str
    order: int
    keywords: str
    related: tuple[str, ...]
    needs: frozenset[str]
    html: Markup
    text: str


def _environment(**options: object) -> ImmutableSandboxedEnvironment:
    """Return a Jinja that knows nothing but the figures it is given: no globals, no files, no inner attributes."""
    # Not HTML yet: `escape` keeps values plain in Markdown, and Markdown keeps them plain in HTML.
    env = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, **options)
    env.globals = {"count": count}
    return env


_BODY = _environment(finalize=escape)
_LINE = _environment()


def read(path: Path, figures: Mapping[str, object]) -> Article:
    """Return the article in a file, with the figures in it. Raises ArticleError, whatever is wrong with the file."""
    if not SLUG.fullmatch(path.stem):
        raise ArticleError("its name has more than small letters, digits and hyphens")
    meta, body = _split(_text(path))
    html, text = render(_fill(_BODY, _LONE_TAG.sub(r"\1\n\2}", body), figures))
    return Article(
        slug=path.stem,
        title=_line(meta, "title", figures),
        summary=_line(meta, "summary", figures),
        group=meta.get("group") or "More help",
        order=int(meta.get("order", "100000")),
        keywords=meta.get("keywords", ""),
        related=_words(meta.get("related", "")),
        needs=frozenset(_words(meta.get("needs", ""))),
        html=html,
        text=text,
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as fault:
        raise ArticleError(f"cannot be read: {fault.strerror}") from fault
    if len(content) > LARGEST:
        raise ArticleError(f"is longer than {LARGEST:,} bytes")
    try:
        # Windows writes a byte order mark and its own line ends.
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise ArticleError(f"line {line} is not UTF-8") from fault


def _split(text: str) -> tuple[dict[str, str], str]:
    """Return the front matter by name, and the body at the lines where it stands in the file."""
    front = _FRONT.match(text)
    if not front:
        raise ArticleError("does not begin with front matter between two lines of ---")
    meta = dict(_field(number, line) for number, line in enumerate(front[1].split("\n"), 2) if line.strip())
    missing = [name for name in ("title", "summary") if not meta.get(name)]
    if missing:
        raise ArticleError(f"front matter has no {' and no '.join(missing)}")
    return meta, "\n" * front[0].count("\n") + text[front.end() :]


def _field(number: int, line: str) -> tuple[str, str]:
    name, colon, value = (part.strip() for part in line.partition(":"))
    if not colon or name not in FIELDS:
        raise ArticleError(f"line {number}: front matter knows {', '.join(FIELDS)}, each as `name: value`")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    if name == "order" and not re.fullmatch(r"\d{1,6}", value, re.ASCII):
        raise ArticleError(f"line {number}: order is not a whole number")
    return name, value


def _line(meta: Mapping[str, str], name: str, figures: Mapping[str, object]) -> str:
    return " ".join(_fill(_LINE, meta[name], figures, name).split())


def _fill(env: ImmutableSandboxedEnvironment, template: str, figures: Mapping[str, object], field: str = "") -> str:
    """Return the template with its figures. Raises ArticleError, which names the field, or else the line if it can."""
    try:
        return env.from_string(template).render(figures)
    except TemplateSyntaxError as fault:
        raise ArticleError(f"{field or f'line {fault.lineno}'}: {fault.message}") from fault
    except Exception as fault:
        # A template is a small program, perhaps by somebody else: it can raise anything.
        raise ArticleError(f"{field or 'text'}: {type(fault).__name__}: {' '.join(str(fault).split())}") from fault


def _words(value: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\s,]+", value))
