"""Which commands there are."""

from flask import Flask

from ssp.cli import delivery, journey, keys, prune, serve, settings, user


def register(app: Flask) -> None:
    """Give the app its commands."""
    for command in (serve.serve, user.group, keys.group, delivery.group, prune.prune, settings.show, journey.journey):
        app.cli.add_command(command)
