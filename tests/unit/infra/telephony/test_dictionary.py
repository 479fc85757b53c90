"""The provider's error codes and ids, and those that nobody knows."""

import pytest

from ssp.infra.telephony.carrier import Reason
from ssp.infra.telephony.dictionary import id_of, reason_of


@pytest.mark.parametrize(
    "code, reason",
    [
        (21211, Reason.INVALID_NUMBER),
        (21635, Reason.NOT_MOBILE),
        (30006, Reason.NOT_MOBILE),
        (21610, Reason.OPTED_OUT),
        (21408, Reason.COUNTRY_NOT_ALLOWED),
        (21215, Reason.COUNTRY_NOT_ALLOWED),
        (21612, Reason.NO_ROUTE),
        (21657, Reason.NO_ROUTE),
        (30003, Reason.UNREACHABLE),
        (30005, Reason.UNREACHABLE),
        (30008, Reason.UNREACHABLE),
        (30004, Reason.BLOCKED),
        (30007, Reason.BLOCKED),
        (30024, Reason.BLOCKED),
        (30032, Reason.BLOCKED),
        (30034, Reason.BLOCKED),
        (30035, Reason.BLOCKED),
        (30450, Reason.FRAUD),
        (30453, Reason.FRAUD),
        (21608, Reason.TRIAL),
        (30001, Reason.BUSY),
        (30022, Reason.BUSY),
        (30023, Reason.BUSY),
        (30036, Reason.BUSY),
        (30410, Reason.PROVIDER_DOWN),
        (30002, Reason.MISCONFIGURED),
        (21609, Reason.MISCONFIGURED),
        (21660, Reason.MISCONFIGURED),
        (21701, Reason.MISCONFIGURED),
        (21705, Reason.MISCONFIGURED),
    ],
)
def test_a_known_code_has_a_reason(code: int, reason: Reason) -> None:
    assert reason_of(code) is reason


@pytest.mark.parametrize("code", [0, -1, 99999, "21211", 21211.0, None, [21211], {}])
def test_an_unknown_one_has_none(code: object) -> None:
    assert reason_of(code) is None


@pytest.mark.parametrize(
    "value", ["SM" + "0" * 32, "b3877c40-da60-4998-90ad-b792e98472af", "x", "x" * 64], ids=["Twilio", "UUID", "1", "64"]
)
def test_an_id_is_letters_digits_and_dashes(value: str) -> None:
    assert id_of(value) == value


@pytest.mark.parametrize(
    "value",
    ["", "x" * 65, "SM 1", "SM1\n", "SM1\0", "\u0661", "<b>", 7, None, ["SM1"]],
    ids=["empty", "long", "space", "line end", "NUL", "foreign digit", "mark-up", "number", "none", "list"],
)
def test_nothing_else_is_an_id(value: object) -> None:
    assert id_of(value) is None
