"""What an Argon2 hash costs, and the bounds on it."""

import re
from dataclasses import dataclass
from typing import Self

# Above these one check takes seconds of a core or more than a quarter of a gigabyte, whoever asks for it: a setting or
# an import file. At the limits (m=262144, t=4) a check takes 1.7 s of one core of a small cloud machine.
MOST_MEMORY_KIB = 256 * 1024
MOST_MEMORY_KIB_TIMES_PASSES = 1024 * 1024
MOST_PASSES = 64
MOST_LANES = 16

# Least memory for so many passes: the two first of the choices that OWASP's Password Storage Cheat Sheet calls equal.
_ONE_PASS_KIB = 47104
_TWO_PASSES_KIB = 19456


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one Argon2 hash costs: KiB of memory, passes over it, and lanes computed side by side."""

    memory_kib: int
    time: int
    lanes: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cost of new hashes from `memory_kib,time,lanes`. Raises ValueError: one line that says why."""
        match = re.fullmatch(r"\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*", text, re.ASCII)
        if match is None:
            raise ValueError("must be three whole numbers, memory_kib,time,lanes, such as 19456,2,1")
        parameters = cls(*(int(number) for number in match.groups()))
        fault = parameters.weakness() or parameters.excess()
        if fault:
            raise ValueError(fault)
        return parameters

    def weakness(self) -> str | None:
        """Return why new hashes must not be this cheap, or None."""
        strong = (self.memory_kib >= _TWO_PASSES_KIB and self.time > 1) or self.memory_kib >= _ONE_PASS_KIB
        if strong and self.time and self.lanes:
            return None
        return f"is below OWASP's minimum; use {_TWO_PASSES_KIB},2,1 or {_ONE_PASS_KIB},1,1 or more"

    def excess(self) -> str | None:
        """Return why no check may cost this much, or None."""
        if self.memory_kib > MOST_MEMORY_KIB:
            return f"asks for {self.memory_kib} KiB of memory; the most allowed is {MOST_MEMORY_KIB}"
        if self.time > MOST_PASSES or self.memory_kib * self.time > MOST_MEMORY_KIB_TIMES_PASSES:
            return f"asks for {self.time} passes over {self.memory_kib} KiB of memory; that would take seconds"
        if self.lanes > MOST_LANES:
            return f"asks for {self.lanes} lanes; the most allowed is {MOST_LANES}"
        return None
