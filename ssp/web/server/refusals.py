"""Pages for requests that never reach the portal, made before the first one comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.test import create_environ

from ssp.infra import references
from ssp.web import errors, headers
from ssp.web.server.gateway import SERVER

if TYPE_CHECKING:
    from flask import Flask

    from ssp.web.server.exchange import Answer

STATUSES = (400, 408, 413, 414, 431, 500, 503)
_MARK = "-" * references.LENGTH
_SHOWN_MARK = references.shown(_MARK).encode()


class Refusals:
    """The portal's own error pages, with its headers, at the cost of none of its threads."""

    def __init__(self, app: Flask) -> None:
        self._site = app.extensions["ssp"]
        settings = self._site.settings
        self._answers: dict[int, Answer] = {}
        with app.request_context(create_environ("/", settings.base_url)):
            for status in STATUSES:
                response = app.make_response((errors.render(status, _MARK), status))
                response.headers.update({"Connection": "close"})
                if status == errors.BUSY:
                    response.headers["Retry-After"] = str(errors.RETRY_SECONDS)
                headers.on_pages(settings)(response)
                del response.headers["Content-Length"]
                self._answers[status] = status, [*response.headers, SERVER], response.get_data()

    def answer(self, status: int) -> Answer:
        """Return a page with a reference of its own. The connection ends with it, whatever else was sent."""
        code, lines, page = self._answers[status]
        said = errors.reference(self._site, status)
        return code, lines, page.replace(_SHOWN_MARK, references.shown(said).encode())
