"""A browser that somebody sits at."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webtest import TestResponse

    from tests.people import Browser

COOKIE = "ssp_session"


@dataclass
class Seat:
    """A browser: its cookies, and the forms that it sent."""

    browser: Browser
    jar: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    path: str = ""

    @property
    def cookie(self) -> str:
        """Return the cookie that says who this is."""
        return self.jar.get(COOKIE, "")

    def ask(self, path: str, fields: dict[str, str] | None) -> TestResponse:
        """Send a request with this browser's cookies, and keep those that come back."""
        header = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.jar.items())} if self.jar else {}
        web = self.browser.web
        web.reset()  # the jar is ours, so that cookies can be taken and given
        if fields is None:
            answer = web.get(path, headers=header, expect_errors=True)
        else:
            answer = self.browser.post(path, fields, **header)
        for line in answer.headers.getall("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.jar[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.jar[name]
        self.text, self.path = answer.text, path
        return answer
