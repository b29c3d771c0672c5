"""The tokens of one call to `llama_decode`."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import llama_cpp


class Batch:
    """A native batch, filled anew for every step."""

    def __init__(self, room: int) -> None:
        self.native = llama_cpp.llama_batch_init(room, 0, 1)
        self.room = room
        # Every look at a field of the native struct makes a new pointer object.
        self._token, self._position, self._output = self.native.token, self.native.pos, self.native.logits
        self._branch = [self.native.seq_id[place] for place in range(room)]
        for place in range(room):
            self.native.n_seq_id[place] = 1

    def clear(self) -> None:
        """Forget the last step."""
        self.native.n_tokens = 0

    @property
    def size(self) -> int:
        """Tokens of this step so far."""
        return int(self.native.n_tokens)

    @property
    def free(self) -> int:
        """Tokens that still go into this step."""
        return self.room - self.size

    def add(self, tokens: Sequence[int], *, start: int, branch: int, outputs: int) -> range:
        """Append tokens of a branch at positions from `start` on; the last `outputs` of them have an output.

        Returns the places of these in the batch.
        """
        at = int(self.native.n_tokens)
        end = at + len(tokens)
        for place, token in enumerate(tokens, at):
            self._token[place] = token
            self._position[place] = start + place - at
            self._branch[place][0] = branch
            self._output[place] = place >= end - outputs
        self.native.n_tokens = end
        return range(end - outputs, end)


class AbortFlag:
    """A flag that any thread may raise and that llama.cpp looks at between any two operations of a batch.

    llama.cpp asks about a thousand times a token. A Python callback would have to take the interpreter's lock each
    time; `strlen` of a one-byte buffer does not: no length is false, a length of one is true.
    """

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(2)
        library = ctypes.CDLL("msvcrt") if ctypes.sizeof(ctypes.c_wchar) == 2 else ctypes.CDLL(None)
        self._callback = ctypes.cast(library.strlen, llama_cpp.ggml_abort_callback)

    def watch(self, context: int) -> None:
        """Let a context abort its batches when the flag is up."""
        data = ctypes.cast(self._buffer, ctypes.c_void_p)
        llama_cpp.llama_set_abort_callback(context, self._callback, data)

    def put_up(self) -> None:
        """Abort the batch under way, or the next one."""
        self._buffer[0] = b"\x01"

    def take_down(self) -> None:
        """Let batches be computed again."""
        self._buffer[0] = b"\x00"
