"""Stands in for the provider, and holds every request of the portal's against what the provider asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.contract import demands
from tests.contract.prism import CALLS, TEXTS, fields_of
from tests.provider import replies

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from tests.contract.prism import Prism
    from tests.provider import Asked, Provider


_OF_ONE_CONNECTION = {"connection", "content-length", "host"}


@dataclass
class Examiner:
    """An answer of the provider's that lets through only what Prism and our own further demands let through."""

    provider: Provider
    prism: Prism
    faults: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer as Twilio's own description has it; what does not fit is a fault, and a refusal for the portal."""
        asked = self.provider.asked[-1]
        head = {name: value for name, value in asked.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
        reply = self.prism.ask(handler.command, asked.path, urlencode(asked.fields, doseq=True), head)
        self.faults += [f"Prism: {reply.refusal}"] if reply.refusal else []
        self.faults += _faults(handler.command, asked)
        answer = json.loads(reply.content)
        if "sid" in answer:
            # Prism gives everything the same id, out of the description.
            answer["sid"] = f"{answer['sid'][:2]}{len(self.provider.asked):032x}"
            self.ids.append(answer["sid"])
        replies(reply.status, answer, reply.kind)(handler)


def _faults(method: str, asked: Asked) -> list[str]:
    if method == "GET":
        return list(demands.credential_faults(asked))
    return demands.faults(asked, fields_of(TEXTS if asked.path.endswith("/Messages.json") else CALLS))
