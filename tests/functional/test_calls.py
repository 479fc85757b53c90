"""Calls that ask for a key: stories of those who pick up, and of the machines that do."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from ssp.infra.telephony import wording
from ssp.infra.telephony.carrier import Accepted, VoiceCall
from ssp.models import Challenge, Delivery
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.listener import SILENCE, Listener
from tests.people import ADA, BEN, Browser, FakeCarrier, Phone, password, replaced, table, wrong
from tests.provider import Provider, open_provider, settings_for

PUBLIC = "https://portal.example.org"
ASKING = "This is Secure Services Portal. To hear your access code, press 1."
ANOTHER_KEY = "To hear your access code, press 1."


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give a portal that the provider calls back."""
    return make_app(demo=False, base_url=PUBLIC, **settings_for(None))


@pytest.fixture
def carrier(app: Flask, clock: Clock) -> Iterator[FakeCarrier]:
    """Give what takes the calls."""
    del clock
    carrier = FakeCarrier(Accepted("CA1"))
    with replaced(app, carrier=carrier):
        yield carrier


@pytest.fixture
def browser(app: Flask, phone: Phone) -> Browser:
    """Give a browser in front of it."""
    return Browser(app, phone, origin=PUBLIC)


@pytest.fixture
def ring(app: Flask, browser: Browser, carrier: FakeCarrier) -> Callable[..., Listener]:
    """Give what lets Ada set up a call, and returns whoever picks it up."""

    def ring(phone: str = ADA.mobile, extension: str = "") -> Listener:
        password(browser, ADA).fill(type="voice").fill(phone=phone, extension=extension)
        return Listener(app, carrier.sent[-1])

    return ring


@pytest.fixture
def ring_again(app: Flask, browser: Browser, carrier: FakeCarrier, clock: Clock) -> Callable[[], Listener]:
    """Give what lets Ada ask for a second call a minute later."""

    def ring_again() -> Listener:
        clock.move(minutes=1)
        carrier.receipt = Accepted("CA2")
        browser.fill("/set-up/voice/send")
        return Listener(app, carrier.sent[-1], "CA2")

    return ring_again


Ring = Callable[..., Listener]


def rows(app: Flask) -> list[Delivery]:
    """Return the calls, the oldest first."""
    return sorted(table(app.extensions["ssp"], Delivery), key=lambda each: each.sent_at)


def last_row(app: Flask) -> Delivery:
    """Return the newest call."""
    return rows(app)[-1]


def status_shown(app: Flask) -> str:
    """Return how the page says that the code is on its way."""
    (code,) = table(app.extensions["ssp"], Challenge)
    return code.delivery_status


# ---- Whoever picks up ----


def test_who_presses_1_hears_the_code_twice_and_types_it(browser: Browser, app: Flask, ring: Ring) -> None:
    listener = ring()
    assert listener.tell("ringing").status_int == 204
    assert listener.tell("in-progress").status_int == 204
    listener.pick_up("1")
    assert listener.codes == [listener.code] * 2
    assert len(listener.code) == 5
    assert listener.heard[0] == "Hello. This is an automated call from Secure Services Portal."
    assert "Nobody from support will ever ask you for this code." in listener.heard
    assert listener.heard[-1] == "Goodbye."
    listener.tell("completed", CallDuration="31")
    assert last_row(app).status == "heard"
    assert browser.fill("/set-up/voice", code=listener.code).path == "/set-up/done"


@pytest.mark.parametrize("key", list("023456789#*"))
def test_another_key_asks_once_more(key: str, ring: Ring) -> None:
    listener = ring().pick_up(key, "1")
    assert listener.heard.count(ANOTHER_KEY) == 3
    assert len(listener.codes) == 2
    assert listener.heard.index(ANOTHER_KEY) < listener.heard.index(f"{', '.join(listener.code)}.")


def test_star_says_it_again_once_it_was_said(ring: Ring) -> None:
    listener = ring().pick_up("1", "*", "*", SILENCE)
    assert listener.codes == [listener.code] * 6
    assert "To hear it again, press star." in listener.heard


def test_1_says_it_again_too_and_other_keys_do_not(ring: Ring) -> None:
    listener = ring().pick_up("1", "5", "1")
    assert listener.codes == [listener.code] * 4
    assert ANOTHER_KEY in listener.heard


@pytest.mark.parametrize("machine", [(), (SILENCE,), ("#",), ("*", "*", "*")])
def test_a_machine_that_presses_nothing_right_keeps_no_code(
    app: Flask, ring: Ring, site: Site, machine: tuple[str | None, ...]
) -> None:
    listener = ring().pick_up(*machine)
    (code,) = table(site, Challenge)
    assert code.code
    spelled = site.keys.open("code", code.id, code.code)
    assert listener.codes == []
    assert not any(spelled in words or ", ".join(spelled) in words for words in [*listener.heard, listener.call.body])
    assert not any(sign.isdigit() for words in listener.heard for sign in words.replace("press 1", ""))
    assert listener.heard[-1] == "Goodbye."
    listener.tell("completed")
    assert last_row(app).status == "hung_up"
    assert last_row(app).spoken_at is None


def test_a_silent_line_is_asked_more_than_once_and_told_who_calls(ring: Ring) -> None:
    assert ring().pick_up().heard.count(ASKING) == 3


# ---- Offices ----


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Give a provider on this machine."""
    with open_provider() as provider:
        yield provider


def test_an_office_is_dialled_through_and_asked_while_the_extension_rings(
    make_app: Callable[..., Flask], provider: Provider
) -> None:
    app = make_app(demo=False, base_url=PUBLIC, **settings_for(provider.origin))
    browser = Browser(app, provider.phone, origin=PUBLIC)
    password(browser, ADA).fill(type="voice").fill(phone=ADA.office, extension=",,4021")
    (asked,) = provider.asked
    (row,) = rows(app)
    assert asked.form["To"] == ADA.office
    assert asked.form["SendDigits"].endswith("4021")
    assert set(asked.form["SendDigits"].removesuffix("4021")) == {"w"}
    assert asked.form["StatusCallback"] == f"{PUBLIC}/provider/call/{row.id}"
    assert 'Response><Pause length="2" />' in asked.form["Twiml"]
    call = VoiceCall(asked.form["To"], "4021", asked.form["Twiml"], asked.form["StatusCallback"])
    listener = Listener(app, call, "SM1")
    assert listener.key_url == f"{PUBLIC}/provider/call/{row.id}/key"
    assert listener.pick_up("1").heard.count(ASKING) == 5
    assert browser.fill("/set-up/voice", code=listener.code).path == "/set-up/done"


# ---- Where no key is asked for ----


@pytest.mark.parametrize("settings", [{"voice_press_key": False}, {"callbacks": False}])
@pytest.mark.parametrize("extension, pause", [("", "1"), ("4021", "2")])
def test_the_code_is_read_plainly(
    make_app: Callable[..., Flask], phone: Phone, settings: dict[str, bool], extension: str, pause: str
) -> None:
    app = make_app(demo=False, base_url=PUBLIC, **settings_for(None, **settings))
    browser = Browser(app, phone, origin=PUBLIC)
    carrier = FakeCarrier(Accepted("CA1"))
    with replaced(app, carrier=carrier):
        password(browser, ADA).fill(type="voice").fill(phone=ADA.office, extension=extension)
    listener = Listener(app, carrier.sent[-1]).pick_up()
    assert listener.codes == [listener.code] * 3
    assert "<Gather" not in listener.call.body
    assert f'Response><Pause length="{pause}" />' in listener.call.body
    assert "Nobody from support will ever ask you for it." in listener.heard[1]
    assert browser.fill("/set-up/voice", code=listener.code).path == "/set-up/done"


def test_a_plain_call_that_was_picked_up_was_heard(make_app: Callable[..., Flask], phone: Phone) -> None:
    app = make_app(demo=False, base_url=PUBLIC, **settings_for(None, voice_press_key=False))
    carrier = FakeCarrier(Accepted("CA1"))
    with replaced(app, carrier=carrier):
        password(Browser(app, phone, origin=PUBLIC), ADA).fill(type="voice").fill(phone=ADA.office, extension="")
        listener = Listener(app, carrier.sent[-1])
        # Nobody was asked for a key, so one that comes gets nothing.
        key_url = f"{PUBLIC}/provider/call/{last_row(app).id}/key"
        assert wording.spoken(listener.press("1", key_url)) == [wording.OVER, "Goodbye."]
        listener.tell("completed")
        assert last_row(app).status == "heard"


# ---- Codes that are no longer good ----


def test_a_code_that_was_used_is_not_said(browser: Browser, ring: Ring) -> None:
    listener = ring()
    code = Listener(listener.app, listener.call).pick_up("1").code
    assert browser.fill("/set-up/voice", code=code).path == "/set-up/done"
    assert listener.pick_up("1").heard[-2:] == [wording.USED, "Goodbye."]
    assert listener.codes == []


@pytest.mark.parametrize("seconds, words", [(599, "Your access code is:"), (600, wording.EXPIRED)])
def test_a_code_that_ran_out_is_not_said(clock: Clock, ring: Ring, seconds: int, words: str) -> None:
    listener = ring()
    clock.move(seconds=seconds)
    assert words in listener.pick_up("1").heard
    assert (listener.codes == []) == (words == wording.EXPIRED)


def test_a_code_without_tries_is_not_said(browser: Browser, ring: Ring) -> None:
    listener = ring()
    code = Listener(listener.app, listener.call).pick_up("1").code
    for number in (1, 2):
        browser.fill("/set-up/voice", code=wrong(code, number))
        assert Listener(listener.app, listener.call).pick_up("1").codes
    browser.fill("/set-up/voice", code=wrong(code, 3))
    assert listener.pick_up("1").heard[-2:] == [wording.EXPIRED, "Goodbye."]


def test_an_earlier_call_to_a_mistyped_number_gets_no_code(browser: Browser, carrier: FakeCarrier, ring: Ring) -> None:
    mistyped = ring(BEN.mobile)
    carrier.receipt = Accepted("CA2")
    browser.open("/set-up/voice?another=1").fill(phone=ADA.mobile, extension="")
    right = Listener(mistyped.app, carrier.sent[-1], "CA2")
    assert (mistyped.call.to, right.call.to) == (BEN.mobile, ADA.mobile)
    assert mistyped.pick_up("1").heard[-2:] == [wording.EXPIRED, "Goodbye."]
    assert right.pick_up("1").codes


# ---- Two calls ----


def test_a_second_call_says_the_same_code_and_the_page_follows_it(
    app: Flask, browser: Browser, ring: Ring, ring_again: Ring
) -> None:
    first, second = ring(), ring_again()
    second.tell("ringing")
    first.tell("no-answer")
    assert status_shown(app) == "ringing"
    assert [each.status for each in rows(app)] == ["no_answer", "ringing"]
    # The earlier one has rung out, and says so whatever is pressed.
    assert first.pick_up("1").heard[-2:] == [wording.OVER, "Goodbye."]
    assert browser.fill("/set-up/voice", code=second.pick_up("1").code).path == "/set-up/done"


def test_an_earlier_call_that_still_rings_helps_as_well(
    app: Flask, browser: Browser, ring: Ring, ring_again: Ring
) -> None:
    first, second = ring(), ring_again()
    second.tell("ringing")
    code = first.pick_up("1").code
    assert status_shown(app) == "ringing"
    assert second.pick_up("1").code == code
    assert status_shown(app) == "spoken"
    assert browser.fill("/set-up/voice", code=code).path == "/set-up/done"


# ---- Calls that go on and on ----


def test_a_call_that_is_over_says_no_code(ring: Ring) -> None:
    listener = ring()
    listener.tell("completed")
    assert listener.pick_up("1").heard[-2:] == [wording.OVER, "Goodbye."]


def test_another_call_with_the_same_address_says_no_code(ring: Ring) -> None:
    listener = ring()
    listener.call_id = "CA9"
    assert listener.pick_up("1").heard[-2:] == [wording.OVER, "Goodbye."]


def test_after_eight_keys_the_call_is_over(ring: Ring) -> None:
    listener = ring().pick_up("1", "3", *"******", "1")
    assert len(listener.codes) == 2 * 7
    assert listener.heard[-2:] == [wording.OVER, "Goodbye."]


def test_a_key_that_comes_long_after_the_reading_is_an_old_one(clock: Clock, ring: Ring) -> None:
    listener = ring()
    assert "prosody" in listener.press("1", listener.key_url)
    clock.move(seconds=179)
    assert "prosody" in listener.press("*", listener.key_url)
    clock.move(seconds=1)
    assert wording.spoken(listener.press("*", listener.key_url)) == [wording.OVER, "Goodbye."]


# ---- When something is wrong here ----


class Locked:
    """A database that is busy with something else, for a time."""

    def __init__(self, site: Site, times: int) -> None:
        self._site, self._times = site, times

    def writing(self) -> object:
        self._times -= 1
        if self._times >= 0:
            raise OperationalError("UPDATE delivery", {}, Exception("database is locked"))
        return self._site.database.writing()


def test_a_busy_database_is_a_reason_to_press_once_more(
    app: Flask, ring: Ring, caplog: pytest.LogCaptureFixture
) -> None:
    listener = ring()
    with replaced(app, database=Locked(app.extensions["ssp"], 1)):
        listener.pick_up("1", "1")
    assert "We are sorry. We cannot say your access code at this moment." in listener.heard
    assert len(listener.codes) == 2
    assert "database is locked" in caplog.text
    assert listener.code not in caplog.text
    assert last_row(app).status == "spoken"


def test_the_addresses_hold_neither_code_nor_number(ring: Ring, site: Site) -> None:
    listener = ring()
    assert isinstance(listener.call, VoiceCall)
    path = urlsplit(listener.key_url).path
    assert path == f"/provider/call/{table(site, Delivery)[0].id}/key"
    assert listener.call.status_url == listener.key_url.removesuffix("/key")
    assert not urlsplit(listener.key_url).query
