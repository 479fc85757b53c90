"""What people do with the MFA options that they have: name, prefer, replace and remove them, each with a fresh code."""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection

from ssp.flows import events, further, notices, option_names, people, sessions, step_up
from ssp.flows.attempts import Progress
from ssp.flows.events import Kind
from ssp.flows.portal import Portal, Visit
from ssp.flows.step_up import Action, Errand
from ssp.infra.clock import now
from ssp.models import Authenticator, User, authenticator
from ssp.models.session import SessionWithUser

CHANGED = "authenticator_changed"


@dataclass(frozen=True, slots=True)
class Way:
    """An MFA option. `masked` is where codes go, None for a type that is not on offer; `last` has no usable other.

    `title` is what it is called without a name, and `preferred` says whether it is asked for first.
    """

    row: Authenticator
    masked: str | None
    title: str
    last: bool
    preferred: bool

    @property
    def called(self) -> str:
        """Return its name, or what it is called without one."""
        return self.row.name or self.title

    @property
    def words(self) -> str:
        """Return it in words that tell it from the others."""
        return self.masked or self.called


class Refusal(Enum):
    """Why nothing became of a wish."""

    UNKNOWN = "unknown"
    NOT_PROVED = "not_proved"
    LAST = "last"
    PREFERRED = "first"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a wish. `fault` is what is wrong with a name that was typed for `way`.

    `token` is the session's new one; `progress` leads back into the sign-in, where a new option is set up.
    """

    refusal: Refusal | None = None
    way: Way | None = None
    fault: str | None = None
    token: str | None = None
    progress: Progress | None = None


_Held = tuple[User, Way, list[Way]]


def held(connection: Connection, portal: Portal, user_id: int) -> list[Way]:
    """Return a person's MFA options, the preferred one first."""
    rows = authenticator.confirmed(connection, user_id)
    return [_way(portal, row, rows) for row in rows]


def _way(portal: Portal, row: Authenticator, rows: list[Authenticator]) -> Way:
    kind = portal.types.get(row.type)
    others = [each for each in rows if each.id != row.id and each.type in portal.types]
    title = kind.title if kind else row.label
    return Way(row, kind.masked(row) if kind else None, title, last=not others, preferred=row.id == rows[0].id)


def way(portal: Portal, row: SessionWithUser, authenticator_id: str) -> Way | None:
    """Return one of a person's own MFA options."""
    with portal.database.reading() as connection:
        return _own(held(connection, portal, row.user_id), authenticator_id)


def _own(ways: list[Way], authenticator_id: str) -> Way | None:
    return next((each for each in ways if each.row.id == authenticator_id), None)


def hindrance(found: Way, action: Action) -> Refusal | None:
    """Return why this cannot be done with an option, whatever is proved; None if it can.

    The last usable one cannot be removed (security requirement EN6), but replaced.
    """
    if action is Action.REMOVE_OPTION and found.last:
        return Refusal.LAST
    if action is Action.PREFER_OPTION:
        if found.masked is None:
            return Refusal.UNAVAILABLE
        return Refusal.PREFERRED if found.preferred else None
    return None


def _hold(connection: Connection, portal: Portal, row: SessionWithUser, errand: Errand) -> _Held | Refusal:
    """Return whose session it is, the option, and all of theirs, as nobody else can change them from now on.

    Whoever removes or replaces another one at the same time waits for the person's row, and then finds what is left.
    """
    person = sessions.hold(connection, portal, row)
    ways = held(connection, portal, row.user_id)
    found = _own(ways, errand.target)
    if person is None or found is None:
        return Refusal.UNKNOWN
    return hindrance(found, errand.action) or (person, found, ways)


def remove(portal: Portal, visit: Visit, row: SessionWithUser, authenticator_id: str) -> Result:
    """Remove an option. All that rests on the old ones ends, but for this session, which has another token."""
    errand = Errand(Action.REMOVE_OPTION, authenticator_id)
    with portal.database.writing() as connection:
        begun = _hold(connection, portal, row, errand)
        if isinstance(begun, Refusal):
            return Result(begun)
        person, gone, _ = begun
        if step_up.spend(connection, row, person, errand) is None:
            return Result(Refusal.NOT_PROVED)
        authenticator.remove(connection, gone.row.id)
        events.record(connection, visit, Kind.REMOVED, user=person, reason="by_owner", authenticator=gone.row)
        epoch = people.end_everything(connection, person, CHANGED, keep=row.id)
        notices.removed(connection, portal, visit, person, notices.named(portal, gone.row))
        return Result(token=sessions.renew(connection, row, epoch))


def replace(portal: Portal, visit: Visit, row: SessionWithUser, authenticator_id: str, next_path: str) -> Result:
    """Go back into the sign-in, to set up one in the place of another, which works until the new one is confirmed."""
    errand = Errand(Action.REPLACE_OPTION, authenticator_id)
    with portal.database.writing() as connection:
        begun = _hold(connection, portal, row, errand)
        if isinstance(begun, Refusal):
            return Result(begun)
        proof = step_up.spend(connection, row, begun[0], errand)
        if proof is None:
            return Result(Refusal.NOT_PROVED)
        place = {"next_path": next_path, "replaces": authenticator_id}
        return Result(progress=further.go_back(connection, portal, visit, row, begun[0], proof, **place))


def rename(portal: Portal, visit: Visit, row: SessionWithUser, authenticator_id: str, typed: str) -> Result:
    """Give an option another name; one that cannot be it leaves the proof unspent."""
    errand, name = Errand(Action.RENAME_OPTION, authenticator_id), option_names.cleaned(typed)
    with portal.database.writing() as connection:
        begun = _hold(connection, portal, row, errand)
        if isinstance(begun, Refusal):
            return Result(begun)
        person, found, ways = begun
        fault = option_names.fault(name, (each.row.name for each in ways if each is not found))
        if fault and step_up.proved(connection, row, person, errand):
            return Result(way=found, fault=fault)
        if step_up.spend(connection, row, person, errand) is None:
            return Result(Refusal.NOT_PROVED)
        authenticator.rename(connection, found.row.id, name)
        events.record(connection, visit, Kind.RENAMED, user=person, authenticator=found.row)
        return Result()


def prefer(portal: Portal, visit: Visit, row: SessionWithUser, authenticator_id: str) -> Result:
    """Ask for an option first from now on. Nothing ends: what proved who somebody is proves it still (decision 18)."""
    errand = Errand(Action.PREFER_OPTION, authenticator_id)
    with portal.database.writing() as connection:
        begun = _hold(connection, portal, row, errand)
        if isinstance(begun, Refusal):
            return Result(begun)
        person, found, _ = begun
        if step_up.spend(connection, row, person, errand) is None:
            return Result(Refusal.NOT_PROVED)
        authenticator.keep_preference(connection, found.row.id, now())
        events.record(connection, visit, Kind.PREFERENCE, user=person, reason="chosen", authenticator=found.row)
        notices.preferred(connection, portal, visit, person, found.row)
        return Result()
