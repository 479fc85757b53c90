"""What contract tests share: Twilio's description served on this machine, and portals that send to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.contract import prism
from tests.contract.examiner import Examiner
from tests.people import Browser
from tests.provider import open_provider, settings_for
from tests.security.tools import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from tests.contract.prism import Prism


@pytest.fixture(scope="session")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    """Give Twilio's description of its API, served by Prism."""
    document = tmp_path_factory.mktemp("prism") / "twilio.json"
    document.write_text(json.dumps(prism.write_lists_out(prism.description())))
    with prism.open_prism(document) as running:
        yield running


@pytest.fixture
def examiner(twilio: Prism) -> Iterator[Examiner]:
    """Give a provider that fails each test in which it is asked for anything but what Twilio takes."""
    with open_provider() as provider:
        examiner = Examiner(provider, twilio)
        provider.answer = examiner
        yield examiner
    assert examiner.faults == []


@pytest.fixture
def visit(make_app: Callable[..., Flask], examiner: Examiner) -> Callable[..., Browser]:
    """Give what opens a browser in front of a portal on the web with these settings; all of them share one database."""

    def open_browser(**settings: object) -> Browser:
        provider = examiner.provider
        app = make_app(demo=False, base_url=PUBLIC, **settings_for(provider.origin, **settings))
        return Browser(app, provider.phone, origin=PUBLIC)

    return open_browser
