"""What tests in Chromium share: portals that really serve, windows that are watched, and every page at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import gallery, serving
from tests.browser.telephone import open_telephone
from tests.browser.tools import need
from tests.browser.visitor import PATIENCE_MS, Watch, Windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.browser.gallery import View
    from tests.browser.serving import Portal
    from tests.browser.telephone import Telephone
    from tests.browser.visitor import Visitor

QUIET = (
    "--no-sandbox",  # as root, in a container, Chromium runs only without it
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-gpu",  # drawn by the processor either way, and without a stand-in for a GPU sooner
    "--disable-domain-reliability",
    "--disable-quic",
    "--disable-software-rasterizer",
    "--disable-sync",
    # Nothing but this machine has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
)


@pytest.fixture(scope="session")
def watch() -> Watch:
    """Give what collects every error that a browser meets."""
    return Watch()


@pytest.fixture(scope="session")
def windows(watch: Watch) -> Iterator[Windows]:
    """Give a Chromium: the machine's own, else the one that Playwright fetched."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        kind = playwright.chromium
        path = need(
            "everything in a real browser", "chromium", "chromium-browser", "google-chrome", kind.executable_path
        )
        chromium = kind.launch(executable_path=path, args=list(QUIET))
        yield Windows(chromium, watch)
        chromium.close()


@pytest.fixture(autouse=True)
def _no_faults(watch: Watch) -> Iterator[None]:
    """Fail each test in which a browser met an error, or asked anybody but its portal."""
    yield
    faults = watch.faults.copy()
    watch.faults.clear()
    assert faults == []


@pytest.fixture
def arrive(windows: Windows) -> Iterator[Callable[..., Visitor]]:
    """Give what sits somebody down in front of a portal, at a window that closes with the test."""
    visitors: list[Visitor] = []

    def sit_down(portal: Portal, *, scripts: bool = True, may: Sequence[str] = ()) -> Visitor:
        visitors.append(windows.open(portal, scripts=scripts, may=may))
        return visitors[-1]

    yield sit_down
    for visitor in visitors:
        visitor.page.context.close()


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an instance folder as a new portal has it, to be copied."""
    return serving.new_instance(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def start_portal(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Portal]]:
    """Give what starts portals. In the end each must stop when told to, having had no trouble."""
    portals: list[Portal] = []

    def start(**settings: str) -> Portal:
        portals.append(serving.start(empty_instance, tmp_path_factory.mktemp("portal") / "instance", **settings))
        return portals[-1]

    yield start
    ends = [(portal.stop(), portal.log) for portal in portals]
    assert [code for code, _ in ends] == [0] * len(portals)
    assert [log for _, log in ends if '"level"' in log] == []


@pytest.fixture(scope="session")
def portal(start_portal: Callable[..., Portal]) -> Portal:
    """Give the portal that most tests share."""
    return start_portal()


@pytest.fixture(scope="session")
def telephone(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephone]:
    """Give a portal that a provider calls back."""
    with open_telephone(empty_instance, tmp_path_factory.mktemp("telephone")) as telephone:
        yield telephone


@pytest.fixture(scope="session")
def views(windows: Windows, telephone: Telephone, start_portal: Callable[..., Portal]) -> dict[str, View]:
    """Give every page in every state by name, each open in a tab of its own."""
    portals = gallery.Portals(
        # Not the one that tests share, or a newcomer there would have been here before.
        portal=start_portal(),
        another_one=start_portal(),
        before_the_date=start_portal(mfa_required_from=gallery.soon()),
        mailing=start_portal(setup_proof="mail-code"),
        calling=start_portal(setup_proof="known-phone"),
        telephone=telephone,
    )
    return gallery.walk(windows, portals)
