"""An answer is JSON, or it is said why not."""

from __future__ import annotations

import pytest

from workbench.core.json_answer import NotJson, read, unfenced


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1, column 1"),
        ('{"a": 1,\n "b"}', "line 2, column 5"),
        ("[NaN]", "NaN is not a JSON value"),
        ("[" * 50_000, "nested too deeply"),
        ("9" * 5000, "a huge number"),
    ],
)
def test_what_is_not_json_says_why(text: str, why: str) -> None:
    with pytest.raises(NotJson, match=why):
        read(text)


@pytest.mark.parametrize("text", ["```json\n[1]\n```", "```\n[1]\n```\n", " [1]"])
def test_a_fence_is_seen_through(text: str) -> None:
    assert read(unfenced(text)) == [1]


def test_text_around_a_fence_stays() -> None:
    assert unfenced("Here:\n```\n[1]\n```") == "Here:\n```\n[1]\n```"
