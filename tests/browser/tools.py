"""Other people's tools, as second opinions on what the portal made. One that is missing skips its tests, loudly."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).parent.parent / "tools"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
HTML_VALIDATE = FOLDER / "node_modules" / ".bin" / "html-validate"
# WCAG 2.2 at A and AA, with all that it took over from 2.0 and 2.1, and what axe's makers advise beyond it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]


def need(untested: str, *commands: str | Path) -> str:
    """Return the path of the first of these commands or files that is here; skip the test where there is none."""
    found = next((path for each in commands if (path := _find(each))), None)
    if found is None:
        pytest.skip(f"NOT TESTED HERE: {untested}, because {commands[0]} is missing (`make tools` says how to get it)")
    return found


def _find(command: str | Path) -> str | None:
    return shutil.which(command) or (str(command) if Path(command).is_file() else None)


def _run(*command: str | Path, given: str | None = None) -> str:
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=60).stdout


def read_qr(picture: Path) -> str:
    """Return what the one QR code on a picture says."""
    zbarimg = need("that the QR code on the screen can be read", "zbarimg")
    return _run(zbarimg, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture).strip()


def app_code(secret: str, seconds: int = 0) -> str:
    """Return what an authenticator app shows so many seconds from now."""
    oathtool = need("authenticator app codes against a second maker of them", "oathtool")
    return _run(oathtool, "--totp", "--base32", f"--now=@{int(time.time()) + seconds}", "-", given=secret).strip()


def axe_faults(page: Page) -> list[str]:
    """Return what axe finds wrong with the page that shows: rule, place, and what it says."""
    axe = Path(need("accessibility by axe", AXE))
    # Not as a script element, which the pages' own policy stops.
    page.evaluate(f"{axe.read_text()}; 0")
    options = {"runOnly": RULES, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def html_faults(pages: dict[str, str], folder: Path) -> list[str]:
    """Return what html-validate finds wrong with pages, given as HTML by name."""
    html_validate = need("valid HTML", HTML_VALIDATE)
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html)
    report = folder / "report.json"
    command: list[str | Path] = [
        html_validate,
        "--config",
        FOLDER / ".htmlvalidate.json",
        "--formatter",
        "json",
        folder / "*.html",
    ]
    with report.open("wb") as file:  # to a file: what it writes into a pipe can end in the middle
        subprocess.run(command, stdout=file, check=False, timeout=120, cwd=FOLDER)
    return [
        f"{Path(page['filePath']).stem}, line {fault['line']}: {fault['ruleId']}: {fault['message']}"
        for page in json.loads(report.read_text())
        for fault in page["messages"]
    ]
