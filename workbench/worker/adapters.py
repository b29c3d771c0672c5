"""LoRA adapters: loaded beside the model when one is first asked for, and set on its context step by step.

An adapter changes what every layer computes, keys and values too, so answers with different adapters share neither
a batch nor a beginning in the cache. Scale 0 is the model itself, and shares with it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from pathlib import Path

import llama_cpp

from workbench.core.model_names import shown
from workbench.core.model_reference import Adapter
from workbench.errors import ModelError
from workbench.worker.file_identity import file_identity
from workbench.worker.model import Model
from workbench.worker.native_log import NativeLog

Applied = tuple[tuple[int, float], ...]
"""Native adapters with their scales; none is the model itself."""

NONE: Applied = ()

_NOISE = "llama_adapter_lora_init_from_file_ptr: failed to apply lora adapter: "


class Adapters:
    """The adapters of a model."""

    def __init__(self, model: Model, log: NativeLog) -> None:
        self._model = model
        self._log = log
        self._native: dict[tuple[str, int, int], int] = {}  # a file that was written anew is another adapter
        self._identities: dict[int, str] = {}

    def load(self, wanted: Iterable[Adapter]) -> Applied:
        """The adapters, loaded. Raises ModelError."""
        scales: dict[int, float] = {}
        for adapter in wanted:
            native = self._loaded(Path(adapter.path))
            scales[native] = scales.get(native, 0.0) + adapter.scale
        return tuple(sorted((native, scale) for native, scale in scales.items() if scale))

    def identity(self, applied: Applied) -> str:
        """What tells these from all others, in any process; empty for none."""
        return " ".join(f"{self._identities[native]}@{scale:.10g}" for native, scale in applied)

    def _loaded(self, path: Path) -> int:
        try:
            file = path.stat()
        except OSError as error:
            raise ModelError(f"There is no adapter file {path}.", advice="Choose the file again.") from error
        key = (str(path), file.st_size, file.st_mtime_ns)
        if key not in self._native:
            native = self._native[key] = self._load(path)
            self._identities[native] = file_identity(path)
        return self._native[key]

    def _load(self, path: Path) -> int:
        handle = llama_cpp.llama_adapter_lora_init(self._model.handle, str(path).encode())
        native = ctypes.cast(handle, ctypes.c_void_p).value if handle else None
        if native is None:
            reason = self._log.reason().removeprefix(_NOISE) or "llama.cpp gives no reason"
            raise ModelError(
                f"The adapter {path.name} cannot be added to {shown(self._model.path)}: {reason}.",
                advice="Choose an adapter that was trained on this model.",
                details="\n".join(self._log.errors),
            )
        return native


def apply(context: int, adapters: Applied) -> None:
    """Compute with these from the next batch on. Costs some milliseconds when they are others than before."""
    count = len(adapters)
    handles = (ctypes.c_void_p * max(1, count))(*(native for native, _ in adapters))
    scales = (ctypes.c_float * max(1, count))(*(scale for _, scale in adapters))
    pointer = ctypes.cast(handles, ctypes.POINTER(llama_cpp.llama_adapter_lora_p_ctypes))
    llama_cpp.llama_set_adapters_lora(context, pointer, count, scales)
