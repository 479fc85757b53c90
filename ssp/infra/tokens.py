"""Random values that browsers carry, and what the database keeps of them."""

import hashlib
import re
import secrets

TOKEN_BYTES = 32
ID_BYTES = 16
_TOKEN = re.compile("[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """Return 256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_token(text: str) -> bool:
    """Return whether a text could be a token, so that nothing else is looked up or kept."""
    return _TOKEN.fullmatch(text) is not None


def new_id() -> str:
    """Return 128 random bits as 22 URL-safe characters, for rows whose number must not be guessed."""
    return secrets.token_urlsafe(ID_BYTES)


def digest(token: str) -> str:
    """Return SHA-256 of a token in hex: the token is random, so a fast hash keeps it secret (ASVS 5.0 11.4.2)."""
    return hashlib.sha256(token.encode()).hexdigest()


def numeric_code(digits: int) -> str:
    """Return a uniform random code of so many digits, leading zeros kept."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"
