"""Whose request it is behind proxies: only declared ones are believed, and only about the address."""

import ipaddress
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
        chain = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        while chain and environ.get("REMOTE_ADDR") in self._trusted and (address := _address(chain.pop())):
            environ["REMOTE_ADDR"] = address
        # The public address is a setting; nothing that a request says changes it.
        environ["wsgi.url_scheme"] = self._scheme
        return self._app(environ, start_response)


def _address(text: str) -> str | None:
    """Return a network address in its one spelling, or None for anything else."""
    try:
        return None if "%" in text else str(ipaddress.ip_address(text.strip()))  # a zone may be any text at all
    except ValueError:
        return None
