import pytest

from ssp.infra.passwords import Parameters


@pytest.mark.parametrize(
    "text, parameters",
    [
        ("19456,2,1", Parameters(19456, 2, 1)),
        (" 47104 , 1 , 1 ", Parameters(47104, 1, 1)),
        ("65536,3,4", Parameters(65536, 3, 4)),
        ("262144,4,16", Parameters(262144, 4, 16)),
    ],
)
def test_good_parameters_are_read(text: str, parameters: Parameters) -> None:
    assert Parameters.parse(text) == parameters


@pytest.mark.parametrize("text", ["", "19456", "19456,2", "19456,2,1,1", "19456;2;1", "a,b,c", "-1,2,1", "١٩٤٥٦,2,1"])
def test_other_notations_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"memory_kib,time,lanes, such as 19456,2,1"):
        Parameters.parse(text)


@pytest.mark.parametrize("text", ["19455,2,1", "19456,1,1", "47103,1,1", "47104,0,1", "19456,2,0", "0,0,0"])
def test_less_than_owasp_asks_for_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"below OWASP's minimum; use 19456,2,1 or 47104,1,1 or more"):
        Parameters.parse(text)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("262145,1,1", "262145 KiB of memory; the most allowed is 262144"),
        ("262144,5,1", "would take seconds"),
        ("19456,65,1", "would take seconds"),
        ("19456,2,17", "17 lanes; the most allowed is 16"),
    ],
)
def test_more_than_one_sign_in_may_cost_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Parameters.parse(text)
