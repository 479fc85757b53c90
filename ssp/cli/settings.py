"""`flask settings`: every setting, its value, and where that came from."""

import os

import click
from flask.cli import with_appcontext
from pydantic import SecretStr

from ssp.cli.portal import portal
from ssp.settings import FILE, PREFIX, Settings, read_file

# NIST SP 800-63B-4 asks for six digits in a code that is sent.
SAFE_DIGITS = 6


@click.command("settings")
@click.option("--markdown", is_flag=True, help="print the table of docs/settings.md instead")
@with_appcontext
def show(*, markdown: bool) -> None:
    """Show every setting, its value (secrets hidden), where it came from, and what it means."""
    if markdown:
        click.echo(table(), nl=False)
        return
    settings = portal().settings
    file = read_file(settings.instance)
    for name, field in Settings.model_fields.items():
        variable = f"{PREFIX}{name.upper()}"
        source = "environment" if os.environ.get(variable) else FILE if name in file else "default"
        click.echo(f"{variable} = {_shown(getattr(settings, name))}  [{source}]\n    {field.description}")
    if settings.voice_digits < SAFE_DIGITS:
        click.echo(
            f"\nNote: spoken codes have {settings.voice_digits} digits, below the six of NIST SP 800-63B-4 3.1.3.2; "
            "in return each takes 3 tries instead of 5."
        )


def table() -> str:
    """Return all settings as a Markdown table: name, default, meaning."""
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "`instance/`" if name == "instance" else _default(field.get_default())
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join([*lines, ""])


def _default(value: object) -> str:
    shown = str(int(value)) if isinstance(value, bool) else _shown(value)
    return "-" if shown == "-" else f"`{shown}`"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(hidden)"
    if isinstance(value, tuple):
        return ", ".join(str(getattr(each, "name", each)) for each in value) or "-"
    return "-" if value is None or value == "" else str(value)
