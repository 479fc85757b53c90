"""Whose request it is behind proxies: only declared ones are believed, and only about the address."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ssp.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Proxies:
    """Sets the client's address from `X-Forwarded-For`, counted from the right up to the first unknown proxy."""

    def __init__(self, app: "WSGIApplication", settings: Settings) -> None:
        self._app = app
        self._trusted = frozenset(settings.trusted_proxies)
        self._scheme = "https" if settings.https else "http"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Hand the request on."""
        chain = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        while chain and environ.get("REMOTE_ADDR") in self._trusted:
            environ["REMOTE_ADDR"] = chain.pop()
        # The public address is a setting; nothing that a request says changes it.
        environ["wsgi.url_scheme"] = self._scheme
        return self._app(environ, start_response)
