"""Dropping rows that nothing needs any more."""

from datetime import timedelta

from ssp.flows import addresses, browsers, unfinished
from ssp.flows.portal import Portal
from ssp.infra.clock import now
from ssp.models import delivery, device, known_browser, link, mail, pending, session, throttle

# Long enough to say on the sign-in page what became of an old visit.
KEPT = timedelta(days=1)
DEVICES_KEPT = timedelta(days=60)
DELIVERIES_KEPT = timedelta(days=100)
COUNTERS_KEPT = timedelta(days=400)


def prune(portal: Portal) -> dict[str, int]:
    """Drop rows that are over; return how many of each table. The security log stays whole."""
    at = now()
    unfinished.tell(portal)  # before nobody knows of them any more
    longest = max(rate.span for rate in portal.settings.limit_sign_ins)
    with portal.database.writing() as connection:
        return {
            "half-done sign-ins": pending.forget_before(connection, at - KEPT),
            "sessions": session.forget_before(connection, at - KEPT),
            "trusted devices": device.forget_before(connection, at - DEVICES_KEPT),
            "known browsers": known_browser.forget_before(connection, at - browsers.KEPT),
            "texts and calls": delivery.forget_before(connection, at - DELIVERIES_KEPT),
            "mailed links": link.forget_before(connection, at - KEPT),
            "sent mails": mail.forget_before(connection, at - KEPT),
            "counters": throttle.forget_before(connection, at - COUNTERS_KEPT)
            + throttle.forget_before(connection, at - longest, addresses.PREFIX),
        }
