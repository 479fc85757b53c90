"""What pages say of passwords, codes and changes: short, calm, and what to do next."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from markupsafe import Markup

from ssp.authenticators.protocol import AuthenticatorType, Place, Verdict
from ssp.flows import links
from ssp.flows.address_proof import Mailed
from ssp.flows.links import Purpose
from ssp.flows.sessions import Ended
from ssp.flows.sign_in import Refusal
from ssp.infra import paper_codes
from ssp.infra.articles.figures import count
from ssp.models import Session
from ssp.web.dates import Reader, next_minute, seconds_until

MINUTE = 60
_NUMBERS = {5: "five", 6: "six", 7: "seven", 8: "eight"}


def number(value: int) -> str:
    """Return a code's length as a word."""
    return _NUMBERS.get(value, str(value))


def figures() -> Mapping[str, object]:
    """Return what pages say of what is good for how long, or how long itself."""
    return {
        "link_holds": {purpose.value: links.holds(purpose) for purpose in Purpose},
        "recovery_letters": paper_codes.LETTERS,
    }


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
    "paused": "many wrong codes were typed",
    "stopped": "wrong codes were typed again and again",
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
    "session_wrong": "wrong access codes were typed before a change of your account",
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
        "wrong_codes": "You were signed out here because ten codes in a row were wrong.",
        "signed_out": "You signed out.",
        "ended_elsewhere": "You ended this session from another browser.",
        "password_changed": "Your password was changed, which ends all other sessions.",
        "authenticator_changed": "Your MFA options were changed, which ends all other sessions.",
        "recovery_used": "A recovery code was used to sign in, which ends all other sessions.",
        "to_set_up": "To set up an MFA option, start with your password.",
        "to_recover": "To use a recovery code, start with your password.",
    }.get(ended.because)
    return f"{why} Please sign in again." if why else _OVER
