"""The people of demo mode: one for each group, and what they need to try everything."""

from contextlib import suppress
from dataclasses import dataclass

from ssp.flows import known_phone, people
from ssp.flows.people import NewPerson, PeopleError
from ssp.flows.portal import Portal
from ssp.models import user


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as."""

    username: str
    name: str
    groups: tuple[str, ...]
    password: str
    phone: str

    @property
    def email(self) -> str:
        """Return an address that belongs to nobody."""
        return f"{self.username}@example.test"


PEOPLE = (
    DemoPerson("ada", "Ada Marsh", ("agents",), "lantern over quiet harbor", "205-555-0123"),
    DemoPerson("ben", "Ben Okafor", ("policyholders",), "seven green paper boats", "205-555-0167"),
    DemoPerson("cora", "Cora Lindqvist", ("insureds",), "slow train through maples", "205-555-0134"),
    DemoPerson("dev", "Dev Raman", ("employees",), "copper kettle at sunrise", "205-555-0156"),
    DemoPerson("sam", "Sam Whitfield", ("support",), "nine answers before noon", "205-555-0111"),
)


def _new(portal: Portal, person: DemoPerson) -> NewPerson:
    phone = _phone(portal, person)
    return NewPerson(person.username, person.email, person.name, person.groups, demo=True, phone=phone)


def _phone(portal: Portal, person: DemoPerson) -> str:
    """Return somebody's number, nothing where the settings allow no numbers of its country."""
    return person.phone if isinstance(known_phone.read(person.phone, portal.settings), str) else ""


def add_missing(portal: Portal) -> None:
    """Add the demo people that are not there yet, and the numbers of those from before they had any."""
    with portal.database.reading() as connection:
        found = [(person, user.by_username(connection, person.username)) for person in PEOPLE]
    for person, row in found:
        if row is None:
            with suppress(PeopleError):  # a second server that starts in the same moment was first
                people.add(portal, _new(portal, person), person.password)
        elif row.demo and row.phone_fingerprint is None and _phone(portal, person):
            people.set_phone(portal, person.username, person.phone)
