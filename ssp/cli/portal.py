"""What commands share: the portal as they find it, and a plain line where its database does not do its part."""

from typing import Any, cast

import click
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from ssp.flows.portal import Portal


class Command(click.Command):
    """A command that ends with exit code 1 and one line, not a traceback, when the database fails it."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SQLAlchemyError as error:
            # The driver's own words name tables and files, but none of the values.
            reason = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())
            raise click.ClickException(f"the database says: {reason}; an old schema needs `flask db upgrade`") from None


def portal() -> Portal:
    """Return the portal of the app that Flask loaded for this command."""
    return cast("Portal", current_app.extensions["ssp"])
