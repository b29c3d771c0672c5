"""Every chat template of llama.cpp's source package, rendered as by llama-server, or with a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worker.llama_renderings import (
    BOS,
    CONVERSATIONS,
    EOS,
    TOOL,
    digest,
    recorded,
    served,
    source_digest,
)
from tests.worker.llama_source import MISSING, NO_SERVER, llama_server, templates
from workbench.core.completion import Message
from workbench.errors import UserError
from workbench.worker.template import ChatTemplate

_ALL = tuple(CONVERSATIONS)

_DROPPED = ("turns", "reasoning")
_REASONING, _TOOLS, _PREFILL = ("reasoning",), ("tools",), ("prefill",)

DIFFERENT: dict[str, dict[str, tuple[str, ...]]] = {
    "llama-server gives today's date to a template that has one of its own; we leave the publisher's": {
        "meta-llama-Llama-3.1-8B-Instruct": _ALL,
        "meta-llama-Llama-3.3-70B-Instruct": _ALL,
    },
    "no system role: both put it before the first user message, llama-server without a blank line": {
        "google-gemma-2-2b-it": tuple(name for name in _ALL if name != "user"),
    },
    "the template leaves reasoning of earlier turns out; llama-server overrules it": {
        "GLM-4.7-Flash": _REASONING,
        "LFM2.5-8B-A1B": _REASONING,
        "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": _REASONING,
        "deepseek-ai-DeepSeek-V4": _DROPPED,
        "deepseek-ai-DeepSeek-V4-Flash-0731": _DROPPED,
    },
    "llama-server makes reasoning of earlier turns parts of another type, and loses Devstral's answer": {
        "mistralai-Ministral-3-14B-Reasoning-2512": _REASONING,
        "unsloth-mistral-Devstral-Small-2507": _REASONING,
    },
    "llama-server trims messages for this one template; the template does not": {"StepFun3.5-Flash": ("special",)},
    "the template writes tools as Python does, llama-server with other quotes": {
        "Apriel-1.6-15b-Thinker-fixed": _TOOLS,
        "unsloth-Apriel-1.5": _TOOLS,
    },
    "llama-server forgets the tools, which the template takes under another name": {
        "fireworks-ai-llama-3-firefunction-v2": _TOOLS,
    },
    "llama-server puts an empty thought before a begun answer where the template does not": {
        "CohereForAI-c4ai-command-r7b-12-2024-tool_use": _PREFILL,
        "llama-cpp-rwkv-world": _PREFILL,
        "unsloth-mistral-Devstral-Small-2507": _PREFILL,
    },
    "llama-server cuts the assistant's header": {
        "microsoft-Phi-3.5-mini-instruct": _PREFILL,
        "upstage-Solar-Open-100B": _PREFILL,
    },
}
"""Where we differ from llama-server: the reason, the templates, and the conversations."""

GALLERY = templates() or (pytest.param(None, marks=pytest.mark.skip(reason=MISSING)),)


def rendered(source: str, conversation: str) -> str:
    messages = [
        Message(role=turn["role"], content=turn["content"], reasoning=turn.get("reasoning_content", ""))  # type: ignore[arg-type]
        for turn in CONVERSATIONS[conversation]
    ]
    template = ChatTemplate(source, bos=BOS, eos=EOS)
    tools = (TOOL,) if conversation == "tools" else ()
    try:
        return template.render(messages, effort="high", tools=tools).text
    except UserError:
        return ""


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem if path else "none")
def test_a_template_is_rendered_as_llama_server_does(path: Path) -> None:
    source = path.read_text()
    theirs = recorded().get(path.name, {})
    if theirs.get("source") != source_digest(source):
        pytest.skip("another version of the template than the one that llama-server was asked about")
    ours = {
        name: digest(text, source=source, conversation=name) for name in _ALL if (text := rendered(source, name))
    }
    differing = {name for name in _ALL if ours.get(name) != theirs.get(name)}
    expected = {name for names in DIFFERENT.values() for name in names.get(path.stem, ())}
    assert differing == expected


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem if path else "none")
def test_the_variables_of_a_template_are_known(path: Path) -> None:
    assert "messages" in ChatTemplate(path.read_text()).names


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem if path else "none")
def test_a_bound_answer_begins_outside_of_any_thought(path: Path) -> None:
    template = ChatTemplate(path.read_text(), bos=BOS, eos=EOS)
    templated = template.render((Message("user", "Hello"),), effort="high", answering=True)
    assert not templated.thinking
    assert not template.reasoning.opened_by(templated.text)
    assert templated.parting().push("Yes.") == (("Yes.", False),)


def test_what_is_recorded_is_what_llama_server_says() -> None:
    server = llama_server()
    if server is None or not templates():
        pytest.skip(MISSING if server else NO_SERVER)
    for path in templates()[::14]:
        assert served(server, path) == recorded()[path.name]
