"""How a model file is loaded. Standard library only: the parent process imports this without llama.cpp."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.paths import cache_folder


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Settings that cost a reload when they change."""

    context: int | None = None
    """Tokens of one prompt and its answer together; None takes what model and memory allow, at most 8192."""
    gpu_layers: int | Literal["auto"] = 0
    """Layers computed by the GPU; `auto` is as many as fit into its memory."""
    threads: int | None = None
    """None is one a physical core that this process may use, and fewer while other programs use them too."""
    serial: bool = False
    """Compute every prompt from its first token and with all threads, so that an answer is reproduced exactly."""
    sequences: int | None = None
    """Answers decoded at the same time; None is 16. Always one when serial."""
    chat_template: str | None = None
    """Jinja in place of the file's own chat template."""
    cache: int | None = None
    """Tokens that all answers under way share; None is as many as the context, and fewer it cannot be."""
    disk_cache: int = 0
    """Megabytes on disk in which decoded beginnings of prompts outlive the process; 0 keeps none."""


def beginnings_folder() -> Path:
    """Where these beginnings lie."""
    return cache_folder() / "beginnings"
