"""The live figures that help articles may quote, so that no page ever says "30 days" where the portal says 14."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import phonenumbers

from ssp.infra.articles.markdown import Ready, escape
from ssp.settings import Contact, Settings

# "the United States", "the Bahamas", "the Dominican Republic", "the Cayman Islands"
_PLURAL = re.compile(r"United |Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines|.+ (?:Islands|Republic)")
_MESSAGES = {"text": "texts", "voice": "calls"}
_NAMES = {"text": "text message", "voice": "automated voice call", "totp": "authenticator app"}


@dataclass(frozen=True)
class Limits:
    """How the portal treats wrong answers and repeated sends.

    Tries are for one code, sends for one sign-in, waits in seconds before the second send. After `wrong_in_a_row` wrong
    answers a way pauses, after `stop_after` it stays closed. After `free_passwords` wrong passwords there are
    waits, and after `passwords_for_strangers` browsers in which the person never signed in have no tries left.
    Sessions, phones and apps are those that one person can have at a time. Links are how long one works, in words: that
    of a notice, the way back to an old address, to confirm a new one, to a new password, and to the first one.
    """

    text_tries: int
    voice_tries: int
    sends: int
    text_wait: int
    voice_wait: int
    wrong_in_a_row: int
    pause_minutes: int
    stop_after: int
    free_passwords: int
    passwords_for_strangers: int
    sessions: int
    phones: int
    apps: int
    recovery_letters: int
    notice_link: str
    undo_link: str
    email_link: str
    password_link: str
    first_link: str


def figures(settings: Settings, limits: Limits, today: date) -> dict[str, object]:
    """Return every variable an article may use, by name. `templates/help/README.md` says what each one holds."""
    home = settings.countries[0]
    web_support = Contact(
        name="Web Support", email=settings.support_email, phone=settings.support_phone, hours=settings.support_hours
    )
    unreachable = Ready("- Ask the person who gave you your username.")
    return {
        "portal_name": settings.portal_name,
        "organisation": settings.organisation,
        "base_url": settings.base_url,
        "offered": settings.offered,
        "options": _either([_NAMES.get(name, name) for name in settings.offered]),
        "by_phone": " and ".join(word for name, word in _MESSAGES.items() if name in settings.offered),
        "trust_days": settings.trust_days,
        "reconfirm_days": settings.reconfirm_days,
        "text_digits": settings.text_digits,
        "voice_digits": settings.voice_digits,
        "code_minutes": settings.code_minutes,
        "password_min": settings.password_min,
        "idle_minutes": settings.idle_minutes,
        "session_hours": settings.session_hours,
        "limits": limits,
        "mails": settings.demo or settings.smtp_url is not None,
        "setup_proof": settings.setup_proof,
        "press_key": settings.called_back and settings.voice_press_key,
        **_place(settings.countries),
        "calls": _place(_called(settings)),
        "codes_go": _codes_go(settings),
        **_date(settings.mfa_required_from, today),
        "support_email": settings.support_email,
        "support_phone": settings.support_phone,
        "support_hours": settings.support_hours,
        "web_support": _reach(web_support, home) or unreachable,
        "contacts": [_shown(contact, home) for contact in settings.contacts],
    }


def count(number: int, noun: str) -> str:
    """Return a number with its noun: "1 day", "30 days"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def readable(day: date) -> str:
    """Return a date as Americans write it: "December 1, 2026"."""
    return f"{day:%B} {day.day}, {day.year}"


@cache
def country_name(code: str) -> str:
    """Return how a sentence names a country, from its two-letter code: "Canada", "the United States".

    A country that the list does not have is named by its code.
    """
    rows = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    name = dict(row.split("\t", 1) for row in rows if not row.startswith("#")).get(code, code)
    return f"the {name}" if _PLURAL.match(name) else name


def _called(settings: Settings) -> Sequence[str]:
    return settings.voice_countries or settings.countries


def _place(countries: Sequence[str]) -> Mapping[str, object]:
    """Return what articles say of the countries that texts or calls go to."""
    return {
        "countries": _either([country_name(code) for code in countries]),
        "home_country": country_name(countries[0]),
        "abroad": len(countries) > 1,
        "example_number": _example_number(countries[0]),
    }


def _codes_go(settings: Settings) -> str:
    """Return where codes go as the beginning of a sentence, texts and calls apart if they go to different countries."""
    places = {"text": settings.countries, "voice": _called(settings)}
    named = {name: _place(places[name])["countries"] for name in _MESSAGES if name in settings.offered}
    if len(set(named.values())) > 1:
        return f"Texts go to numbers from {named['text']}, and calls to numbers from {named['voice']}"
    return next((f"Codes go to numbers from {words}" for words in named.values()), "")


def _example_number(home: str) -> str:
    """Return an invented number as people in that country write it, a mobile one if there are any."""
    mobile = phonenumbers.example_number_for_type(home, phonenumbers.PhoneNumberType.MOBILE)
    number = mobile or phonenumbers.example_number(home)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL) if number else ""


def _either(words: Sequence[str]) -> str:
    """Join words for reading: "a", "a or b", "a, b, or c"."""
    if len(words) < 3:  # noqa: PLR2004 (a comma comes before "or" only from three words on)
        return " or ".join(words)
    return f"{', '.join(words[:-1])}, or {words[-1]}"


def _date(required_from: date | None, today: date) -> Mapping[str, object]:
    """Say from when a second factor is compulsory, and how many days are left."""
    ahead = required_from is not None and today < required_from
    return {
        "compulsory": not ahead,
        "announced": required_from is not None,
        "required_from": "now" if required_from is None else readable(required_from),
        "days_left": (required_from - today).days if required_from is not None and ahead else 0,
    }


def _shown(contact: Contact, home: str) -> Mapping[str, str]:
    return {"name": contact.name, "words": contact.words, "reach": _reach(contact, home)}


def _reach(contact: Contact, home: str) -> Ready:
    """Return a list in Markdown of how to reach somebody: e-mail, phone, hours, as far as they are known."""
    rows = []
    if contact.email:
        rows.append(f"- E-mail: [{escape(contact.email)}](mailto:{escape(contact.email)})")
    if contact.phone:
        rows.append(f"- Phone: [{escape(contact.phone)}]({escape(_dial(contact.phone, home))})")
    if contact.hours:
        rows.append(f"- Hours: {escape(contact.hours)}")
    return Ready("\n".join(rows))


def _dial(phone: str, home: str) -> str:
    """Return the address that dials a number when it is pressed (RFC 3966)."""
    try:
        number = phonenumbers.parse(phone, home)
    except phonenumbers.NumberParseException:
        return "tel:" + "".join(sign for sign in phone if sign in "+0123456789")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.RFC3966)
