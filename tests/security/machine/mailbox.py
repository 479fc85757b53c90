"""Mails that people ask for without signing in, and another mail address: asked for, confirmed, given up, undone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ssp.flows import forgotten
from tests.security.machine.account import EMAIL, Account
from tests.security.machine.links import (
    BEGUN,
    NEW_PASSWORD,
    UNDONE,
    Links,
    begun,
    carried,
    of_another,
    one_more,
    undone,
)
from tests.security.machine.seats import PEOPLE, PICKS, SEATS, SERVERS
from tests.security.machine.verdicts import Landing, Outcome, judges, person_called, shows

if TYPE_CHECKING:
    from tests.security.machine.ledger import Link
    from tests.security.machine.verdicts import Case, Happened

CONFIRM, UNDO = "email", "undo-email"
ASKED, GIVEN_UP, CHANGED = "email.asked", "email.given_up", "email.changed"
LINKS_IN, LISTS_IN, CHANGES_IN = timedelta(minutes=30), timedelta(days=1), timedelta(days=1)
MOST_MAILS, CHANGES_A_DAY, TO_ONE_ADDRESS = 3, 5, 3
MAILED = {"password": BEGUN, "username": "recovery.usernames"}
BUTTONS = ("/email", "/undo-email", "/undo-email/send")
ADDRESSES = ("one@new.test", "two@new.test", "old", "no address")


@shows("forgot-password", "forgot-username")
def forgot(case: Case) -> Landing:
    """Show the same page to everybody."""
    return Landing(case.path, {200})


@judges("/forgot-password")
def forget_password(case: Case) -> Outcome:
    """Keep a wish for a link to a new password."""
    return _wished(case, "password", case.fields["username"])


@judges("/forgot-username")
def forget_username(case: Case) -> Outcome:
    """Keep a wish for the usernames of an address."""
    return _wished(case, "username", case.fields["email"])


def _wished(case: Case, what: str, typed: str) -> Outcome:
    place = case.ledger.windows.begin(f"forgotten {case.address}", case.settings.limit_sign_ins, case.at)
    if place == "free":
        case.ledger.wishes.append((what, typed, case.at))
        return Outcome()
    return Outcome(status=(429,), events=[(MAILED[what], "refused")] if place == "one too many" else [])


def _shown(link: Link) -> bool:
    """Return whether the page of a link that was used says what came of it."""
    return link.used and link.email == link.person.email


@shows(CONFIRM, UNDO)
def page(case: Case) -> Landing:
    """Say how a link stands; opening it moves it into a cookie and does nothing else."""
    purpose, _, token = case.path[1:].partition("/")
    link = case.ledger.links.get(token) if token else carried(case, purpose)
    if link is None or link.purpose != purpose:
        return Landing(f"/{purpose}", {404})
    return Landing(f"/{purpose}", {200 if link.live(case.at) or _shown(link) else 410}, link.person)


@judges("/account/email")
def change_address(case: Case) -> Outcome:
    """Mail a link to a new address, with a fresh code for just that."""
    visit = case.visit
    if visit is None:
        return Outcome()
    visit.note(case.at)
    if visit.proved(EMAIL, case.at) is None:
        return Outcome()
    person, wanted = visit.person, case.fields["email"]
    if "@" not in wanted or wanted == person.email:
        return Outcome(status=(422,))
    windows = case.ledger.windows
    own = windows.within(("email-change", str(person.number)), CHANGES_IN, case.at)
    theirs = windows.within(("email-change", f"{person.number} {wanted}"), CHANGES_IN, case.at)
    if own > CHANGES_A_DAY or theirs > TO_ONE_ADDRESS:
        return Outcome(status=(422,), events=[(ASKED, "refused")])
    del visit.proofs[EMAIL]
    case.ledger.use_links(person, CONFIRM)
    return Outcome(events=[(ASKED, "done")])


@judges("/account/email/give-up")
def give_up(case: Case) -> Outcome:
    """Let a change that waits be none."""
    visit = case.visit
    if visit is None:
        return Outcome()
    visit.note(case.at)
    links = case.ledger.links.values()
    waits = [each for each in links if each.person is visit.person and each.purpose == CONFIRM and each.live(case.at)]
    if waits:
        case.ledger.use_links(visit.person, CONFIRM)
    return Outcome(events=[(GIVEN_UP, "done")] if waits else [])


@judges("/email")
def confirm(case: Case) -> Outcome:
    """Take a new address, once; the old mailbox opens nothing any more but the way back."""
    link = carried(case, CONFIRM)
    if link is None:
        return Outcome()
    if other := of_another(case, link, shown=_shown(link)):
        return other
    if not link.live(case.at):
        return Outcome(events=case.ledger.windows.refused(CHANGED, link.id, case.at))
    back = case.ledger.way_back(link.person, link.email, case.at)
    link.used, link.person.email = True, link.email
    if back is not None:
        case.ledger.end_since(back)
    case.ledger.use_links(link.person, NEW_PASSWORD)
    return Outcome(events=[(CHANGED, "done")])


@judges("/undo-email")
def undo(case: Case) -> Outcome:
    """Bring an old address back, once, and do all that "this was not me" does."""
    link = carried(case, UNDO)
    if link is None:
        return Outcome()
    if other := of_another(case, link, shown=_shown(link)):
        return other
    if not link.live(case.at):
        return Outcome(events=case.ledger.windows.refused(UNDONE, link.id, case.at))
    person, ledger = link.person, case.ledger
    outcome = Outcome()
    undone(case, link, outcome)
    person.compromised = True
    ledger.end_everything(person)
    ledger.use_links(person, NEW_PASSWORD)
    outcome.events.append(begun(person))
    return outcome


@judges("/undo-email/send")
def mail_again(case: Case) -> Outcome:
    """Mail one more link to choose a password, where the way back was taken and no password was chosen since."""
    link = carried(case, UNDO)
    if link is not None and (other := of_another(case, link, shown=_shown(link))):
        return other
    if link is None or not _shown(link) or not link.person.compromised or link.person.disabled:
        return Outcome()
    may, events = one_more(case, link)
    return Outcome(status=(303,) if may else (422,), events=events)


class Mailbox(Account, Links):
    """What people and thieves do with mail addresses, and about what they forgot."""

    @rule(seat=SEATS, server=SERVERS, who=st.integers(0, 2), what=st.sampled_from(["password", "username"]))
    def forget(self, seat: int, server: int, who: int, what: str) -> None:
        """Say that somebody's password or username is forgotten, and let the portal look whom that is about."""
        person = self.people[who] if who < len(self.people) else None
        names = {"username": person.human.username if person else "nobody"}
        addresses = {"email": person.email if person else "nobody@example.test"}
        self.fill(seat, server, f"/forgot-{what}", names if what == "password" else addresses)
        outcome = Outcome()
        for wished, typed, _ in self.ledger.wishes:
            outcome.events += self._mailed(wished, typed)
        self.ledger.wishes.clear()
        while forgotten.grant(self.world.site(server)):
            pass
        self.see(outcome)

    def _mailed(self, what: str, typed: str) -> list[Happened]:
        """Return what ought to be in the log once it was looked whom a wish is about."""
        at, windows, open_ones = (
            self.world.now,
            self.ledger.windows,
            [each for each in self.people if not each.disabled],
        )
        if what == "password":
            person = person_called(self.ledger, typed)
            meant = [each for each in open_ones if each is person]
            key, span = ("forgot", str(person.number) if person else ""), LINKS_IN
        else:
            meant, key, span = [each for each in open_ones if each.email == typed], ("forgot", typed), LISTS_IN
        if not meant or windows.within(key, span, at) > MOST_MAILS:
            return [(MAILED[what], "refused")]
        return [(MAILED[what], "done")] * len(meant)

    @precondition(lambda self: bool(self.seats_in()))
    @rule(
        seat=SEATS,
        server=SERVERS,
        wanted=st.sampled_from(ADDRESSES),
        act=st.sampled_from(["proved", "proved", "bare", "give-up"]),
    )
    def change_email(self, seat: int, server: int, wanted: str, act: str) -> None:
        """Ask for another address with a fresh code or without, or give up the change that waits."""
        seat = self.picked(self.seats_in(), seat, seat)
        visit = self.visit_of(seat)
        if act == "give-up":
            self.fill(seat, server, "/account/email/give-up")
            return
        if act == "proved":
            self.prove_errand(seat, server, EMAIL)
        typed = visit.person.human.email if visit and wanted == "old" else wanted
        self.fill(seat, server, "/account/email", {"email": typed})

    @precondition(lambda self: bool(self.links_to(CONFIRM, UNDO)))
    @rule(seat=SEATS, server=SERVERS, who=PEOPLE, pick=PICKS, act=st.sampled_from(("whole", "whole", "open", *BUTTONS)))
    def use_mail_link(self, seat: int, server: int, who: int, pick: int, act: str) -> None:
        """Open a link about an address, press a button of the page behind the last one, or do both."""
        token = self.picked(self.links_to(CONFIRM, UNDO), pick + who, "")
        link = self.ledger.links[token]
        if act in {"whole", "open"}:
            self.open(seat, server, f"/{link.purpose}/{token}")
        path = f"/{link.purpose}" if act == "whole" else act
        if path in BUTTONS:
            self.fill(seat, server, path, {"link": link.id})
