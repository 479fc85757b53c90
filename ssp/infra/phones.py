"""Phone numbers: what people type, which numbers may get codes, and how numbers are shown.

Numbers are kept as E.164 (`+12055550123`), extensions as digits and half-second pauses (`wwww12`).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

LONGEST_TYPED = 100
EXTENSION_DIGITS = 10
# The provider dials at most 32 signs after the number; four are left for a pause of ours before them.
EXTENSION_SIGNS = 28
# A comma waits two seconds on every phone that dials one; `w` waits half a second.
COMMA = "wwww"


class Capability(Enum):
    """What a number must be able to get."""

    TEXT = auto()
    VOICE = auto()


class Fault(Enum):
    """Why a number or an extension cannot be used; `WORDS` says it to the person."""

    EMPTY = auto()
    LETTERS = auto()
    NOT_A_NUMBER = auto()
    TOO_SHORT = auto()
    TOO_LONG = auto()
    NO_SUCH_NUMBER = auto()
    COUNTRY = auto()
    SPECIAL = auto()
    TOLL_FREE = auto()
    INTERNET = auto()
    LANDLINE = auto()
    HAS_EXTENSION = auto()
    EXTENSION = auto()
    EXTENSION_TOO_LONG = auto()
    TWO_EXTENSIONS = auto()


WORDS: Mapping[Fault, str] = MappingProxyType({
    Fault.EMPTY: "Enter your phone number.",
    Fault.LETTERS: "Use digits only, such as 205-555-0123. If the number spells a word, type its digits.",
    Fault.NOT_A_NUMBER: "That is not a phone number. Type it with its area code, such as 205-555-0123.",
    Fault.TOO_SHORT: "That number is too short. Type it with its area code, such as 205-555-0123.",
    Fault.TOO_LONG: "That number is too long. Type one number; if it is abroad, start with + and the country code.",
    Fault.NO_SUCH_NUMBER: "There is no such phone number. Compare it digit by digit and type it again.",
    Fault.COUNTRY: "We cannot send codes to that country. Use another number, or choose the authenticator app.",
    Fault.SPECIAL: "We cannot send codes to special-rate and service numbers. Use your own mobile or office number.",
    Fault.TOLL_FREE: "We cannot send codes to toll-free numbers. Use your own mobile or office number.",
    Fault.INTERNET: "We cannot send codes to internet phone numbers. Use another one, or choose the authenticator app.",
    Fault.LANDLINE: "That number cannot get text messages. Use a mobile number, or choose the automated voice call.",
    Fault.HAS_EXTENSION: "A text cannot reach an extension. Use a mobile number, or choose the automated voice call.",
    Fault.EXTENSION: "Type the extension in digits. A comma waits two seconds before the next digit.",
    Fault.EXTENSION_TOO_LONG: "That extension is too long. Use at most 10 digits and a few pauses.",
    Fault.TWO_EXTENSIONS: "There are two different extensions. Leave one of them out.",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A number that can be called, and what to dial once somebody or something answers."""

    number: str
    extension: str | None


_DOTS = frozenset("\u00b7\u2022\u2027\u2219\u22c5")
_LABEL = re.compile(r"[a-z][a-z ]{0,15}:\s*", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[ ().\-/]+")
_EXTENSION_MARK = re.compile(r";?\s*(?:ext(?:ension|n)?|x|#)[\s.:=]*|(?=[,;w])", re.IGNORECASE)
# Pay-per-call and directory lines that the numbering plan does not mark: exchange 976, and 555-1212 in any area.
_NANP_PAID = re.compile(r"\+1\d{3}(?:976\d{4}|5551212)")

_PARSE_FAULTS = {
    NumberParseException.INVALID_COUNTRY_CODE: Fault.NO_SUCH_NUMBER,
    NumberParseException.TOO_LONG: Fault.TOO_LONG,
}
_LENGTH_FAULTS = {
    ValidationResult.TOO_SHORT: Fault.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Fault.TOO_SHORT,
    ValidationResult.TOO_LONG: Fault.TOO_LONG,
    ValidationResult.INVALID_LENGTH: Fault.NO_SUCH_NUMBER,
}
_TAKES_TEXTS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_USABLE = {Capability.TEXT: _TAKES_TEXTS, Capability.VOICE: _TAKES_TEXTS | {PhoneNumberType.FIXED_LINE}}
# Internet numbers prove no line or SIM card (NIST SP 800-63B-4 3.1.3.1); all that is not named here is special.
_TYPE_FAULTS = {
    PhoneNumberType.FIXED_LINE: Fault.LANDLINE,
    PhoneNumberType.TOLL_FREE: Fault.TOLL_FREE,
    PhoneNumberType.VOIP: Fault.INTERNET,
}


def parse(typed: str, countries: tuple[str, ...], can: Capability) -> str | Fault:
    """Return the typed number as E.164. Numbers without + are read as those of the first country."""
    if len(typed) > LONGEST_TYPED:
        return Fault.TOO_LONG
    number, extension = _split(_tidy(typed))
    return Fault.HAS_EXTENSION if extension else _number(number, countries, can)


def parse_line(typed: str, typed_extension: str, countries: tuple[str, ...]) -> Line | Fault:
    """Return the number to call as E.164 with its extension, which may also stand behind the number itself."""
    if len(typed) > LONGEST_TYPED:
        return Fault.TOO_LONG
    bare, behind = _split(_tidy(typed))
    number = _number(bare, countries, Capability.VOICE)
    if isinstance(number, Fault):
        return number
    extension, own = parse_extension(behind), parse_extension(typed_extension)
    if isinstance(extension, Fault):
        return extension
    if isinstance(own, Fault):
        return own
    if extension and own and extension != own:
        return Fault.TWO_EXTENSIONS
    return Line(number, own or extension)


def parse_extension(typed: str) -> str | Fault | None:
    """Return the extension as digits and `w`, each half a second of silence; None if there is none."""
    if len(typed) > LONGEST_TYPED:
        return Fault.EXTENSION_TOO_LONG
    text = _tidy(typed)
    if not text:
        return None
    keys = _PUNCTUATION.sub("", _EXTENSION_MARK.sub("", text, count=1)).lower()
    keys = keys.replace(",", COMMA).replace(";", COMMA).rstrip("w")
    if not re.fullmatch(r"[0-9w]+", keys):
        return Fault.EXTENSION
    digits = len(keys.replace("w", ""))
    return Fault.EXTENSION_TOO_LONG if digits > EXTENSION_DIGITS or len(keys) > EXTENSION_SIGNS else keys


def country(e164: str) -> str:
    """Return the two letters of the country that a number belongs to; ZZ where there is none."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(e164, None)) or ""
    except NumberParseException:
        region = ""
    return region if region.isalpha() else "ZZ"  # 001 is the code of no country


def pretty(e164: str) -> str:
    """Return a number as people write it: (205) 555-0123 at home, +44 7400 123456 abroad; other text unchanged."""
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    home = number.country_code == 1
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def pretty_extension(extension: str) -> str:
    """Return an extension as people type it, a comma for two seconds of silence."""
    return extension.replace(COMMA, ",")


def masked(e164: str) -> str:
    """Return a number of which the last two digits show."""
    return f"••• ••{e164[-2:]}"


def masked_extension(extension: str) -> str:
    """Return an extension's last digits, two at most and never more than half of it, the others as dots."""
    digits = extension.replace("w", "")
    shown = min(2, len(digits) // 2)
    return "•" * (len(digits) - shown) + digits[len(digits) - shown :]


def _tidy(typed: str) -> str:
    """Return pasted text with plain digits, hyphens, dots and spaces, and without a contact card's label."""
    text = "".join(map(_plain, unicodedata.normalize("NFKC", typed))).strip()
    return _LABEL.sub("", text, count=1) if _LABEL.match(text) else text


def _plain(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if category == "Pd" or sign == "\N{MINUS SIGN}":
        return "-"
    if category == "Cf":
        # Contact cards wrap numbers in marks of the writing direction that nobody sees.
        return ""
    if sign.isspace():
        return " "
    return "." if sign in _DOTS else sign


def _split(tidy: str) -> tuple[str, str]:
    """Split `205-555-0123 ext 12` into the number and what stands behind it."""
    tidy = tidy.rstrip(" ,;")
    first = re.search(r"\d", tidy)
    mark = _EXTENSION_MARK.search(tidy, first.start()) if first else None
    return (tidy[: mark.start()], tidy[mark.end() :]) if mark else (tidy, "")


def _number(tidy: str, countries: tuple[str, ...], can: Capability) -> str | Fault:
    number = _read(tidy, countries[0])
    if isinstance(number, Fault):
        return number
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return _plan_fault(number, countries) or _kind_fault(number, e164, can) or e164


def _read(tidy: str, home: str) -> PhoneNumber | Fault:
    if not tidy:
        return Fault.EMPTY
    if re.search(r"[^\W\d_]", tidy):
        # A letter is a slip more often than a word on the keypad: 2O5 with an O would become 265.
        return Fault.LETTERS
    dialed = _PUNCTUATION.sub("", tidy)
    if not re.fullmatch(r"\+?[0-9]+", dialed):
        return Fault.NOT_A_NUMBER
    try:
        return phonenumbers.parse(re.sub(r"^00", "+", dialed), home)
    except NumberParseException as error:
        return _PARSE_FAULTS.get(error.error_type, Fault.TOO_SHORT)


def _plan_fault(number: PhoneNumber, countries: tuple[str, ...]) -> Fault | None:
    """Say whether the number is one that the numbering plan of an allowed country has."""
    if not set(countries).intersection(phonenumbers.region_codes_for_country_code(number.country_code or 0)):
        return Fault.COUNTRY
    length = _LENGTH_FAULTS.get(phonenumbers.is_possible_number_with_reason(number))
    if length:
        return length
    # Countries share codes: +1 is also Jamaica, so the region counts.
    region = phonenumbers.region_code_for_number(number)
    if region is not None and region not in countries:
        return Fault.COUNTRY
    return None if phonenumbers.is_valid_number(number) else Fault.NO_SUCH_NUMBER


def _kind_fault(number: PhoneNumber, e164: str, can: Capability) -> Fault | None:
    """Say whether the number's kind can get a code at an ordinary price."""
    kind = phonenumbers.number_type(number)
    if kind not in _USABLE[can]:
        return _TYPE_FAULTS.get(kind, Fault.SPECIAL)
    return Fault.SPECIAL if _NANP_PAID.fullmatch(e164) else None
