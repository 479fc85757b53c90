"""Reading the settings from the environment and the instance folder."""

import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ssp.settings.errors import SettingsError
from ssp.settings.fields import Settings
from ssp.settings.kinds import FILE, PREFIX, ROOT


def load() -> Settings:
    """Return the settings from the environment and the instance folder. Raises SettingsError."""
    instance = Path(os.environ.get("SSP_INSTANCE") or ROOT / "instance")
    unknown = [
        f"{name}: is not a setting of the portal; `flask settings` lists those there are"
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    ]
    if unknown:
        raise SettingsError(unknown)
    file = read_file(instance)
    if "instance" in file:
        raise SettingsError([f"SSP_INSTANCE: cannot be set in {instance / FILE}, which lies in it; set it outside"])
    try:
        return Settings(**file, instance=instance)
    except ValidationError as error:
        raise SettingsError(_lines(error)) from None


def read_file(instance: Path) -> dict[str, Any]:
    """Return what `settings.toml` in the instance folder says; nothing if there is none. Raises SettingsError."""
    path = instance / FILE
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError([f"{path}: cannot be read ({error}); mend the file or move it away"]) from None


def _lines(error: ValidationError) -> Iterable[str]:
    """Say each fault in one line: the setting, what is wrong with it, what would do."""
    for fault in error.errors(include_url=False, include_input=False):
        if not fault["loc"]:
            yield from str(fault["ctx"]["error"]).splitlines()
            continue
        name, *inner = fault["loc"]
        setting = f"{PREFIX}{str(name).upper()}" + "".join(f" [{part}]" for part in inner)
        if fault["type"] == "extra_forbidden":
            yield f"{setting}: is not a setting of the portal; `flask settings` lists those there are"
        else:
            message = fault["msg"].removeprefix("Value error, ")
            yield f"{setting}: {message[0].lower()}{message[1:]}; {_meaning(str(name))}"


def _meaning(name: str) -> str:
    """Say what a setting is for, so that the mend is plain."""
    field = Settings.model_fields[name]
    default = field.get_default()
    shown = ", ".join(map(str, default)) if isinstance(default, tuple) else default
    # Whole entries would fill the line; they are in the documentation.
    usual = "" if default is None or "name=" in str(shown) else f", {shown} unless you set it"
    return f"it is {field.description}{usual}"
