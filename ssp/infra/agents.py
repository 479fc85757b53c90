"""What browsers call themselves, in the words that people use for them: "Firefox on Windows"."""

import ua_parser

LONGEST = 80
UNKNOWN = "Unknown browser"
# As people say it; whatever is not named here keeps the name that the parser knows.
_BROWSERS = {
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "An app",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "An app",
    "Opera Mobile": "Opera",
    "Samsung Internet": "Samsung's browser",
}
_SYSTEMS = {"iOS": "iPhone or iPad", "Mac OS X": "Mac", "Chrome OS": "Chromebook"}


def describe(agent: str) -> str:
    """Return browser and system, at most 80 characters, without versions, which change from one week to the next.

    Anybody can send any user agent, so this helps people to tell their own browsers apart, and proves nothing.
    """
    browser, system = ua_parser.parse_user_agent(agent), ua_parser.parse_os(agent)
    named = _BROWSERS.get(browser.family, browser.family) if browser else UNKNOWN
    if system is None:
        return named[:LONGEST]
    return f"{named} on {_SYSTEMS.get(system.family, system.family)}"[:LONGEST]
