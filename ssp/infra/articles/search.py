"""Finding articles by a few words: small enough that a plain look through every article is fast."""

import re
from collections.abc import Iterable
from functools import lru_cache

from ssp.infra.articles.source import Article

LONGEST = 200  # characters of a question that are looked at
_MOST_WORDS = 8
_EXACT = 2  # words this short match whole words only
_WEIGHTS = (8, 5, 3, 1)  # title, keywords, summary, text


def search(articles: Iterable[Article], question: str) -> list[Article]:
    """Return the articles that have most of the question's words, best first; none for an empty question."""
    words = _asked(question)
    scored = [(article, _scores(article, words)) for article in articles]
    most = max((len(scores) for _, scores in scored), default=0)
    best = [(article, sum(scores)) for article, scores in scored if scores and len(scores) == most]
    return [article for article, _ in sorted(best, key=lambda found: (-found[1], found[0].order, found[0].slug))]


def _asked(question: str) -> list[str]:
    """Return the words worth looking for; fillers count only where there is nothing else."""
    every = list(dict.fromkeys(_stems(question[:LONGEST])))
    return ([word for word in every if word not in _FILLERS] or every)[:_MOST_WORDS]


def _scores(article: Article, words: Iterable[str]) -> list[int]:
    """Return one score for each of the words that the article has."""
    fields = _fields(article)
    scores = (
        sum(weight for weight, field in zip(_WEIGHTS, fields, strict=True) if _look_for(word) in field)
        for word in words
    )
    return [score for score in scores if score]


def _look_for(word: str) -> str:
    return f" {word} " if len(word) <= _EXACT else f" {word}"


@lru_cache(maxsize=500)
def _fields(article: Article) -> tuple[str, ...]:
    parts = (f"{article.title} {article.slug}", article.keywords, article.summary, article.text)
    return tuple(f" {' '.join(_stems(part))} " for part in parts)


def _stems(text: str) -> list[str]:
    """Return the words of a text without capitals and without the s of the plural."""
    # An apostrophe belongs to its word: "can't" is not "can" and "t".
    words = re.findall(r"[^\W_]+", re.sub(r"['\u2019]", "", text.casefold()))
    return [re.sub(r"(?<=[^\Ws]{3})s$", "", word) for word in words]


_FILLERS = frozenset(
    _stems(
        "a about an and are as at be can cant cannot do does dont for from get have how i if im in is it me my of on or"
        " that the this to was what when where which who why will with you your"
    )
)
