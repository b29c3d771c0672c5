"""The rows of every format, their shapes, and what their checks refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workbench.core.completion import Message
from workbench.training import FORMATS, Pair, Recipe, Row, TrainingSet
from workbench.training.formats.openai_types import message_check
from workbench.training.formats.shape import turn_fault

ASKED = (
    Message("system", "s"),
    Message("user", "q1"),
    Message("assistant", "a1"),
    Message("user", "q"),
)
ROW = Row(ASKED, Message("assistant", "a", "why"), "r1", "v", "m", golden=False)
PAIR = Pair(ASKED, Message("assistant", "good"), Message("assistant", "bad"), ("r1", "r2"), "v", "m", "ratings")
BOTH = TrainingSet(Recipe(), (ROW,), (PAIR,), ())

PROMPT = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": "q1"},
    {"role": "assistant", "content": "a1"},
    {"role": "user", "content": "q"},
]
ANSWER = {"role": "assistant", "content": "a", "reasoning_content": "why"}
CHOSEN, REJECTED = {"role": "assistant", "content": "good"}, {"role": "assistant", "content": "bad"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("openai-sft", {"messages": [*PROMPT[:2], {**PROMPT[2], "weight": 0}, PROMPT[3], ANSWER]}),
        ("trl-prompt-completion", {"prompt": PROMPT, "completion": [ANSWER]}),
        ("trl-preference", {"prompt": PROMPT, "chosen": [CHOSEN], "rejected": [REJECTED]}),
        (
            "openai-dpo",
            {"input": {"messages": PROMPT}, "preferred_output": [CHOSEN], "non_preferred_output": [REJECTED]},
        ),
    ],
)
def test_the_row_of_a_format(name: str, data: dict[str, Any]) -> None:
    assert [made for _, made in FORMATS[name].written(BOTH)] == [data]


def test_every_format_is_known_by_its_name_and_takes_rows_or_pairs() -> None:
    for name, known in FORMATS.items():
        assert known.name == name
        assert (known.of_row is None) != (known.of_pair is None)
        assert known.kind == ("preference" if known.of_pair else "completion")
        assert known.title


def test_a_row_in_order_has_no_fault() -> None:
    assert turn_fault(ROW) is None
    assert turn_fault(PAIR) is None


U, A, S = Message("user", "u"), Message("assistant", "a"), Message("system", "s")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ((), "not the user's"),
        ((S,), "not the user's"),
        ((S, U, A), "not the user's"),
        ((S, U, U), "Turn 2 is by the user and should be by the assistant"),
        ((A, U), "Turn 1 is by the assistant"),
        ((U, S, U), "Turn 2 is by the system"),
        ((S, S, U), "Turn 1 is by the system"),
        ((S, Message("user", " ")), "A turn by the user is empty"),
    ],
)
def test_turns_out_of_order_are_refused(asked: tuple[Message, ...], why: str) -> None:
    fault = turn_fault(replace(ROW, input=asked))
    assert fault is not None
    assert why in fault


def test_an_answer_must_be_the_assistants_and_not_empty() -> None:
    assert turn_fault(replace(ROW, answer=U)) == "The answer is not by the assistant."
    assert turn_fault(replace(PAIR, rejected=Message("assistant", ""))) == "A turn by the assistant is empty."


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ({"role": "user", "content": "hi"}, False),
        ({"role": "assistant", "content": "hi", "weight": 0}, False),
        ({"role": "user"}, True),
        ({"role": "user", "content": 3}, True),
        ({"role": "robot", "content": "hi"}, True),
        ({"content": "hi"}, True),
    ],
)
def test_messages_are_checked_by_openais_own_types(message: dict[str, Any], *, refused: bool) -> None:
    fault = message_check()([{"role": "user", "content": "first"}, message])
    assert (fault is not None) == refused
    if fault:
        assert "hi" not in fault.split(":", 1)[1].split()  # the text itself is not repeated
