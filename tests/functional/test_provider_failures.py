"""The provider on a bad day, seen from the pages: the page stays, nothing is lost, and the next code signs in."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ssp.infra.telephony.pool import BoundedSender
from ssp.infra.telephony.twilio import TwilioCarrier
from ssp.models import Challenge, Session, Throttle
from tests.people import ADA, Browser, one, password, replaced, set_up_text, set_up_voice, sign_out, table
from tests.provider import HTML, nobodys_origin, open_provider, refuses, settings_for, takes
from tests.smtp import certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask

    from ssp.web.portal import Site
    from tests.conftest import Clock
    from tests.provider import Provider

ANSWERS = {"401": refuses(401, 20003), "500": refuses(500, 20500), "429": refuses(429, 20429), "HTML": HTML}
SLOW = ("hang", "drip_head", "drip_body")
UNREACHED = ("refused connection", "wrong TLS name")
# What the page says first for each kind of failure.
SAYS = {
    "401": "We could not send the code just now: something on our side needs mending. That is not your fault.",
    "429": "We could not send the code just now, because very many are on their way. That is not your fault.",
    **dict.fromkeys(
        ("500", "HTML"), "We could not send the code just now: the phone service has a fault. That is not your fault."
    ),
    **dict.fromkeys(SLOW, "This takes longer than usual. The code may still arrive."),
    **dict.fromkeys(
        UNREACHED, "We could not send the code just now: the phone service does not answer. That is not your fault."
    ),
}
# Longer than an answer takes on this machine, and shorter than anybody's patience.
WHOLE, SHORT = 5.0, 0.2
NUMBERS = {"text": ADA.mobile, "voice": ADA.office}


@dataclass
class Scene:
    """A portal with a provider of its own, somebody at a browser, and one way to get codes."""

    app: Flask
    provider: Provider
    browser: Browser
    clock: Clock
    channel: str
    folder: Path

    @property
    def site(self) -> Site:
        site: Site = self.app.extensions["ssp"]
        return site

    @property
    def code(self) -> str:
        """Return the code of the newest message that reached the provider."""
        return {"text": self.browser.phone.text_code, "voice": self.browser.phone.spoken_code}[self.channel]()

    @contextmanager
    def bad_day(self, how: str) -> Iterator[None]:
        """Let the provider fail in one way."""
        with ExitStack() as stack:
            origin, trust = self.provider.origin, None
            if how == "refused connection":
                origin = nobodys_origin()
            elif how == "wrong TLS name":
                other = stack.enter_context(open_provider(certificate(self.folder, "elsewhere.test")))
                origin, trust = other.origin, other.trust
            else:
                self.provider.answer = ANSWERS.get(how) or getattr(self.provider, how)
            settings = self.site.settings.model_copy(update={"twilio_api_origin": origin})
            timeouts = (WHOLE, SHORT if how in SLOW else WHOLE)
            carrier = BoundedSender(TwilioCarrier(settings, timeouts, trust, wait=lambda _: None))
            stack.callback(carrier.close)
            stack.enter_context(replaced(self.app, carrier=carrier))
            yield
        self.provider.answer = takes()

    def set_up(self) -> None:
        """Set the way up on a good day, and sign out."""
        sign_out((set_up_text if self.channel == "text" else set_up_voice)(self.browser, ADA))
        self.clock.move(minutes=5)

    def told(self, how: str) -> str:
        """Return what the page says of the code, which is about this kind of failure."""
        said = " ".join(one(self.browser.page.html, "main [role=status] p", first=True).get_text(" ").split())
        assert said.startswith(SAYS[how])
        return said

    def assert_nothing_lost(self, path: str) -> None:
        assert (self.browser.path, self.browser.page.status_int) == (path, 200)
        assert [each.tries for each in table(self.site, Challenge) if each.code and each.tries] == []
        assert [each for each in table(self.site, Throttle) if each.key.startswith("second-factor")] == []
        assert [each for each in table(self.site, Session) if each.ended_at is None] == []

    def assert_the_next_code_is_good(self, path: str, told: str) -> None:
        """On the same page, a few minutes later, the code comes and nothing is said about it any more."""
        self.clock.move(minutes=3)
        already = len(self.provider.asked)
        self.browser.open(path).fill(f"{path}/send")
        assert self.browser.path == path
        assert len(self.provider.asked) == already + 1
        assert told not in self.browser.words
        self.assert_good(self.code)

    def assert_good(self, code: str) -> None:
        self.browser.fill(code=code)
        assert [each.user_id for each in table(self.site, Session) if each.ended_at is None]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with open_provider() as opened:
        yield opened


@pytest.fixture(params=["text", "voice"])
def scene(
    request: pytest.FixtureRequest,
    make_app: Callable[..., Flask],
    provider: Provider,
    clock: Clock,
    tmp_path: Path,
) -> Scene:
    app = make_app(**settings_for(provider.origin))
    return Scene(app, provider, Browser(app, provider.phone), clock, request.param, tmp_path)


@pytest.mark.parametrize("how", [*ANSWERS, *SLOW, *UNREACHED])
class TestABadDay:
    def test_at_set_up(self, scene: Scene, how: str) -> None:
        password(scene.browser, ADA).fill(type=scene.channel)
        with scene.bad_day(how):
            scene.browser.fill(phone=NUMBERS[scene.channel])
            told = scene.told(how)
            scene.assert_nothing_lost(f"/set-up/{scene.channel}")
        scene.assert_the_next_code_is_good(f"/set-up/{scene.channel}", told)

    def test_at_sign_in(self, scene: Scene, how: str) -> None:
        scene.set_up()
        with scene.bad_day(how):
            password(scene.browser, ADA)
            told = scene.told(how)
            scene.assert_nothing_lost("/sign-in/code")
        scene.assert_the_next_code_is_good("/sign-in/code", told)

    def test_at_a_resend_the_code_that_came_before_stays_good(self, scene: Scene, how: str) -> None:
        scene.set_up()
        password(scene.browser, ADA)
        first = scene.code
        scene.clock.move(minutes=3)
        with scene.bad_day(how):
            scene.browser.open("/sign-in/code").fill("/sign-in/code/send")
            scene.told(how)
            scene.assert_nothing_lost("/sign-in/code")
        scene.assert_good(first)


@pytest.mark.parametrize("how", ["hang", "refused connection"])
def test_another_way_is_there_meanwhile(scene: Scene, how: str) -> None:
    password(scene.browser, ADA).fill(type=scene.channel)
    with scene.bad_day(how):
        scene.browser.fill(phone=NUMBERS[scene.channel])
        scene.browser.open("/set-up").fill(type="totp")
        assert scene.browser.path == "/set-up/totp"


def test_a_key_that_is_revoked_for_a_morning_costs_nobody_their_day(scene: Scene) -> None:
    scene.set_up()
    scene.clock.move(days=1)
    with scene.bad_day("401"):
        for _ in range(12):
            scene.clock.move(minutes=15)
            password(scene.browser, ADA).fill("/sign-out")
    assert len(scene.provider.asked) == 1 + 12
    days = [each.count for each in table(scene.site, Throttle) if each.key.split(":")[2] == "1d"]
    assert days
    assert not any(days)
    password(scene.browser, ADA)
    scene.assert_good(scene.code)
