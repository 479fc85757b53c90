"""The date from which everybody needs a second factor, and who may sign in without one until then."""

from collections.abc import Iterable
from datetime import date

from ssp.infra.clock import now
from ssp.settings import Settings


def today(settings: Settings) -> date:
    """Return the date where the organisation is."""
    return now().astimezone(settings.zone).date()


def deferral_allowed(settings: Settings, groups: Iterable[str]) -> bool:
    """Return whether people in these groups may still sign in without a second factor."""
    begins = settings.mfa_required_from
    return begins is not None and today(settings) < begins and not settings.is_staff(groups)
