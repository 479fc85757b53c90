"""A portal with a telephone provider on this machine that calls it back, as a real one would."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from ssp.app import create_app
from ssp.settings import Settings
from tests.browser import serving
from tests.people import Human, join
from tests.provider import open_provider, settings_for, signature
from tests.smtp import certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssp.web.portal import Site
    from tests.browser.serving import Portal
    from tests.provider import Provider

# What the provider says of a text, and of a call.
WORDS = {"text": ("MessageSid", "MessageStatus"), "voice": ("CallSid", "CallStatus")}


@dataclass
class Telephone:
    """A portal, and the provider that carries its codes."""

    portal: Portal
    provider: Provider
    site: Site
    numbers: Iterator[int] = field(default_factory=lambda: count(50))

    def newcomer(self) -> Human:
        """Return somebody who has never signed in, with a number of their own."""
        number = next(self.numbers)
        human = Human(f"guest{number}", "nobody sat here before", mobile=f"+120555501{number}")
        join(self.site, human)
        return human

    def tell(self, status: str, error: int | None = None) -> None:
        """Let the provider tell of the newest text or call how it stands."""
        asked = self.provider.asked[-1]
        url = asked.form["StatusCallback"]
        name, state = WORDS[asked.message["channel"]]
        form = {name: f"SM{len(self.provider.asked)}", state: status} | ({"ErrorCode": str(error)} if error else {})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature(url, form)}
        with closing(self.portal.connect()) as line:
            line.request("POST", urlsplit(url).path, urlencode(form), headers)
            assert line.getresponse().status == 204


@contextmanager
def open_telephone(template: Path, folder: Path) -> Iterator[Telephone]:
    """Run a portal, and a provider that takes its codes."""
    with open_provider() as provider:
        settings = {name: str(value) for name, value in settings_for(provider.origin).items()}
        portal = serving.start_for_provider(template, folder / "instance", certificate(folder), **settings)
        site = create_app(Settings(instance=portal.instance, demo=True)).extensions["ssp"]
        try:
            yield Telephone(portal, provider, site)
        finally:
            site.database.engine.dispose()
            assert portal.stop() == 0, portal.log
