"""People at a browser in front of a portal, and what must never happen there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, WebError

    from tests.browser.serving import Portal

PATIENCE_MS = 20_000


class Human(Protocol):
    """Somebody with an account."""

    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...


@dataclass
class Watch:
    """Sees to it that browsers meet no error, and stay with their portal. `faults` says what they met."""

    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext, portal: Portal) -> None:
        """Watch all pages of a browser."""
        context.on("console", self._said)
        context.on("weberror", self._threw)
        context.on("request", lambda request: self._asked(request, portal.origin))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        # Chromium says so of every page with a status above 399, be it meant or not; `_answered` tells them apart.
        meant = message.text.startswith("Failed to load resource: the server responded with a status of")
        self._note(message.type in {"error", "warning"} and not meant, f"the console says {message.text}")

    def _threw(self, error: WebError) -> None:
        self._note(bad=True, what=f"a script threw {error.error}")

    def _asked(self, request: Request, origin: str) -> None:
        near = request.url.startswith((f"{origin}/", "data:", "about:"))
        self._note(not near, f"{request.url} is not of {origin}")

    def _failed(self, request: Request) -> None:
        # The demo phone looks for messages all the time, also when its page is left.
        left = request.resource_type == "fetch" and request.failure == "net::ERR_ABORTED"
        self._note(not left, f"{request.url} failed: {request.failure}")

    def _answered(self, response: Response) -> None:
        # Pages may say that something typed was wrong (4xx); nothing else may be missing or break.
        worst = 499 if response.request.is_navigation_request() else 399
        self._note(response.status > worst, f"{response.url} answers {response.status}")

    def _note(self, bad: bool, what: str) -> None:  # noqa: FBT001 - read as "note if bad"
        self.faults.extend([what] * bad)


@dataclass
class Visitor:
    """Somebody at a browser: sees one page at a time, types, presses buttons. `html` is the page as it was sent."""

    page: Page
    portal: Portal
    html: str = ""

    @property
    def heading(self) -> str:
        """Return the page's heading."""
        return self.page.get_by_role("heading", level=1).inner_text()

    @property
    def path(self) -> str:
        """Return the address that shows, without its query."""
        return urlsplit(self.page.url).path

    def open(self, path: str) -> Visitor:
        """Go to an address."""
        return self._see(self.page.goto(self.portal.origin + path))

    def press(self, button: str) -> Visitor:
        """Press a button and wait for the page that follows."""
        with self.page.expect_navigation() as arrival:
            self.page.get_by_role("button", name=button, exact=True).click()
        return self._see(arrival.value)

    def follow(self, link: str) -> Visitor:
        """Follow a link and wait for the page behind it."""
        with self.page.expect_navigation() as arrival:
            self.page.get_by_role("link", name=link, exact=True).click()
        return self._see(arrival.value)

    def type(self, **fields: str) -> Visitor:
        """Type into fields, found by their names in the form."""
        for name, value in fields.items():
            self.page.locator(f'input[name="{name}"]').fill(value)
        return self

    def choose(self, name: str) -> Visitor:
        """Choose one of the ways on the page by its name."""
        self.page.get_by_role("radio", name=name).check()
        return self

    def type_password(self, person: Human) -> Visitor:
        """Open the sign-in page and send username and password."""
        return self.open("/sign-in").type(username=person.username, password=person.password).press("Sign in")

    def sign_out(self) -> Visitor:
        """Sign out on the services page."""
        return self.open("/").press("Sign out")

    def _see(self, response: Response | None) -> Visitor:
        assert response is not None, "a page of its own, not a place on the same one"
        self.html = response.text()
        return self


@dataclass
class Windows:
    """Opens windows of one Chromium: each has cookies of its own, and each is watched."""

    chromium: Browser
    watch: Watch

    def open(self, portal: Portal, *, scripts: bool = True, may: Sequence[str] = ()) -> Visitor:
        """Return somebody at a window of their own, with or without scripts; `may` names what pages are allowed to do.

        Nothing moves in it, so that pictures and colors are final.
        """
        context = self.chromium.new_context(
            viewport={"width": 1280, "height": 900},
            reduced_motion="reduce",
            java_script_enabled=scripts,
            ignore_https_errors=portal.certificate is not None,  # nobody signed it
            permissions=may,
        )
        context.set_default_timeout(PATIENCE_MS)
        self.watch.over(context, portal)
        return Visitor(context.new_page(), portal)
