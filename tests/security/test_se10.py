"""SE10: every cookie on every page is closed to scripts, other sites and other hosts, and no id is in an address."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie

from webtest import TestResponse

from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_out
from tests.security.tools import addresses


def check(line: str) -> str:
    """Check one cookie; return its name without what differs from person to person."""
    ((name, cookie),) = SimpleCookie(line).items()
    assert name.startswith("__Host-ssp_"), line
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax"), line
    assert (cookie["path"], cookie["domain"]) == ("/", ""), line
    assert len(line) < 4096
    if name == "__Host-ssp_session" and cookie["max-age"] != "0":  # zero takes it away
        assert cookie["expires"] == cookie["max-age"] == "", line
    return re.sub("_(device|known)_.*", r"_\1", name)


def answers(browser: Browser) -> Iterator[TestResponse]:
    """Give what every address says to this browser, which stays as it is."""
    for method in ("GET", "POST"):
        for _, path in addresses(browser.app, method):
            kept = browser.cookies
            yield browser.web.request(path, method=method, expect_errors=True)
            browser.carry(kept)


def test_every_cookie_of_every_answer(public: Browser, clock: Clock) -> None:
    seen = [*answers(public)]
    password(public, ADA)
    seen += answers(public)
    set_up_text(public.fill("/sign-out"), ADA)
    seen += answers(public)
    sign_out(public)
    clock.move(minutes=1)
    password(public, ADA)
    seen += answers(public)
    seen.append(public.send("/sign-in/code", code=public.phone.text_code(), trust_device=True))
    seen.append(public.open("/").send("/sign-out"))
    lines = [line for response in seen for line in response.headers.getall("Set-Cookie")]
    assert {check(line) for line in lines} == {"__Host-ssp_session", "__Host-ssp_device", "__Host-ssp_known"}
    tokens = {line.partition("=")[2].partition(";")[0].rpartition(".")[2] for line in lines} - {""}
    addressed = " ".join(response.headers.get("Location", "") + response.text for response in seen)
    assert not [token for token in tokens if token in addressed]


def test_on_this_machine_the_prefix_and_secure_are_left_out(browser: Browser) -> None:
    line = browser.web.get("/sign-in").headers["Set-Cookie"]
    assert line.startswith("ssp_session=v.")
    assert line.endswith("; HttpOnly; Path=/; SameSite=Lax")
