"""The help pages, open to everybody: the index with its search box, and the articles."""

from flask import Blueprint, abort, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from ssp.authenticators import delivered, protocol
from ssp.flows import links, sessions, sign_in, throttling
from ssp.flows.links import Purpose
from ssp.infra import durations, paper_codes
from ssp.infra.articles import Articles, Limits
from ssp.settings import ROOT, Settings
from ssp.web import errors
from ssp.web.portal import portal
from ssp.web.sessions import PENDING, SIGNED_IN, browser

LONGEST_QUESTION = 200

blueprint = Blueprint("help", __name__, url_prefix="/help")


def open_articles(settings: Settings) -> Articles:
    """Return the help articles with the figures that this portal really works with."""
    figures = Limits(
        text_tries=delivered.tries_of(settings.text_digits),
        voice_tries=delivered.tries_of(settings.voice_digits),
        sends=settings.sends_per_code,
        text_wait=settings.text_wait_seconds,
        voice_wait=settings.voice_wait_seconds,
        wrong_in_a_row=throttling.TRIES_BEFORE_PAUSE,
        pause_minutes=int(throttling.PAUSE.total_seconds()) // 60,
        stop_after=throttling.TRIES_BEFORE_STOP,
        free_passwords=throttling.FREE_PASSWORDS,
        passwords_for_strangers=throttling.PASSWORD.for_strangers,
        sessions=sessions.MOST,
        phones=protocol.PHONE.most,
        apps=protocol.APP.most,
        recovery_letters=paper_codes.LETTERS,
        notice_link=links.holds(Purpose.NOT_ME),
        undo_link=links.holds(Purpose.UNDO_EMAIL),
        email_link=links.holds(Purpose.EMAIL),
        password_link=links.holds(Purpose.PASSWORD),
        first_link=durations.in_words(links.FIRST_HOLDS),
    )
    return Articles(settings, ROOT / "templates" / "help" / "articles", settings.instance / "help", figures)


@blueprint.get("/")
def index() -> str:
    """Show every article in its group, or the answers to a question."""
    question = _tidy(request.args.get("q", ""))
    articles = portal().articles
    return render_template(
        "help/index.html",
        question=question,
        found=articles.search(question),
        groups=articles.index(),
        longest=LONGEST_QUESTION,
        signed_in=_seems_signed_in(),
        reference=_reference(),
    )


@blueprint.get("/<slug>")
def article(slug: str) -> str:
    """Show one article."""
    articles = portal().articles
    page = articles.get(slug) or abort(404)
    return render_template(
        "help/article.html",
        article=page,
        related=articles.related(page),
        signed_in=_seems_signed_in(),
        reference=_reference(),
    )


def _seems_signed_in() -> bool:
    """Return whether the way back leads to the services; the cookie's word is enough, so help needs no database."""
    return browser().kind == SIGNED_IN


def _reference() -> str | None:
    """Return what leads Web Support to the sign-in that somebody reads this in the middle of; help shows without it."""
    if browser().kind != PENDING:
        return None
    try:
        return sign_in.reference(portal(), browser().token)
    except SQLAlchemyError as error:
        errors.note(error)
        return None


def _tidy(question: str) -> str:
    """Return what was asked as one short line that a page can show again."""
    shown = "".join(sign if sign.isprintable() else " " for sign in question[: 4 * LONGEST_QUESTION])
    return " ".join(shown.split())[:LONGEST_QUESTION]
