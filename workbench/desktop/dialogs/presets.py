"""Servers that many people use, so that nobody has to look an address up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A server by its usual name and address."""

    name: str
    base_url: str
    needs_key: bool
    hint: str = ""


PRESETS: tuple[Preset, ...] = (
    Preset("OpenAI", "https://api.openai.com/v1", needs_key=True),
    Preset("OpenRouter", "https://openrouter.ai/api/v1", needs_key=True, hint="Many models behind one key."),
    Preset("Anthropic", "https://api.anthropic.com/v1", needs_key=True, hint="Its OpenAI-compatible endpoint."),
    Preset(
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        needs_key=True,
        hint="Its OpenAI-compatible endpoint.",
    ),
    Preset("Ollama", "http://127.0.0.1:11434/v1", needs_key=False, hint="Runs on this machine; needs no key."),
    Preset("LM Studio", "http://127.0.0.1:1234/v1", needs_key=False, hint="Start its server first; needs no key."),
    Preset("llama-server", "http://127.0.0.1:8080/v1", needs_key=False, hint="Part of llama.cpp; needs no key."),
    Preset("vLLM", "http://127.0.0.1:8000/v1", needs_key=False, hint="Runs on this machine; needs no key."),
)


def preset_for(base_url: str) -> Preset | None:
    """The preset with this address, if there is one."""
    return next((preset for preset in PRESETS if preset.base_url == base_url.rstrip("/")), None)
