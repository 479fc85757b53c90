"""What several security checks need: many requests at once, what the disk holds, and every address of the portal."""

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

from flask import Flask
from werkzeug.test import Client, TestResponse

from ssp.infra.telephony import wording
from ssp.models import Throttle
from ssp.web.portal import Site
from tests.people import ORIGIN, Browser, Phone, table

T = TypeVar("T")
Costs = Callable[[], list[tuple[int, int, int]]]
PUBLIC = "https://portal.example.org"
TWILIO = {
    "delivery": "twilio",
    "twilio_account_sid": f"AC{'0' * 32}",
    "twilio_auth_token": "0" * 32,
    "twilio_from": "+12055550100",
}
SpellCode = Callable[[str], str]
LOOKED_AT = "That username and password do not match."
HELD = "Too many passwords for this username were wrong."
CROWDED = "Too many sign-ins came from your network."
SAMPLES = {
    "name": "text",
    "slug": "mfa",
    "delivery_id": "d" * 22,
    "token": "t" * 43,
    "errand": "password",
    "session_id": "s" * 22,
    "device_id": "t" * 22,
    "authenticator_id": "a" * 22,
    "deed": "rename",
}


def at_once(times: int, deed: Callable[[int], T]) -> list[T]:
    """Do something so often on as many threads, all of which begin together; return what came of each."""
    start = threading.Barrier(times)

    def one(number: int) -> T:
        start.wait(30)
        return deed(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def send(app: Flask, path: str, fields: dict[str, str], cookies: dict[str, str]) -> TestResponse:
    """Send a form as a browser with these cookies would, on any thread."""
    client = Client(app, use_cookies=False)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return client.post(path, data=fields, base_url=ORIGIN, headers={"Cookie": header, "Origin": ORIGIN})


def on_disk(site: Site) -> bytes:
    """Return all that the database's files hold, as a thief or a backup would get it."""
    with closing(sqlite3.connect(site.settings.instance / "ssp.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(path.read_bytes() for path in sorted(site.settings.instance.glob("ssp.db*")))


def addresses(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    """Give every address that takes a method: the name of its page, and its path with sample values."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            values = {name: SAMPLES[name] for name in rule.arguments}
            yield rule.endpoint, str(rule.build(values, append_unknown=False)[1])  # type: ignore[index] # it has them all


def guess(browser: Browser, username: str = "ada", typed: str = "not the password of anybody") -> str:
    """Type a password, which is wrong unless a test gives another one; return what the page says of it."""
    return browser.open("/sign-in").fill(username=username, password=typed).problem


def answer(browser: Browser, username: str, typed: str) -> tuple[int, list[tuple[str, str]], str]:
    """Return status, headers and body, without what differs from page to page, or is what was typed."""
    response = browser.open("/sign-in").send(username=username, password=typed)
    headers = [(name, value) for name, value in response.headers.items() if name != "Content-Length"]
    body = re.sub(r'name="csrf_token" value="[^"]+"', "", response.text)
    # Each has one of its own, drawn at random, in the same place and of the same length.
    body, references = re.subn(r"(this reference: <b[^>]*>)[0-9A-Z]{5}-[0-9A-Z]{5}<", r"\1<", body)
    assert references == 1
    return response.status_int, headers, re.sub(r'(id="username"[^>]* value=)"[^"]*"', r"\1", body)


def passwords(site: Site) -> list[Throttle]:
    """Return the counters of passwords."""
    return [each for each in table(site, Throttle) if each.key.startswith("password:")]


def choices(browser: Browser) -> list[str]:
    """Return the ids of the person's ways to get a code, the preferred one first."""
    found = browser.open("/sign-in/choose").page.html.select("[name=authenticator]")
    return [str(each["value"]) for each in found]


def calls(phone: Phone) -> list[str]:
    """Return all that the newest call says."""
    return wording.spoken(phone.messages("voice")[-1]["body"])
