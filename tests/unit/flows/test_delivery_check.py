"""What operators are told before people rely on texts and calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ssp.flows import delivery_check
from ssp.flows.findings import Mark, of_obstacle
from ssp.infra.phones import Line
from ssp.infra.telephony import wording
from ssp.infra.telephony.carrier import Accepted, Reason, Rejected, TextMessage, Unavailable, VoiceCall
from ssp.infra.telephony.inspection import Obstacle
from tests.people import FakeCarrier, replaced
from tests.provider import NUMBER, open_provider, refuses, replies, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from ssp.flows.findings import Finding
    from tests.people import Phone
    from tests.provider import Answer, Provider

ADA = "205-555-0123"
ALL = {"sms": True, "voice": True}


def has(**numbers: object) -> Answer:
    """Answer with the account's numbers, each with what it can do."""
    listed = [{"phone_number": f"+{name[1:]}", "capabilities": able} for name, able in numbers.items()]
    return replies(200, {"incoming_phone_numbers": listed})


@pytest.fixture
def provider() -> Iterator[Provider]:
    with open_provider() as opened:
        opened.answer = has(n12055550100=ALL)
        yield opened


@pytest.fixture
def check(make_app: Callable[..., Flask], provider: Provider) -> Callable[..., list[Finding]]:
    """Give what a portal at a public address finds, with some settings changed."""

    def run(**changes: Any) -> list[Finding]:  # noqa: ANN401 - whatever a setting takes
        values = {"demo": False, "base_url": "https://portal.example.org"}
        app = make_app(**values | settings_for(provider.origin) | changes)
        return list(delivery_check.findings(app.extensions["ssp"]))

    return run


def bad(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.mark is Mark.BAD]


def about(found: list[Finding], words: str) -> Finding:
    """Return the one finding that has these words."""
    (one,) = [finding for finding in found if words in finding.words]
    return one


# ---- A portal that is well ----


def test_a_portal_that_is_well_has_nothing_to_mend(check: Callable[..., list[Finding]]) -> None:
    found = check()
    assert {finding.mark for finding in found} == {Mark.GOOD}
    assert [finding.words for finding in found] == [
        "Codes leave through the provider at 127.0.0.1.",
        "The provider takes the credentials.",
        "Texts come from ••• ••00, a number of the account.",
        "Calls come from ••• ••00, a number of the account.",
        "Texts may go to: the United States, Canada.",
        "Calls may go to: the United States, Canada.",
        "The provider calls back at https://portal.example.org/provider/: the code page shows how it goes on.",
        "Calls say the code after somebody pressed 1, so that no voicemail keeps it.",
    ]


def test_one_number_is_asked_for_once_and_nothing_is_sent(
    check: Callable[..., list[Finding]], provider: Provider
) -> None:
    check()
    assert len(provider.asked) == 1
    check(twilio_voice_from="+12055550177")
    assert len(provider.asked) == 3
    assert all("/IncomingPhoneNumbers.json?" in asked.path for asked in provider.asked)


def test_twilio_itself_is_named_by_its_host(make_app: Callable[..., Flask]) -> None:
    app = make_app(**settings_for(None))
    assert next(delivery_check.findings(app.extensions["ssp"])).words.endswith(" at api.twilio.com.")


def test_a_demo_asks_nobody(app: Flask) -> None:
    assert [finding.words for finding in delivery_check.findings(app.extensions["ssp"])] == [
        "Codes go to the outbox of demo mode, and to nobody's phone.",
        "Texts may go to: the United States, Canada.",
        "Calls may go to: the United States, Canada.",
    ]


def test_a_portal_without_delivery_says_how_to_get_one(make_app: Callable[..., Flask]) -> None:
    app = make_app(demo=False, base_url="https://portal.example.org")
    (only,) = delivery_check.findings(app.extensions["ssp"])
    assert (only.mark, "SSP_TWILIO_ACCOUNT_SID" in only.words) == (Mark.NOTE, True)


# ---- Credentials ----


@pytest.mark.parametrize(
    "answer, words",
    [
        (refuses(401, 20003), "refuses the credentials"),
        (refuses(403, 20005), "closed or suspended"),
        (refuses(503, 20500), "trouble of its own"),
    ],
    ids=["credentials", "closed", "down"],
)
def test_an_account_that_does_not_answer_is_one_finding_with_its_mend(
    answer: Answer, words: str, check: Callable[..., list[Finding]], provider: Provider
) -> None:
    provider.answer = answer
    found = check(twilio_voice_from="+12055550177")
    (only,) = bad(found)
    assert words in only.words
    assert only.mend
    assert not [finding for finding in found if " come from " in finding.words or "takes the cred" in finding.words]
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "answer", [refuses(404, 20404), refuses(403, 20404), refuses(501, None)], ids=["404", "403", "501"]
)
def test_another_service_need_not_know_the_question(
    answer: Answer, check: Callable[..., list[Finding]], provider: Provider
) -> None:
    provider.answer = answer
    found = check()
    assert not bad(found)
    assert about(found, "--to proves").mark is Mark.NOTE


@pytest.mark.parametrize("obstacle", Obstacle)
def test_every_obstacle_has_words_and_what_is_bad_has_a_mend(obstacle: Obstacle) -> None:
    for elsewhere in (False, True):
        found = of_obstacle(obstacle, elsewhere=elsewhere)
        assert found.words.endswith(".")
        assert (found.mark is Mark.BAD) is bool(found.mend)
    assert of_obstacle(Obstacle.NO_ACCOUNT, elsewhere=False).mark is Mark.BAD


# ---- Senders ----


@pytest.mark.parametrize(
    "able, wrong",
    [
        ({"sms": False, "voice": True}, "The sender of texts, ••• ••00, cannot send texts."),
        ({"sms": True, "voice": False}, "The number that calls, ••• ••00, cannot make calls."),
    ],
    ids=["texts", "calls"],
)
def test_a_number_that_cannot_do_its_part_is_said(
    able: object, wrong: str, check: Callable[..., list[Finding]], provider: Provider
) -> None:
    provider.answer = has(n12055550100=able)
    (only,) = bad(check())
    assert only.words == wrong
    assert "_FROM" in only.mend


def test_a_number_of_somebody_else_cannot_text_and_calls_only_as_a_verified_one(
    check: Callable[..., list[Finding]], provider: Provider
) -> None:
    provider.answer = has()
    found = check()
    (only,) = bad(found)
    assert only.words == "The sender of texts, ••• ••00, is not a number of this account."
    assert about(found, "verified caller id").mark is Mark.NOTE


def test_a_messaging_service_is_proved_by_a_test_alone(check: Callable[..., list[Finding]], provider: Provider) -> None:
    service = {"twilio_from": None, "twilio_messaging_service_sid": "MG1"}
    found = check(**service, authenticators="text,totp")
    assert about(found, "messaging service").mark is Mark.GOOD
    assert "PhoneNumber=" not in provider.asked[0].path
    assert not [finding for finding in found if "Calls" in finding.words and "come from" in finding.words]


def test_a_short_code_has_no_number_to_look_up(check: Callable[..., list[Finding]]) -> None:
    found = check(twilio_from="73777", twilio_voice_from=NUMBER)
    assert about(found, "short code").mark is Mark.GOOD
    assert about(found, "Calls come from").mark is Mark.GOOD
    assert not bad(found)


def test_a_portal_that_only_calls_says_nothing_of_texts(check: Callable[..., list[Finding]]) -> None:
    found = check(authenticators="voice,totp")
    assert not [finding for finding in found if "Texts" in finding.words]
    assert about(found, "Calls come from").mark is Mark.GOOD


# ---- Countries ----


def test_calls_may_have_countries_of_their_own(check: Callable[..., list[Finding]]) -> None:
    found = check(voice_countries="US")
    assert about(found, "Texts may go").words == "Texts may go to: the United States, Canada."
    assert about(found, "Calls may go").words == "Calls may go to: the United States."


def test_a_sender_abroad_is_worth_a_question(check: Callable[..., list[Finding]]) -> None:
    found = check(voice_countries="CA")
    odd = about(found, "SSP_VOICE_COUNTRIES")
    assert (odd.mark, odd.words[:47]) == (Mark.NOTE, "Calls come from a number of the United States, ")
    odd = about(check(countries="CA", voice_countries="US"), "SSP_COUNTRIES")
    assert odd.words.startswith("Texts come from a number of the United States")


# ---- Callbacks ----


@pytest.mark.parametrize(
    "changes, mark, words",
    [
        ({"callbacks": False}, Mark.NOTE, "switched off by SSP_CALLBACKS"),
        ({"base_url": "http://localhost:8000"}, Mark.NOTE, "not https"),
        (
            {"twilio_auth_token": None, "twilio_api_key": "SK1", "twilio_api_secret": "hush"},
            Mark.BAD,
            "check the provider's signature",
        ),
        ({"voice_press_key": False}, Mark.NOTE, "SSP_VOICE_PRESS_KEY is off"),
    ],
    ids=["off", "http", "no-key", "no-press"],
)
def test_what_keeps_the_provider_from_calling_back_is_said(
    changes: dict[str, object], mark: Mark, words: str, check: Callable[..., list[Finding]]
) -> None:
    found = check(**changes)
    assert about(found, words).mark is mark
    assert bool(bad(found)) is (mark is Mark.BAD)
    assert not [finding for finding in found if "pressed 1" in finding.words]


@pytest.mark.parametrize(
    "host",
    [
        "my_portal.example.org",
        "portal",
        "10.0.0.5",
        "[2001:db8::5]",
        "localhost",
        "portal.local",
        "a.home.arpa",
        "a..b",
    ],
)
def test_a_host_that_no_provider_can_call_is_said(host: str, check: Callable[..., list[Finding]]) -> None:
    (only,) = bad(check(base_url=f"https://{host}"))
    assert f"cannot call back at {host.strip('[]')}" in only.words


@pytest.mark.parametrize(
    "host", ["portal.example.org", "a-b.example.co.uk", "local.example.org", "xn--bcher-kva.example"]
)
def test_public_names_are_fine(host: str, check: Callable[..., list[Finding]]) -> None:
    assert not bad(check(base_url=f"https://{host}"))


# ---- One test ----


def read(app: Flask, typed: str, extension: str = "", *, voice: bool = False) -> Line | str:
    return delivery_check.read_number(app.extensions["ssp"].settings, typed, extension, voice=voice)


def test_numbers_are_read_for_the_countries_of_their_way(make_app: Callable[..., Flask]) -> None:
    app = make_app(countries="US,GB", voice_countries="US")
    assert read(app, ADA) == Line("+12055550123", None)
    assert read(app, ADA, "12", voice=True) == Line("+12055550123", "12")
    assert read(app, "+447400123456") == Line("+447400123456", None)
    assert "country" in str(read(app, "+447400123456", voice=True))
    assert "extension" in str(read(app, ADA, "abc", voice=True))


def test_a_test_text_says_that_it_is_one_and_has_no_code(app: Flask) -> None:
    carrier = FakeCarrier()
    with replaced(app, carrier=carrier) as site:
        found = delivery_check.send_test(site, Line("+12055550123", None), voice=False)
    assert found.mark is Mark.GOOD
    words = "This is a test message of Secure Services Portal. Nothing needs to be done."
    assert carrier.sent == [TextMessage("+12055550123", words, 600)]


def test_a_test_call_says_the_same_twice(app: Flask) -> None:
    carrier = FakeCarrier()
    with replaced(app, carrier=carrier) as site:
        delivery_check.send_test(site, Line("+12055550145", "ww12"), voice=True)
    (call,) = carrier.sent
    assert isinstance(call, VoiceCall)
    assert (call.to, call.extension, call.status_url) == ("+12055550145", "ww12", None)
    said = " ".join(wording.spoken(call.twiml))
    assert said.count("This is a test message of Secure Services Portal. Nothing needs to be done.") == 2
    assert not any(wording.code_in_speech(sentence) for sentence in wording.spoken(call.twiml))


def test_in_a_demo_the_test_is_in_the_outbox(app: Flask, phone: Phone) -> None:
    found = delivery_check.send_test(app.extensions["ssp"], Line("+12055550123", None), voice=False)
    assert "in the outbox" in found.words
    assert len(phone.messages("text", "+12055550123")) == 1


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_own_words_and_mend(reason: Reason, app: Flask) -> None:
    for receipt in (Rejected(reason), Unavailable(reason)):
        with replaced(app, carrier=FakeCarrier(receipt)) as site:
            found = delivery_check.send_test(site, Line("+12055550123", None), voice=False)
        assert found.mark is Mark.BAD
        assert found.words.startswith("The test text: ")
        assert found.mend
        assert ("The provider refused it." in found.words) is (reason is Reason.REFUSED)
        assert ("may still arrive" in found.words) is (reason is Reason.TIMEOUT)


@pytest.mark.parametrize(
    "settings, mend",
    [
        ({"demo": False, "base_url": "https://portal.example.org"}, "SSP_TWILIO_ACCOUNT_SID"),
        ({"authenticators": "voice,totp"}, "SSP_AUTHENTICATORS"),
    ],
    ids=["no-delivery", "no-texts"],
)
def test_what_people_are_not_offered_is_not_tested(
    settings: dict[str, object], mend: str, make_app: Callable[..., Flask]
) -> None:
    carrier = FakeCarrier(Accepted("never"))
    with replaced(make_app(**settings), carrier=carrier) as site:
        found = delivery_check.send_test(site, Line("+12055550123", None), voice=False)
    assert (found.mark, carrier.sent) == (Mark.BAD, [])
    assert mend in found.mend
