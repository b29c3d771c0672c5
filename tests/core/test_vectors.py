"""Vectors and their angles."""

from __future__ import annotations

import pytest

from workbench.core.vectors import cosine


@pytest.mark.parametrize(
    ("first", "second", "near"),
    [
        ((1, 0), (2, 0), 1),
        ((1, 0), (0, 3), 0),
        ((1, 1), (-1, -1), -1),
        ((3, 4), (4, 3), 0.96),
        ((0, 0), (1, 1), 0),
    ],
)
def test_the_cosine_of_two_vectors(first: tuple[float, ...], second: tuple[float, ...], near: float) -> None:
    assert cosine(first, second) == pytest.approx(near)


def test_vectors_of_different_models_are_not_compared() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        cosine((1, 0), (1, 0, 0))
