"""The letters of what people read out or copy from paper: none is mistaken for another one, whoever typed it."""

# Digits and letters without I, L, O and U (Douglas Crockford's base 32): five bits each.
ALL = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
# What only looks like one of them is read as that one.
_ALIKE = str.maketrans("ILOU", "110V")


def read(typed: str, length: int) -> str | None:
    """Return what somebody typed in these letters, capitals or not; None if it is not so many of them."""
    wanted = typed.upper().translate(_ALIKE)
    return wanted if len(wanted) == length and set(wanted) <= set(ALL) else None
