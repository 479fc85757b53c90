"""OT13: no code before a key, well-formed whatever the portal's name, nothing that people typed, the code repeated."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from ssp.infra.telephony.carrier import Accepted
from ssp.models import Challenge
from ssp.web.portal import Site
from tests.listener import Listener
from tests.people import ADA, Browser, FakeCarrier, Phone, password, replaced, table
from tests.provider import settings_for
from tests.security.tools import PUBLIC, calls

NAMES = ["A & B <Co>", '"/></Say><Dial>+19005550100</Dial><Say>', "{{7*7}}", "]]>"]
EXTENSION = "40719"
Ring = Callable[..., Listener]


@pytest.fixture
def ring(make_app: Callable[..., Flask], phone: Phone) -> Ring:
    """Give what calls Ada from a portal with some settings, and returns who picks up."""

    def ring(**settings: object) -> Listener:
        app = make_app(demo=False, base_url=PUBLIC, **settings_for(None, **settings))
        carrier = FakeCarrier(Accepted("CA1"))
        with replaced(app, carrier=carrier):
            set_up = password(Browser(app, phone, origin=PUBLIC), ADA).fill(type="voice")
            set_up.fill(phone=ADA.office, extension=EXTENSION)
        return Listener(app, carrier.sent[-1])

    return ring


def code_of(site: Site) -> str:
    (code,) = table(site, Challenge)
    assert code.code
    return site.keys.open("code", code.id, code.code)


@pytest.mark.parametrize("name", NAMES)
def test_the_name_is_escaped(make_app: Callable[..., Flask], phone: Phone, name: str) -> None:
    password(Browser(make_app(portal_name=name), phone), ADA).fill(type="voice").fill(phone=ADA.office, extension="12")
    (call,) = phone.messages("voice")
    document = ET.fromstring(call["body"])  # noqa: S314 - our own document
    assert {part.tag for part in document} == {"Say", "Pause", "Hangup"}
    assert "49" not in calls(phone)[0]
    assert ADA.username not in call["body"]
    assert ADA.office[2:] not in call["body"]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_is_escaped_where_a_key_is_asked_for(ring: Ring, name: str) -> None:
    listener = ring(portal_name=name)
    document = ET.fromstring(listener.call.body)  # noqa: S314 - our own document
    assert [part.tag for part in document] == ["Pause", "Say", "Say", "Gather", "Say", "Hangup"]
    assert listener.pick_up("1").heard[0] == f"Hello. This is an automated call from {name}."
    assert "49" not in listener.heard[0]


def test_digits_come_one_by_one_and_more_than_once(browser: Browser) -> None:
    password(browser, ADA).fill(type="voice").fill(phone=ADA.office, extension="")
    spelled = ", ".join(browser.phone.spoken_code()) + "."
    assert calls(browser.phone).count(spelled) >= 2


def test_no_digit_of_the_code_comes_before_the_key(ring: Ring) -> None:
    listener = ring()
    site = listener.app.extensions["ssp"]
    code = code_of(site)
    greeting = listener.call.body
    asking = listener.press("2", listener.key_url)
    for document in (greeting, asking):
        assert code not in document
        assert ", ".join(code) not in document
        words = ET.fromstring(document).itertext()  # noqa: S314 - our own document
        assert {sign for sign in "".join(words) if sign.isdigit()} == {"1"}, "of `press 1` alone"
    said = "".join(ET.fromstring(listener.press("1", listener.key_url)).itertext())  # noqa: S314 - likewise
    assert said.replace(" ", "").count(",".join(code)) == 2


@pytest.mark.parametrize("keys", ["1", "21*"])
def test_nothing_that_was_typed_is_in_a_call(ring: Ring, keys: str) -> None:
    listener = ring()
    documents = [listener.call.body, *(listener.press(key, listener.key_url) for key in keys)]
    for document in documents:
        for typed in (ADA.username, ADA.email, ADA.office, ADA.office[2:], EXTENSION, "office"):
            assert typed not in document


def test_the_code_is_in_no_address_and_in_no_log(ring: Ring, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    listener = ring().pick_up("1", "*")
    assert listener.code not in listener.key_url
    assert listener.code not in caplog.text
    assert listener.code == code_of(listener.app.extensions["ssp"])
