"""The articles that we ship: true under every setting, safe whatever the settings hold, and in good order."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup

from ssp.infra.articles import Article, Articles, Limits
from ssp.infra.articles.figures import figures
from ssp.settings import ROOT, Contact, Settings

SHIPPED = ROOT / "templates" / "help" / "articles"
NOWHERE = ROOT / "no-such-folder"
LIMITS = Limits(
    text_tries=5,
    voice_tries=3,
    sends=3,
    text_wait=30,
    voice_wait=60,
    wrong_in_a_row=10,
    pause_minutes=15,
    stop_after=30,
)
PROMISED = {
    "mfa", "why-mfa", "about-mfa", "trusted-devices", "changes", "new-phone", "lost-phone", "no-code", "wrong-code",
    "clock", "office-line", "no-mobile", "travelling", "unexpected-code", "moving", "support",
}  # fmt: skip
OFFERS = ("text,voice,totp", "totp", "text", "voice", "text,voice", "voice,totp", "text,totp")
# What a page says about each type, and the one page that says plainly that there is no such thing here.
PROMISES = {
    "text": (r"\btext(ed|s)?\b", "no-mobile"),
    "voice": (r"\bcalls?\b.*\bcode\b|\bvoice\b|\bspoken\b|\bread(s| out)\b.*\bcode\b", "office-line"),
    "totp": (r"\bapps?\b|\bQR\b", "clock"),
}
DATES = (None, date(2026, 12, 1), date(2026, 11, 1))


def shipped(**changes: Any) -> Articles:
    return Articles(Settings(demo=True, **changes), SHIPPED, NOWHERE, LIMITS)


def every(articles: Articles) -> list[Article]:
    return [article for slug in sorted(PROMISED) if (article := articles.get(slug))]


def plain(article: Article) -> str:
    return " ".join(f"{article.title} {article.summary} {BeautifulSoup(article.html, 'lxml').get_text()}".split())


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 22, 15, tzinfo=UTC), tick=False):
        yield


@pytest.mark.parametrize("offered", OFFERS)
def test_every_article_reads_well_under_every_setting(offered: str, caplog: pytest.LogCaptureFixture) -> None:
    for days, begins, countries in product((0, 1, 30), DATES, (("US", "CA"), ("DE",))):
        articles = shipped(
            authenticators=offered,
            trust_days=days,
            reconfirm_days=days,
            mfa_required_from=begins,
            countries=countries,
        )
        pages = every(articles)
        assert {page.slug for page in pages} == PROMISED
        for page in pages:
            assert not re.search(r"[{}]|\bNone\b|\b0 days|\b1 days|\(\)|\*\*", plain(page)), page.slug
    assert not caplog.records


@pytest.mark.parametrize(
    "offered,kind", [(offered, kind) for offered in OFFERS for kind in PROMISES if kind not in offered.split(",")]
)
def test_what_is_not_offered_is_not_promised(offered: str, kind: str) -> None:
    promise, excused = PROMISES[kind]
    for page in every(shipped(authenticators=offered)):
        sentences = re.split(r"(?<=[.:?!|]) ", plain(page))
        assert page.slug == excused or not [words for words in sentences if re.search(promise, words, re.IGNORECASE)], page.slug
