"""Codes that follow the clock: the standards' own vectors, the drift, and each step once."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from flask import Flask

from ssp.authenticators.protocol import Destination, Verdict
from ssp.flows import people
from ssp.infra.clock import now
from ssp.web.portal import Site
from tests.conftest import Clock
from tests.desk import Desk, settle_chance
from tests.people import ADA, App, Human

# RFC 6238 appendix B, the rows of SHA-1: six digits are the last six of eight.
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
# RFC 4226 appendix D, counts 0 to 9 of the same key.
COUNTS = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
RFC_KEY = base64.b32encode(b"12345678901234567890").decode()


class Holder:
    """Somebody who sets up an app with a known secret."""

    def __init__(self, site: Site, secret: str, human: Human = ADA) -> None:
        self.site, self.kind, self.app = site, site.types["totp"], App(secret)
        self.desk = Desk(site, human)
        self.desk.password()
        self.bearer = self.desk.attempt.bearer
        with site.database.writing() as connection:
            self.kind.begin(connection, self.bearer, Destination("authenticator app", {"secret": secret}), now())
        self.row = self.desk.draft("totp")

    def judge(self, code: str, at: datetime | None = None) -> Verdict:
        """Return what the type says about a code."""
        with self.site.database.writing() as connection:
            return self.kind.verify(connection, self.bearer, self.row, code, at or now())

    def uri(self) -> str:
        """Return the address that the QR code carries."""
        return self.kind.shown(self.row, self.desk.attempt.user)["uri"]


@pytest.fixture
def holder(site: Site, clock: Clock) -> Holder:
    """Give a holder of the RFC's key, at a step of which no code comes twice within the far drift."""
    del clock
    return Holder(site, RFC_KEY)


@pytest.mark.parametrize("seconds", VECTORS)
def test_the_vectors_of_rfc_6238(seconds: int, holder: Holder) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert holder.judge(VECTORS[seconds][:6], at) is not Verdict.ACCEPTED
    assert holder.judge(VECTORS[seconds][-6:], at) is Verdict.ACCEPTED


@pytest.mark.parametrize("count", range(10))
def test_the_counts_of_rfc_4226(count: int, holder: Holder) -> None:
    assert holder.judge(COUNTS[count], datetime.fromtimestamp(count * 30, UTC)) is Verdict.ACCEPTED


def test_the_tests_own_app_agrees_with_the_standard(clock: Clock) -> None:
    for seconds, code in VECTORS.items():
        steps = seconds // 30 - int(clock.now().timestamp()) // 30
        assert App(RFC_KEY).code(steps) == code[-6:]


@pytest.mark.parametrize(
    "steps, verdict",
    [
        (-21, Verdict.WRONG),
        (-20, Verdict.CLOCK_OFF),
        (-2, Verdict.CLOCK_OFF),
        (-1, Verdict.ACCEPTED),
        (0, Verdict.ACCEPTED),
        (1, Verdict.ACCEPTED),
        (2, Verdict.CLOCK_OFF),
        (20, Verdict.CLOCK_OFF),
        (21, Verdict.WRONG),
    ],
)
def test_one_step_of_drift_counts_and_a_far_one_is_named(steps: int, verdict: Verdict, holder: Holder) -> None:
    assert holder.judge(holder.app.code(steps)) is verdict


def test_a_step_lasts_to_its_last_second(holder: Holder, clock: Clock) -> None:
    code = holder.app.code()
    ends = clock.now() + timedelta(seconds=30 - clock.now().timestamp() % 30)
    microsecond = timedelta(microseconds=1)
    assert holder.judge(code, ends + timedelta(seconds=30)) is Verdict.CLOCK_OFF
    assert holder.judge(code, ends + timedelta(seconds=30) - microsecond) is Verdict.ACCEPTED


def test_an_accepted_step_closes_all_before_it(holder: Holder) -> None:
    codes = {steps: holder.app.code(steps) for steps in (-1, 0, 1)}
    assert holder.judge(codes[0]) is Verdict.ACCEPTED
    assert holder.judge(codes[-1]) is Verdict.REPLAYED
    assert holder.judge(codes[0]) is Verdict.REPLAYED
    assert holder.judge(codes[1]) is Verdict.ACCEPTED
    assert holder.judge(codes[0]) is Verdict.REPLAYED


def test_the_next_steps_code_after_the_one_before(holder: Holder, clock: Clock) -> None:
    assert holder.judge(holder.app.code(-1)) is Verdict.ACCEPTED
    assert holder.judge(holder.app.code()) is Verdict.ACCEPTED
    clock.move(seconds=30)
    assert holder.judge(holder.app.code(-1)) is Verdict.REPLAYED
    assert holder.judge(holder.app.code()) is Verdict.ACCEPTED


def test_a_code_that_was_called_a_future_one_never_works(holder: Holder, clock: Clock) -> None:
    kept = holder.app.code(5)
    assert holder.judge(kept) is Verdict.CLOCK_OFF
    clock.move(seconds=5 * 30)
    assert holder.app.code() == kept
    assert holder.judge(kept) is Verdict.REPLAYED
    assert holder.judge(holder.app.code(1)) is Verdict.ACCEPTED


def test_a_code_of_the_past_bars_no_step_to_come(holder: Holder) -> None:
    assert holder.judge(holder.app.code(-5)) is Verdict.CLOCK_OFF
    with holder.site.database.reading() as connection:
        barred = connection.exec_driver_sql("SELECT barred_step FROM authenticator").scalars().all()
    assert barred == [None]
    assert holder.judge(holder.app.code()) is Verdict.ACCEPTED


def test_steps_are_kept_apart_by_authenticator(site: Site, holder: Holder) -> None:
    other = Holder(site, base64.b32encode(bytes(range(20))).decode())
    assert other.row.id != holder.row.id
    assert holder.judge(holder.app.code()) is Verdict.ACCEPTED
    assert other.judge(other.app.code()) is Verdict.ACCEPTED


def test_secrets_are_twenty_random_bytes(site: Site, holder: Holder) -> None:
    secrets = set()
    for _ in range(200):
        destination = site.types["totp"].destination({}, holder.desk.attempt.user)
        assert isinstance(destination, Destination)
        secrets.add(base64.b32decode(destination.data["secret"]))
    assert len(secrets) == 200
    assert {len(secret) for secret in secrets} == {20}


def test_nothing_that_is_typed_becomes_the_secret(site: Site, holder: Holder) -> None:
    destination = site.types["totp"].destination({"secret": RFC_KEY}, holder.desk.attempt.user)
    assert isinstance(destination, Destination)
    assert destination.data["secret"] != RFC_KEY


def test_a_second_tab_shows_the_same_secret(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_chance(monkeypatch)
    desk = Desk(site, ADA)
    desk.password()
    drafts = []
    for _ in range(2):
        desk.begin("totp", {})
        drafts.append(desk.draft("totp"))
    assert drafts[0] == drafts[1]


def test_the_key_is_shown_in_groups_of_four(holder: Holder) -> None:
    shown = holder.kind.shown(holder.row, holder.desk.attempt.user)
    assert shown["secret"] == RFC_KEY
    assert shown["grouped"] == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def parts(uri: str) -> tuple[str, dict[str, str]]:
    """Return the label and the parameters of a provisioning address, decoded once."""
    split = urlsplit(uri)
    assert (split.scheme, split.netloc, split.fragment) == ("otpauth", "totp", "")
    return unquote(split.path), dict(parse_qsl(split.query, strict_parsing=True))


def test_the_address_says_secret_issuer_and_account(holder: Holder) -> None:
    label, parameters = parts(holder.uri())
    assert label == "/Secure Services Portal:ada"
    assert parameters.pop("secret") == RFC_KEY
    assert parameters.pop("issuer") == "Secure Services Portal"
    # Six digits, 30 seconds and SHA-1 are what every app takes without being told; some break when they are told.
    assert parameters in ({}, {"digits": "6", "period": "30", "algorithm": "SHA1"})


@pytest.mark.parametrize(
    "portal_name, username",
    [
        ("Smith & Sons: 50% off? #1", "o'hara+test@example.test"),
        ("Grüße/Æther", "a.b-c_d"),
        ("A:B", "x@y+z"),
        ("=&secret=AAAA", "q"),
    ],
)
def test_odd_names_are_percent_encoded(portal_name: str, username: str, make_app: Callable[..., Flask]) -> None:
    site: Site = make_app(portal_name=portal_name).extensions["ssp"]
    human = Human(username, "four tall blue windows")
    person = people.NewPerson(username, "somebody@example.test", username, ())
    people.add(site, person, human.password)
    uri = Holder(site, RFC_KEY, human).uri()
    assert uri.isascii()
    assert not set(uri) & set(" \"'<>{}|\\^`")
    label, parameters = parts(uri)
    assert label == f"/{portal_name}:{username}"
    assert parameters["issuer"] == portal_name
    assert parameters["secret"] == RFC_KEY
    # The label's own colon is the only bare one, and nothing in a name begins a parameter.
    assert urlsplit(uri).path.count(":") <= 1
    assert urlsplit(uri).query.count("secret=") == 1
