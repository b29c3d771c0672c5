"""What llama.cpp logs: everything to stderr, where the parent keeps the last lines; errors are also remembered."""

from __future__ import annotations

import ctypes
import sys
from collections import deque

import llama_cpp

_WARNING, _ERROR, _CONTINUED = 3, 4, 5
_NOISE = ("llama_model_load: ", "llama_model_load_from_file_impl: ", "error loading model: ")


class NativeLog:
    """llama.cpp's log, taken over from the bindings for as long as the process lives."""

    def __init__(self) -> None:
        self.errors: deque[str] = deque(maxlen=20)
        self._level = 0
        # llama.cpp keeps only the pointer: the callback must live as long as it may log.
        self._callback = llama_cpp.llama_log_callback(self._take)
        llama_cpp.llama_log_set(self._callback, ctypes.c_void_p(0))

    def reason(self) -> str:
        """The last error in a person's words; empty when there was none."""
        text = next((line for line in reversed(self.errors) if "failed to load model" not in line), "")
        for noise in _NOISE:
            text = text.removeprefix(noise)
        return text

    def _take(self, level: int, text: bytes | None, _data: object) -> None:
        line = (text or b"").decode("utf-8", "replace")
        self._level = level if level != _CONTINUED else self._level
        if level == _ERROR and line.strip():
            self.errors.append(line.strip())
        if self._level >= _WARNING or level == 0:
            sys.stderr.write(line)
            sys.stderr.flush()
