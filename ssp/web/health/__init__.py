"""Two addresses for machines: is the process up, and are database and schema usable."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from ssp.infra import schema
from ssp.web.portal import portal

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether the database answers and has the schema of this version."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        with portal().database.reading() as connection:
            current = schema.is_current(connection)
    except SQLAlchemyError:
        return "the database does not answer\n", 503, plain
    return ("ok\n", 200, plain) if current else ("the schema is old: run `flask db upgrade`\n", 503, plain)
