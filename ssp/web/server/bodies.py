"""Reading a request's body whole, before a thread is given the request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ssp.web.forms import LARGEST_FORM

if TYPE_CHECKING:
    from ssp.web.server.exchange import Line

# From the end of the headers to the last byte: enough for the largest form over a phone in the country.
BODY_SECONDS = 10.0


async def read(line: Line, declared: int | None) -> bytes | int:
    """Return the body, or the status that says what is wrong with it: too much, too slow, or broken off."""
    if declared is not None and declared > LARGEST_FORM:
        return 413
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collect(line, declared)
    except TimeoutError:
        return 408


async def _collect(line: Line, declared: int | None) -> bytes | int:
    parts: list[bytes] = []
    size, ended = 0, False
    async for part in line:
        # An empty part is the end, and so is one in place of bytes that cannot be read; the end itself comes after it.
        if ended:
            return 400
        ended = not part
        size += len(part)
        if size > LARGEST_FORM:
            return 413
        parts.append(part)
    # Half a form may be a form of its own: a wrong password, say.
    return b"".join(parts) if declared in {None, size} else 400
