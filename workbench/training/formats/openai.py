"""OpenAI's fine-tuning files, which Together, Fireworks, Azure and others read too."""

from __future__ import annotations

from typing import Any

from workbench.training.formats.format import Format, message_data
from workbench.training.row import Pair, Row


def chat_row(row: Row) -> dict[str, Any]:
    """`{"messages": […]}`; the answers of examples carry `weight` 0, so that they are not trained."""
    asked = [message_data(message) for message in row.input]
    for data in asked:
        if data["role"] == "assistant":
            data["weight"] = 0
    return {"messages": [*asked, message_data(row.answer)]}


def preference_row(pair: Pair) -> dict[str, Any]:
    """`{"input": {"messages": […]}, "preferred_output": […], "non_preferred_output": […]}`."""
    return {
        "input": {"messages": [message_data(message) for message in pair.input]},
        "preferred_output": [message_data(pair.chosen)],
        "non_preferred_output": [message_data(pair.rejected)],
    }


OPENAI_SFT = Format("openai-sft", "OpenAI supervised (JSONL)", of_row=chat_row, fewest=10)
OPENAI_DPO = Format("openai-dpo", "OpenAI preference (JSONL)", of_pair=preference_row, fewest=10)
