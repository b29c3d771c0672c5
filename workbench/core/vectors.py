"""How near two vectors of an embedding model point."""

from __future__ import annotations

import math
from collections.abc import Sequence

Vector = Sequence[float]


def cosine(first: Vector, second: Vector) -> float:
    """The cosine of the angle between two vectors, −1 to 1; 0 where one of them has no length."""
    lengths = math.sqrt(math.fsum(x * x for x in first)) * math.sqrt(math.fsum(y * y for y in second))
    if not lengths:
        return 0.0
    product = math.fsum(x * y for x, y in zip(first, second, strict=True))
    return max(-1.0, min(1.0, product / lengths))
