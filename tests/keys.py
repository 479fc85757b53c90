"""Keys that nobody uses, and lists of them."""

from __future__ import annotations

import base64

# SHA-256 of "one", "two" and "three".
ONE, TWO, THREE = (
    bytes.fromhex(digest)
    for digest in (
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
        "8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f",
    )
)


def line(key_id: str, secret: bytes, state: str = "") -> str:
    """Return a line of a list."""
    return f"{key_id} {base64.urlsafe_b64encode(secret).decode()} {state}".rstrip() + "\n"
