"""No test reaches the real provider, and no request of the portal's goes to any of its other hosts."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from pytest_socket import SocketConnectBlockedError
from twilio.base.domain import Domain
from twilio.rest import Client

from ssp.infra.telephony import twilio
from ssp.settings import Settings
from tests.people import ADA
from tests.provider import NUMBER, settings_for
from tests.security.tools import PUBLIC

if TYPE_CHECKING:
    from tests.contract.examiner import Examiner

# Addresses that stand in examples, and nowhere else (RFC 5737).
SOMEWHERE = "203.0.113.7"


def client_for(origin: str | None) -> Client:
    values = {"instance": Path("instance"), "base_url": PUBLIC, **settings_for(origin)}
    return twilio.client(Settings.model_validate(values))


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names whose address was asked for; all of them are somewhere far away."""
    names: list[str] = []

    def look_up(host: str, port: int, *_: object, **__: object) -> list[Any]:
        names.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (SOMEWHERE, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


@pytest.mark.filterwarnings("ignore:A test tried to use socket:UserWarning")
def test_without_an_origin_it_would_be_twilio_and_no_test_gets_there(looked_up: list[str]) -> None:
    with pytest.raises(SocketConnectBlockedError, match=SOMEWHERE):
        client_for(None).messages.create(ADA.mobile, from_=NUMBER, body="Hello")
    assert set(looked_up) == {"api.twilio.com", SOMEWHERE}


@pytest.mark.contract
def test_no_other_host_of_twilios_is_ever_asked(examiner: Examiner, looked_up: list[str]) -> None:
    client = client_for(examiner.provider.origin)
    parts = [getattr(client, name) for name, each in vars(Client).items() if isinstance(each, property)]
    others = {urlsplit(part.base_url).netloc for part in parts if isinstance(part, Domain)} - {"api.twilio.com"}
    assert {"verify.twilio.com", "lookups.twilio.com", "messaging.twilio.com"} < others
    for host in others | {"api.sydney.au1.twilio.com", "api.twilio.com.example.org", "127.0.0.1"}:
        with pytest.raises(ValueError, match="not a request for the messaging API"):
            client.request("POST", f"https://{host}/2010-04-01/Accounts.json")
    assert examiner.provider.asked == []
    assert looked_up == []
