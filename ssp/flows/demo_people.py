"""The people of demo mode: one for each group, and what they need to try everything."""

from contextlib import suppress
from dataclasses import dataclass

from ssp.flows import people
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

    @property
    def email(self) -> str:
        """Return an address that belongs to nobody."""
        return f"{self.username}@example.test"


PEOPLE = (
    DemoPerson("ada", "Ada Marsh", ("agents",), "lantern over quiet harbor"),
    DemoPerson("ben", "Ben Okafor", ("policyholders",), "seven green paper boats"),
    DemoPerson("cora", "Cora Lindqvist", ("insureds",), "slow train through maples"),
    DemoPerson("dev", "Dev Raman", ("employees",), "copper kettle at sunrise"),
    DemoPerson("sam", "Sam Whitfield", ("support",), "nine answers before noon"),
)


def _new(person: DemoPerson) -> NewPerson:
    return NewPerson(person.username, person.email, person.name, person.groups, demo=True)


def add_missing(portal: Portal) -> None:
    """Add the demo people that are not there yet."""
    with portal.database.reading() as connection:
        missing = [person for person in PEOPLE if user.by_username(connection, person.username) is None]
    for person in missing:
        with suppress(PeopleError):  # a second server that starts in the same moment was first
            people.add(portal, _new(person), person.password)
