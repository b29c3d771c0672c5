"""Identifiers sort by the time they were made, whatever the clock does."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.core.identifier import new_id


def test_an_id_is_a_uuid_of_version_7_of_now() -> None:
    made = new_id()
    value = uuid.UUID(made)
    assert made == value.hex
    assert (value.version, value.variant) == (7, uuid.RFC_4122)
    assert abs((value.int >> 80) - time.time() * 1_000) < 60_000


def test_later_ids_sort_after_earlier_ones() -> None:
    made = [new_id() for _ in range(5_000)]
    assert made == sorted(set(made))


def test_a_clock_set_back_does_not_disturb_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    assert new_id() > before


def test_threads_never_get_the_same_id() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: [new_id() for _ in range(500)], range(8)))
    assert len({one for ids in made for one in ids}) == 4_000
    assert all(ids == sorted(ids) for ids in made)
