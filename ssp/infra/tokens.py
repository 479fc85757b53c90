"""Random values that browsers carry, and what the database keeps of them."""

import hashlib
import secrets

TOKEN_BYTES = 32
ID_BYTES = 16


def new_token() -> str:
    """Return 256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_id() -> str:
    """Return 128 random bits as 22 URL-safe characters, for rows whose number must not be guessed."""
    return secrets.token_urlsafe(ID_BYTES)


def digest(token: str) -> str:
    """Return SHA-256 of a token in hex: the token is random, so a fast hash keeps it secret (ASVS 5.0 11.4.2)."""
    return hashlib.sha256(token.encode()).hexdigest()


def numeric_code(digits: int) -> str:
    """Return a uniform random code of so many digits, leading zeros kept."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"
