"""The portal as commands find it."""

from typing import cast

from flask import current_app

from ssp.flows.portal import Portal


def portal() -> Portal:
    """Return the portal of the app that Flask loaded for this command."""
    return cast("Portal", current_app.extensions["ssp"])
