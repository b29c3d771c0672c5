"""Devices that this build of llama.cpp can compute on."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import llama_cpp
from llama_cpp._ggml import libggml

_GPU = 1
"""GGML_BACKEND_DEVICE_TYPE_GPU; an integrated one (2) shares the memory that the weights are in already."""

_SPARE_BYTES = 768 * 1024 * 1024
"""Left free on a GPU for compute buffers and for the screen."""

NO_GPU_BUILD = "nothing is offloaded: this build of llama.cpp computes on the CPU only"


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU."""

    name: str
    free_bytes: int


def gpus() -> tuple[Device, ...]:
    """The GPUs that llama.cpp sees; none in a build for the CPU only."""
    if not llama_cpp.llama_supports_gpu_offload():
        return ()
    libggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    libggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    libggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    found = (_device(libggml.ggml_backend_dev_get(n)) for n in range(libggml.ggml_backend_dev_count()))
    return tuple(device for device in found if device)


def layers_that_fit(devices: tuple[Device, ...], *, layers: int, model_bytes: int) -> int:
    """How many layers go to the GPUs; one more than there are means the output layer too."""
    per_layer = max(1, model_bytes // max(1, layers))
    return min(layers + 1, spare_bytes(devices) // per_layer)


def spare_bytes(devices: tuple[Device, ...]) -> int:
    """What models may take of these GPUs."""
    return sum(max(0, device.free_bytes - _SPARE_BYTES) for device in devices)


def _device(handle: int) -> Device | None:
    libggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    if libggml.ggml_backend_dev_type(handle) != _GPU:
        return None
    libggml.ggml_backend_dev_description.argtypes = [ctypes.c_void_p]
    libggml.ggml_backend_dev_description.restype = ctypes.c_char_p
    libggml.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_size_t)] * 2]
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    libggml.ggml_backend_dev_memory(handle, ctypes.byref(free), ctypes.byref(total))
    return Device(libggml.ggml_backend_dev_description(handle).decode("utf-8", "replace"), free.value)
