"""What pages say where a code does not leave or arrive, and what helps there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from ssp.authenticators.protocol import SendRefusal
from ssp.infra import phones
from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.progress import Status


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


def why(reason: Reason | None, sender: str | None) -> Advice:
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
