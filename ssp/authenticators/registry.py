"""The authenticator types on offer, by name, in the order of the settings."""

from collections.abc import Iterator, Sequence
from importlib import import_module

from ssp.authenticators.protocol import AuthenticatorType, Kit, Place
from ssp.models import Authenticator


class Registry:
    """The types that people can use; each is the module of its name in this folder, made by its `make`."""

    def __init__(self, kit: Kit) -> None:
        self._types: dict[str, AuthenticatorType] = {
            name: import_module(f"ssp.authenticators.{name}").make(kit) for name in kit.settings.offered
        }

    def __iter__(self) -> Iterator[AuthenticatorType]:
        """Give the types in the order of the options screen."""
        return iter(self._types.values())

    def __contains__(self, name: object) -> bool:
        """Return whether a type is on offer."""
        return name in self._types

    def __getitem__(self, name: str) -> AuthenticatorType:
        """Return the type of this name. Raises KeyError."""
        return self._types[name]

    def get(self, name: str) -> AuthenticatorType | None:
        """Return the type of this name, or None if it is not on offer."""
        return self._types.get(name)

    def room(self, held: Sequence[Authenticator]) -> dict[Place, int]:
        """Return how many further options somebody who has these can set up, by place, in the order of the types."""
        room = {kind.place: kind.place.most for kind in self}
        for row in held:
            if row.type in self:
                room[self[row.type].place] -= 1
        return {place: max(left, 0) for place, left in room.items()}

    def has_room(self, name: str, held: Sequence[Authenticator]) -> bool:
        """Return whether somebody who has these options can set up one more of a type that is on offer."""
        return self.room(held)[self[name].place] > 0
