"""Who runs a command, as the security log names them."""

import os
import pwd

import pytest

from ssp.infra.account import account


def test_it_is_the_account_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("USER", "somebody-else")
    assert account() == pwd.getpwuid(os.getuid()).pw_name


def test_behind_sudo_it_is_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "grace")
    assert account() == "grace"


def test_a_number_without_a_name_is_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert account() == "4000000000"
