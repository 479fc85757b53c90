"""How long something is good for, in words, so that no page or mail ever says another time than the one that counts."""

from datetime import timedelta

_UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}


def in_words(span: timedelta) -> str:
    """Return a span in the longest unit of which it has at least two, and no part: "10 days", "24 hours", "30 minutes".

    Raises ValueError for one that is not whole minutes.
    """
    for noun, unit in _UNITS.items():
        if span >= 2 * unit and not span % unit:
            return f"{span // unit} {noun}s"
    if span == _UNITS["minute"]:
        return "1 minute"
    raise ValueError(f"{span} is not whole minutes")
