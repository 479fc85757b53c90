"""The description of the API, which the tests take from npm, fits the client, which the portal takes from PyPI."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest
from twilio.rest.api.v2010.account.call import CallList
from twilio.rest.api.v2010.account.message import MessageList

from tests.contract.prism import CALLS, FORM, TEXTS, description, fields_of, write_lists_out

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("path, create", [(TEXTS, MessageList.create), (CALLS, CallList.create)])
def test_the_description_knows_all_that_the_client_can_send(path: str, create: Callable[..., object]) -> None:
    parameters = [name for name in inspect.signature(create).parameters if name != "self"]
    assert {"".join(part.title() for part in name.split("_")) for name in parameters} == fields_of(path)


def test_lists_and_nothing_else_are_written_out() -> None:
    before, after = description(), write_lists_out(description())
    assert "encoding" not in before["paths"][CALLS]["post"]["requestBody"]["content"][FORM]
    form = after["paths"][CALLS]["post"]["requestBody"]["content"][FORM]
    assert form.pop("encoding") == {
        name: {"style": "form", "explode": True} for name in ("StatusCallbackEvent", "RecordingStatusCallbackEvent")
    }
    assert form == before["paths"][CALLS]["post"]["requestBody"]["content"][FORM]
    assert after["paths"].keys() == before["paths"].keys()
