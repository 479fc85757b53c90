"""Make and check password hashes, at a bounded pace and without telling who exists."""

from dataclasses import dataclass
from functools import partial

from argon2.exceptions import HashingError

from ssp.infra.passwords import argon
from ssp.infra.passwords.format import Format
from ssp.infra.passwords.parameters import Parameters
from ssp.infra.passwords.pool import PATIENCE_SECONDS, Busy, Pool
from ssp.infra.passwords.recognise import recognise
from ssp.infra.passwords.spelling import UnusablePasswordError, normalise, spellings


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found. `needs_rehash` is only ever true for a password that matched: store hash() of it now."""

    matched: bool
    needs_rehash: bool = False


class PasswordHasher:
    """Argon2id at these parameters, on a pool of its own; one object for each process."""

    def __init__(self, parameters: Parameters, threads: int, queue: int, patience: float = PATIENCE_SECONDS) -> None:
        self.parameters = parameters
        self._pool = Pool(threads, queue, patience)

    def hash(self, password: str, *, whose: str | None = None) -> str:
        """Return a new hash for the users table, at most 255 characters. Raises UnusablePasswordError, Busy.

        `whose` names who has it made, where that is known: one person has one place in the queue.
        """
        return self._pool.run(partial(self._hash, normalise(password).encode()), whose)

    def check(self, stored: str | None, password: str, decoy: str | None = None, *, whose: str | None = None) -> Check:
        """Return whether this is the password. Raises Busy, never anything else.

        Without a stored hash (nobody of that name, a disabled account, no password yet), and for a stored one that is
        damaged, unknown or absurdly dear, a decoy is checked and nothing ever matches. The decoy costs what our own
        hashes cost or, with `decoy`, what that hash costs: the disabled account's own, say, or a stand-in drawn from
        the users table while imported hashes of other costs are still in it. An unusable password (too long, for
        instance) costs no hashing, for names that exist as for names that don't, so it tells nothing. `whose` is as for
        hash(); never of somebody who only says who they are, or anybody could take the place of anybody.
        """
        try:
            tries = spellings(password)
        except UnusablePasswordError:
            return Check(matched=False)
        return self._pool.run(partial(self._check, stored, decoy, tries), whose)

    def close(self) -> None:
        """Let the work that has begun finish, and stop."""
        self._pool.close()

    def _hash(self, password: bytes) -> str:
        try:
            return argon.encode(self.parameters, password)
        except HashingError as error:  # no memory: a busy machine, not a wrong password
            raise Busy from error

    def _check(self, stored: str | None, decoy: str | None, tries: tuple[bytes, ...]) -> Check:
        known = _read(stored)
        compared = known or _read(decoy) or argon.decoy(self.parameters)
        try:
            found = [compared.matches(password) for password in tries]
        except (HashingError, MemoryError) as error:
            raise Busy from error
        if known is None or not any(found):
            return Check(matched=False)
        # Any other cost than today's is replaced, so that all checks take the same time; what matched only as typed is
        # stored again in its normal form.
        other = known.parameters != self.parameters or not found[0]
        # Of a password that was not read to its end the rest may be mistyped, and would be the password from now on.
        whole = known.reads is None or all(len(password) <= known.reads for password in tries)
        return Check(matched=True, needs_rehash=other and whole)


def _read(stored: str | None) -> Format | None:
    found = recognise(stored or "")
    return found if isinstance(found, Format) else None
