"""The conversational files of TRL, which `datasets` loads."""

from __future__ import annotations

from typing import Any

from workbench.training.formats.format import Format, message_data
from workbench.training.row import Pair, Row


def prompt_completion(row: Row) -> dict[str, Any]:
    """`{"prompt": […], "completion": […]}`: TRL trains on the completion only."""
    return {
        "prompt": [message_data(message) for message in row.input],
        "completion": [message_data(row.answer)],
    }


def preference(pair: Pair) -> dict[str, Any]:
    """`{"prompt": […], "chosen": […], "rejected": […]}`."""
    return {
        "prompt": [message_data(message) for message in pair.input],
        "chosen": [message_data(pair.chosen)],
        "rejected": [message_data(pair.rejected)],
    }


TRL_PROMPT_COMPLETION = Format(
    "trl-prompt-completion", "TRL prompt and completion (JSONL)", of_row=prompt_completion
)
TRL_PREFERENCE = Format("trl-preference", "TRL preference (JSONL)", of_pair=preference)
