"""Addresses as limits count them."""

import pytest

from ssp.infra.networks import network


@pytest.mark.parametrize(
    "address, counted",
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::7", "2001:db8:0:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("::1", "::/64"),
        ("-", "-"),
    ],
)
def test_whoever_has_one_address_of_a_network_has_all_of_it(address: str, counted: str) -> None:
    assert network(address) == counted
