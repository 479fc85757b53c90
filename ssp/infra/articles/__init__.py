"""Help articles: Markdown files that we ship, and files of the operator's that replace them or add to them."""

import logging
import os
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from threading import Lock

from ssp.infra import clock
from ssp.infra.articles.figures import Limits, figures
from ssp.infra.articles.search import search
from ssp.infra.articles.source import Article, ArticleError, read
from ssp.settings import Settings

__all__ = ["Article", "Articles", "Group", "Limits"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Group:
    """The articles under one heading of the index, in order."""

    name: str
    articles: tuple[Article, ...]


@dataclass(frozen=True)
class _Found:
    """What is in the operator's folder: file names with time of change and size, or why it cannot be read."""

    files: tuple[tuple[str, int, int], ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class _Shelf:
    """Every article as of one day and one state of the operator's folder."""

    today: date
    found: _Found
    articles: dict[str, Article]


class Articles:
    """The help pages. They are read once; a changed file of the operator's, or a new day, has them read again."""

    def __init__(self, settings: Settings, shipped: Path, own: Path, limits: Limits) -> None:
        """Read the articles in the folder `shipped`, then those in `own` (it need not exist) over them."""
        self._settings = settings
        self._shipped = shipped
        self._own = own
        self._limits = limits
        self._lock = Lock()
        self._shelf = self._read(self._today(), _look(own))

    def index(self) -> list[Group]:
        """Return the articles that fit this portal, in groups; a group stands where its first article does."""
        listed = sorted(self._listed(), key=lambda article: (article.order, article.title))
        places = {article.group: place for place, article in reversed(list(enumerate(listed)))}
        listed.sort(key=lambda article: places[article.group])
        return [Group(name, tuple(members)) for name, members in groupby(listed, key=lambda article: article.group)]

    def get(self, slug: str) -> Article | None:
        """Return the article of that name, also one that is not listed; None if there is none."""
        return self._current().articles.get(slug)

    def related(self, article: Article) -> list[Article]:
        """Return what to read next: the articles that this one names, as far as they are listed."""
        articles = self._current().articles
        named = (articles.get(slug) for slug in article.related)
        return [other for other in named if other and self._fits(other) and other != article]

    def search(self, question: str) -> list[Article]:
        """Return the listed articles that fit the question, best first."""
        return search(self._listed(), question)

    def _listed(self) -> list[Article]:
        return [article for article in self._current().articles.values() if self._fits(article)]

    def _fits(self, article: Article) -> bool:
        """Return whether the article is about something that this portal offers."""
        return not article.needs or not article.needs.isdisjoint(self._settings.offered)

    def _current(self) -> _Shelf:
        today, found = self._today(), _look(self._own)
        with self._lock:
            if (self._shelf.today, self._shelf.found) != (today, found):
                self._shelf = self._read(today, found)
            return self._shelf

    def _today(self) -> date:
        return clock.now().astimezone(self._settings.zone).date()

    def _read(self, today: date, found: _Found) -> _Shelf:
        if found.fault:
            log.warning("help folder %s is passed over: %s", self._own, found.fault)
        live = figures(self._settings, self._limits, today)
        shipped = sorted(self._shipped.glob("*.md"))
        articles: dict[str, Article] = {}
        for path in [*shipped, *(self._own / name for name, _, _ in found.files)]:
            try:
                articles[path.stem] = read(path, live)
            except ArticleError as fault:
                log.warning("help article %s is passed over: %s", path, fault)
        return _Shelf(today, found, articles)


def _look(folder: Path) -> _Found:
    """Say what is in the operator's folder now, without opening any file."""
    try:
        with os.scandir(folder) as entries:
            files = [
                (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
                for entry in entries
                if entry.name.endswith(".md") and not entry.name.startswith(".") and entry.is_file()
            ]
    except FileNotFoundError:
        return _Found()
    except OSError as fault:
        return _Found(fault=fault.strerror or type(fault).__name__)
    return _Found(tuple(sorted(files)))
