"""LoRA adapters as GGUF files: what one says about itself, and whether it belongs to a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.core.model_names import shown
from workbench.errors import BadFile, NotFound
from workbench.models.gguf import GgufMetadata, checked_header

_A, _B = ".lora_a", ".lora_b"
_CONVERT = "Adapters of PEFT are made into GGUF files by llama.cpp's convert_lora_to_gguf.py."


@dataclass(frozen=True, slots=True)
class AdapterMetadata:
    """An adapter file, as its header describes it."""

    path: Path
    name: str
    """The adapter's own name; the file's when it has none."""
    architecture: str
    alpha: float | None
    """Over the rank, what a scale of 1 stands for."""
    rank: int
    """Of its largest pair of matrices."""
    weights: int
    """Weights of the model that it changes."""
    base: str
    """The model that it was trained on, as it says; empty when it does not."""
    size_bytes: int


def read_adapter(path: Path) -> AdapterMetadata:
    """Read and check an adapter file. Raises NotFound, and BadFile with a readable reason."""
    if not path.is_file():
        raise NotFound(f"There is no adapter file {path}.", advice="Choose the file again.")
    header = checked_header(path)
    fields = header.fields
    if (kind := fields.get("general.type")) != "adapter":
        told = "a model" if kind in (None, "model") else f"of the kind {kind!r}"
        raise BadFile(f"{path.name} is no adapter but {told}.", advice=_CONVERT)
    if (kind := fields.get("adapter.type")) != "lora":
        raise BadFile(f"{path.name} is an adapter of the kind {kind!r}; only lora is known.", advice=_CONVERT)
    ranks = {
        tensor.name.removesuffix(_A): tensor.shape[-1] for tensor in header.tensors if tensor.name.endswith(_A)
    }
    partners = {tensor.name.removesuffix(_B) for tensor in header.tensors if tensor.name.endswith(_B)}
    if not ranks or ranks.keys() != partners:
        raise BadFile(f"{path.name} is damaged: its matrices do not come in pairs.", advice=_CONVERT)
    alpha = fields.get("adapter.lora.alpha")
    return AdapterMetadata(
        path=path,
        name=str(fields.get("general.name") or path.stem),
        architecture=str(fields.get("general.architecture") or ""),
        alpha=float(alpha) if isinstance(alpha, int | float) else None,
        rank=max(ranks.values()),
        weights=len(ranks),
        base=str(fields.get("general.base_model.0.name") or ""),
        size_bytes=path.stat().st_size,
    )


def check_belongs(adapter: AdapterMetadata, model: GgufMetadata) -> None:
    """Whether an adapter may be added to a model; its shapes are compared when it is loaded. Raises BadFile."""
    if adapter.architecture != model.architecture:
        made = f" (it was trained on {adapter.base})" if adapter.base else ""
        for_what = adapter.architecture or "an unnamed architecture"
        raise BadFile(
            f"{adapter.path.name} is an adapter for {for_what}{made}, and {shown(model.path)} is a "
            f"{model.architecture} model.",
            advice="Choose an adapter that was trained on this model.",
        )
