"""The number of threads follows what the processor has left for us."""

from __future__ import annotations

from itertools import pairwise

import pytest

from workbench.worker.pace import Pace


def run(pace: Pace, seconds: float, *, share: float, step: float = 0.01) -> list[int]:
    """Decode for a while with this share of the threads' cores; the numbers of threads that were set."""
    steps = range(round(seconds / step))
    return [pace.threads for _ in steps if pace.observe(step, share * step * pace.threads)]


def test_an_idle_machine_keeps_all_threads() -> None:
    assert run(Pace(8), 30, share=0.97) == []


def test_a_hiccup_changes_nothing() -> None:
    pace = Pace(2)
    run(pace, 0.04, share=1)
    assert not pace.observe(0.01, 0.005)


@pytest.mark.parametrize(("most", "share", "left"), [(2, 0.5, 1), (8, 0.6, 4), (4, 0.1, 1), (2, 0.01, 1)])
def test_a_busy_machine_leaves_as_many_threads_as_there_are_cores_for_us(
    most: int, share: float, left: int
) -> None:
    assert run(Pace(most), 0.1, share=share)[0] == left


def test_all_threads_are_tried_again_less_and_less_often() -> None:
    pace, tried, clock = Pace(2), [], 0.0
    while clock < 60:
        # Two threads are held up, one is not.
        step = 0.2 if pace.threads == 2 else 0.01
        if pace.observe(step, step * 0.95) and pace.threads == 2:
            tried.append(clock)
        clock += step
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert all(later > earlier - 0.1 for earlier, later in pairwise(pauses))
    assert pauses[-1] > 10
    assert len(tried) < 10


def test_all_threads_are_back_soon_after_the_others_have_gone() -> None:
    pace = Pace(4)
    run(pace, 0.2, share=0.4)
    assert pace.threads < 4
    run(pace, 2, share=0.97)
    assert pace.threads == 4


def test_one_thread_stays_one() -> None:
    assert run(Pace(1), 5, share=0.1) == []
