"""What a model file's name says about its number format, and how a file of that size sits in this machine."""

from __future__ import annotations

import re
from typing import Literal

Fit = Literal["fits", "tight", "too big"]

_FORMAT = re.compile(
    r"(?<![A-Za-z0-9])(?:UD-)?("
    r"IQ[1-4]_(?:XXS|XS|NL|S|M)|TQ[12]_0|MXFP4(?:_MOE)?|NVFP4|"
    r"Q[2-8]_K(?:_(?:XL|S|M|L))?|Q[458]_[01]|Q1_0|BF16|FP?16|FP?32"
    r")(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SPELLINGS = {"FP16": "F16", "FP32": "F32"}

_HINTS: tuple[tuple[str, str], ...] = (
    ("F32", "full size; no better than F16"),
    ("BF16", "unquantised"),
    ("F16", "unquantised"),
    ("Q8", "as good as unquantised"),
    ("Q6", "nearly as good as unquantised"),
    ("Q5", "little lost"),
    ("Q4", "good balance of size and quality"),
    ("IQ4", "good balance of size and quality"),
    ("MXFP4", "the format that some models are trained in"),
    ("NVFP4", "the format that some models are trained in"),
    ("Q3", "smaller; noticeably worse"),
    ("IQ3", "smaller; noticeably worse"),
    ("Q2", "smallest; much worse"),
    ("IQ2", "smallest; much worse"),
    ("Q1", "smallest; much worse"),
    ("IQ1", "smallest; much worse"),
    ("TQ", "ternary; for models trained so"),
)

_CACHE_SHARE = 0.1
"""Cache and compute buffers beside the weights, as a share of them, before the file's header is known."""
_LEAST_BESIDE = 300_000_000
_TIGHT_SHARE = 0.85
"""A model that takes more of the free memory than this leaves little to anything else."""


def quantisation_of(name: str) -> str:
    """The number format that a file name tells, such as `Q4_K_M`; empty when it tells none."""
    found = [match.upper() for match in _FORMAT.findall(name)]
    return _SPELLINGS.get(found[-1], found[-1]) if found else ""


def hint(quantisation: str) -> str:
    """A few words on what a number format costs; empty when nothing is known."""
    return next((words for start, words in _HINTS if quantisation.startswith(start)), "")


def fit(size_bytes: int, free_bytes: int) -> Fit:
    """How a file of this size would sit in so much free memory, as far as its size alone tells."""
    needed = size_bytes + max(_LEAST_BESIDE, size_bytes * _CACHE_SHARE)
    if needed > free_bytes:
        return "too big"
    return "tight" if needed > _TIGHT_SHARE * free_bytes else "fits"
