"""Network addresses as limits count them."""

from ipaddress import IPv6Address, ip_address, ip_network

_OWNED_BITS = 64


def network(address: str) -> str:
    """Return the address, or the /64 of an IPv6 one: whoever has one of these has all of it.

    An IPv4 address in IPv6's clothes is that IPv4 address, or all of them would be one network.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, _OWNED_BITS), strict=False))
