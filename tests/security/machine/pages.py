"""Where pages lead: who may see which, and where everybody else is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.security.machine.verdicts import SHOWS, Landing

if TYPE_CHECKING:
    from tests.security.machine.ledger import Standing
    from tests.security.machine.verdicts import Case

STEP_PAGES: dict[str, tuple[Standing, ...]] = {
    "/sign-in/choose": ("choose", "code"),
    "/sign-in/code": ("code",),
    "/sign-in/code/status": ("code",),
    "/sign-in/recovery": ("choose", "code"),
    "/confirm-preference": ("confirm",),
    "/set-up": ("set-up",),
}


def is_use(path: str) -> bool:
    """Return whether looking at a page keeps a session alive; what pages ask for by themselves does not."""
    return path == "/" or (path.startswith("/account/") and path != "/account/stay" and not path.endswith("/status"))


def landing(case: Case) -> Landing:
    """Return where a browser ends that goes to a page."""
    shown = SHOWS.get(case.path.split("/")[1])
    if shown is not None:
        return shown(case)
    page = _page(case)
    if page is None:
        return Landing(case.path, {404})
    # There may be nothing to tell (204) of how a text or call is on its way.
    return Landing(page, {200, 204} if page.endswith("/status") else {200})


def _page(case: Case) -> str | None:
    """Return the address where a browser ends that goes there; nothing for a page that there is not."""
    if case.path == "/set-up/done":
        return case.path if case.visit and case.visit.proved_at else case.home
    if case.path == "/help/":
        return case.path
    if case.path.startswith("/set-up/"):
        kind, attempt = case.path.split("/")[2], case.attempt("set-up")
        if attempt is None:
            return case.home
        if kind not in case.settings.offered:
            return None
        full = not attempt.person.has_room(case.settings, kind, attempt.replaces)
        needs_draft = kind == "totp" or case.path.endswith("/status") or full
        return case.path if kind in attempt.drafts or not needs_draft else "/set-up"
    attempt = case.attempt(*STEP_PAGES.get(case.path, ()))
    # Whoever has no recovery code left is not asked for one.
    none_left = case.path == "/sign-in/recovery" and attempt is not None and all(attempt.person.papers.values())
    return case.path if attempt is not None and not none_left else case.home
