"""Browsers of the barest kind, what people do with them, and how many of them get through in a second."""

import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

import pyotp

PORT = 8765
PASSWORD = "bench bench bench bench"
CLIENTS = 8
# Longer than a page may wait for a provider that hangs.
PATIENCE = 30
# The answer to a password while too many others wait to be checked, and how soon somebody presses the button again.
BUSY = 503
AGAIN_SECONDS = 0.1

Person = tuple[str, str]


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Client:
    """A browser: cookies, forms and their CSRF values."""

    def __init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        """Return a page's status and content."""
        return self._request("GET", path, None)

    def post(self, path: str, page: str, **fields: str) -> tuple[int, str]:
        """Send the form of a page; return the answer's status and content."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        return self._request("POST", path, urlencode({"csrf_token": token[1], **fields}))

    def _request(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = (
            {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"} if body else {"Cookie": cookies}
        )
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return response.status, response.read().decode()


def password(username: str) -> Client:
    """Type username and password; return the browser. Whoever gets codes by text has been sent one then."""
    while True:
        client = Client()
        status, page = client.post("/sign-in", client.get("/sign-in")[1], username=username, password=PASSWORD)
        if status != BUSY:
            assert status == 303, (status, page[:300])
            return client
        time.sleep(AGAIN_SECONDS)


def sign_in(person: Person) -> None:
    """Sign in with an authenticator app, up to the services page."""
    username, secret = person
    client = password(username)
    client.post("/sign-in/code", client.get("/sign-in/code")[1], code=pyotp.TOTP(secret).now())
    status, page = client.get("/")
    assert status == 200, (status, page[:300])


def rate(people: list[Person]) -> float:
    """Let all of these sign in, a few at a time; return sign-ins a second."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        began = time.perf_counter()
        list(pool.map(sign_in, people))
        return len(people) / (time.perf_counter() - began)
