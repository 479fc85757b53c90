"""What pages say about verdicts, refusals and reasons: short, calm, and what to do next."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from ssp.authenticators.protocol import AuthenticatorType, SendRefusal, Verdict
from ssp.infra.articles.figures import readable
from ssp.infra.clock import now

NOON = 12
_NUMBERS = {5: "five", 6: "six", 7: "seven", 8: "eight"}


def number(value: int) -> str:
    """Return a code's length as a word."""
    return _NUMBERS.get(value, str(value))


def verdict(result: Verdict, kind: AuthenticatorType, tries_left: int | None) -> tuple[str, str]:
    """Return what to say about an answer that did not pass: a headline, and what to do next."""
    digits = number(kind.digits)
    left = "" if tries_left is None else f" You have {tries_left} {'try' if tries_left == 1 else 'tries'} left."
    return {
        Verdict.UNREADABLE: ("That is not a whole code.", f"Type all {digits} digits, and digits only."),
        Verdict.WRONG: ("That code is not right.", f"{_CHECK[kind.out_of_band]} and type all {digits} digits.{left}"),
        Verdict.REPLAYED: ("That code was used already.", f"Each code works once. {_NEXT[kind.out_of_band]}"),
        Verdict.EXPIRED: ("That code has expired.", "Let us send you a new one, then type that."),
        Verdict.BURNED: (
            "That code can no longer be used.",
            "It was typed wrong too often. Start over to get a new one, or use another way if you have one.",
        ),
        Verdict.CLOCK_OFF: (
            "Your phone's clock is off.",
            "The code is from another time. Set the phone's date and time to automatic, then try again.",
        ),
        Verdict.PAUSED: (
            "This way is taking a break.",
            "Too many codes were wrong. Wait a while, or use another way if you have one.",
        ),
    }[result]


# What to look at, and what to wait for, by whether the portal sends the codes.
_CHECK = {True: "Check the newest code we sent", False: "Check the code that your app shows now"}
_NEXT = {True: "Let us send you a new one.", False: "Wait until your app shows the next one."}

REFUSALS: Mapping[SendRefusal, str] = {
    SendRefusal.WAIT: "We sent it a moment ago. Give it a little time before you ask again.",
    SendRefusal.NONE_LEFT: (
        "We sent this code as often as we can. Start over to get a new one, or use another way if you have one."
    ),
    SendRefusal.TOO_MANY: (
        "Too many codes were asked for lately. Wait a while before you try again, or use another way if you have one."
    ),
    SendRefusal.PAUSED: (
        "No codes leave for this number at the moment. Use another way if you have one, or try again in an hour."
    ),
    SendRefusal.NOT_ALLOWED: (
        "We do not send codes to this number any more. Use another way if you have one, or ask Web Support."
    ),
    SendRefusal.BURNED: (
        "This code was typed wrong too often. Start over to get a new one, or use another way if you have one."
    ),
}


def none_sent(refusal: SendRefusal | None) -> str:
    """Return why no code went out at all: what the page can see no other reason for is a limit that was used up."""
    return REFUSALS[refusal or SendRefusal.TOO_MANY]


_DELIVERY: Mapping[str, str] = {
    "invalid_number": "The phone company does not know this number. Check it, or use another one.",
    "not_mobile": "This number cannot get text messages. Let us call you instead.",
    "opted_out": "This phone asked for no more of our texts. Text START to our number, or let us call you instead.",
    "country_not_allowed": "We cannot send codes to that country. Use another number or the authenticator app.",
    "unreachable": "The phone cannot be reached just now. Check that it is on and has reception.",
    "blocked": "The phone company stopped this message. Use another way, or ask Web Support.",
}
_MAY_ARRIVE = "This takes longer than usual. The code may still arrive; if it does not, try again."
DELIVERY_DOWN = "We could not send the code just now; that is not your fault. Try again in a minute."

ASKED_BECAUSE: Mapping[str, str] = {
    "new": "We ask for a code because this device is not one that you told us to trust.",
    "expired": "You trusted this device for a set time, and that time is over. So we ask for a code again today.",
    "revoked": "The trust in this device was ended. So we ask for a code again today.",
    "outdated": "Your password or your MFA options changed since you trusted this device. So we ask for a code again.",
    "replayed": "A used copy of this device's cookie came back, so it is not trusted any more. Tell Web Support.",
    "due": "It is time to check that your MFA option is still right, so we ask even on this trusted device.",
}


def delivery(reason: str | None) -> str:
    """Return what to say about a code that could not be sent."""
    return _MAY_ARRIVE if reason == "timeout" else _DELIVERY.get(reason or "", DELIVERY_DOWN)


def clock_time(moment: datetime) -> str:
    """Return a time of day the way people read it, such as `2:14 pm`."""
    return f"{moment.hour % 12 or 12}:{moment:%M} {'am' if moment.hour < NOON else 'pm'}"


def time_element(moment: datetime, zone: ZoneInfo) -> Markup:
    """Return a time of day in the organisation's zone; scripts turn it into the reader's own."""
    local = moment.astimezone(zone)
    machine = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}" data-local>{} {}</time>').format(machine, clock_time(local), local.tzname())


def next_minute(moment: datetime) -> datetime:
    """Return a moment rounded up, so that waiting for the shown minute is long enough."""
    return (moment + timedelta(seconds=59)).replace(second=0, microsecond=0) if moment.second else moment


def minutes_left(moment: datetime) -> Markup:
    """Return how long it is until a moment, in whole minutes; scripts keep it true while the page is open."""
    minutes = max(round((moment - now()).total_seconds() / 60), 1)
    machine = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<span data-until="{}">{} minute{} left</span>').format(machine, minutes, "" if minutes == 1 else "s")


def day(moment: datetime) -> str:
    """Return a date such as `December 22, 2026`."""
    return readable(moment)


HOW: Mapping[str, str] = {
    "sms": "with a code by text message",
    "tel": "with a code by voice call",
    "otp": "with a code from an authenticator app",
    "device": "on a trusted device",
    "pwd": "with the password alone",
}
