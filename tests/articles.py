"""Help articles for tests: those that we ship, with figures of their own."""

from ssp.infra.articles import Article, Articles, Limits
from ssp.settings import ROOT, Settings

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
    free_passwords=5,
    passwords_for_strangers=90,
    sessions=10,
    phones=5,
    apps=2,
    recovery_letters=18,
    notice_link="10 days",
    undo_link="10 days",
    email_link="24 hours",
    password_link="30 minutes",
    first_link="24 hours",
)


def shipped(**changes: object) -> Articles:
    """Return the articles of a portal with these settings."""
    return Articles(Settings.model_validate({"demo": True, **changes}), SHIPPED, NOWHERE, LIMITS)


def article(articles: Articles, slug: str) -> Article:
    """Return an article that is there."""
    page = articles.get(slug)
    assert page, slug
    return page
