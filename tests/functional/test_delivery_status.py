"""What pages say of a code on its way: why it did not leave or arrive, how far it is, and the one thing that helps."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ssp.flows import deliveries
from ssp.infra.telephony.carrier import Reason, Rejected, TextMessage, Unavailable
from ssp.infra.telephony.progress import News, Status
from ssp.models import Challenge, Delivery, Event, PendingSignIn
from ssp.web import words
from tests.desk import VISIT
from tests.people import (
    ADA,
    BEN,
    App,
    Browser,
    FakeCarrier,
    add_way,
    add_way_later,
    events,
    one,
    password,
    prove,
    replaced,
    set_up_app,
    set_up_text,
    set_up_voice,
    sign_out,
    table,
)
from tests.security.tools import PUBLIC, TWILIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from flask import Flask
    from webtest import TestResponse

    from ssp.infra.telephony.carrier import Message, Receipt
    from ssp.web.portal import Site
    from tests.conftest import Clock
    from tests.people import Phone

    Public = Callable[..., AbstractContextManager[tuple[Browser, "Line"]]]

UNAVAILABLE = {
    Reason.MISCONFIGURED,
    Reason.BUSY,
    Reason.TIMEOUT,
    Reason.PROVIDER_DOWN,
    Reason.NOT_CONNECTED,
    Reason.STORAGE,
}
NUMBER, WAY, APP = "the number", "another way", "the app"
# For each reason: a few of its own words, and what helps first where everything is there.
CAUSES = {
    Reason.INVALID_NUMBER: ("does not know this number", NUMBER),
    Reason.NOT_MOBILE: ("cannot get text messages", WAY),
    Reason.OPTED_OUT: ("once answered STOP", WAY),
    Reason.COUNTRY_NOT_ALLOWED: ("to that country", WAY),
    Reason.NO_ROUTE: ("cannot bring a code to this number in this way", WAY),
    Reason.UNREACHABLE: ("cannot be reached just now", APP),
    Reason.BLOCKED: ("stopped this code on its way", WAY),
    Reason.FRAUD: ("protection against fraud", WAY),
    Reason.TRIAL: ("still on trial", APP),
    Reason.REFUSED: ("did not take this code", WAY),
    Reason.MISCONFIGURED: ("something on our side needs mending", APP),
    Reason.BUSY: ("very many are on their way", APP),
    Reason.TIMEOUT: ("may still arrive", APP),
    Reason.PROVIDER_DOWN: ("the phone service has a fault", APP),
    Reason.NOT_CONNECTED: ("the phone service does not answer", APP),
    Reason.STORAGE: ("our own storage has a fault", APP),
}
NUMBERS = {"text": ADA.mobile, "voice": ADA.office}
OTHER = {"text": "voice", "voice": "text"}
BUTTONS = {"voice": "Call me instead", "text": "Text me instead", "totp": "Use my authenticator app"}
NEW_BUTTONS = {
    "voice": "Call this number instead",
    "text": "Text this number instead",
    "totp": "Use an authenticator app instead",
}


def failing(reason: Reason) -> FakeCarrier:
    return FakeCarrier(Unavailable(reason) if reason in UNAVAILABLE else Rejected(reason))


def code_of(message: Message) -> str:
    """Return the code in a text that was handed to a carrier."""
    assert isinstance(message, TextMessage)
    return message.body.rpartition("#")[2]


def code(browser: Browser, kind: str) -> str:
    return browser.phone.text_code() if kind == "text" else browser.phone.spoken_code()


def remedy(browser: Browser) -> str:
    """Return the words of what the page offers where a code does not arrive; empty if it offers nothing."""
    offered = browser.page.html.select(".note form.remedy button, .note p.remedy:not([data-check])")
    assert len(offered) <= 1
    return " ".join(" ".join(each.get_text().split()) for each in offered)


def press(browser: Browser) -> Browser:
    """Press the button of what helps."""
    return browser.fill(str(one(browser.page.html, "form.remedy")["action"]))


def three_ways(browser: Browser, clock: Clock, first: str) -> App:
    """Set up texts, calls and an app for Ada, who prefers the first, and sign out."""
    (set_up_text if first == "text" else set_up_voice)(browser, ADA)
    clock.move(minutes=1)
    add_way(browser, OTHER[first], phone=NUMBERS[OTHER[first]])
    prove(browser, ADA, "add", by=first).fill(type="totp")
    app = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
    browser.fill(code=app.code())
    sign_out(browser)
    clock.move(minutes=11)
    return app


def untried(browser: Browser) -> bool:
    """Return whether no answer was counted for any code that can still be used."""
    site = browser.app.extensions["ssp"]
    return all(each.tries == 0 for each in table(site, Challenge) if each.consumed_at is None)


def test_every_reason_has_words_of_its_own() -> None:
    assert set(CAUSES) == set(Reason)
    assert len({said for said, _ in CAUSES.values()}) == len(Reason)


@pytest.mark.parametrize("kind", ["text", "voice"])
@pytest.mark.parametrize("reason", Reason)
class TestWhyItDidNotLeave:
    def test_at_sign_in_another_of_the_persons_ways_helps(
        self, app: Flask, browser: Browser, clock: Clock, reason: Reason, kind: str
    ) -> None:
        own = three_ways(browser, clock, kind)
        with replaced(app, carrier=failing(reason)):
            password(browser, ADA)
        self.explained(browser, reason, kind, own)

    def test_sent_again_it_takes_nothing_away(
        self, app: Flask, browser: Browser, clock: Clock, reason: Reason, kind: str
    ) -> None:
        own = three_ways(browser, clock, kind)
        password(browser, ADA)
        clock.move(minutes=1)
        with replaced(app, carrier=failing(reason)):
            browser.fill("/sign-in/code/send")
        assert "none is on its way" not in browser.words
        assert "no call is on its way" not in browser.words
        self.explained(browser, reason, kind, own)

    def explained(self, browser: Browser, reason: Reason, kind: str, own: App) -> None:
        said, helps = CAUSES[reason]
        assert (browser.path, browser.page.status_int) == ("/sign-in/code", 200)
        assert said in browser.note
        used = "totp" if helps == APP else OTHER[kind]
        assert remedy(browser) == BUTTONS[used]
        press(browser)
        assert browser.path == "/sign-in/code"
        assert browser.note.count(said) == 0
        assert untried(browser)
        answer = own.code() if used == "totp" else code(browser, used)
        assert browser.fill("/sign-in/code", code=answer).path == "/"

    def test_at_set_up_the_number_or_another_option_helps(
        self, app: Flask, browser: Browser, clock: Clock, reason: Reason, kind: str
    ) -> None:
        said, helps = CAUSES[reason]
        password(browser, ADA).fill(type=kind)
        with replaced(app, carrier=failing(reason)):
            browser.fill(phone=NUMBERS[kind])
        assert (browser.path, browser.page.status_int) == (f"/set-up/{kind}", 200)
        assert said in browser.note
        if helps == NUMBER:
            assert remedy(browser) == "Correct the number"
            browser.open(str(one(browser.page.html, ".remedy a")["href"]))
            assert str(one(browser.page.html, "#phone")["value"]).endswith(NUMBERS[kind][-4:])
            browser.fill(phone=BEN.mobile)
            used = kind
        else:
            used = "totp" if helps == APP else OTHER[kind]
            assert remedy(browser) == NEW_BUTTONS[used]
            clock.move(seconds=1)
            press(browser)
            assert browser.path == f"/set-up/{used}"
        assert untried(browser)
        if used == "totp":
            answer = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"])).code()
        else:
            answer = code(browser, used)
        assert browser.fill(f"/set-up/{used}", code=answer).path == "/set-up/done"


class TestWhoHasOneWayOnly:
    @pytest.fixture
    def alone(self, browser: Browser, clock: Clock) -> Browser:
        """Give a browser at which Ada, who has texts alone, signed out."""
        sign_out(set_up_text(browser, ADA))
        clock.move(minutes=11)
        return browser

    @pytest.mark.parametrize(
        "reason", [Reason.UNREACHABLE, Reason.OPTED_OUT, Reason.BLOCKED, Reason.TIMEOUT, Reason.PROVIDER_DOWN]
    )
    def test_it_is_sent_again(self, app: Flask, alone: Browser, clock: Clock, reason: Reason) -> None:
        with replaced(app, carrier=failing(reason)):
            password(alone, ADA)
        assert alone.note.endswith("Send it again below.")
        assert remedy(alone) == ""
        assert not alone.page.html.select("[data-delivery], [data-check]"), "nobody would tell more"
        clock.move(seconds=30)
        assert "again below" not in alone.fill("/sign-in/code/send").note
        assert alone.fill("/sign-in/code", code=alone.phone.text_code()).path == "/"

    @pytest.mark.parametrize("reason", [Reason.INVALID_NUMBER, Reason.NOT_MOBILE, Reason.TRIAL, Reason.MISCONFIGURED])
    def test_what_would_fail_again_leads_to_help(self, app: Flask, alone: Browser, reason: Reason) -> None:
        with replaced(app, carrier=failing(reason)):
            password(alone, ADA)
        assert remedy(alone) == "What else you can do, or ask Web Support."
        assert one(alone.page.html, ".remedy a")["href"] == "/help/no-code"

    def test_a_way_that_takes_a_break_is_no_help(self, app: Flask, alone: Browser, clock: Clock) -> None:
        password(alone, ADA).fill("/sign-in/code", code=alone.phone.text_code())
        add_way_later(alone, ADA, "voice", phone=ADA.office)
        sign_out(alone)
        clock.move(minutes=11)
        ways = password(alone, ADA).open("/sign-in/choose").page.html.select("[name=authenticator]")
        alone.fill(authenticator=str(ways[1]["value"]))
        for _ in range(10):
            alone.fill("/sign-in/code", code="00000" if alone.phone.spoken_code() != "00000" else "11111")
        alone.fill("/sign-out")
        with replaced(app, carrier=failing(Reason.NOT_MOBILE)):
            password(alone, ADA)
        assert remedy(alone) == "What else you can do, or ask Web Support."


CALLER = {"twilio_voice_from": "+12055550100"}


class TestHowToUndoStop:
    @pytest.mark.parametrize(
        "settings, said",
        [
            ({}, "text START to (205) 555-0100."),
            (
                {"twilio_from": None, "twilio_messaging_service_sid": f"MG{'0' * 32}", **CALLER},
                "text START to the number they come from.",
            ),
            ({"twilio_from": "12345", **CALLER}, "text START to 12345."),
            ({"twilio_from": "EXAMPLE 1", **CALLER}, "To get them again, ask Web Support."),
        ],
    )
    def test_the_number_is_named_if_it_is_known(
        self, make_app: Callable[..., Flask], phone: Phone, settings: dict[str, str | None], said: str
    ) -> None:
        app = make_app(demo=False, base_url=PUBLIC, **{**TWILIO, **settings})
        browser = Browser(app, phone, origin=PUBLIC)
        with replaced(app, carrier=failing(Reason.OPTED_OUT)):
            password(browser, ADA).fill(type="text")
            assert said in browser.fill(phone=ADA.mobile).note


class TestAtSetUp:
    def test_what_another_type_would_refuse_is_not_offered(self, make_app: Callable[..., Flask], phone: Phone) -> None:
        app = make_app(voice_countries=("CA",))
        browser = password(Browser(app, phone), ADA).fill(type="text")
        with replaced(app, carrier=failing(Reason.NOT_MOBILE)):
            browser.fill(phone=ADA.mobile)
        assert remedy(browser) == "Use an authenticator app instead"

    def test_no_text_reaches_an_extension(self, app: Flask, browser: Browser) -> None:
        password(browser, ADA).fill(type="voice")
        with replaced(app, carrier=failing(Reason.BLOCKED)):
            browser.fill(phone=ADA.office, extension="12")
        assert remedy(browser) == "Use an authenticator app instead"

    def test_where_nothing_else_is_offered(self, make_app: Callable[..., Flask], phone: Phone) -> None:
        app = make_app(authenticators=("voice",))
        browser = password(Browser(app, phone), ADA).fill(type="voice")
        with replaced(app, carrier=failing(Reason.REFUSED)):
            browser.fill(phone=ADA.office, extension="12")
        assert browser.note.endswith("Let us call again below.")
        with replaced(app, carrier=failing(Reason.NOT_MOBILE)):
            browser.open("/set-up/voice?another=1").fill(phone=BEN.office)
        assert remedy(browser) == "Correct the number"


class TestRefusals:
    def test_after_the_last_try_that_nothing_came_of(self, app: Flask, browser: Browser, clock: Clock) -> None:
        own = three_ways(browser, clock, "text")
        with replaced(app, carrier=failing(Reason.PROVIDER_DOWN)):
            password(browser, ADA)
            clock.move(minutes=2)
            page = browser.fill("/sign-in/code/send").page
            clock.move(minutes=2)
            browser.fill("/sign-in/code/send")
            assert "No more tries for this sign-in" in browser.words
            browser.page = page
            clock.move(seconds=1)
            browser.fill("/sign-in/code/send")
        assert browser.page.status_int == 422
        assert browser.problem.startswith("We tried as often as we can, and the phone service did not take it.")
        assert "We sent" not in browser.words
        assert remedy(browser) == "Use my authenticator app"
        press(browser)
        assert browser.fill("/sign-in/code", code=own.code()).path == "/"

    def test_at_set_up_help_is_what_is_left(self, make_app: Callable[..., Flask], phone: Phone) -> None:
        browser = password(Browser(make_app(sends_per_code=1, authenticators=("text",)), phone), ADA)
        with replaced(browser.app, carrier=failing(Reason.PROVIDER_DOWN)):
            browser.fill(type="text").fill(phone=ADA.mobile)
            token = browser.csrf()
            browser.page = browser.post("/set-up/text/send", {"csrf_token": token})
        assert browser.problem.startswith("We tried as often as we can")
        assert remedy(browser) == "What else you can do, or ask Web Support."

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize("reason", [Reason.PROVIDER_DOWN, Reason.MISCONFIGURED])
    def test_too_soon_after_a_try_that_nothing_came_of(self, app: Flask, browser: Browser, reason: Reason) -> None:
        password(browser, ADA).fill(type="text")
        with replaced(app, carrier=failing(reason)):
            browser.fill(phone=ADA.mobile).fill("/set-up/text/send")
        assert browser.problem.startswith("We tried a moment ago.")
        assert "We sent" not in browser.words

    def test_when_no_codes_leave_by_phone_the_app_helps(
        self, make_app: Callable[..., Flask], phone: Phone, clock: Clock
    ) -> None:
        browser = Browser(make_app(limit_site="3/1h"), phone)
        app = three_ways(browser, clock, "text")
        password(browser, ADA)
        assert "No codes leave by phone at the moment" in browser.note
        assert "none is on its way" in browser.words
        browser.fill("/sign-in/code/send")
        assert browser.page.status_int == 422
        assert browser.problem.startswith("No codes leave by phone at the moment")
        assert remedy(browser) == "Use my authenticator app"
        press(browser)
        assert browser.note == words.ASKED_BECAUSE["new"]
        assert browser.fill("/sign-in/code", code=app.code()).path == "/"

    def test_when_no_texts_leave_calls_do(self, make_app: Callable[..., Flask], phone: Phone) -> None:
        app = make_app(limit_texts="1/1h", authenticators=("text", "voice"))
        set_up_text(Browser(app, phone), BEN)
        browser = password(Browser(app, phone), ADA).fill(type="text")
        browser.fill(phone=ADA.mobile)
        assert browser.note.startswith("No codes leave in this way at the moment")
        assert remedy(browser) == "Call this number instead"
        press(browser)
        assert browser.fill("/set-up/voice", code=phone.spoken_code()).path == "/set-up/done"
        (paused,) = events(app.extensions["ssp"], "delivery.paused")
        assert paused.reason == "texts_1/1h"

    def test_at_set_up_too(self, make_app: Callable[..., Flask], phone: Phone, clock: Clock) -> None:
        browser = Browser(make_app(limit_site="1/1h"), phone)
        sign_out(set_up_text(browser, BEN))
        password(browser, ADA).fill(type="voice")
        browser.fill(phone=ADA.office)
        assert "No codes leave by phone at the moment" in browser.note
        assert remedy(browser) == "Use an authenticator app instead"
        press(browser)
        key = App(str(one(browser.page.html, "[data-totp-secret]")["data-totp-secret"]))
        clock.move(seconds=1)
        assert browser.fill("/set-up/totp", code=key.code()).path == "/set-up/done"


@dataclass
class Line:
    """A text or call on its way, as the provider tells of it."""

    site: Site
    channel: str
    carrier: FakeCarrier

    def now(self, status: Status, reason: Reason | None = None) -> None:
        """Let the provider tell of the newest one."""
        deliveries.hear(self.site, VISIT, self.channel, self.newest, News("fake", status, reason))

    def press(self, key: str) -> None:
        """Press a key in the newest one."""
        deliveries.speak(self.site, self.newest, "fake", key)

    @property
    def newest(self) -> str:
        """Return under which id the provider tells of the newest one."""
        (row,) = [each for each in table(self.site, Challenge) if each.consumed_at is None]
        assert row.delivery_id
        return row.delivery_id


@pytest.fixture
def public(make_app: Callable[..., Flask], phone: Phone) -> Public:
    """Give a maker of browsers in front of a portal that the provider calls back."""

    @contextmanager
    def sit_down(channel: str, **settings: object) -> Iterator[tuple[Browser, Line]]:
        app = make_app(demo=False, base_url=PUBLIC, **TWILIO, **settings)
        browser = Browser(app, phone, origin=PUBLIC)
        carrier = FakeCarrier()
        with replaced(app, carrier=carrier) as site:
            password(browser, ADA).fill(type=channel)
            browser.fill(phone=NUMBERS[channel])
            yield browser, Line(site, channel, carrier)

    return sit_down


def status(browser: Browser) -> str:
    """Return what the page says of the code on its way."""
    return " ".join(one(browser.page.html, "[role=status] p", first=True).get_text(" ").split())


def lead(browser: Browser) -> str:
    """Return where the code went, in the words that stay as they are."""
    return " ".join(one(browser.page.html, "#where-to").get_text(" ").split())


def fragment(browser: Browser, seen: str) -> TestResponse:
    path = str(one(browser.page.html, "[data-delivery]")["data-delivery"])
    return browser.web.get(f"{path}?seen={seen}")


STORIES = {
    "text": {
        Status.SENT: "was sent",
        Status.DELIVERED: "was delivered",
    },
    "voice": {
        Status.SENT: "is on its way . Pick up, press 1 when asked, and listen",
        Status.RINGING: "is ringing . Pick up, press 1 when asked, and listen",
        Status.ANSWERED: "was answered . Press 1 to hear the digits.",
        Status.SPOKEN: "Press the star key (*) to hear them once more.",
        Status.HEARD: "Missed them? Let us call again below.",
    },
}
ENDS = {
    Status.BUSY: "The line was busy",
    Status.NO_ANSWER: "Nobody answered.",
    Status.HUNG_UP: "answered, but nobody pressed 1 . If it was your voicemail, it has no code on it.",
    Status.FAILED: "did not take this code",
}


class TestHowFarItIs:
    @pytest.mark.parametrize("channel", STORIES)
    def test_each_stage_has_its_words(self, public: Public, channel: str) -> None:
        with public(channel) as (browser, line):
            stages = STORIES[channel]
            for stage, said in stages.items():
                line.now(stage)
                browser.open(f"/set-up/{channel}")
                assert said in status(browser), stage
                assert "Pick up" not in lead(browser), "what to do is said where scripts keep it true"
                asked = browser.page.html.select("[data-delivery], [data-check]")
                assert bool(asked) is not stage.final
            assert not browser.page.html.select(".note.warn")

    @pytest.mark.parametrize("end", ENDS)
    def test_a_call_that_ends_without_the_code_says_what_to_do(self, public: Public, end: Status) -> None:
        with public("voice") as (browser, line):
            line.now(end)
            browser.open("/set-up/voice")
            assert ENDS[end] in status(browser)
            assert one(browser.page.html, ".note.warn")
            assert not browser.page.html.select("[data-delivery], script[src*=delivery]")
            if end is Status.FAILED:
                assert remedy(browser) == "Text this number instead"
            else:
                assert status(browser).endswith("Let us call again below.")
                assert remedy(browser) == ""

    def test_after_the_last_call_another_way_helps(self, public: Public, clock: Clock) -> None:
        with public("voice", sends_per_code=1) as (browser, line):
            line.now(Status.NO_ANSWER)
            assert remedy(browser.open("/set-up/voice")) == "Text this number instead"
            clock.move(minutes=1)
            browser.page = browser.post("/set-up/voice/send", {"csrf_token": browser.csrf()})
            assert browser.problem.startswith("We sent this code as often as we can.")
            assert remedy(browser) == "Text this number instead"

    def test_who_pressed_other_keys_hears_which_one_it_is(self, public: Public) -> None:
        with public("voice") as (browser, line):
            line.press("5")
            line.now(Status.HUNG_UP)
            browser.open("/set-up/voice")
            assert "nobody pressed 1 . Other keys do not make it say the digits." in status(browser)
            assert "voicemail" not in status(browser)
            assert status(browser).endswith("Let us call again below.")

    @pytest.mark.parametrize("stage, said", [(Status.ANSWERED, "Listen for the digits."), (Status.HUNG_UP, "is over")])
    def test_where_calls_ask_for_no_key(self, public: Public, stage: Status, said: str) -> None:
        with public("voice", voice_press_key=False) as (browser, line):
            line.now(stage)
            browser.open("/set-up/voice")
            assert said in status(browser)
            assert "press" not in browser.words.lower()
            assert not browser.page.html.select(".note.warn")

    def test_a_text_that_fails_on_its_way_says_why(self, public: Public) -> None:
        with public("text") as (browser, line):
            line.now(Status.FAILED, Reason.UNREACHABLE)
            browser.open("/set-up/text")
            assert "cannot be reached just now" in status(browser)
            assert "We sent a text message" in browser.words, "it did leave"

    @pytest.mark.usefixtures("clock")
    def test_what_may_still_arrive_is_asked_for(self, make_app: Callable[..., Flask], phone: Phone) -> None:
        app = make_app(demo=False, base_url=PUBLIC, **TWILIO)
        browser = Browser(app, phone, origin=PUBLIC)
        with replaced(app, carrier=failing(Reason.TIMEOUT)):
            password(browser, ADA).fill(type="text")
            browser.fill(phone=ADA.mobile)
        assert one(browser.page.html, "[data-delivery]")["data-seconds"] == "600"
        assert "may still arrive" in fragment(browser, "sent").text

    @pytest.mark.parametrize("channel", ["text", "voice"])
    def test_a_failure_that_is_not_certain_is_followed(self, public: Public, channel: str) -> None:
        with public(channel) as (browser, line), replaced(browser.app, carrier=failing(Reason.PROVIDER_DOWN)):
            browser.open(f"/set-up/{channel}?another=1").fill(phone=BEN.mobile)
            assert "the phone service has a fault" in status(browser)
            assert lead(browser).startswith("We tried to ")
            assert "on its way" not in lead(browser)
            assert one(browser.page.html, "[data-check] a")
            seen = str(one(browser.page.html, "[data-status]")["data-status"])
            assert fragment(browser, seen).status_int == 204
            line.now(Status.FAILED, Reason.PROVIDER_DOWN)
            assert not fragment(browser, seen).html.select("[data-check]"), "now it is certain"
            browser.open(f"/set-up/{channel}")
            assert "is on its way." in lead(browser)
            assert not browser.page.html.select("[data-delivery], [data-check]")

    def test_what_seemed_to_fail_arrives_all_the_same(self, public: Public) -> None:
        with public("text") as (browser, line), replaced(browser.app, carrier=failing(Reason.PROVIDER_DOWN)):
            browser.open("/set-up/text?another=1").fill(phone=BEN.mobile)
            seen = str(one(browser.page.html, "[data-status]")["data-status"])
            line.now(Status.DELIVERED)
            assert "was <b>delivered</b>" in fragment(browser, seen).text
            browser.page = browser.page.click("Check again")
            assert lead(browser).startswith("We sent a text message")

    def test_another_cause_of_the_same_failure_is_news(self, public: Public) -> None:
        with public("text") as (browser, line), replaced(browser.app, carrier=failing(Reason.PROVIDER_DOWN)):
            browser.open("/set-up/text?another=1").fill(phone=BEN.mobile)
            seen = str(one(browser.page.html, "[data-status]")["data-status"])
            line.now(Status.FAILED, Reason.NOT_MOBILE)
            answer = fragment(browser, seen)
            assert "cannot get text messages" in answer.text
            assert one(answer.html, "form.remedy button").get_text().strip() == "Call this number instead"

    def test_between_commit_and_carrier_it_is_being_handed_over(self, public: Public) -> None:
        class Looking(FakeCarrier):
            """A carrier that looks at the page before it answers."""

            def send(self, message: Message) -> Receipt:
                seen.append(str(browser.web.get("/set-up/text").html.select("[role=status]")))
                return super().send(message)

        seen: list[str] = []
        with public("voice") as (browser, _), replaced(browser.app, carrier=Looking()):
            browser.open("/set-up/text").fill(phone=ADA.mobile)
        assert "is being handed over" in seen[0]

    @pytest.mark.parametrize("channel", ["text", "voice"])
    def test_where_nobody_calls_back_there_is_nothing_to_ask(self, browser: Browser, channel: str) -> None:
        password(browser, ADA).fill(type=channel)
        browser.fill(phone=NUMBERS[channel])
        assert not browser.page.html.select("[role=status], [data-delivery], [data-check], script[src*=delivery]")
        assert "press 1" not in browser.words
        assert browser.web.get(f"/set-up/{channel}/status").status_int == 204


class TestAsking:
    def test_only_what_is_new_is_answered(self, public: Public) -> None:
        with public("text") as (browser, line):
            assert fragment(browser, "sent").status_int == 204
            line.now(Status.DELIVERED)
            answer = fragment(browser, "sent")
            assert "delivered" in answer.text
            assert answer.html.select("main, html > head, [role=status]") == []
            assert one(answer.html, "[data-status]")["data-status"] == "delivered"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in answer.headers

    def test_the_page_itself_is_the_link_without_scripts(self, public: Public) -> None:
        with public("text") as (browser, line):
            link = one(browser.page.html, "[data-check] a")
            assert (link.get_text(), link["href"]) == ("Check again", "/set-up/text")
            line.now(Status.DELIVERED)
            browser.page = browser.page.click("Check again")
            assert "was delivered" in status(browser)

    def test_at_sign_in_likewise(self, public: Public, clock: Clock) -> None:
        with public("text") as (browser, line):
            sent = line.carrier.sent
            browser.fill(code=code_of(sent[-1]))
            sign_out(browser)
            clock.move(minutes=11)
            password(browser, ADA)
            assert "was sent" in status(browser)
            assert fragment(browser, "sent").status_int == 204
            line.now(Status.DELIVERED)
            assert "<b>delivered</b>" in fragment(browser, "sent").text
            browser.page = browser.page.click("Check again")
            assert browser.path == "/sign-in/code"
            assert "was delivered" in status(browser)
            assert browser.fill("/sign-in/code", code=code_of(sent[-1])).path == "/"

    def test_asking_keeps_nobody_signed_in_and_writes_nothing(self, public: Public, clock: Clock) -> None:
        with public("text") as (browser, line):
            (before,) = table(line.site, PendingSignIn)
            rows = [repr(table(line.site, model)) for model in (Challenge, Delivery, Event)]
            page = browser.page
            for _ in range(19):
                clock.move(seconds=30)
                assert fragment(browser, "sent").status_int == 204
            assert table(line.site, PendingSignIn) == [before]
            assert rows == [repr(table(line.site, model)) for model in (Challenge, Delivery, Event)]
            clock.move(seconds=30)
            browser.page = page
            answer = fragment(browser, "sent")
            assert (answer.status_int, answer.location) == (303, "/sign-in")

    def test_who_has_no_code_page_is_sent_where_they_stand(self, browser: Browser) -> None:
        assert browser.web.get("/sign-in/code/status").location == "/sign-in"
        assert browser.web.get("/set-up/text/status").location == "/sign-in"
        password(browser, ADA)
        assert browser.web.get("/sign-in/code/status").location == "/set-up"
        assert browser.web.get("/set-up/text/status").location == "/set-up"
        assert browser.web.get("/set-up/fax/status", expect_errors=True).status_int == 404

    def test_an_app_has_nothing_on_its_way(self, browser: Browser, clock: Clock) -> None:
        set_up_app(browser, ADA)
        sign_out(browser)
        clock.move(minutes=1)
        password(browser, ADA)
        assert browser.web.get("/sign-in/code/status").status_int == 204
        assert not browser.page.html.select("[role=status]")
