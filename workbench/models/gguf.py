"""What a GGUF model file says about itself, known before any native code touches it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from workbench.core.model_names import shown
from workbench.errors import BadFile
from workbench.models.header import AGAIN, ANOTHER, Header, Tensor, read_header
from workbench.models.split import split_parts
from workbench.models.tensor_types import FILE_TYPES, TENSOR_TYPES

_EMBEDDING = "token_embd.weight"
_LARGEST_FILE = 1 << 50


@dataclass(frozen=True, slots=True)
class GgufMetadata:
    """A model file, or the files of one split model, as their headers describe them."""

    path: Path
    """The file, the first one of a split model."""
    architecture: str
    name: str
    """The model's own name; the file's when it has none."""
    parameters: int
    quantisation: str
    """Such as `Q4_K_M`."""
    context: int | None
    """Tokens that the model was trained for."""
    layers: int
    chat_template: str | None
    licence: str | None
    size_bytes: int
    """Of all files together."""
    weight_bytes: int
    """Of all tensors together."""
    tensor_count: int
    vocabulary: int
    """Tokens that the model knows; 0 where it cannot be told."""
    parts: tuple[Path, ...]
    """All files of the model, in order."""
    fields: dict[str, Any] = field(repr=False)
    """All metadata fields of the first file; None stands for a long array."""

    def number(self, name: str) -> int | None:
        """A field of the architecture, such as `embedding_length`; the largest one where it differs by layer."""
        value = self.fields.get(f"{self.architecture}.{name}")
        if isinstance(value, list):
            value = max((item for item in value if isinstance(item, int)), default=None)
        return value if isinstance(value, int) else None


def read_metadata(path: Path) -> GgufMetadata:
    """Read and check a model file. Raises BadFile with a readable reason."""
    parts = split_parts(path)
    headers = [checked_header(part) for part in parts]
    fields = headers[0].fields
    architecture = _text(fields, "general.architecture")
    if not architecture:
        raise BadFile(f"{shown(path)} does not say which architecture it has; it is not a model.", advice=ANOTHER)
    if fields.get("general.type") == "adapter":
        raise BadFile(
            f"{shown(path)} is a LoRA adapter, no model.",
            advice="Add it to a model: File → Local models → Add an adapter, or workbench run --lora.",
        )
    tensors = [tensor for header in headers for tensor in header.tensors]
    if not tensors:
        raise BadFile(f"{shown(path)} holds a vocabulary only, no model.", advice=ANOTHER)
    context, layers = fields.get(f"{architecture}.context_length"), fields.get(f"{architecture}.block_count")
    return GgufMetadata(
        path=parts[0],
        architecture=architecture,
        name=_text(fields, "general.name") or path.stem,
        parameters=sum(prod(tensor.shape) for tensor in tensors),
        quantisation=_quantisation(fields, tensors),
        context=context if isinstance(context, int) else None,
        layers=layers if isinstance(layers, int) else 0,
        chat_template=_text(fields, "tokenizer.chat_template"),
        licence=_text(fields, "general.license"),
        size_bytes=sum(part.stat().st_size for part in parts),
        weight_bytes=sum(_byte_size(tensor) or 0 for tensor in tensors),
        tensor_count=len(tensors),
        vocabulary=next((tensor.shape[-1] for tensor in tensors if tensor.name == _EMBEDDING and tensor.shape), 0),
        parts=parts,
        fields=fields,
    )


def checked_header(path: Path) -> Header:
    """A file's header, when all tensors that it describes lie within the file."""
    header = read_header(path)
    size, needed = path.stat().st_size, header.data_start if header.tensors else 0
    for tensor in header.tensors:
        if (length := _byte_size(tensor)) is not None:
            needed = max(needed, header.data_start + tensor.offset + length)
    if needed > _LARGEST_FILE:
        raise BadFile(f"{shown(path)} is damaged: a tensor in it claims an impossible size.", advice=AGAIN)
    if needed > size:
        raise BadFile(
            f"{shown(path)} is cut off: it should have at least {needed:,} bytes and has {size:,}.",
            advice=AGAIN,
        )
    return header


def _byte_size(tensor: Tensor) -> int | None:
    """Bytes of a tensor's data; None when its number format is not known here."""
    form = TENSOR_TYPES.get(tensor.type)
    return prod(tensor.shape) // form.block * form.size if form else None


def _quantisation(fields: dict[str, Any], tensors: list[Tensor]) -> str:
    """As the file says, or else the number format that most weights have."""
    if name := FILE_TYPES.get(fields.get("general.file_type", -1)):
        return name
    weights: Counter[int] = Counter()
    for tensor in tensors:
        weights[tensor.type] += prod(tensor.shape)
    most = weights.most_common(1)[0][0]
    return TENSOR_TYPES[most].name if most in TENSOR_TYPES else f"type {most}"


def _text(fields: dict[str, Any], key: str) -> str | None:
    value = fields.get(key)
    return value if isinstance(value, str) and value else None
