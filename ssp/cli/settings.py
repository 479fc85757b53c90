"""`flask settings`: every setting, its value, and where that came from."""

import os

import click
from flask.cli import with_appcontext
from pydantic import SecretStr

from ssp.cli.portal import portal
from ssp.settings import PREFIX, Settings, read_file


@click.command("settings")
@with_appcontext
def show() -> None:
    """Show every setting, its value (secrets hidden), where it came from, and what it means."""
    settings = portal().settings
    file = read_file(settings.instance)
    for name, field in Settings.model_fields.items():
        variable = f"{PREFIX}{name.upper()}"
        source = "environment" if os.environ.get(variable) else "settings.toml" if name in file else "default"
        click.echo(f"{variable} = {_shown(getattr(settings, name))}  [{source}]\n    {field.description}")
    if settings.voice_digits < 6:  # noqa: PLR2004 - NIST SP 800-63B-4 asks for six digits
        click.echo(
            f"\nNote: spoken codes have {settings.voice_digits} digits, below the six of NIST SP 800-63B-4 3.1.3.2; "
            "in return each takes 3 tries instead of 5."
        )


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(hidden)"
    if isinstance(value, tuple):
        return ", ".join(str(getattr(each, "name", each)) for each in value) or "-"
    return "-" if value is None or value == "" else str(value)
