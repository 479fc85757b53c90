"""Which commands there are."""

from flask import Flask

from ssp.cli import delivery, events, journey, keys, prune, serve, settings, user


def register(app: Flask) -> None:
    """Give the app its commands."""
    groups = (user.group, keys.group, delivery.group, events.group)
    for command in (serve.serve, *groups, prune.prune, settings.show, journey.journey):
        app.cli.add_command(command)
