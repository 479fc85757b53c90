"""The browsers that people sit at, and how each of their requests is judged."""

from __future__ import annotations

import hashlib
import re
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.people import App, Browser
from tests.security.machine import witness
from tests.security.machine.browsers import COOKIE, Seat
from tests.security.machine.ledger import Attempt, Ledger, Visit
from tests.security.machine.pages import is_use, landing
from tests.security.machine.verdicts import SESSION_ENDED, SHOWS, Case, Outcome, judge_of, left
from tests.security.machine.world import code_in

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from webtest import TestResponse

    from tests.people import Phone
    from tests.security.machine.ledger import Standing
    from tests.security.machine.persons import Person
    from tests.security.machine.world import World

T = TypeVar("T")
SEATS, SERVERS, PEOPLE = st.integers(0, 2), st.integers(0, 1), st.integers(0, 1)
PICKS = st.integers(0, 20)
TOKENS = ("/not-me/", "/password/", "/email/", "/undo-email/")


def somebody_at(*standings: Standing) -> Callable[[Any], bool]:
    """Return what says whether a browser shows the page of one of these steps."""
    return lambda machine: bool(machine.seats_at(*standings))


@dataclass
class Beginning:
    """Where stories begin: the database, the ledger, everybody's cookies, the time."""

    database: sqlite3.Connection
    at: datetime
    ledger: Ledger
    jars: list[dict[str, str]]
    running: tuple[int, ...]


class Seats(RuleBasedStateMachine):
    """Three browsers in front of two servers; every request is judged before anybody looks at the answer."""

    world: World

    def __init__(self, world: World, phone: Phone, beginning: Beginning | None = None) -> None:
        super().__init__()
        self.world, self.beginning = world, beginning
        app = world.app(0)
        agents = ("Firefox/150.0", "Chrome/150.0", "Safari/26.0")
        self.seats = [Seat(Browser(app, phone, agent=agent)) for agent in agents]
        for number, seat in enumerate(self.seats):
            seat.browser.web.extra_environ["REMOTE_ADDR"] = f"198.51.100.{number}"
        self.ledger = Ledger([])
        # The newest event and the newest mail that were looked at.
        self.noted = self.mailed = 0

    @property
    def people(self) -> list[Person]:
        """Return who has an account."""
        return self.ledger.people

    def begin(self, beginning: Beginning, luck: str) -> None:
        """Let a story begin there, with the same luck each time."""
        self.world.begin(beginning.database, beginning.at, luck)
        self.world.running[:] = beginning.running
        self.ledger = deepcopy(beginning.ledger)
        for seat, jar in zip(self.seats, beginning.jars, strict=True):
            seat.jar = dict(jar)
        self.noted, self.mailed = witness.newest(self.world)

    def end(self) -> Beginning:
        """Return how it all stands, as a beginning for others."""
        jars = [dict(seat.jar) for seat in self.seats]
        return Beginning(self.world.copy(), self.world.now, deepcopy(self.ledger), jars, tuple(self.world.running))

    def attempt_of(self, seat: int) -> Attempt | None:
        """Return the half-done sign-in that a browser is in."""
        found = self.ledger.carried.get(self.seats[seat].cookie)
        return found if isinstance(found, Attempt) else None

    def seats_at(self, *standings: Standing) -> list[int]:
        """Return which browsers show the page of one of these steps."""
        settings, now = self.world.site(0).settings, self.world.now
        found = [self.attempt_of(seat) for seat in range(len(self.seats))]
        return [
            seat
            for seat, each in enumerate(found)
            if each is not None and each.live(now) and each.standing(settings, now) in standings
        ]

    def seats_in(self) -> list[int]:
        """Return which browsers are signed in."""
        settings, now = self.world.site(0).settings, self.world.now
        found = [self.ledger.carried.get(seat.cookie) for seat in self.seats]
        return [seat for seat, each in enumerate(found) if isinstance(each, Visit) and each.live(settings, now)]

    def visit_of(self, seat: int) -> Visit | None:
        """Return the session that a browser is in, over or not."""
        found = self.ledger.carried.get(self.seats[seat].cookie)
        return found if isinstance(found, Visit) else None

    def picked(self, choices: list[T], pick: int, otherwise: T) -> T:
        """Return one of some things, counted from the newest."""
        return choices[-1 - pick % len(choices)] if choices else otherwise

    def open(self, seat: int, server: int, path: str) -> None:
        """Go to a page, and see that it is the one where this browser belongs."""
        expected = landing(self._case(seat, server, path, {}))
        answer = self._ask(seat, server, path, None)
        while answer.status_int == 303:
            path = str(urlsplit(answer.location).path)
            answer = self._ask(seat, server, path, None)
        assert answer.status_int in expected.status, (answer.status, path)
        assert path == expected.path, f"this browser belongs to {expected.path}, not to {path}"

    def fill(  # noqa: PLR0913 - a browser, a server, and all that a form has
        self,
        seat: int,
        server: int,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        csrf: str | None = None,
        follow: bool = True,
    ) -> None:
        """Send a form, and follow where it leads by the other server."""
        sitting = self.seats[seat]
        if csrf is None:
            if sitting.cookie not in self.ledger.csrf:
                self.open(seat, server, "/sign-in")
            csrf = self.ledger.csrf[sitting.cookie]
        form = {"csrf_token": csrf, **(fields or {})}
        sitting.sent.append((path, form))
        case = self._case(seat, server, path, form)
        valid = bool(sitting.cookie) and self.ledger.tokens.get(csrf) == sitting.cookie
        answer = self._ask(seat, server, path, form, judge_of(path)(case) if valid else Outcome(status=(403,)))
        if follow and answer.status_int == 303:
            self.open(seat, server + 1, str(urlsplit(answer.location).path))
        self.ledger.jars.append(dict(sitting.jar))

    def _case(self, seat: int, server: int, path: str, fields: dict[str, str]) -> Case:
        sitting, site = self.seats[seat], self.world.site(server)
        address = str(sitting.browser.web.extra_environ["REMOTE_ADDR"])
        return Case(
            self.ledger, site.settings, self.world.now, path, fields, sitting.cookie, dict(sitting.jar), address
        )

    def _ask(
        self, seat: int, server: int, path: str, fields: dict[str, str] | None, outcome: Outcome | None = None
    ) -> TestResponse:
        sitting, case = self.seats[seat], self._case(seat, server, path, fields or {})
        sitting.browser.web.app = self.world.app(server)
        answer = sitting.ask(path, fields)
        witness.headers(answer)
        if outcome is None:
            outcome = Outcome(status=(200, 204, 303, 404, 410))
            if case.visit and is_use(path):
                case.visit.note(case.at)
        assert answer.status_int in outcome.status, (path, answer.status, outcome)
        self._carry(sitting, case, outcome)
        self._deliver(outcome, case)
        self.noted = witness.events(self.world, self.noted, outcome)
        witness.learn_ids(self.world, self.people)
        self._open_mail()
        self._read(sitting, case)
        return answer

    def _carry(self, sitting: Seat, case: Case, outcome: Outcome) -> None:
        """Compare what the browser carries now with what it ought to carry."""
        cookie, expected = sitting.cookie, outcome.carries
        if not case.token and expected is None:
            assert cookie == case.cookie or cookie.startswith("v."), cookie
        elif expected is None:
            assert cookie == ("" if outcome.gone else case.cookie), (case.path, case.cookie, cookie)
        else:
            kind = "p." if isinstance(expected, Attempt) else "s."
            assert cookie.startswith(kind), (case.path, cookie, expected)
            assert cookie not in self.ledger.carried
            assert cookie not in self.ledger.retired
            if isinstance(expected, Attempt):
                expected.token = cookie.partition(".")[2]
                self.ledger.carried[cookie] = expected
            else:
                self._carry_visit(cookie, expected, case, outcome)
            found = self.ledger.carried.get(case.cookie)
            if isinstance(found, Visit) and found.over and case.path.startswith("/account/"):
                self.ledger.retire([case.cookie])  # it was renewed, and went on as something else at once
        changed = {name: value for name, value in sitting.jar.items() if case.jar.get(name) != value}
        changed.pop(COOKIE, None)
        self._carry_known(outcome, changed)
        if case.path.startswith(
            ("/not-me/", "/password/", "/email/", "/undo-email/")
        ):  # a link's token moves into a cookie
            changed = {name: value for name, value in changed.items() if not name.startswith("ssp_link_")}
        if outcome.device is None:
            assert not changed, f"{case.path} gave out a device's value: {changed}"
            return
        ((name, value),) = changed.items()
        assert name == f"ssp_device_{outcome.device.person.selector}"
        device = self.ledger.devices.setdefault(value.partition(".")[0], outcome.device)
        assert device is outcome.device
        assert device.value in {"", value}
        assert value != device.previous
        device.value = value

    def _carry_visit(self, cookie: str, visit: Visit, case: Case, outcome: Outcome) -> None:
        """Take down a session that began, or the new cookie of one."""
        self.ledger.keep_visit(cookie, visit)
        if visit.id:
            return
        digest = hashlib.sha256(cookie.partition(".")[2].encode()).hexdigest()
        ((visit.id,),) = self.world.rows("SELECT id FROM session WHERE token_hash = ?", digest)
        self.ledger.sessions.append(visit)
        dropped = self.ledger.drop_oldest(visit.person, case.settings, case.at)
        outcome.events += [(SESSION_ENDED, "done")] * dropped

    def _carry_known(self, outcome: Outcome, changed: dict[str, str]) -> None:
        """See that a browser is known after the sign-in that made it so, and not before."""
        given = [name for name in changed if name.startswith("ssp_known_")]
        if outcome.known is None:
            assert not given, f"a browser is known that was known already, or that nobody signed in with: {given}"
            return
        assert given == [f"ssp_known_{outcome.known.person.selector}"]
        outcome.known.value = changed.pop(given[0])
        self.ledger.known[outcome.known.value.partition(".")[0]] = outcome.known

    def _deliver(self, outcome: Outcome, case: Case) -> None:
        """Compare what left with what ought to have left, and read it."""
        sent = [
            (each.channel, each.to, "".join(re.findall(r"\d", each.extension or "")), each)
            for each in self.world.phones.sent
        ]
        ways = [each for each in (outcome.farewell, outcome.sends and outcome.sends.way) if each]
        left_for, expected = [each[:3] for each in sent], [(way.type, *way.line) for way in ways]
        assert left_for == expected, (case.path, left_for, expected)
        if outcome.sends:
            code = code_in(self.world.phones.sent[-1])
            self.ledger.codes.append(code)
            left(outcome.sends, code, case.at)
        self.world.phones.sent.clear()

    def _read(self, sitting: Seat, case: Case) -> None:
        """Take from the page what its reader would: the form's token, an app's secret."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', sitting.text)
        if found:
            self.ledger.csrf[sitting.cookie] = found[1]
            self.ledger.tokens[found[1]] = sitting.cookie
        self._read_papers(sitting, case)
        secret = re.search(r'data-totp-secret="(\w+)"', sitting.text)
        carried = self.ledger.carried.get(sitting.cookie)
        live = carried and (
            carried.live(case.at) if isinstance(carried, Attempt) else carried.live(case.settings, case.at)
        )
        if secret and isinstance(carried, Attempt):
            draft = carried.drafts["totp"]
            draft.app = draft.app or App(secret[1])
            assert draft.app.secret == secret[1], "the secret changed while it was set up"
        about = landing(case).reader if case.path.split("/")[1] in SHOWS else None
        typed = " ".join((case.path, *case.fields.values()))
        witness.nobody_else(sitting.text, self.ledger, carried if live else None, typed, about)

    def _read_papers(self, sitting: Seat, case: Case) -> None:
        """Take down the recovery codes that a page shows, which it does right after they were made and never again."""
        carried = self.ledger.carried.get(sitting.cookie)
        shown = re.findall(r"<code>([^<]+)</code>", sitting.text) if case.path == "/account/recovery-codes" else []
        if shown:
            assert isinstance(carried, Visit)
            assert carried.person.papers == {}
            assert len(set(shown)) == 10
            carried.person.papers = dict.fromkeys(shown, False)
            self.ledger.papers += shown

    def _open_mail(self) -> None:
        """Take down the links in the mails that were written."""
        keys = self.world.site(0).keys
        query = "SELECT rowid, id, user_id, link FROM outgoing_mail WHERE rowid > ? ORDER BY rowid"
        for row, mail_id, number, sealed in self.world.rows(query, self.mailed):
            self.mailed = row
            if sealed is not None:
                purpose, token = keys.open("mail-link", mail_id, sealed).split("/")[-2:]
                (person,) = (each for each in self.people if each.number == number)
                holds = {"password": {"minutes": 30}, "email": {"hours": 24}}.get(purpose, {"days": 10})
                self.keep_link(token, person, purpose, **holds)

    def keep_link(self, token: str, person: Person, purpose: str, **holds: float) -> None:
        """Take down a link that left, and what its row says."""
        link = self.ledger.keep_link(token, person, purpose, self.world.now, **holds)
        digest = hashlib.sha256(token.encode()).hexdigest()
        about = self.world.rows(
            "SELECT id, notice, authenticator_id, coalesce(email, '') FROM mailed_link WHERE token_hash = ?", digest
        )
        ((link.id, link.notice, link.way_id, link.email),) = about

    def links_to(self, *purposes: str) -> list[str]:
        """Return the tokens of links of these purposes, the newest last."""
        return [token for token, link in self.ledger.links.items() if link.purpose in purposes]

    def see(self, outcome: Outcome) -> None:
        """See that what the portal did by itself left exactly these events, and take down what it mailed."""
        self.noted = witness.events(self.world, self.noted, outcome)
        self._open_mail()

    def after_command(self) -> None:
        """Take note of what an operator's command left."""
        self._open_mail()
        self.noted, _ = witness.newest(self.world)
