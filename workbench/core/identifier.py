"""Identifiers that sort by time (UUID version 7, RFC 9562), also when the clock is set back."""

from __future__ import annotations

import os
import threading
import time

_lock = threading.Lock()  # keeps `_last` growing when threads make identifiers at once
_last = [0]


def new_id() -> str:
    """32 hexadecimal digits; later calls in this process sort after earlier ones."""
    with _lock:
        moment = max(time.time_ns() // 1_000, _last[0] + 1)
        _last[0] = moment
    millis, micros = divmod(moment, 1_000)
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    value = (millis & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (micros * 4) << 64 | 0b10 << 62 | random
    return f"{value:032x}"
