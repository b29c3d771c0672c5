"""From a path to a model that answers."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import llama_cpp
import psutil

from workbench.core.model_names import shown, take
from workbench.errors import ModelLoadError
from workbench.worker.adapters import Adapters
from workbench.worker.engine import BATCH_TOKENS, SEQUENCES, Engine
from workbench.worker.file_identity import file_identity
from workbench.worker.model import Model, model_files
from workbench.worker.native_log import NativeLog
from workbench.worker.options import LoadOptions, beginnings_folder
from workbench.worker.prefix_store import PrefixStore
from workbench.worker.protocol import Answered, Load, LoadedModel, Progress
from workbench.worker.template import ChatTemplate

_PROGRESS_SECONDS = 0.1
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything that answering needs."""

    model: Model
    template: ChatTemplate
    adapters: Adapters
    engine: Engine
    facts: LoadedModel


def load(message: Load, log: NativeLog, emit: Callable[[Answered], None]) -> Ready:
    """Load a model file. Raises ModelLoadError."""
    path = Path(message.path)
    if message.name:
        take({message.path: message.name})
    if not path.is_file():
        raise ModelLoadError(f"There is no model file {path}.", advice="Choose the file again.")
    model = Model(path, message.options, log, reporter(message.id, shown(path), emit))
    options = message.options
    context = model.context_size(options.context)
    engine = Engine(
        model,
        emit,
        log,
        context=context,
        cache=max(context, model.context_size(options.cache)) if options.cache else context,
        sequences=max(1, options.sequences or SEQUENCES),
        threads=options.threads,
        serial=options.serial,
    )
    adapters = Adapters(model, log)
    if options.disk_cache:
        store = PrefixStore(beginnings_folder(), _identity(model), limit=options.disk_cache * _MEGABYTE)
        engine.keep_on_disk(store, adapters)
    vocabulary = model.vocabulary
    template = ChatTemplate(
        model.chat_template(),
        bos=model.token_text(llama_cpp.llama_vocab_bos(vocabulary)),
        eos=model.token_text(llama_cpp.llama_vocab_eos(vocabulary)),
        override=options.chat_template,
    )
    model.show(template.reasoning.markers)
    return Ready(model, template, adapters, engine, _facts(model, template, engine, options))


def _identity(model: Model) -> str:
    """All that the cache's contents depend on, beside the tokens."""
    files = " ".join(map(file_identity, model_files(model.path)))
    return (
        f"{files} {engine_name()} {model.offload.note} {model.offload.layers} {platform.machine()} {BATCH_TOKENS}"
    )


def reporter(id: int, name: str, emit: Callable[[Answered], None]) -> Callable[[float], None]:  # noqa: A002
    """Tells how far the loading is, now and then."""
    last = [0.0]

    def report(fraction: float) -> None:
        if (now := time.monotonic()) - last[0] >= _PROGRESS_SECONDS:
            last[0] = now
            emit(Progress(id, f"Loading {name}", round(fraction, 3)))

    return report


def _facts(model: Model, template: ChatTemplate, engine: Engine, options: LoadOptions) -> LoadedModel:
    handle = model.handle
    return LoadedModel(
        file=model.path.name,
        architecture=model.architecture,
        name=model.metadata("general.name") or model.path.stem,
        quantisation=llama_cpp.llama_ftype_name(llama_cpp.llama_model_ftype(handle)).decode(),
        parameters=llama_cpp.llama_model_n_params(handle),
        size_bytes=llama_cpp.llama_model_size(handle),
        context=engine.context_size,
        trained_context=model.trained_context,
        layers=llama_cpp.llama_model_n_layer(handle),
        gpu_layers=model.offload.layers,
        gpu_note=model.offload.note,
        threads=engine.threads,
        serial=options.serial,
        sequences=engine.sequences,
        cache=engine.cache_size,
        shares_prefixes=model.divisible and not options.serial,
        template=template.origin,
        template_names=template.names,
        memory_bytes=psutil.Process().memory_info().rss,
        engine=engine_name(),
    )


def engine_name() -> str:
    """Versions of llama.cpp and its Python bindings."""
    try:
        bindings = version("llama-cpp-python")
    except PackageNotFoundError:  # a frozen program carries no package metadata
        bindings = llama_cpp.__version__
    return f"llama.cpp {llama_cpp.llama_version().decode()} (llama-cpp-python {bindings})"
