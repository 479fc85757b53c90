"""TP2: the codes are those of RFC 6238: SHA-1, six digits, thirty seconds."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import START, Clock
from tests.people import ADA, Browser, one, password

# Appendix B, the last six of its eight digits; the other two times are before there was a portal.
VECTORS = {
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


@pytest.mark.parametrize("seconds", VECTORS)
def test_the_published_codes_count(
    browser: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    real = secrets.token_bytes
    published = b"12345678901234567890"
    monkeypatch.setattr(secrets, "token_bytes", lambda size=32: published if size == 20 else real(size))
    clock.move(seconds=(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) - START).total_seconds())
    password(browser, ADA).fill(type="totp")
    assert one(browser.page.html, "[data-totp-secret]")["data-totp-secret"] == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert browser.fill(code=VECTORS[seconds]).path == "/set-up/done"


def test_apps_need_no_further_parameters(browser: Browser) -> None:
    password(browser, ADA).fill(type="totp")
    address = str(one(browser.page.html, 'a[href^="otpauth:"]')["href"])
    # Without them an app takes SHA-1, six digits and thirty seconds.
    assert not [name for name in ("algorithm=", "digits=", "period=") if name in address]
