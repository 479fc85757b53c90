"""The articles that we ship: true under every setting, safe whatever the settings hold, and in good order."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from bs4 import BeautifulSoup

from ssp.infra.articles import Article, Articles, Limits
from ssp.infra.articles.figures import figures
from ssp.settings import Contact, Settings
from tests.articles import LIMITS, NOWHERE, SHIPPED, article, shipped

PROMISED = {
    "account", "mfa", "why-mfa", "about-mfa", "trusted-devices", "changes", "new-phone", "lost-phone", "no-code",
    "wrong-code", "wrong-password", "clock", "office-line", "no-mobile", "travelling", "unexpected-code", "moving",
    "support", "recovery-codes", "forgotten", "cookies", "app-entries", "shared-computer", "accessible",
}  # fmt: skip
OFFERS = ("text,voice,totp", "totp", "text", "voice", "text,voice", "voice,totp", "text,totp")
# What a page says about each type, and the pages that say plainly that there is no such thing here.
PROMISES = {
    "text": (r"\btext(ed|s)?\b", {"no-mobile"}),
    "voice": (r"\bcalls?\b.*\bcode\b|\bvoice\b|\bspoken\b|\bread(s| out)\b.*\bcode\b", {"office-line"}),
    "totp": (r"\bapps?\b|\bQR\b", {"clock", "app-entries"}),
}
# Days of trust and confirmation, the date, the countries: each value of each at least once.
MIXES = ((0, None, ("DE",)), (1, date(2026, 11, 23), ("US",)), (30, date(2026, 11, 1), ("US", "CA", "MX")))


def every(articles: Articles) -> list[Article]:
    return [article(articles, slug) for slug in sorted(PROMISED)]


def plain(article: Article) -> str:
    return " ".join(f"{article.title} {article.summary} {BeautifulSoup(article.html, 'lxml').get_text()}".split())


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 22, 15, tzinfo=UTC), tick=False):
        yield


@pytest.mark.parametrize("offered", OFFERS)
def test_every_article_reads_well_under_every_setting(offered: str, caplog: pytest.LogCaptureFixture) -> None:
    for days, begins, countries in MIXES:
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
        assert page.slug in excused or not [words for words in sentences if re.search(promise, words, re.IGNORECASE)], (
            page.slug
        )


@pytest.mark.parametrize("offered", OFFERS)
def test_every_link_leads_to_a_page_and_a_heading_that_exist(offered: str) -> None:
    articles = shipped(authenticators=offered)
    for page in every(articles):
        for link in BeautifulSoup(page.html, "lxml").find_all("a", href=re.compile("^/")):
            path, _, anchor = str(link["href"]).partition("#")
            target = articles.get(path.removeprefix("/help/"))
            assert target, (page.slug, path)
            assert f'id="{anchor}"' in target.html or not anchor, (page.slug, anchor)


def test_headings_begin_below_the_title_and_skip_no_level() -> None:
    for page in every(shipped()):
        levels = [int(tag.name[1]) for tag in BeautifulSoup(page.html, "lxml").find_all(re.compile(r"^h\d$"))]
        assert 1 not in levels
        assert all(after - before <= 1 for before, after in zip([1, *levels], levels, strict=False)), page.slug


def test_pages_quote_the_settings() -> None:
    articles = shipped(
        trust_days=14,
        reconfirm_days=45,
        text_digits=7,
        voice_digits=8,
        code_minutes=6,
        portal_name="Harbor",
        countries="MX",
    )
    words = " ".join(plain(page) for page in every(articles))
    for figure in ("14 days", "45 days", "7 digits", "8 digits", "6 minutes", "Harbor", "Mexico"):
        assert figure in words
    for default in ("30 days", "90 days", "10 minutes", "5 digits", "Secure Services", "United States"):
        assert default not in words


def test_limits_come_from_the_portal() -> None:
    own = Limits(
        text_tries=41,
        voice_tries=42,
        sends=43,
        text_wait=44,
        voice_wait=45,
        wrong_in_a_row=46,
        pause_minutes=47,
        stop_after=48,
        free_passwords=49,
        passwords_for_strangers=50,
        sessions=51,
        phones=52,
        apps=53,
        recovery_letters=54,
        notice_link="55 days",
        undo_link="56 days",
        email_link="57 hours",
        password_link="58 minutes",
        first_link="59 hours",
    )
    articles = Articles(Settings(demo=True), SHIPPED, NOWHERE, own)
    words = " ".join(plain(page) for page in every(articles))
    for number in range(41, 60):
        assert re.search(rf"\b{number}\b", words), number


def test_the_announcement_knows_the_date_before_it_on_it_and_without_it() -> None:
    before = article(shipped(mfa_required_from=date(2026, 12, 1)), "changes")
    since = article(shipped(mfa_required_from=date(2026, 11, 22)), "changes")
    ever = article(shipped(), "changes")
    assert "From December 1, 2026" in plain(before)
    assert "9 days from today" in plain(before)
    assert "Not now" in plain(before)
    assert "Since November 22, 2026" in plain(since)
    assert "2026" not in plain(ever)
    assert "Not now" not in plain(since) + plain(ever)


def test_the_date_turns_at_midnight_where_the_organization_is() -> None:
    articles = shipped(mfa_required_from=date(2026, 12, 1), timezone="America/Chicago")
    with time_machine.travel(datetime(2026, 12, 1, 5, 59, tzinfo=UTC), tick=False):
        assert "1 day from today" in article(articles, "changes").html
    with time_machine.travel(datetime(2026, 12, 1, 6, 0, tzinfo=UTC), tick=False):
        assert "Since December 1, 2026" in article(articles, "changes").html


def test_no_box_and_no_confirmation_are_said_plainly() -> None:
    page = article(shipped(trust_days=0, reconfirm_days=0), "trusted-devices")
    assert "asks for a code at every sign-in" in plain(page)
    assert "does not ask you from time to time" in plain(page)
    assert "tick" not in plain(page)


HOSTILE = "<script>alert(1)</script> **b** [x](javascript:alert(1)) | `c` {{ 7*7 }} &amp; <a@b.example>"
HOSTILE_NAME = "<script>alert(1)</script> **b** [x](javascript:a) | `c` {{ 7*7 }}"


def test_settings_are_shown_as_they_are_written_and_never_become_markup() -> None:
    contact = Contact(name=HOSTILE, words=HOSTILE, email=HOSTILE, phone=HOSTILE, hours=HOSTILE)
    articles = shipped(
        portal_name=HOSTILE_NAME,
        organisation=HOSTILE_NAME,
        support_email=HOSTILE,
        support_phone=HOSTILE,
        support_hours=HOSTILE,
        contacts=(contact,),
    )
    shown = " ".join(HOSTILE.split())
    for page in every(articles):
        soup = BeautifulSoup(page.html, "lxml")
        assert not soup.find_all(["script", "h1"])
        for link in soup.find_all("a"):
            assert re.match(r"/help/|mailto:|tel:|http://localhost:8000", str(link["href"])), link
    assert shown in plain(article(articles, "support"))
    shown_name = " ".join(HOSTILE_NAME.split())
    assert shown_name in plain(article(articles, "why-mfa")) + plain(article(articles, "mfa"))


def test_the_index_has_every_page_once_in_groups() -> None:
    groups = shipped().index()
    assert [group.name for group in groups] == [
        "Getting started",
        "Signing in from day to day",
        "When something does not work",
        "People who help",
    ]
    assert sorted(page.slug for group in groups for page in group.articles) == sorted(PROMISED)
    assert groups[0].articles[0].slug == "mfa"


def test_the_index_leaves_out_what_the_portal_does_not_offer() -> None:
    articles = shipped(authenticators="text")
    listed = {page.slug for group in articles.index() for page in group.articles}
    assert PROMISED - listed == {"office-line", "clock", "app-entries"}
    assert not {"office-line", "clock"} & {page.slug for page in articles.search("office line phone clock")}
    wrong_code = article(articles, "wrong-code")
    assert "clock" in wrong_code.related
    assert "clock" not in {page.slug for page in articles.related(wrong_code)}


def test_related_pages_come_in_the_order_of_the_article() -> None:
    articles = shipped()
    page = article(articles, "lost-phone")
    assert [other.slug for other in articles.related(page)] == list(page.related)


def test_the_readme_tells_of_every_figure() -> None:
    readme = (SHIPPED.parent / "README.md").read_text("utf-8")
    for name in figures(Settings(demo=True), LIMITS, date(2026, 11, 22)):
        assert f"`{name}`" in readme, name
