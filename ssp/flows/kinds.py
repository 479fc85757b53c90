"""What the security log knows: each kind of event with its meaning, written down once.

To add a kind, add one entry to `Kind`: its name in the log, what it means to an operator, and, where they are not the
usual ones, how it can go, the reasons it can give, and whom and what it names. `record` writes nothing that is not
declared here, and docs/events.md is made from this file: `flask events list --markdown`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from ssp.authenticators.protocol import SendRefusal, Verdict
from ssp.infra.telephony.carrier import Reason


class Outcome(Enum):
    """How it went."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class About(Enum):
    """Whom an event is about, in the words of the documentation."""

    PERSON = "the person"
    ANYBODY = "the person, or `unknown:` with a keyed digest of the name that nobody has"
    NOBODY = "nobody"


_DONE = (Outcome.DONE,)
_REFUSED = (Outcome.REFUSED,)
_EITHER = (Outcome.DONE, Outcome.REFUSED)
Reasons = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a kind. `watch` is what an operator does well to look out for.

    `reasons` has the meaning of each; in a part written `<…>` anything may stand. `way` says whether the event can name
    an MFA option.
    """

    name: str
    words: str
    outcomes: tuple[Outcome, ...] = _DONE
    reasons: Reasons = field(default_factory=dict)
    about: About = About.PERSON
    way: bool = False
    watch: str = ""
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Make the pattern that the reasons follow."""
        every = "|".join(pattern_of(reason).pattern for reason in self.reasons)
        object.__setattr__(self, "pattern", re.compile(every))


def pattern_of(reason: str) -> re.Pattern[str]:
    """Return what matches a reason as it is declared: anything, where it has `<…>`."""
    return re.compile(re.sub(r"<[^>]*>", r"[^_]+", re.escape(reason)))


# ---- Reasons that another part of the portal lists ----

VERDICTS: Mapping[Verdict, str] = {
    Verdict.ACCEPTED: "the code was right, and is used up",
    Verdict.WRONG: "the code was wrong",
    Verdict.REPLAYED: "the code was right, and used before",
    Verdict.EXPIRED: "the code had run out",
    Verdict.BURNED: "too many wrong codes were typed for this one, so that it takes none any more",
    Verdict.UNREADABLE: "that was no code",
    Verdict.CLOCK_OFF: "the code is of another time: the clock of the person's phone is wrong",
    Verdict.PAUSED: "this MFA option takes no codes for now",
}
REFUSALS: Mapping[SendRefusal, str] = {
    SendRefusal.WAIT: "the wait for the next one is not over",
    SendRefusal.NONE_LEFT: "this sign-in has had all its codes",
    SendRefusal.TOO_MANY: "a limit of sends is used up",
    SendRefusal.BURNED: "the code takes no answers any more",
    SendRefusal.NOT_ALLOWED: "the number's country is not allowed any more",
    SendRefusal.PAUSED: "texts and calls take a break: see `delivery.paused`",
    SendRefusal.WAY_PAUSED: "texts alone, or calls alone, take a break: see `delivery.paused`",
}
# Only these limits are one person's, number's or address's; the others pause sends for everybody.
LIMITS: Reasons = {
    "too_many_line": "`SSP_LIMIT_LINE` is used up",
    "too_many_number": "`SSP_LIMIT_NUMBER` is used up",
    "too_many_person": "`SSP_LIMIT_PERSON` is used up",
    "too_many_address": "`SSP_LIMIT_ADDRESS` is used up",
}
FAILURES: Mapping[Reason, str] = {
    Reason.INVALID_NUMBER: "there is no such number",
    Reason.NOT_MOBILE: "the number gets no texts",
    Reason.OPTED_OUT: "the number has sent STOP to this sender",
    Reason.COUNTRY_NOT_ALLOWED: "the provider's account may not send to that country",
    Reason.NO_ROUTE: "the provider finds no way from this sender to that number",
    Reason.UNREACHABLE: "the provider finds no way to that number",
    Reason.BLOCKED: "the provider or a network blocks the sender or the number",
    Reason.FRAUD: "the provider's protection against fraud blocks the number",
    Reason.TRIAL: "the provider's account is a trial",
    Reason.REFUSED: "the provider refused it without a reason that we know",
    Reason.MISCONFIGURED: "the provider refuses the account, its credentials or its sender",
    Reason.BUSY: "the provider was too busy, or all places to wait were taken",
    Reason.TIMEOUT: "the provider did not answer in time; the message may still arrive",
    Reason.PROVIDER_DOWN: "the provider has trouble of its own",
    Reason.NOT_CONNECTED: "the provider cannot be reached",
    Reason.STORAGE: "the outbox of demo mode cannot be written",
}


def _of(meanings: Mapping[Verdict, str] | Mapping[SendRefusal, str] | Mapping[Reason, str]) -> Reasons:
    """Return the reasons that an enumeration lists, as the log has them."""
    return {str(member.value): words for member, words in meanings.items()}


# What can become of a code by mail.
_OF_MAIL = (SendRefusal.WAIT, SendRefusal.NONE_LEFT, SendRefusal.TOO_MANY, SendRefusal.BURNED)
_BY_MAIL = (Verdict.ACCEPTED, Verdict.WRONG, Verdict.EXPIRED, Verdict.BURNED, Verdict.PAUSED)


NOTICES: Reasons = {
    "set_up": "the first MFA option was set up",
    "added": "a further MFA option was set up",
    "replaced": "an MFA option took another one's place",
    "removed": "an MFA option was removed",
    "preferred": "another MFA option is asked for first",
    "recovery_made": "new recovery codes were made",
    "recovery_used": "somebody signed in with a recovery code",
    "paused": "an MFA option rests after wrong codes, or recovery codes do",
    "stopped": "an MFA option takes no codes until Web Support frees it, or no recovery codes are taken",
    "unfinished": "a sign-in got past the password and no further",
    "unfinished_change": "a change that asks for a code was left after a wrong one",
    "device_replayed": "a copy of a trusted device's cookie came back",
    "device_revoked": "the trust in a device was ended",
    "new_browser": "a sign-in in a browser that is new to the person",
    "password_changed": "the password was changed",
    "password_chosen": "the first password was chosen",
    "email_asked": "another mail address was asked for",
    "sessions_ended": "all other sessions were ended",
    "session_dropped": "the oldest of too many sessions was ended",
    "session_wrong": "a session was ended after ten wrong codes before a change",
    "more": "more happened than mails were sent for",
}
ACTIONS: Reasons = {
    "change_password": "to change the password",
    "add_option": "to add an MFA option",
    "remove_option": "to remove an MFA option",
    "replace_option": "to replace an MFA option",
    "rename_option": "to give an MFA option another name",
    "prefer_option": "to choose which MFA option is asked for first",
    "make_recovery_codes": "to make recovery codes",
    "change_email": "to change the mail address",
}
# Why somebody who forgot something got no mail; the page says the same to all of them.
_NOT_MAILED: Reasons = {
    "unknown": "nobody has the name or the address that was typed",
    "disabled": "the account is disabled",
    "no_address": "the account has no address that mail could be sent to",
    "too_many": "there were enough of these mails lately: for a new password, all of their links work still",
    "too_many_in_all": "the portal wrote a thousand of these mails within the hour",
    "elsewhere": "what asked for it had gone to a mail address that is not on file any more, and that the one on file "
    "may be a thief's",
    "address_<rate>": "`SSP_LIMIT_SIGN_INS` of the network address is used up by wishes for mail; said once for each "
    "time, and about nobody",
}
_WRONG: Reasons = {
    "wrong_<count>": "how many wrong ones came from browsers where the person signed in before",
    "wrong_<count>_new_browser": "how many came from browsers that are new to the person; known ones go on",
}
_LINK_OVER: Reasons = {
    "used": "the link was used before; said once an hour for each link",
    "expired": "the link was too old; said once an hour for each link",
}


# ---- The kinds ----


class Kind(Enum):
    """What can happen. The value is what the log calls it."""

    _value_: str
    entry: Entry

    def __new__(cls, entry: Entry) -> Self:
        """Make a kind of its entry."""
        kind = object.__new__(cls)
        kind._value_, kind.entry = entry.name, entry
        return kind

    PASSWORD = Entry(
        "sign_in.password",
        "A username and a password were typed.",
        _EITHER,
        {
            "wrong": "the password was wrong",
            "unknown": "nobody has this username",
            "disabled": "the account is disabled; the person saw the same as for a wrong password",
            "compromised": "the password counts for nothing since the owner said that it was stolen: see "
            "`notice.disowned`",
            "changed_meanwhile": "the password was right, but the account was changed while it was being checked",
        },
        About.ANYBODY,
        watch="Many that are refused: from one address, somebody tries names or passwords; for one person from many "
        "addresses, somebody tries that account.",
    )
    HELD = Entry(
        "sign_in.held",
        "A password was turned away without being looked at.",
        _REFUSED,
        {
            "waiting_known": "the wait after wrong ones is not over, in a browser where the person signed in before",
            "waiting_new": "the wait after wrong ones is not over, in a browser that is new to the person",
            "stopped_known": "no passwords are taken for this name from any browser: see `sign_in.stopped`",
            "stopped_new": "no passwords are taken for this name from browsers that are new to the person",
            "browser_<rate>": "so many passwords came from one browser where the person signed in before, or one "
            "session; said once for each time",
            "address_<rate>": "`SSP_LIMIT_SIGN_INS` of the network address is used up; said once for each time, and "
            "about nobody",
        },
        About.ANYBODY,
        watch="Many: somebody tries passwords by machine. `browser_…`: somebody has a copy of the browser's cookie, or "
        "the person's machine is not theirs alone; `flask user sign-out` forgets the browser. `address_…` of an office "
        "means that `SSP_LIMIT_SIGN_INS` is too low for it.",
    )
    STOPPED = Entry(
        "sign_in.stopped",
        "So many wrong passwords were typed that none is taken any more until Web Support frees the account.",
        _REFUSED,
        {
            "known_<count>": "how many came from browsers where the person signed in before; nobody gets in",
            "new_<count>": "how many came from browsers that are new to the person; those they know go on",
        },
        About.ANYBODY,
        watch="Each one about a person: somebody tries that account. `flask user unlock` frees it.",
    )
    SECOND_FACTOR = Entry(
        "sign_in.second_factor",
        "An access code was typed, at a sign-in or while an MFA option was being set up.",
        _EITHER,
        _of(VERDICTS),
        way=True,
        watch="Wrong codes right after a right password: somebody may have the password. `replayed`: somebody may "
        "have watched the code. Many `clock_off`: a phone's clock, or the server's.",
    )
    RECOVERY_CODE = Entry(
        "sign_in.recovery_code",
        "A recovery code was typed at a sign-in. A right one ends all sessions and trusted devices, and leads to "
        "setting up an MFA option before anything else.",
        _EITHER,
        {
            "accepted": "the code was right, and is used up",
            "wrong": "the code was wrong, or of a set that was replaced",
            "replayed": "the code was right, and used before",
            "paused": "recovery codes are not taken for now",
            "expired": "the code was right, but the sign-in was over before it was looked at; it works still",
            "browser_<rate>": "so many came from one sign-in, or one browser where the person signed in before, that "
            "none is looked at; said once for each time",
        },
        watch="`accepted` that the person knows nothing of: disable the account. Wrong ones right after a right "
        "password: somebody may have the password.",
    )
    RECOVERY_CODES_MADE = Entry(
        "recovery_codes.made",
        "The person made recovery codes. Older ones open nothing any more.",
        reasons={"first": "there were none before", "renewed": "they took the place of others"},
        watch="One that the person knows nothing of: disable the account.",
    )
    RECOVERY_CODES_PAUSED = Entry(
        "recovery_codes.paused",
        "So many wrong recovery codes were typed that none are taken: for a while, or until Web Support frees them.",
        _REFUSED,
        _WRONG,
        watch="Each one: somebody has the password, or the person needs help.",
    )
    RECOVERY_CODES_ENDED = Entry(
        "recovery_codes.ended",
        "A person's recovery codes open nothing any more, and there are no new ones.",
        reasons={
            "reset_by_operator": "an operator removed the MFA options, and the codes with them",
            "disowned": "their owner said by a mailed link that something was not them",
        },
    )
    CODE_SENT = Entry(
        "sign_in.code_sent",
        "An access code was handed to the provider, was not sent, or did not arrive.",
        tuple(Outcome),
        {**_of(REFUSALS), **LIMITS, **_of(FAILURES)},
        way=True,
        watch="Many `too_many_…`: somebody has codes sent on purpose, or a limit is too low. Many `failed` with one "
        "reason: what the reason says, at the provider.",
    )
    CODE_MAILED = Entry(
        "set_up.code_mailed",
        "A code was mailed that a first set-up asks for, because `SSP_SETUP_PROOF` is `mail-code`.",
        _EITHER,
        _of({refusal: REFUSALS[refusal] for refusal in _OF_MAIL}),
        watch="One that the person knows nothing of: somebody has the password.",
    )
    MAILED_CODE = Entry(
        "set_up.mailed_code",
        "The mailed code was typed that a first set-up asks for.",
        _EITHER,
        _of({verdict: VERDICTS[verdict] for verdict in _BY_MAIL}),
        watch="Wrong ones: somebody has the password, and not the mail.",
    )
    SENDS_PAUSED = Entry(
        "delivery.paused",
        "A budget of texts and calls is used up: they take a break for everybody.",
        _REFUSED,
        {
            "country_<country>_<rate>": "`SSP_LIMIT_COUNTRY` of this country is used up",
            "texts_<rate>": "`SSP_LIMIT_TEXTS` is used up; calls go on",
            "calls_<rate>": "`SSP_LIMIT_CALLS` is used up; texts go on",
            "site_<rate>": "`SSP_LIMIT_SITE` is used up",
        },
        About.NOBODY,
        watch="Each one. Somebody may have codes sent to earn by them.",
    )
    DELIVERY_TESTED = Entry(
        "delivery.tested",
        "An operator had a test text or a test call sent, with `flask delivery check --to`.",
        (Outcome.DONE, Outcome.FAILED),
        {"text": "a text", "voice": "a call"},
        About.NOBODY,
    )
    CALLBACK_REFUSED = Entry(
        "delivery.callback_refused",
        "Something came to the provider's addresses that the provider did not sign. There is one event a minute at "
        "most, however many come; the operator's log has a line for each.",
        _REFUSED,
        {"unsigned": "the signature was missing or wrong"},
        About.NOBODY,
        watch="Each one. If they come when codes are sent, the auth token, the signing key or `SSP_BASE_URL` is not "
        "what the provider has; otherwise somebody tries to pass for the provider.",
    )
    SIGNED_IN = Entry(
        "sign_in.finished",
        "A sign-in was finished: a session was opened.",
        reasons={
            "sms": "with the password and a texted code",
            "tel": "with the password and a spoken code",
            "otp": "with the password and a code of an authenticator app",
            "device": "with the password, in a browser that is trusted to skip the code",
            "pwd": "with the password alone, before the compulsory date",
        },
        watch="`pwd` for people who should have an MFA option by now.",
    )
    NEW_BROWSER = Entry(
        "sign_in.new_browser",
        "A sign-in was finished in a browser that is new to the person, who gets a mail about it.",
        watch="One that the person knows nothing of: disable the account.",
    )
    GIVEN_UP = Entry("sign_in.given_up", "The person ended a sign-in before it was finished.")
    OVER = Entry(
        "sign_in.over",
        "Something was sent for a sign-in that takes nothing any more; said once an hour for each sign-in.",
        _REFUSED,
        {
            "expired": "it had taken too long; the person was asked to begin again",
            "ended": "it was finished, given up, begun anew, or ended by a change of the account; also a button that "
            "was pressed twice",
        },
        watch="`ended` after `user.disabled` or `authenticator.removed`: somebody was half-way in and went on trying.",
    )
    DEFERRED = Entry(
        "sign_in.deferred",
        "The person put off setting up an MFA option.",
        _EITHER,
        {"not_allowed": "people of their groups may not, or the compulsory date has come"},
    )
    SIGNED_OUT = Entry(
        "session.signed_out",
        "The person signed out: the session is over.",
        reasons={
            "adding_authenticator": "they went back into the sign-in, to set up another MFA option",
            "replacing_authenticator": "they went back into the sign-in, to set up an MFA option in place of one",
            "to_set_up": "they had no MFA option and went to set up one, which a change asked for",
            "to_recover": "they could not get the code that a change asked for, and went to use a recovery code",
        },
    )
    SESSION_ENDED = Entry(
        "session.ended",
        "A session was ended from elsewhere.",
        reasons={
            "by_owner": "the person ended one on the account page",
            "all_others": "the person ended all but the one they were in, and the trust in all other devices",
            "by_operator": "an operator ended all of them, and the trust in all devices",
            "too_many": "the person signed in once more than sessions are allowed; this was the oldest",
            "wrong_codes": "ten wrong codes in a row were typed in it before a change",
        },
        watch="`by_owner` and `all_others`: the person may have seen somebody else. `wrong_codes`: somebody may have a "
        "copy of the session's cookie.",
    )
    STEP_UP_BEGUN = Entry("step_up.begun", "A code was asked for before a change.", reasons=ACTIONS)
    STEP_UP = Entry("step_up.proved", "The code before a change was right.", reasons=ACTIONS)
    SET_UP_BEGUN = Entry(
        "authenticator.set_up_begun",
        "The person began to set up an MFA option.",
        _EITHER,
        {
            "held": "they get codes at this number already",
            "crowded": "several other people get codes at this number already",
            "full": "they have as many phone lines, or apps, as one person can",
            "not_on_file": "`SSP_SETUP_PROOF` is `known-phone`, and this is not the number that came with the account",
            "too_many_numbers": "so many numbers were tried within a day that none is compared any more",
        },
        way=True,
        watch="`crowded`: several accounts with one phone may be one person's. `not_on_file`: somebody may have the "
        "password, or the number on file is an old one.",
    )
    SET_UP = Entry(
        "authenticator.set_up",
        "An MFA option was set up and proved. The person's older sessions and trusted devices are over.",
        way=True,
        watch="One that the person knows nothing of: disable the account.",
    )
    REMOVED = Entry(
        "authenticator.removed",
        "An MFA option was removed.",
        reasons={
            "replaced": "the person set up another one in its place",
            "disowned": "its owner said by a mailed link that they had not set it up",
            "by_owner": "the person removed it on the account page",
            "reset_by_operator": "an operator removed all of them; sessions and trusted devices are over, too",
        },
        way=True,
        watch="`reset_by_operator` that nobody asked for.",
    )
    PAUSED = Entry(
        "authenticator.paused",
        "So many wrong codes were typed that an MFA option takes none: for a while, or until Web Support frees it. One "
        "that names no option is about the code that a first set-up has mailed.",
        _REFUSED,
        _WRONG,
        way=True,
        watch="Each one: somebody has the password, or the person needs help.",
    )
    RESUMED = Entry(
        "authenticator.resumed",
        "MFA options that took no codes take them again.",
        reasons={"by_operator": "an operator freed them"},
    )
    PREFERENCE = Entry(
        "authenticator.preference",
        "The person was asked whether the MFA option is still right, or said which one to ask for first.",
        reasons={
            "kept": "it is",
            "change_wanted": "they want another one",
            "chosen": "they chose, on the account page, the one that is named; sessions and trusted devices stay",
        },
        way=True,
    )
    RENAMED = Entry(
        "authenticator.renamed", "An MFA option was given another name, which the log leaves out.", way=True
    )
    TRUSTED = Entry("device.trusted", "The person had a browser trusted, which skips the code from then on.")
    DEVICE_USED = Entry(
        "device.used",
        "A trusted browser skipped the code.",
        reasons={
            "trusted": "with the value that it was given last",
            "trusted_tab": "with the value before that, seconds after it was spent: two tabs at once",
        },
    )
    DEVICE_REVOKED = Entry(
        "device.revoked",
        "The trust in a browser ended before its time.",
        _EITHER,
        {
            "replayed": "a value that was spent long ago came back: somebody has a copy of the cookie",
            "expired": "its time is over, which the browser did not know",
            "off": "the settings, or the person's groups, allow no trusted devices any more",
            "too_many": "the person had a newer one trusted, and this one was used longest ago",
            "by_owner": "the person ended it on the account page",
            "all_by_owner": "the person ended the trust in all of them on the account page",
        },
        watch="`replayed`: a stolen cookie, or a browser that was restored from a backup.",
    )
    USER_ADDED = Entry(
        "user.added", "An account was added.", reasons={"import": "from a file, with `flask user import`"}
    )
    PHONE_ON_FILE = Entry(
        "user.phone_on_file",
        "An operator changed the phone number on file for somebody: see `SSP_SETUP_PROOF`.",
        reasons={"changed": "another number counts from now on", "removed": "there is none any more"},
    )
    USER_DISABLED = Entry(
        "user.disabled", "An account was disabled. All of the person's sessions and trusted devices are over."
    )
    USER_ENABLED = Entry("user.enabled", "A disabled account was opened again.")
    PASSWORD_REHASHED = Entry(
        "user.password_rehashed", "A right password was hashed anew, as strong as hashes are made today."
    )
    PASSWORD_CHANGED = Entry(
        "user.password_changed",
        "A new password was chosen. All that the old one had opened is over.",
        watch="One that the person knows nothing of: disable the account.",
    )
    FAREWELL = Entry(
        "authenticator.old_told",
        "The mobile of an MFA option that was replaced was told so by a text.",
        (Outcome.DONE, Outcome.FAILED),
        _of(FAILURES),
        way=True,
    )
    DISOWNED = Entry(
        "notice.disowned",
        "The owner said by the link of a notice that what it told of was somebody else. Everybody was signed out, the "
        "password stopped, and a link to choose a new one was mailed.",
        _EITHER,
        {**NOTICES, **_LINK_OVER},
        watch="Each one: somebody had the password, or the mailbox.",
    )
    NOTICE_HELD = Entry(
        "notice.held",
        "A notice was not mailed, because the person had many within the hour; one more mail says so.",
        _REFUSED,
        NOTICES,
        watch="Many: somebody tries that account, or wants to bury a mail under others.",
    )
    NOTICE_FAILED = Entry(
        "notice.failed",
        "A mail failed so often that it is not tried any more.",
        (Outcome.FAILED,),
        watch="Each one: the person's address is wrong, or the mail server refuses it.",
    )
    NOTICES_WAIT = Entry(
        "notice.waiting",
        "Notices wait, said once a day at most.",
        (Outcome.FAILED,),
        {"no_mail_server": "`SSP_SMTP_URL` is not set"},
        About.NOBODY,
        watch="Each one: people do not hear what happens to their accounts.",
    )
    RECOVERY_BEGUN = Entry(
        "recovery.begun",
        "A link to choose a new password was mailed to the person, or made by an operator.",
        _EITHER,
        {
            "by_operator": "an operator made it",
            "forgotten": "somebody asked for it on the page for forgotten passwords",
            **_NOT_MAILED,
        },
        About.ANYBODY,
        watch="Many `unknown`: somebody tries names. `too_many_in_all`: somebody has mails written by machine.",
    )
    USERNAMES_MAILED = Entry(
        "recovery.usernames",
        "The usernames of a mail address were mailed to it.",
        _EITHER,
        _NOT_MAILED,
        About.ANYBODY,
        watch="Many `unknown`: somebody tries addresses.",
    )
    RECOVERED = Entry("recovery.finished", "A new password was chosen by a link.", _EITHER, _LINK_OVER)
    EMAIL_ASKED = Entry(
        "email.asked",
        "The person asked for another mail address; a link to confirm it was mailed there.",
        _EITHER,
        {"too_many": "that happened several times within the day"},
    )
    EMAIL_GIVEN_UP = Entry("email.given_up", "The person gave up the change of the mail address that waited.")
    EMAIL_CHANGED = Entry(
        "email.changed",
        "The new mail address was confirmed and counts. The old one was told, with a way back of ten days.",
        _EITHER,
        {
            "back": "it is the one of before again, so that the one that was left has no way back",
            "by_operator": "an operator changed it; no way back of before works any more",
            **_LINK_OVER,
        },
        watch="One that the person knows nothing of: disable the account.",
    )
    EMAIL_UNDONE = Entry(
        "email.undone",
        "Whoever has the mail address of before said that its change was somebody else, and it is back. Everybody was "
        "signed out, the password stopped, and a link to choose a new one was mailed.",
        _EITHER,
        _LINK_OVER,
        watch="Each one: somebody had the account, or has an old mailbox.",
    )
    KEYS_ROTATED = Entry(
        "keys.rotated",
        "An operator had everything sealed with a new key.",
        reasons={"<key>": "the new key's id"},
        about=About.NOBODY,
    )
    KEYS_DROPPED = Entry(
        "keys.dropped",
        "An operator dropped an old key that nothing needs any more.",
        reasons={"<key>": "the key's id"},
        about=About.NOBODY,
    )
    LOG_PRUNED = Entry(
        "log.pruned",
        "The oldest events were dropped, because they are older than `SSP_KEEP_EVENTS_DAYS`.",
        _EITHER,
        {
            "events_<count>": "how many were dropped",
            "block_<number>": "this block is not as it was sealed, so that it and all newer ones stay",
        },
        About.NOBODY,
        watch="`refused`: run `flask events verify`.",
    )


def meaning(kind: Kind, reason: str) -> str:
    """Return what a reason of a kind means; the reason itself where the kind knows of it no more."""
    if reason in kind.entry.reasons:
        return kind.entry.reasons[reason]
    patterns = ((pattern_of(known), words) for known, words in kind.entry.reasons.items())
    said = next((words for pattern, words in patterns if pattern.fullmatch(reason)), None)
    return f"{said} ({reason})" if said else reason
