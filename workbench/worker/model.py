"""A model file in memory: its weights, vocabulary and facts. Nothing here decodes."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import llama_cpp
import psutil

from workbench.core.context import DEFAULT_CONTEXT
from workbench.core.model_names import shown
from workbench.core.size import size_text
from workbench.errors import ModelLoadError
from workbench.worker.devices import NO_GPU_BUILD, gpus, layers_that_fit
from workbench.worker.native_log import NativeLog
from workbench.worker.options import LoadOptions
from workbench.worker.tokenizer import tokens_of

_SPLIT = re.compile(r"-\d{5}-of-(\d{5})\.gguf$")
_TENSOR_COUNT = slice(8, 16)
"""Where a GGUF file says how many tensors it has."""
_PIECE_BYTES = 512
_CACHE_VALUE_BYTES = 2
_SPARE_BYTES = 256 * 1024 * 1024
"""Left free beside the cache, for compute buffers."""


@dataclass(frozen=True, slots=True)
class Offload:
    """What was asked of the GPU, and what came of it."""

    layers: int
    note: str


class Model:
    """A model, loaded until its process ends. Any thread may use its vocabulary: llama.cpp only reads it."""

    def __init__(
        self,
        path: Path,
        options: LoadOptions,
        log: NativeLog,
        progress: Callable[[float], None],
        *,
        writes: bool = True,
    ) -> None:
        """`writes` asks for a model that can write text; others only make vectors. Raises ModelLoadError."""
        self.path = path
        self._log = log
        self._check_weights_fit(options)
        self.offload = self._offload(options)
        self.handle = self._load(self.offload.layers, progress)
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.handle)
        self._pieces: dict[int, bytes] = {}
        self._check_vocabulary()
        if writes:
            self._check_generates()

    def _load(self, gpu_layers: int, progress: Callable[[float], None] | None, *, facts_only: bool = False) -> int:
        """The native handle. Raises ModelLoadError in llama.cpp's words."""
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        params.no_alloc = facts_only

        def go_on(fraction: float, _data: object) -> bool:
            if progress:
                progress(fraction)
            return True

        params.progress_callback = callback = llama_cpp.llama_progress_callback(go_on)
        handle = llama_cpp.llama_model_load_from_file(str(self.path).encode(), params)
        del callback  # llama.cpp held a bare pointer to it until here
        if not handle:
            reason = self._log.reason() or "llama.cpp gives no reason"
            if "tensor" in reason and self._has_no_tensors():
                raise ModelLoadError(
                    f"{shown(self.path)} holds a vocabulary only, no model.",
                    advice="Choose a GGUF file with the weights of a model.",
                )
            raise ModelLoadError(
                f"{shown(self.path)} cannot be loaded: {reason}.",
                advice="The file may be damaged, or of a kind that this version of llama.cpp does not know.",
                details="\n".join(self._log.errors),
            )
        return int(handle)

    def _offload(self, options: LoadOptions) -> Offload:
        if options.gpu_layers == 0:
            return Offload(0, "nothing is offloaded: GPU layers are set to 0")
        devices = gpus()
        if not devices:
            supported = llama_cpp.llama_supports_gpu_offload()
            return Offload(0, "nothing is offloaded: llama.cpp finds no GPU" if supported else NO_GPU_BUILD)
        names = ", ".join(device.name for device in devices)
        if options.gpu_layers != "auto":
            return Offload(options.gpu_layers, f"as set: {options.gpu_layers} layers to {names}")
        facts = self._load(0, None, facts_only=True)
        layers, size = llama_cpp.llama_model_n_layer(facts), llama_cpp.llama_model_size(facts)
        llama_cpp.llama_model_free(facts)
        count = layers_that_fit(devices, layers=layers, model_bytes=size)
        return Offload(count, f"{min(count, layers)} of {layers} layers fit into {names}")

    def _has_no_tensors(self) -> bool:
        with self.path.open("rb") as file:
            start = file.read(_TENSOR_COUNT.stop)
        # The first file of a split model may have none itself.
        return start[_TENSOR_COUNT] == bytes(8) and len(model_files(self.path)) == 1

    def _check_weights_fit(self, options: LoadOptions) -> None:
        """Refuse what would push the machine into swapping, with the numbers."""
        if options.gpu_layers != 0 and gpus():
            return
        needed, free = (
            sum(file.stat().st_size for file in model_files(self.path)),
            psutil.virtual_memory().available,
        )
        if needed > free:
            raise ModelLoadError(
                f"{shown(self.path)} needs {size_text(needed)} of memory, and {size_text(free)} are free.",
                advice="Close other programs, or choose a smaller quantisation.",
            )

    def _check_vocabulary(self) -> None:
        if llama_cpp.llama_vocab_type(self.vocabulary) == llama_cpp.LLAMA_VOCAB_TYPE_NONE:
            raise ModelLoadError(f"{shown(self.path)} has no vocabulary; it cannot read or write text.")

    def _check_generates(self) -> None:
        causal = self.metadata(f"{self.architecture}.attention.causal")
        if not llama_cpp.llama_model_has_decoder(self.handle) or causal == "false":
            raise ModelLoadError(
                f"{shown(self.path)} computes embeddings only; it cannot write text.",
                advice="Choose a chat model.",
            )
        if llama_cpp.llama_model_has_encoder(self.handle):
            raise ModelLoadError(
                f"{shown(self.path)} has an encoder before its decoder; such models are not supported.",
                advice="Choose a chat model.",
            )

    def metadata(self, key: str) -> str | None:
        """A metadata field as text; None when the file does not have it."""
        name, size = key.encode(), 1024
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = llama_cpp.llama_model_meta_val_str(self.handle, name, buffer, size)
            if length < size:
                return buffer.value.decode("utf-8", "replace") if length >= 0 else None
            size = length + 1

    @property
    def architecture(self) -> str:
        """Such as `llama`."""
        return self.metadata("general.architecture") or ""

    @property
    def trained_context(self) -> int:
        """Tokens that the model was trained for."""
        return int(llama_cpp.llama_model_n_ctx_train(self.handle))

    @property
    def divisible(self) -> bool:
        """Whether what it remembers of a sequence can be copied and taken back in part."""
        handle = self.handle
        recurrent = llama_cpp.llama_model_is_recurrent(handle) or llama_cpp.llama_model_is_hybrid(handle)
        return not recurrent and not llama_cpp.llama_model_n_swa(handle)

    def chat_template(self) -> str | None:
        """The file's own chat template."""
        source = llama_cpp.llama_model_chat_template(self.handle, None)
        return source.decode("utf-8", "replace") if source else None

    def tokens(self, text: str, *, begins: bool) -> list[int]:
        """The tokens of a text; with `begins`, with the model's BOS before it."""
        return tokens_of(self.vocabulary, text, begins=begins)

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for a control token."""
        if (known := self._pieces.get(token)) is None:
            buffer = ctypes.create_string_buffer(_PIECE_BYTES)
            length = llama_cpp.llama_token_to_piece(self.vocabulary, token, buffer, _PIECE_BYTES, 0, False)
            known = self._pieces[token] = buffer.raw[: max(0, length)]
        return known

    def show(self, texts: Iterable[str]) -> None:
        """Give the control tokens that these texts are written with pieces, so that an answer shows them."""
        for token in {token for text in texts for token in self.tokens(text, begins=False)}:
            self._pieces[token] = self.piece(token) or self.token_text(token).encode()

    def token_text(self, token: int) -> str:
        """How a special token is written; empty for -1, which stands for none."""
        text = llama_cpp.llama_vocab_get_text(self.vocabulary, token) if token >= 0 else None
        return text.decode("utf-8", "replace") if text else ""

    def ends(self, token: int) -> bool:
        """Whether the model ends its answer with this token."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocabulary, token))

    def context_size(self, asked: int | None) -> int:
        """The context to load with: as asked, or what model and memory allow. Raises ModelLoadError."""
        per_token = self._cache_bytes_per_token()
        free = psutil.virtual_memory().available - _SPARE_BYTES
        room = max(0, free // per_token)
        if asked is None:
            return max(256, min(self.trained_context or DEFAULT_CONTEXT, DEFAULT_CONTEXT, room))
        if asked > room:
            raise ModelLoadError(
                f"A context of {asked:,} tokens needs {size_text(asked * per_token)} of memory for "
                f"{shown(self.path)}, and {size_text(max(0, free))} are free.",
                advice=f"Choose a context of at most {room:,} tokens.",
            )
        return max(8, asked)

    def _cache_bytes_per_token(self) -> int:
        heads = max(1, llama_cpp.llama_model_n_head(self.handle))
        size = llama_cpp.llama_model_n_embd(self.handle) // heads
        key = int(self.metadata(f"{self.architecture}.attention.key_length") or size)
        value = int(self.metadata(f"{self.architecture}.attention.value_length") or size)
        cached = llama_cpp.llama_model_n_layer(self.handle) * llama_cpp.llama_model_n_head_kv(self.handle)
        return int(max(1, cached * (key + value) * _CACHE_VALUE_BYTES))


def model_files(path: Path) -> list[Path]:
    """A model file, with the other files of a split model."""
    match = _SPLIT.search(path.name)
    if not match:
        return [path]
    prefix = path.name[: match.start()]
    return sorted(path.parent.glob(f"{prefix}-*-of-{match[1]}.gguf"))
