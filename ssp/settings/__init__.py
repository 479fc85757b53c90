"""Every setting of the portal: one typed, frozen object that reads, checks and refuses.

Values come from the environment (`SSP_TRUST_DAYS=14`) or from `settings.toml` in the instance folder
(`trust_days = 14`); the environment wins. A name nobody knows and a value that makes no sense stop the start, each
with one line.
"""

from ssp.settings.errors import SettingsError
from ssp.settings.fields import Settings
from ssp.settings.kinds import FILE, KNOWN_TYPES, LOOPBACK, PREFIX, ROOT, Contact, Rate, Service
from ssp.settings.reading import load, read_file

__all__ = [
    "FILE",
    "KNOWN_TYPES",
    "LOOPBACK",
    "PREFIX",
    "ROOT",
    "Contact",
    "Rate",
    "Service",
    "Settings",
    "SettingsError",
    "load",
    "read_file",
]
