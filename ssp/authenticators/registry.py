"""The authenticator types on offer, by name, in the order of the settings."""

from collections.abc import Iterator
from importlib import import_module

from ssp.authenticators.protocol import AuthenticatorType, Kit


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
