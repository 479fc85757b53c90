"""Twilio's description of its own API, served on this machine by Prism, which refuses what does not fit it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.tools import FOLDER, need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNTESTED = "texts and calls against Twilio's own description of its API"
PRISM = FOLDER / "node_modules" / ".bin" / "prism"
DESCRIPTION = FOLDER / "node_modules" / ".twilio" / "twilio_api_v2010.json"
FORM = "application/x-www-form-urlencoded"
TEXTS = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
CALLS = "/2010-04-01/Accounts/{AccountSid}/Calls.json"
PATIENCE = 60.0
_LISTENING = re.compile(r"Prism is listening on http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Reply:
    """What Prism answers: an example out of the description, or why a request does not fit it."""

    status: int
    kind: str
    content: bytes

    @property
    def refusal(self) -> str | None:
        """Return why the request does not fit, in Prism's own words; None if it does."""
        if not self.kind.startswith("application/problem+json"):
            return None
        problem = json.loads(self.content)
        places = [f"{'.'.join(each['location'])}: {each['message']}" for each in problem.get("validation", [])]
        return "; ".join(places) or f"{problem['title']}: {problem['detail']}"


@dataclass
class Prism:
    """A running Prism, and all that it said."""

    port: int = 0
    said: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    def ask(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Reply:
        """Ask what the provider would be asked."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        finally:
            connection.close()

    def listen(self, lines: Iterator[str]) -> None:
        """Keep what it says to the end, and tell when it is ready, or is no more."""
        for line in lines:
            self.said.append(line)
            if found := _LISTENING.search(line):
                self.port = int(found[1])
                self.ready.set()
        self.ready.set()


@cache
def description() -> dict[str, Any]:
    """Return Twilio's description of its API."""
    document: dict[str, Any] = json.loads(Path(need(UNTESTED, DESCRIPTION)).read_text("utf-8"))
    return document


def form_of(path: str) -> dict[str, Any]:
    """Return how the form that is posted to an address is described."""
    form: dict[str, Any] = description()["paths"][path]["post"]["requestBody"]["content"][FORM]
    return form


def fields_of(path: str) -> set[str]:
    """Return the fields that can be posted to an address."""
    return set(form_of(path)["schema"]["properties"])


@contextmanager
def open_prism(document: Path) -> Iterator[Prism]:
    """Run Prism on a free port with a description in this file."""
    need(UNTESTED, "node")
    command = [need(UNTESTED, PRISM), "mock", "--host", "127.0.0.1", "--port", "0", str(document)]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    prism = Prism()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout
        listener = threading.Thread(target=prism.listen, args=(process.stdout,))
        listener.start()
        try:
            assert prism.ready.wait(PATIENCE), "Prism did not start in time"
            assert prism.port, "".join(prism.said)
            yield prism
        finally:
            process.terminate()
            listener.join()


def write_lists_out(document: dict[str, Any]) -> dict[str, Any]:
    """Return a description whose forms say how lists are written: one field for each value.

    That is what OpenAPI takes for granted; Prism wants to be told (https://github.com/stoplightio/prism/issues/2473).
    """
    document = deepcopy(document)
    operations = [each for path in document["paths"].values() for each in path.values() if isinstance(each, dict)]
    forms = [each.get("requestBody", {}).get("content", {}).get(FORM) for each in operations]
    for form in filter(None, forms):
        lists = [name for name, value in form["schema"]["properties"].items() if value.get("type") == "array"]
        form["encoding"] = form.get("encoding", {}) | {name: {"style": "form", "explode": True} for name in lists}
    return document
