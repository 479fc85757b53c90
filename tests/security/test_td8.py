"""TD8: the cookie of a trusted device is as closed as cookies get, and names nobody."""

from http.cookies import SimpleCookie

from tests.conftest import Clock
from tests.people import ADA, Browser, password, set_up_text, sign_out


def test_its_attributes(public: Browser, clock: Clock) -> None:
    sign_out(set_up_text(public, ADA))
    clock.move(minutes=1)
    password(public, ADA)
    response = public.send("/sign-in/code", code=public.phone.text_code(), trust_device=True)
    (line,) = [each for each in response.headers.getall("Set-Cookie") if "ssp_device_" in each]
    ((name, cookie),) = SimpleCookie(line).items()
    assert name.startswith("__Host-ssp_device_")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert 30 * 24 * 3600 <= int(cookie["max-age"]) <= 60 * 24 * 3600
    assert ADA.username not in line
    assert len(line) < 4096
