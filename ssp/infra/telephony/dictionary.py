"""What the provider's numbers and words mean: error codes, those of sending and those that come later, and ids."""

import re

from ssp.infra.telephony.carrier import Reason

# Twilio's error codes (https://www.twilio.com/docs/api/errors). It splits and renames some from time to time, so
# whoever looks one up has an answer for the unknown ones too.
_CODES = {
    Reason.INVALID_NUMBER: (13223, 13224, 13225, 13226, 21211, 21214, 21217, 21265, 21266),
    Reason.NOT_MOBILE: (21614, 21635, 30006),
    Reason.OPTED_OUT: (21610,),
    Reason.COUNTRY_NOT_ALLOWED: (13227, 21203, 21215, 21408),
    Reason.NO_ROUTE: (21612, 21657),
    Reason.UNREACHABLE: (30003, 30005, 30008),
    Reason.BLOCKED: (
        *(21202, 21216, 30004, 30007),  # that number, or these words
        *(30024, 30032, 30034, 30035, 30042),  # a sender that is not registered, not verified or not yet known
    ),
    Reason.FRAUD: (30450, 30453, 60410),
    Reason.TRIAL: (10002, 13805, 14111, 21219, 21608, 572005, 573005),
    Reason.BUSY: (14107, 20429, 21611, 30001, 30022, 30023, 30036),
    Reason.PROVIDER_DOWN: (30410,),
    Reason.MISCONFIGURED: (
        *(10001, 20003, 20005, 30002),  # account and credentials
        *(21210, 21212, 21601, 21603, 21606, 21659, 21660, 21661),  # sender
        *(21701, 21703, 21705),  # messaging service
        *(21205, 21602, 21609, 21617),  # addresses and words of ours
    ),
}
_BY_CODE = {code: reason for reason, codes in _CODES.items() for code in codes}

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def reason_of(code: object) -> Reason | None:
    """Return what an error code means; None for an unknown one, and for whatever else a server gave as its code."""
    return _BY_CODE.get(code) if isinstance(code, int) else None


def id_of(value: object) -> str | None:
    """Return the id of a text or call; None for what cannot be one."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None
