"""Dates and times as the reader writes them: their order and their clock follow the browser's languages, in English.

What the tags mean is from CLDR, by way of Babel: a test holds the table against it. The portal itself runs without
Babel, which keeps each language's data once it was asked for: 200 MB, for whoever sends a thousand tags.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from markupsafe import Markup

from ssp.infra.clock import now
from ssp.web.portal import portal

NOON = 12
# Browsers send a few; what is longer was not made by one.
LONGEST_HEADER = 200
LATELY = 6
_TIME = Markup('<time datetime="{}" data-local="{}">{} {}</time>')
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_WEIGHT = re.compile(r"q=([01](?:\.\d{1,3})?)")


class Form(Enum):
    """What comes first in a date, and how many hours a clock has."""

    DAY_FIRST_12 = "{0.day} {0:%B}", "{0} {1}", ", ", 12
    DAY_FIRST_24 = "{0.day} {0:%B}", "{0} {1}", ", ", 24
    MONTH_FIRST_12 = "{0:%B} {0.day}", "{0}, {1}", " at ", 12
    MONTH_FIRST_24 = "{0:%B} {0.day}", "{0}, {1}", " at ", 24
    YEAR_FIRST_12 = "{0:%B} {0.day}", "{1} {0}", ", ", 12
    YEAR_FIRST_24 = "{0:%B} {0.day}", "{1} {0}", ", ", 24

    def __init__(self, day: str, year: str, joint: str, hours: int) -> None:
        self.day_pattern, self.year_pattern, self.joint, self.hours = day, year, joint, hours


USUAL = Form.MONTH_FIRST_12
# Whatever is not here, by itself or by what its tag begins with, has the day first and 24 hours.
TAGS = {
    Form.DAY_FIRST_12: """
        aa af-na am ar as bal bem bn brx byn ccp ckb doi el en-001 en-ae en-ag en-au en-bb en-bm en-bs en-cy en-dm
        en-er en-fj en-fm en-gd en-gh en-gm en-gy en-hk en-in en-jm en-ki en-kn en-ky en-lc en-lr en-ls en-mo en-mw
        en-my en-na en-nz en-pg en-pk en-pw en-sb en-sd en-sg en-sl en-ss en-sz en-tc en-to en-tt en-vc en-vg en-vu
        en-ws en-zm es-419 es-ar es-bo es-cl es-co es-cr es-cu es-do es-ec es-gt es-hn es-mx es-ni es-pa es-pe es-ph
        es-pr es-py es-sv es-us es-uy es-ve fr-dj fr-dz fr-mr fr-sy fr-td fr-tn fr-vu gez gu ha-gh haw hi kab km kok
        kxv mai mi mr ms naq nus pa pt-mo qu sa sat sid sq ssy syr ta te tig to tpi tr-cy trw ur vai wal xnr yrl-co
        yrl-ve
    """,
    Form.DAY_FIRST_24: """
        ar-il ar-km ar-ma ckb-ir en-150 en-ai en-at en-be en-bw en-bz en-cc en-ch en-ck en-cm en-cx en-cz en-de
        en-dg en-dk en-es en-fi en-fk en-fr en-gb en-gg en-gi en-gs en-hu en-id en-ie en-il en-im en-io en-it en-je
        en-ke en-mg en-ms en-mt en-mu en-mv en-nf en-ng en-nl en-no en-nr en-nu en-pl en-pn en-pt en-ro en-rw en-sc
        en-se en-sh en-si en-sk en-sx en-tk en-tv en-tz en-ug en-za en-zw ms-id se-fi sq-mk sq-xk ta-lk
    """,
    Form.MONTH_FIRST_12: """
        ak cad ceb chr cic ee en fil gaa iu kn ks lkt mic mni mus om or osa so ti
    """,
    Form.MONTH_FIRST_24: """
        blo ee-tg en-bi om-ke smn so-ke xh zu
    """,
    Form.YEAR_FIRST_12: """
        bgc bho bo-in csw dz ko kpe lrc-iq ml moh ne-in ny ps-pk raj sd ss-sz st-ls trv yue zh-hans-hk zh-hans-mo
        zh-hans-my zh-hans-sg zh-hant zh-hk zh-mo zh-my zh-sg zh-tw
    """,
    Form.YEAR_FIRST_24: """
        ann apc arn ba bgn blt bo bss cch ce cho cop cu eo eu gn hnj hu ii io ja jbo jgo kaa kaj kcg ken kk ko-cn
        kpe-gn ky lmo lrc lt ltg lv mdf mgo mhn mn my myv mzn ne nqo nr nso nv pis prg ps quc rhg rw sah sdh se shn
        si skr sma smj sms sn ss st tn tok ts tyv ve vmw vo wa wbp za zh
    """,
}
_FORMS = {tag: form for form, tags in TAGS.items() for tag in tags.split()}


def form_of_tag(tag: str) -> Form:
    """Return the form of a language tag in small letters, such as `en-gb`."""
    parts = tag.split("-")
    names = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_FORMS[name] for name in names if name in _FORMS), Form.DAY_FIRST_24)


@lru_cache(maxsize=256)
def form_of(header: str) -> Form:
    """Return the form of the language that an Accept-Language header likes best; the usual one for odd headers."""
    wanted = sorted(_weighed(header), key=lambda each: -each[0])
    return form_of_tag(wanted[0][1]) if wanted else USUAL


def _weighed(header: str) -> Iterator[tuple[float, str]]:
    """Give the tags of a header with how much each is wanted; what cannot be read is left out."""
    for part in header.lower().split(","):
        tag, _, weight = (each.strip() for each in part.partition(";"))
        said = _WEIGHT.fullmatch(weight)
        value = float(said[1]) if said else float(not weight)
        if value and _TAG.fullmatch(tag):
            yield value, tag


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a page: the zone that its times are in, and the form that they are used to."""

    zone: ZoneInfo
    form: Form

    def clock(self, moment: datetime) -> str:
        """Return a time of day, such as `2:14 pm` or `14:14`."""
        return self._clock(moment.astimezone(self.zone))

    def _clock(self, local: datetime) -> str:
        if self.form.hours > NOON:
            return f"{local:%H:%M}"
        return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < NOON else 'pm'}"

    def own_clock(self, moment: datetime) -> Markup:
        """Return a time of day with the name of the portal's zone; scripts turn it into the reader's own."""
        local, machine = moment.astimezone(self.zone), moment.astimezone(UTC).isoformat(timespec="seconds")
        return _TIME.format(machine, self.form.hours, self._clock(local), local.tzname())

    def in_full(self, day: date) -> str:
        """Return a date, such as `December 22, 2026` or `22 December 2026`."""
        return self.form.year_pattern.format(self._in_year(day), day.year)

    def day(self, moment: datetime) -> str:
        """Return the date of a moment."""
        return self.in_full(moment.astimezone(self.zone).date())

    def moment(self, moment: datetime) -> str:
        """Return when something was: `today at 2:02 pm`, `Tuesday, 14:02`, `25 November, 14:02`."""
        return f"{self._lately(moment)}{self.form.joint}{self.clock(moment)}"

    def _lately(self, moment: datetime) -> str:
        day, today = moment.astimezone(self.zone).date(), now().astimezone(self.zone).date()
        ago = (today - day) // timedelta(days=1)
        if 0 <= ago <= LATELY:
            return {0: "today", 1: "yesterday"}.get(ago, f"{day:%A}")
        return self._in_year(day) if day.year == today.year else self.in_full(day)

    def _in_year(self, day: date) -> str:
        return self.form.day_pattern.format(day)


def seconds_until(moment: datetime) -> int:
    """Return how many whole seconds it is until a moment, so that waiting for them is long enough; one at least."""
    return max(ceil((moment - now()).total_seconds()), 1)


def next_minute(moment: datetime) -> datetime:
    """Return a moment rounded up, so that waiting for the shown minute is long enough."""
    return (moment + timedelta(seconds=59)).replace(second=0, microsecond=0) if moment.second else moment


def minutes_left(moment: datetime) -> Markup:
    """Return how long it is until a moment, in whole minutes; scripts keep it true while the page is open."""
    minutes = max(round((moment - now()).total_seconds() / 60), 1)
    machine = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<span data-until="{}">{} minute{} left</span>').format(machine, minutes, "" if minutes == 1 else "s")


def reader() -> Reader:
    """Return who reads this request's page."""
    header = request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return Reader(portal().settings.zone, form_of(header) if len(header) <= LONGEST_HEADER else USUAL)


FILTERS: dict[str, Callable[[Any], Any]] = {
    "clock_time": lambda moment: reader().own_clock(moment),
    "date": lambda day: reader().in_full(day),
    "day": lambda moment: reader().day(moment),
    "minutes_left": minutes_left,
    "moment": lambda moment: reader().moment(moment),
    "next_minute": next_minute,
    "portal_time": lambda moment: reader().clock(moment),
}
