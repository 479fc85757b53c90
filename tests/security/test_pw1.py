"""PW1: a new password has at least 15 characters, never a setting below 8; older ones stay as they are."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from pydantic import ValidationError

from ssp.settings import Settings
from ssp.web.portal import Site
from tests.people import Browser, Human, join, password


def add(app: Flask, typed: str) -> Result:
    arguments = ["user", "add", "zoe", "--email", "zoe@example.test", "--password-stdin"]
    return app.test_cli_runner().invoke(args=arguments, input=f"{typed}\n")


@pytest.mark.parametrize("typed", ["x" * 14, "", "\N{GRINNING FACE}" * 14])
def test_shorter_ones_are_refused(app: Flask, typed: str) -> None:
    result = add(app, typed)
    assert result.exit_code == 1
    assert "shorter than 15 characters" in result.output


@pytest.mark.parametrize("typed", ["fifteen letters", "".join(map(chr, range(0x1F600, 0x1F60F)))])
def test_fifteen_will_do_whatever_their_bytes(app: Flask, browser: Browser, typed: str) -> None:
    assert add(app, typed).exit_code == 0
    assert password(browser, Human("zoe", typed)).path == "/set-up"


def test_a_password_that_came_along_stays_however_short(browser: Browser, site: Site) -> None:
    short = Human("zoe", "8 letter")
    join(site, short)
    assert password(browser, short).path == "/set-up"


def test_the_setting_goes_from_8_up(make_app: Callable[..., Flask]) -> None:
    assert add(make_app(password_min=8), "vqjzkxwp").exit_code == 0
    assert add(make_app(password_min=8), "vqjzkxw").exit_code == 1
    with pytest.raises(ValidationError, match="password_min"):
        Settings(demo=True, password_min=7)
