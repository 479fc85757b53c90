"""Who runs a command on this machine."""

import os
import pwd


def account() -> str:
    """Return the name of the account, of the person behind `sudo` where there is one, for the security log."""
    behind = os.environ.get("SUDO_USER", "")
    if behind:
        return behind
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())  # containers run as numbers that have no name
