"""Numbers as people type, paste and mistype them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssp.infra import phones
from ssp.infra.phones import Capability, Fault, Line

HOME = ("US", "CA")
TEXT, VOICE = Capability.TEXT, Capability.VOICE
ADA = "+12055550123"


@pytest.mark.parametrize(
    "typed",
    [
        "2055550123",
        "205-555-0123",
        "205.555.0123",
        "205 555 0123",
        "(205) 555-0123",
        "(205)555-0123",
        "205/555/0123",
        "1 205 555 0123",
        "1-205-555-0123",
        "12055550123",
        "+12055550123",
        "+1 (205) 555-0123",
        "(+1) 205 555 0123",
        "001 205 555 0123",
        "  205-555-0123\t",
        "205\u00a0555\u20110123",
        "205\u2013555\u22120123",
        "205\u00b7555\u00b70123",
        "\u202a+1\u00a0205\u2011555\u20110123\u202c",
        "\u200e205-555-0123",
        "\uff0b\uff11\u3000\uff12\uff10\uff15\uff0d\uff15\uff15\uff15\uff0d\uff10\uff11\uff12\uff13",
        "205-555-0123, ",
        "tel:+1-205-555-0123",
        "Tel: 205-555-0123",
        "mobile phone: 205-555-0123",
    ],
)
def test_a_home_number_is_read_however_it_is_typed(typed: str) -> None:
    assert phones.parse(typed, HOME, TEXT) == ADA
    assert phones.parse(typed, HOME, VOICE) == ADA


@pytest.mark.parametrize(
    "typed, e164",
    [
        ("+44 7400 123456", "+447400123456"),
        ("0044 7400 123456", "+447400123456"),
        ("011 44 7400 123456", "+447400123456"),
        ("+44 (0)7400 123456", "+447400123456"),
        ("+49 1512 3456789", "+4915123456789"),
        ("+39 312 345 6789", "+393123456789"),
    ],
)
def test_a_number_abroad_needs_its_country_code_and_an_allowed_country(typed: str, e164: str) -> None:
    assert phones.parse(typed, ("US", "GB", "DE", "IT"), TEXT) == e164
    assert phones.parse(typed, HOME, TEXT) is Fault.COUNTRY


def test_numbers_without_plus_are_those_of_the_first_country() -> None:
    assert phones.parse("07400 123456", ("GB", "US"), TEXT) == "+447400123456"
    assert phones.parse("07400 123456", ("US", "GB"), TEXT) is Fault.TOO_LONG


@pytest.mark.parametrize(
    "typed, countries, fault",
    [
        pytest.param("", HOME, Fault.EMPTY, id="nothing"),
        pytest.param(" \u00a0\u200b ", HOME, Fault.EMPTY, id="only spaces"),
        pytest.param("2O5-555-0123", HOME, Fault.LETTERS, id="an O for a zero"),
        pytest.param("1-800-GO-PORTAL", HOME, Fault.LETTERS, id="a word on the keypad"),
        pytest.param("ada@example.test", HOME, Fault.LETTERS, id="an address"),
        pytest.param("*67 205 555 0123", HOME, Fault.NOT_A_NUMBER, id="a star code"),
        pytest.param("++1 205 555 0123", HOME, Fault.NOT_A_NUMBER, id="two pluses"),
        pytest.param("205-555-0123\0", HOME, Fault.NOT_A_NUMBER, id="NUL"),
        pytest.param("+", HOME, Fault.NOT_A_NUMBER, id="plus alone"),
        pytest.param("205_555_0123", HOME, Fault.NOT_A_NUMBER, id="underscores"),
        pytest.param("5", HOME, Fault.TOO_SHORT, id="one digit"),
        pytest.param("00", HOME, Fault.TOO_SHORT, id="no number behind the prefix"),
        pytest.param("555-0123", HOME, Fault.TOO_SHORT, id="no area code"),
        pytest.param("205-555-012", HOME, Fault.TOO_SHORT, id="a digit is missing"),
        pytest.param("205-555-01234", HOME, Fault.TOO_LONG, id="a digit too many"),
        pytest.param("205-555-0123 205-555-0124", HOME, Fault.TOO_LONG, id="two numbers"),
        pytest.param("2" * 1_000_000, HOME, Fault.TOO_LONG, id="a million digits"),
        pytest.param("+44 20 7946", ("GB",), Fault.TOO_SHORT, id="too short abroad"),
        pytest.param("+49 1", ("DE",), Fault.TOO_SHORT, id="far too short abroad"),
        pytest.param("+61 1234 56789", ("AU",), Fault.NO_SUCH_NUMBER, id="no such range abroad"),
        pytest.param("+61 1800 1234 5", ("AU",), Fault.NO_SUCH_NUMBER, id="a length between two that exist"),
        pytest.param("+999 123 456 789", HOME, Fault.NO_SUCH_NUMBER, id="no such country code"),
        pytest.param("911", HOME, Fault.TOO_SHORT, id="emergency"),
        pytest.param("000-555-0123", HOME, Fault.NO_SUCH_NUMBER, id="no such prefix"),
        pytest.param("123-555-0123", HOME, Fault.NO_SUCH_NUMBER, id="no area code starts with 1"),
        pytest.param("555-555-0123", HOME, Fault.NO_SUCH_NUMBER, id="no such area code"),
        pytest.param("+1 876 555 0123", HOME, Fault.COUNTRY, id="Jamaica shares +1"),
        pytest.param("+1 242 359 0123", HOME, Fault.COUNTRY, id="the Bahamas share +1"),
        pytest.param("+1 416 555 0123", ("US",), Fault.COUNTRY, id="Canada, when not allowed"),
        pytest.param("+881 6 1234 5678", HOME, Fault.COUNTRY, id="satellite"),
        pytest.param("+882 16 1234567", HOME, Fault.COUNTRY, id="international network"),
        pytest.param("+979 1 2345 6789", HOME, Fault.COUNTRY, id="international premium rate"),
        pytest.param("900-555-0123", HOME, Fault.SPECIAL, id="premium rate"),
        pytest.param("205-976-0123", HOME, Fault.SPECIAL, id="pay per call"),
        pytest.param("205-555-1212", HOME, Fault.SPECIAL, id="directory assistance"),
        pytest.param("500-555-0006", HOME, Fault.SPECIAL, id="personal number"),
        pytest.param("+44 70 5612 3456", ("GB",), Fault.SPECIAL, id="personal number abroad"),
        pytest.param("+44 20 7946 09581", ("GB",), Fault.TOO_LONG, id="too long abroad"),
        pytest.param("+44 843 123 4567", ("GB",), Fault.SPECIAL, id="shared cost"),
        pytest.param("+44 76 4012 3456", ("GB",), Fault.SPECIAL, id="pager"),
        pytest.param("+44 55 1234 5678", ("GB",), Fault.SPECIAL, id="company-wide number"),
        pytest.param("800-555-0123", HOME, Fault.TOLL_FREE, id="toll-free"),
        pytest.param("888-555-0123", HOME, Fault.TOLL_FREE, id="toll-free 888"),
        pytest.param("600-555-0123", HOME, Fault.INTERNET, id="internet phone"),
        pytest.param("+44 56 1234 5678", ("GB",), Fault.INTERNET, id="internet phone abroad"),
    ],
)
def test_what_cannot_get_a_code_is_refused(typed: str, countries: tuple[str, ...], fault: Fault) -> None:
    assert phones.parse(typed, countries, TEXT) is fault
    assert phones.parse(typed, countries, VOICE) is fault


def test_a_landline_gets_calls_but_no_texts() -> None:
    assert phones.parse("+44 20 7946 0958", ("GB",), TEXT) is Fault.LANDLINE
    assert phones.parse("+44 20 7946 0958", ("GB",), VOICE) == "+442079460958"


def test_a_text_cannot_reach_an_extension() -> None:
    assert phones.parse("205-555-0123 ext. 12", HOME, TEXT) is Fault.HAS_EXTENSION


@pytest.mark.parametrize(
    "typed, extension, line",
    [
        ("205-555-0123", "", Line(ADA, None)),
        ("205-555-0123", "  ", Line(ADA, None)),
        ("205-555-0123", "12", Line(ADA, "12")),
        ("205-555-0123", "ext. 1 2", Line(ADA, "12")),
        ("205-555-0123", "x12", Line(ADA, "12")),
        ("205-555-0123", "#12", Line(ADA, "12")),
        ("205-555-0123", "\uff11\uff12", Line(ADA, "12")),
        ("205-555-0123", "1234567890", Line(ADA, "1234567890")),
        ("205-555-0123", ",12", Line(ADA, "wwww12")),
        ("205-555-0123", "W12,w3", Line(ADA, "w12wwwww3")),
        ("205-555-0123", "1,", Line(ADA, "1")),
        ("205-555-0123 ext 12", "", Line(ADA, "12")),
        ("205-555-0123 Extension: 12", "", Line(ADA, "12")),
        ("205-555-0123 extn 12", "", Line(ADA, "12")),
        ("205-555-0123x12", "", Line(ADA, "12")),
        ("(205) 555-0123 #12", "", Line(ADA, "12")),
        ("tel:+1-205-555-0123;ext=12", "", Line(ADA, "12")),
        ("205-555-0123,12", "", Line(ADA, "wwww12")),
        ("205-555-0123;12", "", Line(ADA, "wwww12")),
        ("205-555-0123ww12", "", Line(ADA, "ww12")),
        ("205-555-0123 ext 12", "12", Line(ADA, "12")),
    ],
)
def test_a_call_takes_the_extension_from_either_field(typed: str, extension: str, line: Line) -> None:
    assert phones.parse_line(typed, extension, HOME) == line


@pytest.mark.parametrize(
    "typed, extension, fault",
    [
        ("205-555-0123", "front desk", Fault.EXTENSION),
        ("205-555-0123", "ext", Fault.EXTENSION),
        ("205-555-0123", ",,", Fault.EXTENSION),
        ("205-555-0123", "12*", Fault.EXTENSION),
        ("205-555-0123", "12345678901", Fault.EXTENSION_TOO_LONG),
        ("205-555-0123", ",,,,,,,1", Fault.EXTENSION_TOO_LONG),
        ("205-555-0123", "1" * 1_000_000, Fault.EXTENSION_TOO_LONG),
        ("205-555-0123 ext desk", "", Fault.EXTENSION),
        ("205-555-0123 ext 12", "13", Fault.TWO_EXTENSIONS),
        ("205-555-0123 ext 12", "desk", Fault.EXTENSION),
        ("205-555-012", "12", Fault.TOO_SHORT),
        ("800-555-0123", "12", Fault.TOLL_FREE),
        ("", "12", Fault.EMPTY),
        ("2" * 1_000_000, "", Fault.TOO_LONG),
    ],
)
def test_a_line_that_cannot_be_dialed_is_refused(typed: str, extension: str, fault: Fault) -> None:
    assert phones.parse_line(typed, extension, HOME) is fault


def test_every_fault_says_what_to_do_next() -> None:
    assert set(phones.WORDS) == set(Fault)
    for words in phones.WORDS.values():
        assert words.endswith(".")
        assert any(verb in words for verb in ("Enter", "Use", "Type", "Compare", "Leave")), words


def test_a_number_is_shown_the_way_people_write_it() -> None:
    assert phones.pretty(ADA) == "(205) 555-0123"
    assert phones.pretty("+447400123456") == "+44 7400 123456"
    assert phones.pretty("ada@example.test") == "ada@example.test"


def test_a_masked_number_shows_two_digits() -> None:
    assert phones.masked(ADA) == "••• ••23"


@pytest.mark.parametrize(
    "extension, shown", [("7", "•"), ("12", "•2"), ("123", "••3"), ("wwww1234", "••34"), ("w12345w6", "••••56")]
)
def test_a_masked_extension_keeps_half_of_it_hidden(extension: str, shown: str) -> None:
    assert phones.masked_extension(extension) == shown


@pytest.mark.parametrize("extension", ["12", "wwww12", "w12wwwww3", "ww1"])
def test_a_shown_extension_reads_as_itself_again(extension: str) -> None:
    assert phones.parse_extension(phones.pretty_extension(extension)) == extension


@given(st.text(max_size=120), st.text(max_size=40))
def test_nothing_typed_ends_in_an_exception(typed: str, extension: str) -> None:
    text = phones.parse(typed, HOME, TEXT)
    line = phones.parse_line(typed, extension, HOME)
    assert isinstance(text, Fault) or phones.parse(text, HOME, TEXT) == text
    assert isinstance(line, Fault) or phones.parse_line(line.number, line.extension or "", HOME) == line


@given(st.from_regex(r"\+?[0-9 ().,;xw#-]{7,20}", fullmatch=True))
def test_what_looks_like_a_number_gives_a_number_or_a_fault(typed: str) -> None:
    line = phones.parse_line(typed, "", ("US", "CA", "GB", "DE"))
    assert isinstance(line, Fault) or phones.parse(line.number, ("US", "CA", "GB", "DE"), VOICE) == line.number
    assert isinstance(line, Fault) or line.extension is None or len(line.extension) <= phones.EXTENSION_SIGNS


@pytest.mark.parametrize(
    "number, region",
    [
        ("+12055550123", "US"),
        ("+14165550123", "CA"),
        ("+18765550123", "JM"),
        ("+447400123456", "GB"),
        ("+88312345678", "ZZ"),
        ("+99999999999", "ZZ"),
        ("anonymous", "ZZ"),
    ],
)
def test_a_number_belongs_to_a_country(number: str, region: str) -> None:
    assert phones.country(number) == region
