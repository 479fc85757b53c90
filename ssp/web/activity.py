"""Recent activity in words: one sentence for each kind of event that concerns the account's owner, all in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from ssp.flows import activity
from ssp.flows.activity import Deed
from ssp.flows.kinds import ACTIONS, Kind, Outcome
from ssp.infra import agents
from ssp.models import Event
from ssp.models.session import SessionWithUser
from ssp.web.portal import portal
from ssp.web.words import HOW

DONE, REFUSED, FAILED = Outcome.DONE, Outcome.REFUSED, Outcome.FAILED
Sentences = Mapping[str, str]
VISITOR, OPERATOR = "visitor", "operator:"
_KINDS = {kind.value: kind for kind in Kind}

# By reason, where that matters; what stands for "" is said for all others.
TOLD: Mapping[tuple[Kind, Outcome], Sentences] = {
    (Kind.SIGNED_IN, DONE): {"": "Signed in", **{reason: f"Signed in {words}" for reason, words in HOW.items()}},
    (Kind.PASSWORD, REFUSED): {
        "": "A wrong password was typed",
        "disabled": "A password was typed while the account was closed",
        "changed_meanwhile": "A password was typed while the account was being changed",
    },
    (Kind.HELD, REFUSED): {"": "A password was not looked at, because too many before it were wrong"},
    (Kind.STOPPED, REFUSED): {"": "So many passwords were wrong that no more are taken until Web Support helps"},
    (Kind.SECOND_FACTOR, REFUSED): {
        "": "A wrong code was typed",
        "replayed": "A code was typed that was used before",
        "expired": "A code was typed whose time was over",
        "burned": "A code was typed after too many wrong ones",
        "clock_off": "A code was typed from a phone whose clock is off",
        "paused": "A code was typed while its option was taking a break",
    },
    (Kind.RECOVERY_CODE, DONE): {"": "A recovery code was used"},
    (Kind.RECOVERY_CODE, REFUSED): {
        "": "A wrong recovery code was typed",
        "replayed": "A recovery code was typed that was used before",
        "paused": "A recovery code was typed while none are taken",
        "expired": "A recovery code was typed too late, and was not used up",
    },
    (Kind.MAILED_CODE, DONE): {"": "The code from a mail was typed"},
    (Kind.MAILED_CODE, REFUSED): {
        "": "A wrong code was typed in place of the one from a mail",
        "expired": "The code from a mail was typed too late",
        "burned": "The code from a mail was typed after too many wrong ones",
        "paused": "The code from a mail was typed while none are taken",
    },
    (Kind.CODE_MAILED, DONE): {"": "A code was mailed"},
    (Kind.CODE_MAILED, REFUSED): {"": "A code was asked for and not mailed"},
    (Kind.CODE_SENT, REFUSED): {"": "A code was asked for and not sent"},
    (Kind.CODE_SENT, FAILED): {"": "A code could not be sent, or did not arrive"},
    (Kind.GIVEN_UP, DONE): {"": "A sign-in was given up half-way"},
    (Kind.DEFERRED, DONE): {"": "Setting up an MFA option was put off"},
    (Kind.SIGNED_OUT, DONE): {
        "": "Signed out",
        "adding_authenticator": "Began to add an MFA option",
        "replacing_authenticator": "Began to replace an MFA option",
        "to_set_up": "Signed out to set up an MFA option",
        "to_recover": "Signed out to use a recovery code",
    },
    (Kind.SESSION_ENDED, DONE): {
        "": "A session was ended",
        "by_owner": "One browser was signed out",
        "all_others": "All other browsers were signed out",
        "by_operator": "All browsers were signed out",
        "too_many": "The oldest of too many browsers was signed out",
        "wrong_codes": "A browser was signed out, because ten codes before a change were wrong",
    },
    (Kind.STEP_UP, DONE): {
        "": "A code was typed before a change",
        **{action: f"A code was typed {words}" for action, words in ACTIONS.items()},
    },
    (Kind.SET_UP_BEGUN, REFUSED): {
        "": "An MFA option was not begun",
        "held": "A number was typed that codes go to already",
        "crowded": "A number was typed that too many other people use",
        "full": "One MFA option more was wanted than there can be",
        "not_on_file": "A number was typed that is not on file",
        "too_many_numbers": "A number was typed after too many others",
    },
    (Kind.SET_UP, DONE): {"": "An MFA option was set up"},
    (Kind.REMOVED, DONE): {
        "": "An MFA option was removed",
        "replaced": "An MFA option was replaced by another one",
        "disowned": "An MFA option was undone by the link in a mail",
    },
    (Kind.PAUSED, REFUSED): {"": "No more codes were taken, because too many were wrong"},
    (Kind.RECOVERY_CODES_PAUSED, REFUSED): {"": "No more recovery codes were taken, because too many were wrong"},
    (Kind.RESUMED, DONE): {"": "The MFA options take codes again"},
    (Kind.PREFERENCE, DONE): {
        "": "The MFA option was confirmed",
        "change_wanted": "Another MFA option was asked for",
        "chosen": "Another MFA option comes first",
    },
    (Kind.RENAMED, DONE): {"": "An MFA option got another name"},
    (Kind.TRUSTED, DONE): {"": "A browser was trusted to skip the code"},
    (Kind.DEVICE_REVOKED, DONE): {
        "": "The trust in a device was ended",
        "all_by_owner": "The trust in all devices was ended",
        "expired": "The trust in a device ran out",
    },
    (Kind.DEVICE_REVOKED, REFUSED): {
        "": "The trust in a device was ended",
        "replayed": "The trust in a device was ended, because a copy of its cookie came back",
        "expired": "The trust in a device ran out",
    },
    (Kind.USER_ADDED, DONE): {"": "The account was made"},
    (Kind.USER_DISABLED, DONE): {"": "The account was closed"},
    (Kind.USER_ENABLED, DONE): {"": "The account was opened again"},
    (Kind.PASSWORD_CHANGED, DONE): {"": "The password was changed"},
    (Kind.DISOWNED, DONE): {
        "": "\N{LEFT DOUBLE QUOTATION MARK}This was not me\N{RIGHT DOUBLE QUOTATION MARK} was said"
    },
    (Kind.NOTICE_FAILED, FAILED): {"": "A mail about the account did not arrive"},
    (Kind.RECOVERY_BEGUN, DONE): {
        "": "A link to choose a new password was mailed",
        "by_operator": "A link to choose a new password was made",
    },
    (Kind.RECOVERY_BEGUN, REFUSED): {"": "A link to choose a new password was asked for and not mailed"},
    (Kind.USERNAMES_MAILED, DONE): {"": "The username was mailed"},
    (Kind.USERNAMES_MAILED, REFUSED): {"": "The username was asked for and not mailed"},
    (Kind.RECOVERY_CODES_MADE, DONE): {"": "Recovery codes were made", "renewed": "New recovery codes were made"},
    (Kind.RECOVERY_CODES_ENDED, DONE): {"": "The recovery codes were ended"},
    (Kind.EMAIL_ASKED, DONE): {"": "Another e-mail address was asked for"},
    (Kind.EMAIL_ASKED, REFUSED): {"": "Another e-mail address was asked for too often"},
    (Kind.EMAIL_GIVEN_UP, DONE): {"": "The other e-mail address was given up"},
    (Kind.EMAIL_CHANGED, DONE): {"": "The e-mail address was changed"},
    (Kind.EMAIL_CHANGED, REFUSED): {"": "A link to confirm an e-mail address was used too late"},
    (Kind.EMAIL_UNDONE, DONE): {"": "The e-mail address was changed back by a mailed link"},
    (Kind.EMAIL_UNDONE, REFUSED): {"": "A link to change the e-mail address back was used too late"},
    (Kind.PHONE_ON_FILE, DONE): {
        "": "The phone number on file was changed",
        "removed": "The phone number on file was removed",
    },
    (Kind.RECOVERED, DONE): {"": "A new password was chosen by a mailed link"},
    (Kind.RECOVERED, REFUSED): {"": "A link to choose a new password was used too late"},
}
# What the portal, its operators and the log keep to themselves, and what another sentence says already.
NOT_TOLD = frozenset({
    Kind.SENDS_PAUSED,
    Kind.DELIVERY_TESTED,
    Kind.CALLBACK_REFUSED,
    Kind.NEW_BROWSER,
    Kind.OVER,
    Kind.STEP_UP_BEGUN,
    Kind.DEVICE_USED,
    Kind.PASSWORD_REHASHED,
    Kind.FAREWELL,
    Kind.NOTICE_HELD,
    Kind.NOTICES_WAIT,
    Kind.KEYS_ROTATED,
    Kind.KEYS_DROPPED,
    Kind.LOG_PRUNED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of recent activity. `at` is its newest time, `times` how often it happened in a row."""

    words: str
    way: str | None
    whence: str
    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, the newest first, and the id below which there is more; None at the end."""

    lines: list[Line]
    before: int | None


def page(row: SessionWithUser, most: int, before: int = activity.LAST) -> Page:
    """Return what happened in somebody's own account below an event's id, in so many lines at most."""
    deeds = activity.newest(portal(), row, TOLD, before)
    runs = [list(run) for _, run in groupby(deeds, _alike)]
    shown = runs[:most]
    read = sum(map(len, shown))
    more = read < len(deeds) or len(deeds) == activity.MOST_READ
    return Page([_line(run) for run in shown], shown[-1][-1].event.id if more else None)


def _alike(deed: Deed) -> tuple[str | None, ...]:
    return sentence(deed.event), deed.way, _whence(deed.event)


def _line(run: list[Deed]) -> Line:
    deed = run[0]
    return Line(sentence(deed.event), deed.way, _whence(deed.event), deed.event.at, len(run))


def sentence(event: Event) -> str:
    """Return what an event is to the account's owner."""
    said = TOLD[_KINDS[event.kind], Outcome(event.outcome)]
    return said.get(event.reason or "", said[""])


def _whence(event: Event) -> str:
    """Return from where it was done, or that it was none of the person's own doing."""
    if event.actor == VISITOR:
        return f"{agents.describe(event.agent)}, from {event.address}"
    return "Web Support" if event.actor.startswith(OPERATOR) else "The portal"
