"""What is said when the settings make no sense."""

from collections.abc import Iterable
from typing import IO, Any

import click


class SettingsError(click.ClickException):
    """The settings make no sense. `lines` has one line for each fault: the setting, the fault and the mend."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines; commands then end with exit code 1."""
        click.echo(self.message, file=file, err=file is None)
