"""What those who run the portal do with the mail address of a person, who may have lost the old one to a thief."""

from ssp.flows import email_change, events, links, notices
from ssp.flows.events import Kind
from ssp.flows.links import Purpose
from ssp.flows.people import OPERATOR, PeopleError, find
from ssp.flows.portal import Portal
from ssp.infra.clock import now
from ssp.models import link, user


def change(portal: Portal, username: str, typed: str) -> None:
    """Keep another address on file for a person, and tell both. Raises PeopleError.

    Nothing that left for another address of theirs works any more: no way back, no change that waits, no link to a new
    password, and no "not me", with which a thief could stop the account.
    """
    address, at = email_change.cleaned(typed), now()
    with portal.database.writing() as connection:
        person = find(connection, username, lock=True)
        fault = email_change.fault(person, address)
        if fault:
            raise PeopleError(fault)
        for purpose in (Purpose.UNDO_EMAIL, Purpose.PASSWORD):
            link.end_all(connection, person.id, purpose.value, at)
        link.end_all(connection, person.id, Purpose.NOT_ME.value, at, but_to=address)
        links.end_change(connection, person, at)
        user.move(connection, person.id, address)
        events.record(connection, OPERATOR, Kind.EMAIL_CHANGED, user=person, reason="by_operator", at=at)
        for to in (person.email, address):
            notices.support_acted(connection, portal, person, "email", to)
