"""The links that leave by mail: "this was not me", and choosing a new password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.security.machine.passwords import CHOICES, Passwords, new_password
from tests.security.machine.seats import PICKS, SEATS, SERVERS
from tests.security.machine.verdicts import REMOVED, Landing, Outcome, judges, shows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.security.machine.ledger import Ledger, Link
    from tests.security.machine.persons import Person, Way
    from tests.security.machine.verdicts import Case, Happened

NOT_ME, NEW_PASSWORD = "not-me", "password"
DISOWNED, BEGUN, RECOVERED = "notice.disowned", "recovery.begun", "recovery.finished"
UNDONE = "email.undone"
# Mails that tell of something with which others could have made recovery codes, or of these themselves.
FACTORS = {"set_up", "added", "replaced", "recovery_made", "recovery_used"}
MAILS_AN_HOUR = 3
LIVES, FIRST_IS_NEW, TIME_TO_READ = timedelta(days=10), timedelta(hours=24), timedelta(hours=4)
BUTTONS = ("/not-me", "/not-me/send", "/password")
# `other` sends the form of a link's page while another link may be the one that was opened last.
ACTS = ("other", "open", "whole", "whole", "misread", *BUTTONS)


def carried(case: Case, purpose: str) -> Link | None:
    """Return the link of this purpose that the browser opened last."""
    return _in(case.ledger, case.jar, purpose)


def _in(ledger: Ledger, jar: Mapping[str, str], purpose: str) -> Link | None:
    link = ledger.links.get(jar.get(f"ssp_link_{purpose}", ""))
    return link if link is not None and link.purpose == purpose else None


def of_another(case: Case, link: Link, *, shown: bool) -> Outcome | None:
    """Return what comes of the form of another link's page: that of the carried one shows, and nothing is done."""
    if case.fields["link"] == link.id:
        return None
    return Outcome(status=(422 if shown or link.live(case.at) else 410,))


def begun(person: Person) -> Happened:
    """Return what becomes of a link to a new password: a disabled account gets none."""
    return BEGUN, "refused" if person.disabled else "done"


@shows(NOT_ME, NEW_PASSWORD)
def page(case: Case) -> Landing:
    """Say how a link stands; opening it moves it into a cookie and does nothing else."""
    purpose, _, token = case.path[1:].partition("/")
    if token:
        link = case.ledger.links.get(token)
        link = link if link is not None and link.purpose == purpose else None
    else:
        link = carried(case, purpose)
    if link is None:
        return Landing(f"/{purpose}", {404})
    shown = link.live(case.at) or (link.used and purpose == NOT_ME)
    return Landing(f"/{purpose}", {200 if shown else 410}, link.person)


@judges("/not-me")
def disown(case: Case) -> Outcome:
    """Sign everybody out, stop the password, take back what was set up: once."""
    link = carried(case, NOT_ME)
    if link is None:
        return Outcome()
    if other := of_another(case, link, shown=link.used):
        return other
    if not link.live(case.at):
        return Outcome(events=case.ledger.windows.refused(DISOWNED, link.id, case.at))
    person, ledger, link.used = link.person, case.ledger, True
    outcome = Outcome(events=[(DISOWNED, "done")])
    astray = link.email != person.email
    back = ledger.way_back(person, link.email, case.at) if astray else None
    if back is not None:
        undone(case, back, outcome)
    stopped = person.compromised and back is None
    gone = _undoable(case, link)
    person.ways = [way for way in person.ways if way not in gone]
    outcome.events += [(REMOVED, "done")] * len(gone)
    if person.papers and (gone or link.notice in FACTORS):
        person.papers.clear()
        outcome.events.append(("recovery_codes.ended", "done"))
    person.compromised = True
    ledger.end_everything(person)
    if not stopped:
        ledger.use_links(person, NEW_PASSWORD)
    if astray and back is None:
        outcome.events.append((BEGUN, "refused"))  # whoever has the address may be a thief
    else:
        outcome.events += one_more(case, link)[1] if stopped else [begun(person)]
    return outcome


def one_more(case: Case, link: Link) -> tuple[bool, list[Happened]]:
    """Return whether a link to a new password leaves where one did before, and what the log says of it."""
    windows, person = case.ledger.windows, link.person
    if not windows.mail(person.number, MAILS_AN_HOUR, case.at):
        return False, windows.refused(BEGUN, link.id, case.at)
    return True, [begun(person)]


def _undoable(case: Case, link: Link) -> list[Way]:
    """Return the ways that go with a notice that was somebody else's."""
    person = link.person
    own = [way for way in person.ways if way.id == link.way_id]
    gone = own if len(person.ways) > len(own) else []
    if link.notice == "set_up":
        # The first way was set up with the password alone, and all others were proved with it; in use, they stay.
        set_up_at = link.until - LIVES
        used = person.proved_at is not None and person.proved_at > set_up_at + TIME_TO_READ
        gone = list(person.ways) if own and case.at < set_up_at + FIRST_IS_NEW and not used else []
    told = [each for each in case.ledger.links.values() if each.person is person and each.notice == "set_up"]
    if link.notice in FACTORS and any(case.at < each.until - LIVES + TIME_TO_READ for each in told):
        gone = list(person.ways)  # whichever mail of the first hours it is
    return gone


def undone(case: Case, back: Link, outcome: Outcome) -> None:
    """Bring an address back, and take back what was set up since it went, where anything is left from before."""
    person, since, back.used = back.person, back.until - LIVES, True
    person.email = back.email
    case.ledger.end_since(back)
    outcome.events.append((UNDONE, "done"))
    if person.papers:
        person.papers.clear()
        outcome.events.append(("recovery_codes.ended", "done"))
    before = [way for way in person.ways if way.confirmed_at is not None and way.confirmed_at < since]
    if before:
        outcome.events += [(REMOVED, "done")] * (len(person.ways) - len(before))
        person.ways = before


@judges("/not-me/send")
def mail_again(case: Case) -> Outcome:
    """Mail one more link to choose a password, where the button was pressed and no password was chosen since."""
    link = carried(case, NOT_ME)
    outcome = Outcome(status=(200, 303, 410, 422))
    if link is not None and (other := of_another(case, link, shown=link.used)):
        return other
    if link is None or not link.used or not link.person.compromised or link.person.disabled:
        return outcome
    if link.email != link.person.email:
        return outcome
    may, outcome.events = one_more(case, link)
    outcome.status = (303,) if may else (422,)
    return outcome


@judges("/password")
def choose(case: Case) -> Outcome:
    """Take a new password, once, and end all that the old one opened; nobody is signed in by it."""
    link, typed = carried(case, NEW_PASSWORD), case.fields["new_password"]
    if link is None:
        return Outcome()
    if other := of_another(case, link, shown=False):
        return other
    if not link.live(case.at):
        return Outcome(events=case.ledger.windows.refused(RECOVERED, link.id, case.at))
    person = link.person
    if len(typed) < case.settings.password_min or (person.compromised and typed == person.password):
        return Outcome(status=(422,))
    outcome = Outcome(events=[(RECOVERED, "done")])
    new_password(case, outcome, person, typed)
    for each in case.ledger.links.values():
        own = each.person is person and each.purpose == NOT_ME and each.email == person.email
        each.used = each.used or own
    return outcome


class Links(Passwords):
    """What people and thieves do with links."""

    @precondition(lambda self: bool(self.links_to("not-me", "password")))
    @rule(seat=SEATS, server=SERVERS, pick=PICKS, act=st.sampled_from(ACTS), typed=st.sampled_from(CHOICES))
    def use_link(self, seat: int, server: int, pick: int, act: str, typed: str) -> None:
        """Open any link that ever came by mail, press a button of the page behind the last one, or do both."""
        token = self.picked(self.links_to(NOT_ME, NEW_PASSWORD), pick, "")
        purpose = self.ledger.links[token].purpose
        if act == "misread":
            self.open(seat, server, f"/{NEW_PASSWORD if purpose == NOT_ME else NOT_ME}/{token}")
        if act in {"open", "whole"}:
            self.open(seat, server, f"/{purpose}/{token}")
        path = f"/{purpose}" if act in {"whole", "other"} else act
        if path in BUTTONS:
            link = _in(self.ledger, self.seats[seat].jar, NEW_PASSWORD if path == "/password" else NOT_ME)
            shown = self.ledger.links[token] if act == "other" or link is None else link
            self.fill(seat, server, path, {"link": shown.id, "new_password": typed})
