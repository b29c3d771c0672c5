"""Splitting a test set into the part that a prompt is improved on and the part that judges it.

Every expected answer is held out in about the same share: each gets the whole number below its quota, and the
places left go to the largest remainders (Hamilton's method). Within an answer the order is that of a hash of
seed and case id, so the same seed splits the same cases alike, whatever their order, and a case that is added
later moves few others.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from workbench.core.case import Case
from workbench.errors import UserError


def split(cases: Iterable[Case], share: float, *, seed: int = 0, stratified: bool = True) -> tuple[Case, ...]:
    """The same cases in their order, this share of them held out and the others for development.

    Without `stratified` the expected answers do not matter. Raises UserError for a share that is none.
    """
    if not 0 <= share <= 1:
        raise UserError(f"The share that is held out is {share:g}.", advice="It lies between 0 and 1.")
    kept = tuple(cases)
    strata: defaultdict[str, list[Case]] = defaultdict(list)
    for case in kept:
        strata[case.expected.strip() if stratified else ""].append(case)
    held_out = {case.id for case in _held_out(strata, share, len(kept), seed)}
    return tuple(replace(case, part="held_out" if case.id in held_out else "development") for case in kept)


def _held_out(strata: dict[str, list[Case]], share: float, count: int, seed: int) -> Iterable[Case]:
    ordered = {answer: sorted(cases, key=lambda case: _rank(seed, case.id)) for answer, cases in strata.items()}
    places = {answer: math.floor(share * len(cases)) for answer, cases in ordered.items()}
    left = math.floor(share * count + 0.5) - sum(places.values())

    def remainder(answer: str) -> tuple[float, bytes]:
        quota = share * len(ordered[answer])
        return math.floor(quota) - quota, _rank(seed, answer)  # the largest first, ties by chance

    for answer in sorted(ordered, key=remainder)[:left]:
        places[answer] += 1
    for answer, cases in ordered.items():
        yield from cases[: places[answer]]


def _rank(seed: int, text: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
