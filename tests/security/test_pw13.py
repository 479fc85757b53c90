"""PW13: there is no account and no key that came with the portal."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from ssp.app import create_app
from ssp.models import User
from ssp.settings import Settings, SettingsError
from ssp.web.portal import Site
from tests.people import Browser

USUAL = [("admin", "admin"), ("admin", "password"), ("root", "root"), ("ssp", "ssp"), ("test", "test"), ("ada", "ada")]


def test_the_usual_names_open_nothing(browser: Browser, site: Site) -> None:
    with site.database.writing() as connection:
        connection.execute(delete(User))
    for username, typed in USUAL:
        assert browser.open("/sign-in").fill(username=username, password=typed).page.status_int == 422


@pytest.mark.parametrize(
    "keys",
    [
        *("", "changeme\n", "k1 \n", f"k1 {'A' * 43}=\n", "k1 Y2hhbmdlbWVjaGFuZ2VtZWNoYW5nZW1lY2hhbmdlbWU=\n"),
        *(f"k1 {(word * 43)[:43]}\n" for word in ("dev", "secret", "changeme", "admin", "password-")),
    ],
)
def test_weak_keys_stop_the_start(tmp_path: Path, keys: str) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(keys)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="SSP_SECRET_KEY_FILE"):
        create_app(Settings(instance=tmp_path, demo=True))


def test_each_portal_makes_its_own_key(tmp_path: Path) -> None:
    made = set()
    for name in ("one", "two"):
        create_app(Settings(instance=tmp_path / name, demo=True))
        made.add((tmp_path / name / "keys.txt").read_text())
    assert len(made) == 2
