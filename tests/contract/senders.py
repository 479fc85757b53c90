"""The settings by which a portal sends: every kind of credentials, sender, and way to say a code."""

from __future__ import annotations

from typing import Any

from tests.provider import ACCOUNT, TOKEN

Settings = dict[str, Any]

KEY = "SK" + "0" * 32
SECRET = "secret-of-the-key"
SERVICE = "MG" + "0" * 32
CALLER = "+12055550199"
SETTINGS: dict[str, Settings] = {
    "auth token and number": {},
    "API key": {"twilio_api_key": KEY, "twilio_api_secret": SECRET},
    "API key alone": {"twilio_auth_token": None, "twilio_api_key": KEY, "twilio_api_secret": SECRET},
    "messaging service": {"twilio_from": None, "twilio_messaging_service_sid": SERVICE, "twilio_voice_from": CALLER},
    "short code": {"twilio_from": "12345", "twilio_voice_from": CALLER},
    "name": {"twilio_from": "Example 1", "twilio_voice_from": CALLER},
    "not called back": {"callbacks": False},
    "no key to press": {"voice_press_key": False},
    "long and odd words": {"portal_name": f"<Say> & “Us” 門 {'&' * 60}", "text_digits": 8, "voice_digits": 8},
}


def credentials(settings: Settings) -> str:
    """Return with what the portal signs in to the provider."""
    return f"{KEY}:{SECRET}" if "twilio_api_key" in settings else f"{ACCOUNT}:{TOKEN}"


def is_called_back(settings: Settings) -> bool:
    """Return whether the provider may call back: it is allowed to, and what it signs with is known."""
    return "callbacks" not in settings and "twilio_auth_token" not in settings


def waits_for_a_key(settings: Settings) -> bool:
    """Return whether a call says the code only once a key is pressed."""
    return is_called_back(settings) and "voice_press_key" not in settings
