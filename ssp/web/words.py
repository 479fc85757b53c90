"""What pages say about verdicts, refusals and reasons: short, calm, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from math import ceil

from markupsafe import Markup

from ssp.authenticators.protocol import AuthenticatorType, Place, SendRefusal, Verdict
from ssp.flows.address_proof import Mailed
from ssp.flows.sessions import Ended
from ssp.flows.sign_in import Refusal
from ssp.infra import paper_codes, phones
from ssp.infra.articles.figures import count
from ssp.infra.clock import now
from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.progress import Status
from ssp.models import Session
from ssp.web.dates import Reader

MINUTE = 60
_NUMBERS = {5: "five", 6: "six", 7: "seven", 8: "eight"}


def number(value: int) -> str:
    """Return a code's length as a word."""
    return _NUMBERS.get(value, str(value))


def verdict(result: Verdict, kind: AuthenticatorType | Mailed, tries_left: int | None) -> tuple[str, str]:
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


# A headline, and what to do next, for a recovery code that did not pass.
RECOVERY: Mapping[Verdict, tuple[str, str]] = {
    Verdict.UNREADABLE: (
        "That is not a whole recovery code.",
        f"Type all {paper_codes.LETTERS} letters and digits. Capitals, spaces and hyphens do not matter.",
    ),
    Verdict.WRONG: (
        "That recovery code is not right.",
        "Compare it with your list. If you have several lists, only the newest one counts.",
    ),
    Verdict.REPLAYED: ("That recovery code was used already.", "Each one works once. Take the next one on your list."),
    Verdict.PAUSED: (
        "Recovery codes are taking a break.",
        "Too many were wrong, so this one was not checked. Wait a while, or ask Web Support.",
    ),
}

# What to look at, and what to wait for, by whether the portal sends the codes.
_CHECK = {True: "Check the newest code we sent", False: "Check the code that your app shows now"}
_NEXT = {True: "Let us send you a new one.", False: "Wait until your app shows the next one."}


class Remedy(Enum):
    """What helps where a code does not arrive.

    NO_PHONE is another way for which nothing is sent. AGAIN is the page's own wish for one more message. HELP is what
    is left: the help page that goes with it, and Web Support.
    """

    CHECK_NUMBER = auto()
    ANOTHER_WAY = auto()
    NO_PHONE = auto()
    AGAIN = auto()
    HELP = auto()


@dataclass(frozen=True, slots=True)
class Advice:
    """What to say where a code does not arrive, and what helps: the first of these that is possible."""

    words: str
    remedies: tuple[Remedy, ...]


_ANOTHER = (Remedy.ANOTHER_WAY, Remedy.HELP)
# Where the fault lies with the phone network or the provider, the phone's other service most likely fails, too.
_NOT_BY_PHONE = (Remedy.NO_PHONE, Remedy.AGAIN, Remedy.HELP)

REFUSALS: Mapping[SendRefusal, Advice] = {
    SendRefusal.WAIT: Advice("We sent it a moment ago. Give it a little time before you ask again.", ()),
    SendRefusal.NONE_LEFT: Advice(
        "We sent this code as often as we can. Start over to get a new one, or use another way if you have one.",
        (Remedy.ANOTHER_WAY,),
    ),
    SendRefusal.TOO_MANY: Advice(
        "Too many codes were asked for lately. Wait a while before you try again, or use another way if you have one.",
        (Remedy.NO_PHONE, Remedy.HELP),
    ),
    SendRefusal.PAUSED: Advice(
        "No codes leave by phone at the moment: unusually many were asked for, so we stopped them for a while."
        " That is not your fault.",
        (Remedy.NO_PHONE, Remedy.HELP),
    ),
    SendRefusal.WAY_PAUSED: Advice(
        "No codes leave in this way at the moment: unusually many were asked for, so we stopped them for a while."
        " That is not your fault.",
        (Remedy.NO_PHONE, Remedy.ANOTHER_WAY, Remedy.HELP),
    ),
    SendRefusal.NOT_ALLOWED: Advice(
        "We do not send codes to this number any more. Use another way if you have one, or ask Web Support.", _ANOTHER
    ),
    SendRefusal.BURNED: Advice(
        "This code was typed wrong too often. Start over to get a new one, or use another way if you have one.",
        (Remedy.ANOTHER_WAY,),
    ),
}


# The same where nothing left, as far as anybody knows.
_NOTHING_LEFT: Mapping[SendRefusal, Advice] = {
    SendRefusal.WAIT: Advice("We tried a moment ago. Give it a little time before you ask again.", ()),
    SendRefusal.NONE_LEFT: Advice(
        "We tried as often as we can, and the phone service did not take it. That is not your fault."
        " Use another way if you have one, or start over in a few minutes.",
        (Remedy.NO_PHONE, Remedy.HELP),
    ),
}


def no_more(refusal: SendRefusal, *, on_its_way: bool) -> Advice:
    """Return why no further message leaves, where the code is on its way already, or is not."""
    return REFUSALS[refusal] if on_its_way else _NOTHING_LEFT.get(refusal, REFUSALS[refusal])


def none_sent(refusal: SendRefusal | None) -> Advice:
    """Return why no code went out at all: what the page can see no other reason for is a limit that was used up."""
    return REFUSALS[refusal or SendRefusal.TOO_MANY]


_STOPPED = "This phone once answered STOP to our texts, so they are held back. To get them again, {start}."
_FAILURES: Mapping[Reason, Advice] = {
    Reason.INVALID_NUMBER: Advice(
        "The phone company does not know this number, so no code can reach it.", (Remedy.CHECK_NUMBER, *_ANOTHER)
    ),
    Reason.NOT_MOBILE: Advice(
        "This number cannot get text messages. It seems to be a landline.",
        (Remedy.ANOTHER_WAY, Remedy.CHECK_NUMBER, Remedy.HELP),
    ),
    Reason.OPTED_OUT: Advice(_STOPPED, (Remedy.ANOTHER_WAY, Remedy.AGAIN, Remedy.HELP)),
    Reason.COUNTRY_NOT_ALLOWED: Advice(
        "Our phone service does not carry codes to that country in this way.",
        (Remedy.ANOTHER_WAY, Remedy.CHECK_NUMBER, Remedy.HELP),
    ),
    Reason.NO_ROUTE: Advice(
        "Our phone service cannot bring a code to this number in this way.",
        (Remedy.ANOTHER_WAY, Remedy.CHECK_NUMBER, Remedy.HELP),
    ),
    Reason.UNREACHABLE: Advice(
        "The phone cannot be reached just now. Check that it is on and has reception.", _NOT_BY_PHONE
    ),
    Reason.BLOCKED: Advice(
        "The phone company stopped this code on its way, as it does with messages that it takes for advertising.",
        (Remedy.ANOTHER_WAY, Remedy.AGAIN, Remedy.HELP),
    ),
    Reason.FRAUD: Advice(
        "A protection against fraud held this code back. That is not your fault, and it passes by itself.",
        (Remedy.ANOTHER_WAY, Remedy.AGAIN, Remedy.HELP),
    ),
    Reason.TRIAL: Advice(
        "Our phone service is still on trial and reaches only a few numbers. That is not your fault.",
        (Remedy.NO_PHONE, Remedy.HELP),
    ),
    Reason.REFUSED: Advice(
        "The phone company did not take this code.", (Remedy.ANOTHER_WAY, Remedy.AGAIN, Remedy.HELP)
    ),
    Reason.MISCONFIGURED: Advice(
        "We could not send the code just now: something on our side needs mending. That is not your fault.",
        (Remedy.NO_PHONE, Remedy.HELP),
    ),
    Reason.BUSY: Advice(
        "We could not send the code just now, because very many are on their way. That is not your fault.",
        _NOT_BY_PHONE,
    ),
    Reason.TIMEOUT: Advice("This takes longer than usual. The code may still arrive.", _NOT_BY_PHONE),
    Reason.PROVIDER_DOWN: Advice(
        "We could not send the code just now: the phone service has a fault. That is not your fault.", _NOT_BY_PHONE
    ),
    Reason.NOT_CONNECTED: Advice(
        "We could not send the code just now: the phone service does not answer. That is not your fault.",
        _NOT_BY_PHONE,
    ),
    Reason.STORAGE: Advice(
        "We could not send the code just now: our own storage has a fault. That is not your fault.", _NOT_BY_PHONE
    ),
}
# The call ended, and nothing is wrong with number or provider.
_MISSED = (Remedy.AGAIN, Remedy.ANOTHER_WAY, Remedy.HELP)
_MISSES: Mapping[Status, tuple[Remedy, ...]] = {
    Status.BUSY: _MISSED,
    Status.NO_ANSWER: _MISSED,
    Status.HUNG_UP: _MISSED,
}


def delivery(reason: Reason | None, sender: str | None) -> Advice:
    """Return what to say about a code that did not leave or arrive.

    `sender` is what our texts come from: a number, a short code or a name; None if the provider picks one.
    """
    advice = _FAILURES[reason or Reason.REFUSED]
    return replace(advice, words=advice.words.format(start=_start(sender)))


def _start(sender: str | None) -> str:
    """Return how to get texts again after STOP."""
    if sender is None:
        return "text START to the number they come from"
    if not sender.removeprefix("+").isdecimal():
        return "ask Web Support"  # nobody can text to a name
    return f"text START to {phones.pretty(sender) if sender.startswith('+') else sender}"


def missed(status: Status) -> tuple[Remedy, ...]:
    """Return what helps after a call that ended without the code; nothing where all goes well."""
    return _MISSES.get(status, ())


def not_mailed(refusal: SendRefusal) -> str:
    """Return why no further mail with a code leaves."""
    return {
        SendRefusal.WAIT: REFUSALS[SendRefusal.WAIT].words,
        SendRefusal.TOO_MANY: "Too many codes were asked for lately. Wait a while before you try again.",
        SendRefusal.NONE_LEFT: "We sent this code as often as we can. Start over to get a new one.",
        SendRefusal.BURNED: "This code was typed wrong too often. Start over to get a new one.",
    }[refusal]


ASKED_BECAUSE: Mapping[str, str] = {
    "new": "We ask for a code because this device is not one that you told us to trust. Another browser, a private"
    " window or deleted cookies make it a new one.",
    "expired": "You trusted this device for a set time, and that time is over. So we ask for a code again today.",
    "revoked": "The trust in this device was ended. So we ask for a code again today.",
    "by_owner": "You ended the trust in this device on your account page. So we ask for a code again today.",
    "too_many": "You have trusted several newer devices, and this one made room. So we ask for a code again today.",
    "outdated": "Your password or your MFA options changed since you trusted this device. So we ask for a code again.",
    "replayed": "A used copy of this device's cookie came back, so it is not trusted any more. Tell Web Support.",
    "step_up": "This change protects your account, so we ask for a new code, even on a device that you trust.",
    "due": "It is time to check that your MFA option is still right, so we ask even on this trusted device.",
}


NOTHING_TYPED = ("Enter your username and your password.", "Both are needed. Below is what helps if you forgot one.")
NO_USERNAME = ("Enter your username.", "It is what you type into the first field of the sign-in page.")
NO_ADDRESS = ("That is no e-mail address.", "Type it whole, such as name@example.org.")
_MISMATCH = "That username and password do not match."
_CHECK_BOTH = "Check both and try again. Capital letters matter in the password."
_CHECK_BOTH_LATER = "Check both. Capital letters matter in the password."
_NOT_YOURS = "That is not the password you have now."
_TOO_MANY = "Too many passwords were wrong."
_HELD = ("Too many passwords for this username were wrong.", "This one was not checked, be it right or wrong.")
_CROWDED = ("Too many sign-ins came from your network.", "So this one was not checked, be it right or wrong.")
_CROWDED_HERE = ("Too many sign-ins came from this browser.", _CROWDED[1])
_STOPPED = "No more passwords are checked for it before Web Support frees it."
_ELSEWHERE = "A browser in which you signed in before may not have to wait."


def refused(refusal: Refusal, reader: Reader) -> tuple[str, str]:
    """Return what to say about a password that opened nothing: a headline, and what to do next.

    Nothing in it tells whether somebody has the username.
    """
    if refusal.until is None:
        return _MISMATCH, _CHECK_BOTH
    why = (_CROWDED_HERE if refusal.known else _CROWDED) if refusal.crowded else _HELD
    headline, advice = (_MISMATCH, _CHECK_BOTH_LATER) if refusal.looked_at else why
    when = _STOPPED if refusal.stopped else _again(refusal.until, reader)
    others = "" if refusal.known else _ELSEWHERE
    return headline, Markup(" ").join(filter(None, (advice, when, others)))


def too_many_wishes(until: datetime, reader: Reader) -> tuple[str, str]:
    """Return what to say to somebody who forgot something where no more such mails are written just now."""
    why = "Too many people asked for such a mail just now."
    return why, Markup(" ").join(("Nothing was sent.", _again(until, reader), "Or ask Web Support."))


def not_the_password(until: datetime | None, reader: Reader, *, looked_at: bool, stopped: bool) -> tuple[str, str]:
    """Return what to say about a password that is not the one that somebody who is signed in has now."""
    headline, advice = (_NOT_YOURS, "Check it.") if looked_at else (_TOO_MANY, _HELD[1])
    if until is None:
        return headline, f"{advice} Capital letters matter."
    return headline, Markup(" ").join((advice, _STOPPED if stopped else _again(until, reader)))


def _again(until: datetime, reader: Reader) -> str:
    seconds = seconds_until(until)
    if seconds <= MINUTE:
        return f"You can try again in {seconds} second{'' if seconds == 1 else 's'}."
    return Markup("You can try again from {}.").format(reader.own_clock(next_minute(until)))


def seconds_until(moment: datetime) -> int:
    """Return how many whole seconds it is until a moment, so that waiting for them is long enough; one at least."""
    return max(ceil((moment - now()).total_seconds()), 1)


def next_minute(moment: datetime) -> datetime:
    """Return a moment rounded up, so that waiting for the shown minute is long enough."""
    return (moment + timedelta(seconds=59)).replace(second=0, microsecond=0) if moment.second else moment


def minutes_left(moment: datetime) -> Markup:
    """Return how long it is until a moment, in whole minutes; scripts keep it true while the page is open."""
    minutes = max(round((moment - now()).total_seconds() / 60), 1)
    machine = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<span data-until="{}">{} minute{} left</span>').format(machine, minutes, "" if minutes == 1 else "s")


SOMETHING_HAPPENED = "something happened in your account"
# What a mail told, for the page behind its link; each follows on a time.
HAPPENED: Mapping[str, str] = {
    "set_up": "an MFA option was set up",
    "added": "a further MFA option was set up",
    "replaced": "an MFA option was replaced",
    "removed": "an MFA option was removed",
    "preferred": "another MFA option was chosen to be asked for first",
    "recovery_made": "new recovery codes were made",
    "recovery_used": "somebody signed in with a recovery code",
    "paused": "many wrong access codes were typed",
    "stopped": "wrong access codes were typed again and again",
    "unfinished": "a sign-in got past the password and ended with a wrong access code",
    "unfinished_change": "a change of your account ended with a wrong access code",
    "device_replayed": "an old copy of a trusted device's cookie came back",
    "device_revoked": "the trust in a device was ended",
    "new_browser": "somebody signed in with a new browser",
    "password_changed": "the password was changed",
    "password_chosen": "the first password was chosen",
    "email_asked": "another e-mail address was asked for",
    "sessions_ended": "everybody was signed out",
    "session_dropped": "one browser was signed out",
    "more": "more happened than we wrote mails about",
}

HOW: Mapping[str, str] = {
    "sms": "with a code by text message",
    "tel": "with a code by voice call",
    "otp": "with a code from an authenticator app",
    "device": "on a trusted device",
    "pwd": "with the password alone",
}


# What the sign-in page says of what was done just before, by what its address ends with.
LEFT_BEHIND: Mapping[str, str] = {
    "signed-out": "You are signed out.",
    "new-password": "Your new password counts from now on. Sign in with it.",
    "first-password": "Your password is set. Sign in with it; then you choose how to get your access codes.",
}
# What a code is asked for once more, by the errand's name in addresses.
BEFORE: Mapping[str, str] = {
    "password": "Change your password",
    "add": "Add an MFA option",
    "remove": "Remove an MFA option",
    "replace": "Replace an MFA option",
    "rename": "Rename an MFA option",
    "prefer": "Change which MFA option comes first",
    "codes": "Make recovery codes",
    "email": "Change your e-mail address",
}
# What the account page says after something was done.
DONE: Mapping[str, str] = {
    "session": "That session is ended.",
    "sessions": "You are signed out everywhere else, and no other device is trusted any longer.",
    "alone": "You were signed in nowhere else, and no other device was trusted. Nothing had to be ended.",
    "device": "That device is no longer trusted.",
    "devices": "None of your devices is trusted any longer.",
    "password": "Your password is changed. You are signed out everywhere else, and no device is trusted any longer.",
    "email": "We mailed a link to the new address. Your address changes once you open it and press its button.",
    "email-kept": "Your e-mail address stays as it is.",
    "removed": "That MFA option is removed. You are signed out everywhere else, and no device is trusted any longer.",
    "last": "That is your last MFA option. Add another one before you remove it.",
    "renamed": "That MFA option has its new name.",
    "preferred": "From now on we ask for that MFA option first.",
    "first": "We ask for that MFA option first already.",
    "unavailable": "That MFA option is not available any more. Choose another one to be asked for first.",
    "full": "You have as many MFA options as there can be. Replace one, or remove one before you add another.",
}


def room(places: Mapping[Place, int]) -> str:
    """Return how many further options somebody can set up, in a sentence."""
    parts = [count(left, f"more {place.words}") for place, left in places.items() if left]
    return f"You can add {' and '.join(parts)}." if parts else DONE["full"]


_OVER = "Your session is over. Please sign in again."


def proved(session: Session) -> str:
    """Return how a session was proved, such as "with a code by text message"."""
    if session.second_factor_at is not None:
        return HOW[session.amr.split()[1]]
    return HOW["device" if session.device_id else "pwd"]


def session_over(ended: Ended | None) -> str:
    """Return why somebody has to sign in again."""
    if ended is None:
        return _OVER
    idle, hours = ended.idle // timedelta(minutes=1), ended.longest // timedelta(hours=1)
    why = {
        "idle": f"You were signed out because nothing happened here for {count(idle, 'minute')}.",
        "too_long": f"You were signed out because a session ends {count(hours, 'hour')} after signing in.",
        "too_many": "You were signed out here because you signed in on many other browsers.",
        "signed_out": "You signed out.",
        "ended_elsewhere": "You ended this session from another browser.",
        "password_changed": "Your password was changed, which ends all other sessions.",
        "authenticator_changed": "Your MFA options were changed, which ends all other sessions.",
        "recovery_used": "A recovery code was used to sign in, which ends all other sessions.",
        "to_set_up": "To set up an MFA option, start with your password.",
        "to_recover": "To use a recovery code, start with your password.",
    }.get(ended.because)
    return f"{why} Please sign in again." if why else _OVER
