"""Models of `llm` plugins answer as any other: streamed, counted, cancelled, refused with a sentence."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.core.completion import (
    Delta,
    Finished,
    GenerationConfig,
    Message,
    ReasoningDelta,
    Request,
    Usage,
)
from workbench.errors import ModelError
from workbench.providers.llm_plugins import LlmPlugins

llm = pytest.importorskip("llm", reason="the package llm is optional")
from llm.parts import StreamEvent  # noqa: E402
from llm.plugins import pm  # noqa: E402
from pydantic import Field  # noqa: E402


class Parrot(llm.Model):  # type: ignore[name-defined, misc]
    """Says the last message back, a word a piece."""

    model_id = "parrot"
    can_stream = True
    supports_schema = True
    asked: Any = None
    waiting: threading.Event | None = None

    class Options(llm.Options):  # type: ignore[name-defined, misc]
        temperature: float | None = Field(default=None)
        max_output_tokens: int | None = Field(default=None)

    def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Iterator[Any]:
        Parrot.asked = prompt
        yield StreamEvent(type="reasoning", chunk="Hm.")
        for word in prompt.messages[-1].parts[0].text.split():
            yield f"{word} "
            if self.waiting:
                self.waiting.wait(10)
        response.set_usage(input=12, output=3, details={"reasoning_tokens": 1})


class Locked(llm.KeyModel):  # type: ignore[name-defined, misc]
    """Wants a key; with one, it fails and quotes it."""

    model_id = "locked"
    needs_key = "locked"
    key_env_var = "LOCKED_KEY"

    def execute(
        self,
        prompt: Any,
        stream: bool,
        response: Any,
        conversation: Any,
        key: str | None,
    ) -> Iterator[str]:
        raise RuntimeError(f"401 for the key {key}")
        yield ""


class Plugin:
    """A plugin as one that is installed."""

    @llm.hookimpl  # type: ignore[untyped-decorator]
    def register_models(self, register: Any) -> None:
        register(Parrot())
        register(Locked())


@pytest.fixture(autouse=True)
def plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    installed = Plugin()
    pm.register(installed, "ours")
    Parrot.waiting = None
    yield
    pm.unregister(installed)


def ask(model: str = "parrot", **changes: Any) -> list[Any]:
    messages = (Message("system", "Be brief."), Message("user", "one two three"))
    request = Request(**{"model": model, "messages": messages, **changes})

    async def events() -> list[Any]:
        return [event async for event in LlmPlugins().complete(request)]

    return asyncio.run(events())


def test_an_answer_is_streamed_with_its_reasoning_and_usage() -> None:
    *pieces, finished = ask()
    assert pieces == [ReasoningDelta("Hm."), Delta("one "), Delta("two "), Delta("three ")]
    assert isinstance(finished, Finished)
    assert (finished.stop_reason, finished.usage) == ("stop", Usage(12, 3, reasoning_tokens=1))
    assert finished.timings.ttft_ms is not None
    assert [message.role for message in Parrot.asked.messages] == ["system", "user"]


def test_parameters_go_by_the_plugins_names_and_the_others_are_known_not_to_be_taken() -> None:
    ask(config=GenerationConfig(temperature=0.5, max_tokens=9), json_schema={"type": "object"})
    assert Parrot.asked.options.temperature == 0.5
    assert Parrot.asked.options.max_output_tokens == 9
    assert Parrot.asked.schema == {"type": "object"}

    async def lacking() -> frozenset[str]:
        plugins = LlmPlugins()
        await plugins.models()
        return plugins.lacking("parrot")

    found = asyncio.run(lacking())
    assert {"seed", "top_p", "effort"} <= found
    assert not {"temperature", "max_tokens", "json_schema"} & found


def test_models_are_listed_and_those_of_llm_itself_only_with_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def names() -> list[str]:
        return [model.name for model in asyncio.run(LlmPlugins().models())]

    assert {"parrot", "locked"} <= set(names())
    assert not [name for name in names() if name.startswith("gpt-")]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebodys")
    assert [name for name in names() if name.startswith("gpt-")]


def test_whoever_leaves_is_free_at_once_and_the_thread_ends_with_the_next_piece() -> None:
    Parrot.waiting = threading.Event()

    async def leave() -> None:
        events = LlmPlugins().complete(Request("parrot", (Message("user", "one two three"),)))
        async for event in events:
            if isinstance(event, Delta):
                break
        await asyncio.wait_for(events.aclose(), 2)

    asyncio.run(leave())
    (thread,) = [one for one in threading.enumerate() if one.name == "llm-answer"]
    Parrot.waiting.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_missing_key_says_how_to_give_it() -> None:
    with pytest.raises(ModelError) as caught:
        ask("locked")
    assert str(caught.value) == "locked needs a key. Give it to llm: llm keys set locked."


def test_a_plugins_failure_is_a_sentence_without_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKED_KEY", "sk-very-secret")
    with pytest.raises(ModelError) as caught:
        ask("locked")
    assert str(caught.value) == "locked failed: 401 for the key [key] It is the llm plugin that says so."
    assert "sk-very-secret" not in caught.value.details


def test_a_model_that_no_plugin_has_is_named() -> None:
    with pytest.raises(ModelError, match="No installed llm plugin has a model nothing"):
        ask("nothing")


def test_the_plugin_of_the_embedded_model_is_kept_out_of_this_process(tmp_path: Path) -> None:
    program = (
        "import sys; from workbench.providers.llm_plugins import load; models = load(); "
        "assert 'SmolLM2' not in models, models; assert 'llama_cpp' not in sys.modules"
    )
    environment = {"LLM_USER_PATH": str(tmp_path), "PATH": ""}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=60)
