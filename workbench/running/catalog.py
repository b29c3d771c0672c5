"""From a model reference to the provider that answers for it; providers are made once and shared.

Everything here belongs to the loop's thread, except `references`. A provider whose settings changed is retired:
the next job gets a new one, and the old one is closed as soon as the jobs that use it have ended.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.core import model_names
from workbench.core.completion import Provider
from workbench.core.model_reference import ModelReference, parse, short_name
from workbench.core.profile import Profile, place
from workbench.errors import NotFound, ServerError, WorkbenchError
from workbench.models import ollama
from workbench.running import capabilities
from workbench.running.adapted import adapted_models
from workbench.running.capabilities import Capabilities, Finding
from workbench.running.pace import Pace
from workbench.store import Changed, Store, StoreThread

if TYPE_CHECKING:
    from workbench.models.gguf import GgufMetadata
    from workbench.providers.llamacpp import LoadOptions
    from workbench.running.residents import Residents

CLOUD_AT_ONCE, MOST_AT_ONCE = 8, 64
"""Requests in flight to one profile, to begin with and at best; a local model queues by itself."""

LOAD_OPTIONS = "load_options"
"""The setting with the options that local models are loaded with, as JSON data."""

UNLOAD_AFTER = "unload_after"
"""The setting with the minutes after which an idle local model is unloaded; 0 is never."""

CHAT_TEMPLATES = "chat_templates"
"""The setting with a person's own chat templates, by model."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One line of a model menu."""

    reference: str
    title: str
    place: Literal["starter", "local", "profile"]
    note: str = ""
    """What to know before choosing it, such as a missing file; empty when there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A local model that stands in memory."""

    reference: str
    memory: int | None
    """Bytes that its process takes, where the system says."""


class Entry:
    """A provider with the jobs that use it."""

    def __init__(
        self,
        provider: Provider,
        *,
        pace: Pace | None = None,
        lacking: Callable[[str], frozenset[str]] = lambda model: frozenset(),
        learn: Callable[[str, Finding], None] | None = None,
        use: Callable[[], AbstractContextManager[None]] = nullcontext,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        """`lacking`: what one of its models does not take, besides what none of them does. `learn`: where to
        remember what it turns out not to take. `use` is entered for the length of every job, `closed` called at
        the end.
        """
        self.provider = provider
        self.pace = pace
        """None where the provider queues by itself."""
        self._lacking = lacking
        self._learn = learn
        self.use = use
        self._closed = closed
        self.users = 0
        self.retired = False

    def unsupported(self, model: str) -> frozenset[str]:
        """What a model here does not take, as `Provider.unsupported` names it."""
        return self.provider.unsupported() | self._lacking(model)

    def learns(self, model: str, error: WorkbenchError) -> str:
        """The parameter that an error says the model does not take, remembered; empty when it says nothing new."""
        name = error.untaken if isinstance(error, ServerError) else ""
        if not name or self._learn is None or name in self.unsupported(model):
            return ""
        self._learn(model, Finding(name, taken=False, said=error.message))
        return name

    async def retire(self) -> None:
        """Close the provider now, or when its last job ends."""
        self.retired = True
        if not self.users:
            await self._close()

    async def release(self) -> None:
        """One job fewer."""
        self.users -= 1
        if self.retired and not self.users:
            await self._close()

    async def _close(self) -> None:
        self._closed()
        await self.provider.close()


class Catalog:
    """The models that can be run, and the providers of those that were."""

    def __init__(self, store: StoreThread) -> None:
        self._store = store
        self.capabilities = Capabilities(store)
        self._entries: dict[str, asyncio.Task[Entry]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._residents: Residents | None = None

    def references(self) -> Future[tuple[ModelChoice, ...]]:
        """Every model on offer: the starter, local files, then each profile's list. From any thread."""
        return self._store.read(choices)

    async def provider(self, reference: str) -> tuple[Provider, str]:
        """The provider of a model and the model's name there. Raises UserError when there is none."""
        parsed = parse(reference)
        return (await self._entry(parsed)).provider, await _model_name(parsed)

    @asynccontextmanager
    async def lease(self, reference: str) -> AsyncIterator[tuple[Entry, str]]:
        """As `provider`, for the length of a job: it is not closed meanwhile."""
        parsed = parse(reference)
        entry = await self._entry(parsed)
        while entry.retired:  # between its making and now
            entry = await self._entry(parsed)
        entry.users += 1
        try:
            with entry.use():
                yield entry, await _model_name(parsed)
        finally:
            await entry.release()

    async def _entry(self, reference: ModelReference) -> Entry:
        """Made once, also when many jobs ask at the same time; a failure is not remembered."""
        name = _entry_name(reference)
        if (task := self._entries.get(name)) is None:
            task = self._entries[name] = asyncio.create_task(self._made(reference))
            task.add_done_callback(lambda task: self._drop_failed(name, task))
        return await asyncio.shield(task)

    def _drop_failed(self, name: str, task: asyncio.Task[Entry]) -> None:
        if (task.cancelled() or task.exception()) and self._entries.get(name) is task:
            del self._entries[name]

    async def _made(self, reference: ModelReference) -> Entry:
        match reference.place:
            case "echo":
                from workbench.providers.echo import Echo

                return Entry(Echo())
            case "profile":
                return await self._cloud(reference.profile)
            case _:
                return await self._local(reference)

    async def _cloud(self, name: str) -> Entry:
        profile = await asyncio.wrap_future(self._store.read(lambda store: store.profile(name)))
        return _plugins() if profile.is_plugins else await self._server(profile)

    async def _server(self, profile: Profile) -> Entry:
        from workbench.providers.keys import find_access
        from workbench.providers.openai_compatible import OpenAICompatible

        await self.capabilities.load()
        # A keyring may ask the person to unlock it and wait for the answer.
        found = await asyncio.to_thread(find_access, profile)
        known, where = self.capabilities, place(profile)
        return Entry(
            OpenAICompatible(profile, found),
            pace=Pace(CLOUD_AT_ONCE, most=MOST_AT_ONCE),
            lacking=lambda model: known.lacking(where, model),
            learn=lambda model, finding: known.learn(where, model, [finding]),
        )

    async def _local(self, reference: ModelReference) -> Entry:
        metadata = await asyncio.to_thread(_metadata, reference)
        from workbench.providers.llamacpp import LlamaCpp
        from workbench.running.residents import Residents

        options = replace(await self.load_options(), chat_template=await self.chat_template(str(reference.base)))
        minutes = await self.unload_after()
        residents = self._residents = self._residents or Residents(minutes)
        model = LlamaCpp(metadata.path, options=options)
        residents.add(model, metadata, options)
        return Entry(model, use=lambda: residents.used(model), closed=lambda: residents.forget(model))

    async def loaded(self) -> tuple[Loaded, ...]:
        """The local models in memory; loads none."""
        from workbench.providers.llamacpp import LlamaCpp

        made = [(name, task.result()) for name, task in self._entries.items() if _is_made(task)]
        return tuple(
            Loaded("starter" if name == "local:" else name, entry.provider.memory())
            for name, entry in made
            if isinstance(entry.provider, LlamaCpp) and entry.provider.loaded
        )

    async def unload(self, reference: str) -> None:
        """Take a local model out of memory, unless somebody uses it; it is loaded again when it is asked."""
        from workbench.providers.llamacpp import LlamaCpp

        task = self._entries.get(_entry_name(parse(reference)))
        if task and _is_made(task) and not task.result().users:
            provider = task.result().provider
            if isinstance(provider, LlamaCpp):
                await provider.unload()

    async def load_options(self) -> LoadOptions:
        """How local models are loaded: context, GPU layers, threads."""
        from workbench.providers.llamacpp import LoadOptions

        data = await asyncio.wrap_future(self._store.read(lambda store: store.setting(LOAD_OPTIONS, {})))
        known = {field.name for field in fields(LoadOptions)}
        # A newer program may have left options here that this one does not know.
        return LoadOptions(**{name: value for name, value in data.items() if name in known})

    async def set_load_options(self, **options: Any) -> None:
        """Change some of the load options for good; loaded models are retired."""
        await asyncio.wrap_future(self._store.write(lambda store: _change_setting(store, LOAD_OPTIONS, options)))
        for name in [name for name in self._entries if name.startswith("local:")]:
            self._retire(name)
        if options.get("disk_cache") == 0:
            await self._clear_disk()

    async def _clear_disk(self) -> None:
        """Delete what models kept on disk, once those that are retired have written their last."""
        from workbench.providers.llamacpp import beginnings_folder

        await asyncio.gather(*self._closing)
        await asyncio.to_thread(shutil.rmtree, beginnings_folder(), ignore_errors=True)

    async def unload_after(self) -> float:
        """Minutes after which a local model that nobody uses is unloaded; 0 is never."""
        from workbench.running.residents import IDLE_MINUTES

        return await asyncio.wrap_future(
            self._store.read(lambda store: float(store.setting(UNLOAD_AFTER, IDLE_MINUTES)))
        )

    async def set_unload_after(self, minutes: float) -> None:
        """Change these minutes for good; they begin anew for models that are idle now."""
        await asyncio.wrap_future(self._store.write(lambda store: store.set_setting(UNLOAD_AFTER, minutes)))
        if self._residents:
            self._residents.stay(minutes)

    async def chat_template(self, reference: str) -> str | None:
        """The Jinja that a person gave a local model in place of its own; None without one."""
        name = _entry_name(parse(reference))
        templates = await asyncio.wrap_future(self._store.read(lambda store: store.setting(CHAT_TEMPLATES, {})))
        found: str | None = templates.get(name)
        return found

    async def set_chat_template(self, reference: str, template: str | None) -> None:
        """Give a local model another chat template for good, or its own one back; it is loaded anew."""
        name = _entry_name(parse(reference))
        change = {name: template}
        await asyncio.wrap_future(self._store.write(lambda store: _change_setting(store, CHAT_TEMPLATES, change)))
        self._retire(name)

    def forget(self, profile_name: str) -> None:
        """Take up a profile's address and key anew at its next job. On the loop's thread."""
        self._retire(f"profile:{profile_name}")

    def forget_changed(self, changes: tuple[Changed, ...]) -> None:
        """Forget the profiles among these changes, and read anew what models take. On the loop's thread."""
        for change in changes:
            if change.kind == "profile":
                self.forget(change.id)
            elif (change.kind, change.id) == ("setting", capabilities.SETTING):
                self._later(self.capabilities.load(anew=True))

    def _retire(self, name: str) -> None:
        if task := self._entries.pop(name, None):
            self._later(_retire(task))

    def _later(self, do: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(do)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Let go of all processes and connections."""
        for name in list(self._entries):
            self._retire(name)
        await asyncio.gather(*self._closing)


def _plugins() -> Entry:
    from workbench.providers.llm_plugins import LlmPlugins

    provider = LlmPlugins()
    return Entry(provider, pace=Pace(CLOUD_AT_ONCE, most=MOST_AT_ONCE), lacking=provider.lacking)


async def _retire(task: asyncio.Task[Entry]) -> None:
    await asyncio.wait([task])
    if not task.cancelled() and task.exception() is None:
        await task.result().retire()


def _is_made(task: asyncio.Task[Entry]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _entry_name(reference: ModelReference) -> str:
    """One provider for a profile, one for a file; the starter is a local model."""
    match reference.place:
        case "profile":
            return f"profile:{reference.profile}"
        case "starter":
            return "local:"
        case _:
            return str(reference.base)


async def _model_name(reference: ModelReference) -> str:
    """As its provider knows it; of a local model the whole reference, which names its adapters."""
    if reference.place not in ("starter", "local"):
        return reference.model
    if reference.adapters:
        await asyncio.to_thread(_check_adapters, reference)
    return str(reference)


def _check_adapters(reference: ModelReference) -> None:
    from workbench.models.adapter import check_belongs, read_adapter

    model = _metadata(reference)
    for adapter in reference.adapters:
        check_belongs(read_adapter(Path(adapter.path).expanduser()), model)


def _metadata(reference: ModelReference) -> GgufMetadata:
    from workbench.models.gguf import read_metadata
    from workbench.models.starter import starter_path

    if reference.place == "starter":
        return read_metadata(starter_path())
    path = Path(reference.model).expanduser()
    if not path.is_file():
        raise NotFound(f"There is no model file {path}.", advice="Choose the file again, or another model.")
    # A damaged file gets a sentence here, before native code reads it; a split model is named by its first file.
    return read_metadata(path)


def _change_setting(store: Store, name: str, changes: dict[str, Any]) -> None:
    store.set_setting(name, {**store.setting(name, {}), **changes})


def choices(store: Store) -> tuple[ModelChoice, ...]:
    """Every model on offer: the starter, local files, those with adapters, then each profile's list."""
    starter = ModelChoice("starter", "SmolLM2 135M", "starter", "Embedded; works offline.")
    local = (_local_choice(path) for path in store.local_models())
    adapted = (_adapted_choice(reference) for reference in adapted_models(store))
    cloud = (
        ModelChoice(f"{profile.name}:{model}", f"{model} · {profile.name}", "profile")
        for profile in store.profiles()
        for model in profile.models
    )
    return (starter, *local, *adapted, *cloud)


def _local_choice(path: str) -> ModelChoice:
    reference = f"local:{path}"
    note = "" if Path(path).is_file() else "The file is missing."
    if name := ollama.name_of(Path(path)):
        model_names.take({path: name})
    return ModelChoice(reference, short_name(reference), "local", note)


def _adapted_choice(reference: str) -> ModelChoice:
    parsed = parse(reference)
    paths = [*filter(None, [parsed.model]), *(adapter.path for adapter in parsed.adapters)]
    note = "" if all(Path(path).is_file() for path in paths) else "A file is missing."
    return ModelChoice(reference, short_name(reference), "local", note)
