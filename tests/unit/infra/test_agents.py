"""What browsers call themselves, in plain words."""

import pytest

from ssp.infra.agents import LONGEST, UNKNOWN, describe

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    "agent, words",
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/150.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.5 Safari/605.1.15", "Safari on Mac"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone or iPad",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/150.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.5.0", "curl"),
        ("", UNKNOWN),
        ("Ångström", UNKNOWN),
        ("something (Windows NT 10.0)", f"{UNKNOWN} on Windows"),
    ],
)
def test_browser_and_system_are_named(agent: str, words: str) -> None:
    assert describe(agent) == words


def test_no_name_is_too_long_for_its_column() -> None:
    assert max(len(describe(f"Mozilla/5.0 (compatible; {'x' * length}bot/1.0)")) for length in range(250)) <= LONGEST
